### 舞台：程序与内核之间的那条线，以及穿越它的东西。

## 一句话说明当前时刻。

stage-empty = 尚未发生任何事：在下方投入一行，按 → 看第一个事件，或按空格键播放。
stage-empty-live = 还没有服务器的任何消息。
stage-says-ended = 程序已结束。
stage-says-zombie = 进程已结束；在父进程查询其结果之前，会留下一个僵尸进程。
stage-says-runnable = 线程已被唤醒，正在等待 CPU。
stage-says-waits = 线程在 { $call } 中等待：还没有任何东西上来。
stage-says-begins = 程序正在运行。还没有人连接。
stage-says-runs = 程序正在运行。
stage-its-call = 它的调用
stage-sleeps-under-way = 线程在睡眠：{ $count } 个操作进行中，尚无一个完成。没有工作，就不占 CPU。
stage-sleeps-accept = 线程在 accept 中睡眠，直到有客户端来到 { $fd }：此外什么也不做。
stage-sleeps-recv = 线程在 recv 中睡眠，直到 { $fd } 发来数据。
stage-sleeps-recv-while = 线程在 { $fd } 的 recv 中睡眠，而数据正在 { $others } 里等着。
stage-sleeps-send = 线程在 send 中睡眠，直到 { $fd } 的发送管里有空位。
stage-sleeps-wait = 进程在睡眠，直到它的某个子进程结束。
stage-sleeps-for = 线程睡眠 { $span }。
stage-sleeps-connect = 程序在睡眠，直到握手完成。
stage-sleeps-resolve = 程序在睡眠，直到域名解析完成。
stage-sleeps-idle = 线程在 { $call } 中睡眠：没有任何就绪。没有工作，就不占 CPU。
stage-done-waits = 一个操作已完成：它的完成通知等着上来，并将唤醒线程。
stage-sleeps-again = 这一行已答复，线程又在 { $call } 中睡眠。这就是事件循环。
stage-call-failed = { $call } 失败，{ $errno }：{ $meaning }。
stage-woken-sets = 已唤醒：内核再次检查每一位。
stage-woken-array = 已唤醒：内核再次询问全部 { $count } 个描述符。
stage-woken-done = 已唤醒：已完成的即将上来。
stage-woken-listed = 已唤醒：就绪列表上的即将上来。
stage-woken-slip = 已唤醒：答复即将上来。
stage-down-sets = 三个集合下去：内核逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符。
stage-down-array = 整个数组下去：内核逐一检查并询问 { $count } 个描述符。
stage-down-no-operation = 没有新的操作下去：程序询问有什么已完成。
stage-down-operations = { $count } 个操作下去，由内核自行完成。
stage-down-changes = { $count } 个关注变更随等待一起下去，内核会记住它们。
stage-down-nothing = 什么也不下去：内核已经知道要关注什么。
stage-back = { $what }：{ $ready }
stage-back-sets = 三个集合整个回来
stage-back-array = 整个数组回来
stage-back-token = 一个令牌上来
stage-back-tokens = 只有令牌上来
stage-back-only-a-look = { $call } 只是看一眼：此刻没有任何就绪。
stage-back-nothing = { $call } 空手而归：时间先到了。
stage-done-taken = { $call } 已接收这些操作：尚无一个完成。
stage-done-nothing = { $call } 空手而归：没有操作及时完成。
stage-done-one = 一个完成通知上来：所要求的已经做完。
stage-done-many = 一批完成通知上来：所要求的已经做完。
stage-done-one-data = 一个完成通知上来，数据也随之而来：无需再去取。
stage-done-many-data = 一批完成通知上来，数据也随之而来：无需再去取。
stage-gives = 程序把 { $count } 字节交给描述符 { $fd }。
stage-fetches = 程序去取描述符 { $fd } 中等待的数据。
stage-crosses = 程序穿过这条线：{ $call }。
stage-recv-end = 客户端不再发送：recv 以 0 字节告知。
stage-recv = { $count } 字节穿过这条线，从 { $fd } 的管中进入程序。
stage-send-part = { $fd } 的发送管只容得下 { $all } 字节中的 { $count } 字节；其余的在线上方等待。
stage-send = 答复已在 { $fd } 的发送管中：接下来由内核负责。
stage-send-full = send 什么也没送出（EAGAIN）：{ $fd } 的发送管已满，其余的在线上方等待。
stage-accepted = 一个连接离开接受队列，现在是描述符 { $fd }。
stage-accept-nobody = accept 空手而归（EAGAIN）：没有其他人在等。
stage-came-back = { $call } 空手而归（EAGAIN）：说明已经没有了。
stage-told-once = 只需告诉内核一次要关注什么，它会记住。
stage-keeps-list = 从现在起内核保存一份关注清单：描述符 { $fd }。
stage-carries-out = 内核将执行操作，并告知哪些已完成：描述符 { $fd }。
stage-closed = 描述符 { $fd } 已关闭；其编号重新可用。
stage-nodelay = { $fd } 的答复无论多短都会立即发出（TCP_NODELAY）。
stage-shut = 程序已在 { $fd } 上表示自己发完了。
stage-new-thread = 一个新线程开始：它共享所有描述符。
stage-new-process = 一个新进程开始，带着所有描述符的副本。
stage-reaped = 任务 { $task } 的结束已被查收：它的僵尸进程消失。
stage-none-ended = 此后没有子进程结束。
stage-associated = 端口只会通知 { $fd } 一次；之后必须重新关联。
stage-started = { $fd } 上的一个操作已开始：由内核自行完成。
stage-called-off = 一个操作被取消。
stage-nonblocking = 从现在起，{ $fd } 上的调用永不睡眠（O_NONBLOCK）。
stage-returned = { $call } 已返回。
stage-stranded = 字节在 { $fd } 中等待，但不会再有边沿通知它们：它们搁浅了。
stage-held-back = { $count ->
    [one] 描述符 { $fds } 被暂缓，直到它的答复被取走：有空位可发时会为它带来边沿。
   *[other] 描述符 { $fds } 被暂缓，直到它们的答复被取走：有空位可发时会为各自带来边沿。
}
stage-readable-listener = 一个客户端在接受队列中等待：描述符 { $fd } 现在可读。
stage-readable-unasked = 描述符 { $fd } 可读，但没有被询问：它的答复必须先被取走。
stage-readable = 描述符 { $fd } 可读：现在读取不会阻塞。还没有人读它。
stage-readable-many = 描述符 { $fds } 可读：现在读取不会阻塞。
stage-are-ready = { $count ->
    [one] { $fds } 就绪。{ $why }
   *[other] { $fds } 就绪。{ $why }
}
stage-are-ready-for = { $count ->
    [one] { $fds } 就绪。线下方有：{ $parts }。
   *[other] { $fds } 就绪。线下方有：{ $parts }。
}
stage-why-part = { $what }（{ $fds }）
stage-why-connection = 一个连接在其队列中等待。
    .part = 一个连接
