### 描述符可以指向什么。

thing-unknown = 已打开的东西
thing-file = 普通文件
thing-directory = 目录
thing-device = 设备
thing-pipe = 管道的一端
thing-pipereads = 管道的读端
thing-pipewrites = 管道的写端
thing-socket = 套接字
thing-datagrams = 数据报套接字
thing-listener = 监听套接字
thing-connection = 连接
thing-epoll = epoll 实例
thing-rings = io_uring 的环
thing-eventfd = 计数器（eventfd）
thing-timerfd = 定时器（timerfd）
thing-signalfd = 信号队列（signalfd）
thing-inotify = 文件监视（inotify）
thing-pidfd = 进程（pidfd）
thing-memory = 内存（memfd）

### 不可能发生的事。

impossible-time = 时间倒流了
impossible-call = 任务 { $task } 在一次调用中又发起了调用
impossible-return = 任务 { $task } 从它没有发起的调用返回
impossible-received = 从描述符 { $fd } 收到的字节比到达的还多
impossible-took = 一个操作从文件 { $file } 取走的字节比到达的还多
impossible-drained = 离开文件 { $file } 发送缓冲区的字节比其中的还多
