### 比较：并排的二到四次运行。

compare = 并排的运行
compare-lesson = 同样的客户端来到每个服务器。单步或播放：所有服务器保持同步，下面的数字说明它们有何不同。
compare-pace = 同步方式
    .time = 时间
    .time-what = 都显示在同一时刻
    .event = 事件
    .event-what = 都显示在同样多的事件之后
    .line = 行
    .line-what = 都显示在应答了同样多的行之时：同样的工作花了多少
compare-cursor = 进行到哪里
compare-at-time = { $at }，共 { $end }
compare-at-event = 事件 { $at }，共 { $end }
compare-at-line = 已应答 { $at } 行，共 { $end } 行
compare-server = 服务器 { $number }
compare-add = 添加服务器
    .what = 在旁边再加一个；最多四个
compare-remove = 移除 { $name }
compare-alone = 单独查看
    .what = 在“模拟”中，就在这一时刻
compare-loading = 正在模拟……
compare-no-suit = 此场景与该服务器无关。
compare-over = 已结束
    .what = 这里不再发生任何事
compare-changed = 已修改
compare-added = { $count ->
   *[other] 添加了 { $count } 项
}
compare-seed = 种子 { $seed }
compare-figures = 并排的数字
compare-figure = 数字
compare-best = 最优
compare-worst = 最差
compare-csv = 保存为 CSV
compare-switches = 切换
    .meaning = 任务在睡眠或等待之后得到 CPU 的次数。
compare-tasks = 启动的任务
    .meaning = 启动的进程和线程。

branches = 分支
    .what = 在运行中途所做的改动产生了另一次运行；两者都保留。
branches-now = 当前
branches-show = 显示这一个，就在这一时刻
branches-drop = 放弃 { $name }
branches-compare = 比较它们
compare-crowd = 在 1000 个连接下比较