stage-why-data = 数据仍在线的下方。
    .part = 数据
stage-why-end = 输入的结尾在等待。
    .part = 输入的结尾
stage-why-room = 有空位可发送。
    .part = 发送空位
stage-why-trouble = 一个错误在等待。
    .part = 一个错误
stage-why-read = 现在读取不会阻塞。
    .part = 可读的内容
stage-comma = 、
stage-and = { $names } 和 { $last }
stage-and-more = { $names } 以及另外 { $count } 个

## 必须提醒读者的事。

stage-violations = { $count ->
    [one] 这里有一件事不可能如此（事件 { $seq }）：{ $what }。画面可能有误。
   *[other] 这里有 { $count } 件事不可能如此，第一件在事件 { $seq }：{ $what }。画面可能有误。
}
stage-dropped = 缺少 { $count } 个事件：它们带来的变化不在画面中。

## 描述符。

stage-descriptor = 描述符 { $fd }
stage-card-listener = 描述符 { $fd }：监听中，{ $count } / { $room } 个等待被接受，{ $ready }。
stage-card-listens = 描述符 { $fd }：监听中，{ $ready }。
stage-card-stream = 描述符 { $fd }：待读 { $recv }，待发 { $send }，{ $ready }，{ $state }。
stage-card-other = 描述符 { $fd }：{ $what }。
stage-ready-unknown = 就绪状态未知
stage-ready-both = 可读且可写
stage-ready-read = 可读
stage-ready-write = 可写
stage-ready-nothing = 什么都未就绪
stage-state-idle = 空闲
stage-state-data = 有数据在等
stage-state-answering = 答复在途中
stage-state-full = 发送缓冲区已满
stage-state-stranded = 搁浅
stage-state-held-back = 暂缓
stage-state-reset = 已重置
stage-state-end-seen = 输入结束
stage-state-end-came = 客户端已结束（FIN）
stage-state-not-looked-at = 未查看
stage-bytes = { $count } 字节
stage-bytes-unknown = 未知数量的字节
stage-no-line-feed = 还没有换行符
stage-lines-to-send = { $count } 行待发
stage-thrown-away = 已丢弃 { $bytes }
stage-a-socket = 一个未连接的套接字
stage-a-pipe-reads = 管道的读端
stage-a-pipe-writes = 管道的写端
stage-a-file = 一个文件
stage-a-nothing-known = 对它一无所知

## 一次调用所移动的东西。

