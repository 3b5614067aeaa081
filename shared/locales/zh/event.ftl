### 每个事件一句话：发生了什么，由什么引起。

## 说的是谁，是什么。

name-task = 任务 { $task }
    .named = 任务 { $task }（{ $name }）
name-host = 主机
name-client = 客户端
name-descriptor = 描述符 { $fd }
name-queued = 一个等待被接受的连接
name-closed = 一个程序已经关闭的连接
name-place = （{ $source } 第 { $line } 行）

## 任务做什么。

event-begins = { $task } 开始。
    .thread = { $task } 开始：它是线程，共用描述符。
    .process = { $task } 开始：它是独立的进程，带着任务 { $parent } 的描述符的副本。
event-ends = { $task } 结束，状态为 { $status }。
    .zombie = { $task } 结束，状态为 { $status }；在父进程留意到之前，它是僵尸进程。
event-listens = 描述符 { $fd } 在监听；它的接受队列里最多可以等 { $backlog } 个连接，再加一个。
event-calls = { $task } 调用 { $call }{ $place }。
event-comes-back = { $task } 从一次调用中返回。
event-signal = { $task } 收到信号 { $number }。
    .named = { $task } 收到信号：{ $name }。
event-callback = { $task } 因为 { $events } 调用描述符 { $fd } 的回调{ $place }。
    .timeout = 描述符 { $fd } 的时间到了：{ $task } 调用它的回调{ $place }。
    .ends = 描述符 { $fd } 的回调返回到循环。
event-buffered = { $task } 保存着来自描述符 { $fd } 的 { $input } 字节，还有 { $output } 字节要发往那里。
event-discarded = { $task } 丢掉了从描述符 { $fd } 收到的 { $bytes } 字节：它们不会得到应答。

## 观察者看到什么。

event-sampled = 看了一眼描述符 { $fd }：{ $recv } 字节等待读取，{ $send } 字节等待确认。
event-queue = 观察者看到 { $waiting } 个连接在描述符 { $fd } 等待被接受。
event-counted = 服务器自己计数，包括没有告知任何人的：{ $lines } 行，{ $calls } 次调用。
event-dropped = 此处丢失了 { $count } 个事件：它们来得太快，来不及保存。
event-outside = 这是从程序外部看到的：它保存着什么、内核的缓冲区有多满，都不得而知。
event-found = 描述符 { $fd } 是{ $thing }{ $label }。

## 内核里发生什么。

event-queued = 客户端 { $peer } 已连接，在接受队列里等待。
event-syn-dropped = 接受队列已满：客户端 { $peer } 的 SYN 被丢弃，它会再试。
event-installed = 最小的空闲编号是 { $fd }：它指向新文件。
event-arrived = { $bytes } 字节 { $text } 到达，属于{ $file }。
event-put = 有空间容纳 { $bytes } 字节 { $text }：它们进入{ $file }的发送缓冲区，其余的只能等待。
event-drained = { $end }的内核确认了 { $bytes } 字节：它们离开{ $file }的发送缓冲区。
event-input-ended = { $file }的{ $end }不再发送（FIN）。
event-reset = { $file }的{ $end }重置了连接（RST）。
event-ready = { $file } 现在就绪：{ $mask }。
event-unready = { $file } 不再就绪。
event-listed = 描述符 { $fd } 进入就绪列表。
event-unlisted = 描述符 { $fd } 离开就绪列表。
event-established = 握手完成：{ $file } 已连接。
event-completed = { $file } 上的操作 #{ $user } 已完成{ $done }。它的完成通知在队列里等待。
    .taken = ：{ $bytes } 字节从接收缓冲区到了程序的缓冲区
    .put = ：{ $bytes } 字节进入发送缓冲区
event-blocked = { $why }：{ $task } 在调用中睡去。
event-woken = { $task } 被事件 { $cause } 唤醒。
event-running = { $task } 得到 CPU { $cpu }。
event-preempted = { $task } 的时间片用完了：CPU 现在归别的任务。

asleep-time = 时间才刚开始
asleep-accept = 接受队列里没有人
asleep-read = 还没有可读的内容
asleep-send = 发送缓冲区已满
asleep-connect = 握手还在进行
asleep-resolve = 回答还在路上
asleep-child = 还没有子进程结束
asleep-operations = 已启动的操作都没有完成
asleep-ready = 所询问的都没有就绪

## 另一端发生什么。

event-host = 主机 { $name } { $doing }。
    .awaits = 主机 { $name } 等待请求。
    .saw-end = 主机 { $name } 看到程序发送的内容结束了。
event-client = 客户端 { $peer } { $doing }。

doing-connecting = 发出 SYN
doing-connected = 已连接
doing-sent = 发送 { $bytes } 字节 { $text }
doing-received = 读取 { $bytes } 字节 { $text }
doing-thinking = 在思考
doing-awaiting = 等待应答
doing-not-reading = 停止读取
doing-reading = 重新读取
doing-half-closed = 不再发送
doing-closed = 关闭套接字
doing-reset = 丢弃连接
doing-saw-end = 看到服务器发送的内容结束了
doing-was-reset = 发现连接被重置
