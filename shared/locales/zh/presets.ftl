### 预设场景：名称，以及看什么。

preset-three-clients = 三个客户端
    .look-for = 三个客户端想说就说：看服务器在哪里等待，又怎样得知是谁说了话。

preset-head-of-line = 队头阻塞
    .look-for =
        两个客户端已经开口，而轮流读取的服务器睡在对第一个客户端的 recv 里，那个客户端沉默着：
        它们要为一个陌生人等 50 毫秒。

preset-missed-edge = 错过的边沿
    .look-for =
        3,200 字节到达，只通知一次：读了其中 1,024 字节就去等下一个边沿的程序会永远等下去，
        剩下的留在管子里。

preset-ghost = 已经关闭，却还在集合里
    .look-for =
        服务器关闭了一个描述符，但它的 dup 还在：连接保持打开，也留在兴趣列表里，
        epoll 永远以一个已不存在的编号报告它，而且没有办法把它移除。

preset-slow-reader = 一个慢读者
    .look-for =
        一个客户端只发送不读取：它的管子灌满，服务器停止读取它，什么也没有丢失，另一个客户端毫无察觉。

preset-starvation = 一个快发送者，其余挨饿
    .look-for =
        一个客户端有十六兆字节要说，而一直读到没有为止的循环顾不上别人：
        另一个客户端的短短一行要等到它全部说完；每圈只取一段的循环则不会这样。

preset-nagle = Nagle 的 40 毫秒
    .look-for =
        两个小应答中的第二个被扣住，直到第一个得到确认；客户端又延迟确认，盼着能捎带些什么：
        双方白等 40 毫秒，无事可做。

preset-fetch = 取一个页面
    .look-for =
        会阻塞的客户端在四个地方等待：等名字，等连接，等发送的空位（它的请求比发送缓冲区还长），等回答；
        在此期间什么别的也做不了。

preset-fork-bomb = 好心的 fork 炸弹
    .look-for =
        来了两百个客户端，每个都分到一个进程：服务器的时间都花在 fork 上，客户端等的是它，
        而不是应答；它只在 accept 之后留意子进程，
        所以最后一个客户端之后结束的子进程都停留为僵尸。

preset-zombies = 僵尸进程和泄漏的描述符
    .look-for = 二十个客户端来了又走：每个都留下一个无人等待的进程，和一个父进程从未关闭的描述符。

preset-herd = 惊群
    .look-for =
        四个 CPU 上的四个循环睡在同一个监听套接字上：每个客户端把四个全都唤醒，一个得到它，
        三个听到 EAGAIN 后继续睡。

preset-herd-exclusive = 安睡的群
    .look-for =
        四个 CPU 上的四个循环睡在同一个监听套接字上，并声明了 EPOLLEXCLUSIVE：
        每个客户端只唤醒其中一个，而且只要它忙得过来，总是同一个。

preset-many-idle = 许多空闲，一个活跃
    .look-for = 三百个客户端沉默，一个在说话：select 每一行都要把它们全部检查一遍，epoll 不必。

preset-long-march = 一千个空闲，一个活跃
    .look-for =
        一千个客户端沉默，一个在说话：select 为一行就要把集合搬下去、搬上来，
        逐一检查一千个描述符；poll 搬的是数组；epoll 只送上就绪的那一个。

preset-eagain-storm = EAGAIN 风暴
    .look-for =
        永不停歇地问每个套接字有没有东西，听到的只有 EAGAIN：CPU 占用 100%，
        却几乎什么也没做。

preset-burst = 一拥而入的客户端
    .look-for =
        四十个客户端同时到来，而接受队列只容得下十七个：遇上队满的 SYN 被丢弃，那些客户端损失一秒。

preset-backlog-overflow = backlog 溢出
    .look-for =
        五百个客户端同时涌向只容十七个的队列：每个被丢弃的 SYN 在一秒后重发，然后两秒，然后四秒；
        服务器早已空闲，最后一个客户端才进来。

preset-emfile = 打开的文件太多
    .look-for =
        来了三十个客户端，描述符只够大约十五个：监听套接字一直可读，
        accept 以 EMFILE 失败，而立刻又去问的循环在有人离开之前什么别的也不做。

preset-c10k = 一万个客户端
    .look-for = 一万个客户端已连接，几乎一直沉默：一行的开销与它们有多少无关。

preset-drop-overflow = 溢出就丢掉
    .look-for =
        一个客户端一次发送 64 KiB 的行，另一个发送一行 20,000 字节：
        16,384 字节的缓冲区放不下的就丢掉，两个客户端都在等剩下的。

preset-creeping-indices = 爬行的下标
    .look-for =
        每一段都以下一行的开头结束，所以缓冲区从不为空，下标从不回到 0，
        16,384 字节之后就再也没有空间。

preset-reset-to-one = 回到一而不是零
    .look-for = 两行先后把缓冲区填到最后一个字节：第二行发现少了一个字节，它的换行符被丢掉。

preset-read-on = 什么也拦不住读取
    .look-for =
        一个客户端发送 640 kB 却不收应答：继续读取的服务器把全部内容放在自己的内存里；
        另一种服务器会停下，由 TCP 拦住客户端。

preset-unlimited-output = 没有上限的输出缓冲区
    .look-for = 一个客户端发送 640 kB 却不收应答：应答堆积在输出缓冲区里，因为它的高水位只是建议。

preset-free-on-eof = 输入的结束结束了一切
    .look-for = 一个客户端说完要说的话就结束：在输入结束时释放连接的服务器还欠着它应答。

preset-leak-descriptor = 没有人关闭的描述符
    .look-for =
        二十个客户端先后来去，每个都留下一个打开的描述符：一共十二个，最后一个客户端还没来就用完了，
        再也没有人能进来。

preset-off-by-one = 越过末尾一格
    .look-for =
        来的客户端比 select 集合的位还多：编号 1,024 的那个本该像后面的一样被拒绝，
        却被接受了，尽管永远无法监视它。

preset-byte-reads = 一个字节一次调用
    .look-for = 十六字节的行一个字节一个字节地读：十六次调用，再加一次应答，而两次本来就够了。

preset-write-interest-first = 我可以写吗？
    .look-for = 每次应答之前都先问内核有没有空间，而空间总是有的：这一问让每一行都多花几次调用。

preset-flush-overlong = 多出一个换行符
    .look-for = 一行 20,001 字节分两段应答，每段都有自己的换行符：回来的比发送的还多。

preset-sigpipe = 一个离开，全体消失
    .look-for =
        一个客户端在得到应答的途中离开，下一次发送引发 SIGPIPE：不忽略它的进程会被杀死，
        另一个客户端的连接也随之断开。