stage-room-for = 可容 { $bytes }
stage-who-waits = 谁在等？
stage-end-of-input = 输入结束
stage-only-of = 仅 { $count } / { $all }
stage-it-is-now = 现在是 { $fd }
stage-eagain-no-room = EAGAIN：没有空位
stage-eagain-nobody = EAGAIN：没有人
stage-eagain-nothing = EAGAIN：什么也没有
stage-watch = 关注：{ $events }
stage-now-watch = 改为关注：{ $events }
stage-watch-no-more = 不再关注
stage-associate = 通知一次：{ $events }
stage-change-answered = { " 一个变更得到答复" }
stage-the-end-of = { $operation }：结尾

## 关注清单，以及进行中的操作。

stage-trigger-level = 水平
    .meaning = 水平触发：只要仍然如此，每次等待都会报告。
stage-trigger-edge = 边沿
    .meaning = 边沿触发：每次到达只报告一次；此后没读完的不会再通知。
stage-trigger-once = 一次
    .meaning = 报告一次，之后不再报告，直到程序再次要求。
stage-list-epoll = 关注清单
stage-list-kqueue = 过滤器
stage-list-port = 已关联，各一次事件
stage-list-dev-poll = poll 的集合
stage-event-port = 事件端口
stage-completion-port = 完成端口
stage-registry = 描述符 { $fd }：{ $what }，关注 { $watched } 个，{ $ready }。
stage-registry-ready = 就绪列表上有 { $count } 个
stage-registry-no-list = 它没有可见的就绪列表
stage-registry-unseen = 它的就绪列表不可见
stage-queue = 描述符 { $fd }：{ $what }，{ $count } 个操作进行中，{ $done }。
stage-queue-done = { $count } 个已完成但未取走
stage-queue-unseen = 已完成的不可见

## 任务。

stage-task-zombie = 僵尸：已结束，未被 wait
stage-task-ended = 已结束，状态 { $status }
stage-task-asleep-in = 在 { $call } 中睡眠，不占 CPU
stage-task-asleep = 睡眠中，不占 CPU
stage-task-woken = 已唤醒，等待 CPU
stage-task-runnable = 等待 CPU
stage-task-runs = 运行中
stage-nobody-runs = 此刻上面没有线程
stage-poured = 已倒入 { $bytes } B
stage-task-waits-in = 在 { $call } 中等待
stage-task-unseen-in = 在 { $call } 中：睡眠还是工作，不得而知
stage-task-in = 在 { $call } 中

## 客户端。

stage-doing-queued = 等待被接受
stage-doing-syn-ack = SYN-ACK 到来中
stage-doing-connects = 发送 SYN …
stage-doing-connected = 已连接
stage-doing-sent = 已发送 { $count } 字节
stage-doing-heard = 听到“{ $text }”
stage-doing-heard-something = 听到了答复
stage-doing-not-reading = 不读取
stage-doing-thinks = 在思考
stage-doing-awaits = 等待答复
stage-doing-reads-again = 恢复读取
stage-doing-half-closed = 不再发送
stage-doing-closed = 已离开
stage-doing-reset = 重置了连接
stage-doing-saw-end = 看到了结尾
stage-doing-was-reset = 被重置

## 舞台上的文字。

stage-label = 程序与内核之间的那条线
stage-user-space = 用户空间
stage-kernel = 内核
stage-network = 网络
stage-task = 任务 { $task }
stage-more-tasks = 还有 { $count } 个任务
stage-more = 另有 { $count } 个
stage-nothing = 无
stage-nothing-yet = 尚无
stage-nothing-since = 无：{ $errno }
stage-nothing-new = 没有新的
stage-nothing-done = 无：没有任何完成
stage-nothing-done-yet = 尚无完成
stage-down = ↓ 下去
stage-up = ↑ 上来
stage-back-arrow = ↑ 回来
stage-not-back-yet = 尚未回来
stage-unchanged = 未变：调用失败
stage-the-call-failed = 调用失败
stage-only-a-look = 无：只是看一眼
stage-time-was-over = 无：时间已到
stage-empty-slip = 空的答复单
stage-empty-list = 空列表
stage-is-empty = 空
stage-unseen = 从外部看不到
stage-sets-asked = 3 × { $bytes } 字节：所询问的
stage-sets-overwritten = 同样的字节，已被覆盖：剩下 { $count } 位
stage-bits-asked = 三个集合中所询问的位：{ $counts }。
stage-bits-back = 三个集合中回来的位：{ $counts }。
stage-events = { $count } 个事件
stage-events-of-bytes = { $count } × { $bytes } 字节
stage-completions = { $count } 个完成通知
stage-changelist = 变更列表：{ $count } 项
stage-eventlist = 事件列表：
stage-used-up = 这些关联各自已用掉
stage-array = 一个有 { $count } 项的数组。
stage-array-asked = { $count } × 8 字节：所询问的
stage-array-answered = 同一个数组：{ $count } 项有答复
stage-scan = 逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符
stage-scan-live = 逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符；有变化时再来一遍
stage-scan-asleep = 已逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符，一无所获；唤醒后全部重来
stage-scan-again = 再次逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符
stage-scanned = 已逐一检查 { $numbers } 个编号，询问 { $asked } 个描述符，找到 { $found } 个；不为下次保留任何东西
stage-asks = 逐一询问 { $count } 个描述符
stage-asks-live = 询问 { $count } 个描述符；有变化时再来一遍
stage-asks-asleep = 已询问 { $count } 个描述符，一无所获；唤醒后全部重来
stage-asks-again = 再次询问 { $count } 个描述符
stage-asked = 已询问 { $count } 个描述符，找到 { $found } 个；不为下次保留任何东西
stage-ready-list = 就绪列表
stage-spent = 已报告过
stage-not-associated = 已通知，未重新关联：
stage-deaf = ✕ 未关联
stage-under-way = 进行中：{ $count }
stage-kernel-does = 内核正在自行完成：{ $operations }
stage-done = 已完成
stage-submission-ring = 提交环
stage-completion-ring = 完成环
stage-ring = { $ring }：{ $count } 项
stage-lent = 已借给内核

