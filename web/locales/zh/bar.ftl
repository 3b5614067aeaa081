### 顶栏、播放控制、提示条和帮助。


theme-auto = 跟随系统
theme-light = 浅色
theme-dark = 深色
theme = 颜色：{ $now }。下一个：{ $next }

share = 分享
    .what = 复制指向这一时刻的链接
    .copied = 已复制：{ $link }
    .to-copy = 请复制这个链接：{ $link }
    .file = 这需要文件：{ $link } 只会打开本页，请把“{ $file }”一并发送。链接里从不包含文件的内容。
    .copied-live =
        已复制：{ $link }。
        它会在读者自己的机器上打开实时画面：运行中的服务器做过什么从不写进链接，那需要文件。
    .to-copy-live =
        请复制这个链接：{ $link }。
        它会在读者自己的机器上打开实时画面：运行中的服务器做过什么从不写进链接，那需要文件。
help-button = 帮助
help-close = 关闭帮助
notice-close = 收起这条消息
notice-retry = 立即重试

programs = 服务器
    .live = 正在运行的服务器：选另一个，它会在同一端口上接替
group-client = 客户端
group-blocking = 阻塞
group-asking = 反复询问
group-readiness = 就绪通知
group-completion = 完成通知
group-loop = 基于自己的事件循环
scenarios = 场景
    .few = 少量客户端
    .many = 大量客户端
    .tasks = 多个任务
    .mistakes = 书中程序的错误
stage-title = 舞台

status-simulating = 正在模拟……
status-opening = 正在打开…… { $percent }%
status-simulated = 模拟
status-connecting = 正在连接……
status-live = 实时
status-lost = 未连接

transport = 在时间中移动
    .play = 播放（Space）
    .pause = 暂停（Space）
    .halt = 定住画面；服务器继续运行（Space）
    .follow = 重新跟随服务器（Space）
    .first = 到第一个事件（Home）
    .back-turn = 后退一圈循环（Ctrl ←）
    .back-call = 后退一次系统调用（Shift ←）
    .back = 后退一个事件（←）
    .forward = 前进一个事件（→）
    .forward-call = 前进一次系统调用（Shift →）
    .forward-turn = 前进一圈循环（Ctrl →）
    .last = 到最后一个事件（End）
    .of-event = 事件
    .of-call = 调用
    .of-turn = 一圈
    .speed = 速度
    .speed-what = 模拟时间流逝的快慢
    .position = 事件 { $number } · { $instant }
    .goto = 转到某个事件：输入它的编号（/）
    .scrubber = 事件
    .scrubbed = 事件 { $number } / { $last }，{ $instant }
embedded-whole = 在 Loopscope 中打开
go-live = 回到实时，+{ $count } 个事件

help-title = Loopscope：你看到的是什么
help-idea =
    一个程序，两个内核，一幅画面。
    这里显示的源代码就是正在运行的服务器的源代码：
    “模拟”中，它运行在浏览器里的模拟内核上；“实时”中，它作为本机进程运行在真正的内核上。
    它用 ROT13 回答每一行：hello 变成 uryyb。
help-line =
    一条粗线把舞台分成两半：上面是程序，下面是内核。
    服务器所做的一切都要穿过这条线，并按真实大小画出。
    就绪是管子里的水位，通知是一枚令牌，数据则是第三样东西。
help-cursor =
    光标是事件的个数：已经发生了这么多。
    选中一个描述符，就能看到关于它的一切。
    凡是抽样或推断得来的，都会注明。
help-pointer =
    鼠标、触摸和键盘都能完成一切：点击描述符或泳道名称来选择，
    点击时间轴或拖动事件条来到某一时刻，在列表（☰）中找到每一个命令。
    地址栏里的地址就代表你看到的内容：可以分享给别人。
help-keys = 按键
scenario-best = 用 { $name } 来看
