### 程序可以故意犯的错误：是什么，观察到了什么。

quirk-drop-overflow = 缓冲区只放得下一行 16,384 字节，放不下的就丢掉
    .seen =
        一次发送 64 KiB 的完整行，只回来 16,384 字节；
        一行 20,000 字节回来时只有 16,385（fork）或 16,384 字节，没有换行符

quirk-creeping-indices = 缓冲区里的内容全部应答之后，空间才会收回，所以总有半行在途的连接会一直爬到缓冲区末尾
    .seen =
        400 次发送一行 50 字节外加下一行的 9 字节，
        23,991 字节只回来 23,935 字节

quirk-reset-to-one = 缓冲区空了之后，下标回到 1 而不是 0：有一个字节再也用不上
    .seen = 印刷代码里的笔误：与 drop-overflow 一起，正好填满缓冲区的行会再少一个字节

quirk-read-on = 写不出去的时候，没有任何东西让它停止读取
    .seen =
        一个从不读取、持续发送 1.5 秒的客户端：
        吞下了 626 MB（select）和 532 MB（event），
        再加上 drop-overflow 就是丢掉

quirk-free-on-eof = 输入一结束就释放状态，而欠下的应答还没有写出
    .seen = 发送一行后立刻半关闭，重复 50 次：回来 22（select）和 24（event）个应答

quirk-leak-descriptor = 连接的状态释放了，描述符却没有关闭；在 fork 里，父进程从不关闭自己的那一份
    .seen = 20 个连接打开又关闭，留下 20 个描述符；大约 1,000 个之后，谁也得不到应答

quirk-off-by-one =
    该写 `fd >= FD_SETSIZE` 的地方写成了 `fd > FD_SETSIZE`：
    越过集合末尾一格
    .seen = 描述符 1024 被接受；在 C 里这会写到数组末尾之外，在这里它永远不会被监视

quirk-no-wait = 父进程从不等待子进程
    .seen = 每个连接都留下一个僵尸进程

quirk-byte-reads = 一次只要一个字节
    .seen = 一行 16 字节要 17 次系统调用，而基于 epoll 的谨慎循环只要 3 次

quirk-no-nodelay = 没有关闭 Nagle 算法，许多小的发送遇上对端的延迟 ACK
    .seen =
        每次交换两行：每秒 46 行（fork），每行 44 毫秒，
        用 TCP_NODELAY 则是 16,686 行；50 个连接上一次发 100 行：
        每秒 11 万行（bufferevent），而 select 是 700 万行

quirk-one-accept = 监听套接字每次就绪只接受一个客户端，其余的要再等一圈
    .seen =
        500 个客户端同时到来，backlog 为 16：最后一个 15 秒后才进来（select）

quirk-emfile-spin = 监听套接字因描述符用尽而无法接受连接，却立刻又去问它
    .seen =
        20 个描述符，30 个客户端：CPU 占用 99% 到 100%，
        错误日志 350 万到 1,080 万行

quirk-write-interest-first = 还没有试着发送，就先问内核套接字是否可写
    .seen =
        一行要 5 次（select）或 7 次（event、bufferevent）系统调用，
        谨慎的循环只要 3 次

quirk-flush-overlong = 太长的行分成几段应答，每段都加上一个换行符
    .seen = 一行 20,000 字节回来时是 20,002 字节，带两个换行符

quirk-unlimited-output = 输出缓冲区没有上限；写的高水位只是建议
    .seen = 一个从不读取的客户端：常驻内存涨到 110 MB

quirk-sigpipe = 没有忽略 SIGPIPE，所以向已经离开的客户端发送会让程序终止
    .seen = 客户端在它还在写的时候离开，它被信号 13 杀死

quirk-stop-early = 每个边沿只接受一个连接或只读 1,024 字节；剩下的留给永远不会来的边沿
    .seen = 不是书中的错误：书中只提醒了边沿触发的要求；没有读空的套接字在新内容到达之前不会再产生事件

quirk-herd = 几个循环监视同一个监听套接字而不用 EPOLLEXCLUSIVE：每个客户端都唤醒所有循环
    .seen =
        不是书中的错误：两个 epoll 都因同一个客户端醒来，
        其中一个 accept 以 EAGAIN 失败

quirk-dup-ghost = 每个连接的第二个描述符从不关闭，所以关闭第一个既不会结束连接，也不会让它离开兴趣列表
    .seen = 不是书中的错误：事件继续以已关闭的编号到来，什么也停不住它们