## 从中学到什么。

stage-the-notification = 通知
stage-the-notification-lesson = 只说什么已就绪，别无其他
stage-the-completion = 完成通知
stage-the-completion-lesson = 说什么已做完，并带来数据
stage-the-data = 数据
stage-the-data-lesson = 是第三样东西：由程序去取
stage-the-data-comes = 随完成通知而来：无需去取
stage-readiness = 就绪
stage-readiness-lesson = 是管中的水位
stage-the-thread = 线程
stage-the-clients = 客户端
stage-legend-notification = 是穿过线上来的一个令牌。它只说什么已就绪。
stage-legend-data = 是第三样东西：程序必须自己去取。
stage-legend-thread = 在下面睡眠，直到有事可做：没有工作，就不占 CPU。
stage-legend-readiness = 是管中的水位：字节在内核里等待，所以读取不会阻塞。
stage-legend-clients = 从这里发送。

## CPU、进程，以及程序如何工作。

stage-cpu-idle = CPU { $cpu } 空闲
stage-cpu-runs = CPU { $cpu }：任务 { $task }
stage-cpu-hot = CPU { $cpu } 发烫：任务 { $task }
stage-process = 进程 { $process }
stage-child-of = 进程 { $process }，{ $parent } 的子进程
stage-more-processes = 还有 { $count } 个进程
stage-table = 它的描述符
stage-listens = 监听
stage-zombie-keeps = 僵尸进程：只剩下退出状态
stage-hammers = { $calls } 次系统调用中有 { $percent } % 一无所获；它从不睡眠
stage-event-base = 事件基座
stage-callback-of = { $fd } 的回调
stage-callback-runs = { $fd } 的回调正在运行：
stage-no-callback = 没有回调在运行
stage-timeout = 它的时间已到
stage-input = 入
stage-output = 出
stage-evbuffer = { $buffer }：{ $bytes } 字节；高水位线在 { $mark }

## 画出的描述符。

stage-buffer-of = { $fd } 的缓冲区
stage-accept-queue = 接受队列
stage-queue-not-seen = 接受队列：从外部看不到
stage-of = / { $count }
stage-of-bytes = 共 { $count } 字节
stage-size-unknown = 大小未知
stage-sampled = 采样
stage-watched = 关注：
stage-mark-nobody = ○ 无人
stage-mark-no-data = ○ 无数据
stage-mark-not-yet-told = ○ 尚未告知
stage-mark-readable = ● 可读
stage-mark-readable-unknown = ? 可读
stage-mark-writable = ▲ 可写
stage-mark-writable-unknown = ? 可写
stage-mark-full = △ 发送缓冲区已满

## 描述符墙。

stage-wall = { $count } 个描述符，每行 64 个。上下方向键选择一个，翻页键移动一行。
stage-wall-none-chosen = 未选择
stage-key-open = 打开
stage-key-watched = 被关注
stage-key-asked = 正被询问
stage-key-waits = 字节在等
stage-key-sending = 答复在等
stage-key-listed = 在就绪列表上
stage-key-stranded = 搁浅

## 网络。

stage-syns-dropped = 至今丢弃了 { $count } 个 SYN：接受队列已满
stage-want-in = { $count } 个想进来
stage-not-read = { $bytes } B 未读
stage-on-the-way = { $bytes } B 在途中
stage-web-server = 网页服务器

## 开始。

stage-drop-a-line = 投入一行：hello
stage-not-known = 未知

stage-welcome = 逐个事件地看一个服务器工作：线上是程序，线下是内核。它用 ROT13 回答每一行。投入一行，跟着它走；或者
stage-welcome-tour = 跟随导览。
