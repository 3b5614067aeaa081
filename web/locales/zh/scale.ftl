### 规模：每行的开销与连接数的关系。

scale = 一行的开销
scale-lesson = 每个点是模拟内核的一次运行：若干客户端连接，服务器静下来，然后开始发送行。只计算这些行的开销。请看哪些曲线上升，哪些保持水平。
scale-what = 开销
scale-talk = 谁在说话
scale-talk-one = 一个，其余沉默
    .what = 一个客户端发五十行，每行都在上一行得到应答之后
scale-talk-all = 全部，依次
    .what = 每秒五万行，来自所有客户端，依次发送：一次等待会找到多个，分摊开销
scale-servers = 服务器
scale-server = 服务器
scale-linear-x = 线性：连接数
scale-linear-y = 线性：开销
scale-axes = 坐标轴
scale-cost-cpu = CPU 时间
    .what = CPU 花在服务器上的时间
scale-cost-calls = 系统调用
    .what = 调用的次数，无论做了什么
scale-cost-scanned = 扫描的描述符
    .what = 等待调用为找出就绪者而逐一检查的描述符数
scale-cost-bytes = 穿越字节
    .what = 程序与内核之间双向穿越的数据、集合和事件
scale-cost-latency = p99 延迟
    .what = 百分之九十九的行在此时间内得到应答：从到达直到 send 接收应答
scale-connections = 连接数
scale-per-line = 每行的{ $cost }
scale-compute = { $count ->
   *[other] 计算 { $count } 个点
}
scale-stop = 停止
scale-progress = { $all } 个点中的 { $done } 个
scale-all-there = 所有的点都已算出。
scale-none = 没有选择服务器：请至少选一个。
scale-empty = 还没有计算。计算在后台进行，需要几秒钟，可以停止。
scale-chart = 每行的{ $cost }与连接数的关系；下面的表格有同样的数字
scale-at = 读数位置
scale-at-text = { $count ->
   *[other] { $count } 个连接时
}
scale-unserved = { $name } 在 { $connections } 个连接之前结束：并非所有客户端都能被接受并得到应答。
scale-unserved-select = select 在 { $connections } 个连接之前结束：它的集合容不下 1024（FD_SETSIZE）及以上的描述符。
scale-too-long = { $name } 在 { $connections } 个连接之前结束：运行的事件会超过模拟的上限。
scale-simulated-on = 曲线：模拟结果，调用的开销取自我们一台机器上的测量值。
scale-simulated = 模拟
scale-measured = 实测
scale-measured-on = 空心点：由 loopscope scale { $version } 在 { $machine } 上测得；时间取 { $rounds } 轮的中位数，延迟是客户端所见。
scale-measured-none = 可以叠加真实内核的点：在你的机器上用“loopscope scale --out scale.csv”测量，然后在这里打开它的文件。
scale-measured-open = 打开实测的点
scale-measured-refused = { $line ->
    [0] 这个文件不是“loopscope scale --out FILE”写出的。没有任何改变。
   *[other] 文件的第 { $line } 行无法读取。没有任何改变。
}
scale-table = 同样内容的表格
scale-save = 保存为
scale-failed = 计算点所用的 Web Worker 无法在此浏览器中启动。
scale-colon = ：
