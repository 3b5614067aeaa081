### 各种模式，以及不显示单次运行的模式的位置。

modes = 查看什么

mode-simulate = 模拟
    .what = 浏览器中的模拟内核：每一步都可以前进，也可以后退
mode-live = 实时
    .what = 在本页背后以原生方式运行的服务器
mode-trace = 打开
    .what = 文件中的记录
mode-compare = 比较
    .what = 同一场景下并排的二到四个服务器
mode-scale = 规模
    .what = 从一个连接到一万个连接，每行的开销
