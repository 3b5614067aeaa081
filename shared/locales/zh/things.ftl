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
