### 诊断：从一段记录里能看出哪些众所周知的问题、它是什么、该怎么办，以及要知道什么才看得出来。

finding-task = 任务 { $task }

finding-idle = { $who } 在 { $of } 次等待中被唤醒了 { $count } 次，却无事可做。
    .lesson = 循环醒来，发现无事可做，又去等待
    .advice = 只关注真正会处理的事件，暂时不关心的就从集合中取出；没有到期的事就不要设超时。
    .needs = 等待调用及其报告的内容

finding-storm = { $who } 在 { $of } 次调用中，未得到任何通知就又有 { $count } 次得到 EAGAIN，最多连续 { $run } 次。
    .lesson = 一遍遍地向套接字要它没有的东西
    .advice = 得到 EAGAIN 之后，先等待就绪（epoll_wait、poll、kevent），再去问同一个描述符。
    .needs = 各次调用及其时间

finding-emfile = { $who } 因描述符用尽，accept 被拒 { $count } 次后都立刻重试，最多连续 { $run } 次。
    .lesson = accept 因 EMFILE 失败，监听套接字一直就绪，循环空转
    .advice = accept 因 EMFILE 失败后，停止关注监听套接字，直到有描述符关闭或过了片刻；若确实要接纳这么多客户端，就提高上限（RLIMIT_NOFILE）。
    .needs = accept 调用及其时间

finding-needless = { $who } 在 { $of } 次读取中，有 { $count } 次在读到不足之后又读一次，只得到 EAGAIN。
    .lesson = 水平触发下，每条消息都多付一次什么也读不到的读取
    .advice = 读到的比要的少，说明套接字已空：回去等待即可，若又有数据到来，等待会告诉你。
    .needs = 读取，以及用 select、poll、水平触发的 epoll 或 kqueue 所做的等待

finding-bytes = { $who } 有 { $count } 个字节是逐个读取的，而前一次读取本可一并带来，最多连续 { $run } 个。
    .lesson = 连接上的每个字节都要一次系统调用
    .advice = 一次把现有的数据都读进自己的缓冲区，再从那里取字节。
    .needs = 读取及其大小

finding-room = { $who } 在 { $of } 次等待中，又有 { $count } 次被告知可写，却什么也没写。
    .lesson = 没有要写的东西却一直关注可写，每次等待都立刻返回
    .advice = 只在确有数据待写时才关注 POLLOUT：先尝试写，全部发出后就取消关注。
    .needs = 用 select、poll、水平触发的 epoll 或 kqueue 所做的等待及其报告的内容

finding-edge = { $who } 有 { $count } 次在边沿尚未取尽时睡去：描述符 { $fd } 还剩 { $left }（字节，或待接受的连接）。
    .lesson = 边沿之后没有读完，剩下的不会再有新的边沿来通知
    .advice = 使用 EPOLLET 时要读取或 accept 到 EAGAIN（若关注 EPOLLRDHUP，读到不足亦可），或者记住还有剩余，睡去之前再回来处理。
    .needs = 缓冲区的存量：模拟中有，实时服务器在“buffers”级别时也有

finding-closed = { $who } 关闭了 { $count } 个描述符，但因还有副本，epoll 仍在关注；描述符 { $fd } 关闭后又被报告 { $reports } 次。
    .lesson = 已注册的描述符被关闭，而副本（dup、fork）使连接仍留在关注列表中
    .advice = 凡可能存在副本之处，关闭描述符之前先用 EPOLL_CTL_DEL 取出，并关闭各个副本。
    .needs = epoll_ctl、close，以及副本是如何产生的

finding-turn = { $who } 的循环有 { $count } 轮过长：其中一轮用了 { $took }，而已就绪的描述符 { $fd } 只能等待。
    .lesson = 循环的一轮用时太久，其他人都在等它
    .advice = 把耗时的工作交给别的线程或进程，或切成小块，每块之间让循环走一轮；若是某个调用耗时，证据中有最长的那个。
    .needs = 等待及其时间

finding-ctl = { $who } 对关注内容做了 { $of } 次更改，其中 { $count } 次本可省去。
    .lesson = epoll_ctl 的更改被后来的覆盖、什么也没改变，或在有空间时去问有没有空间
    .advice = 先在程序里记下更改，等待之前只把每个描述符的最后状态告诉内核（kqueue 可随等待一并带上）；先尝试写，再去关注可写。
    .needs = epoll_ctl 或 kevent

finding-leak = { $who } 看到 { $count } 个连接已经结束，却没有关闭；描述符 { $fd } 已被搁置 { $idle }。
    .lesson = 结束了的连接从不关闭
    .advice = 在看到结束的地方关闭描述符，每条路径都不例外，出错的路径也一样；fork 之后，父进程的副本也要关闭。
    .needs = 读到结束的调用，以及时间

finding-starved = { $who } 让描述符 { $fd } 挨饿：在一轮里对描述符 { $other } 做了 { $calls } 次调用，而已就绪的描述符 { $fd } 只能等待；这样共 { $count } 次。
    .lesson = 一个繁忙的连接被处理到底，其他连接只能等待
    .advice = 限制一个连接在一轮里读写的量，余下的留到下一轮。
    .needs = 等待及其报告的内容

finding-herd = { $who } 有 { $count } 次因客户端到来而被唤醒，客户端却已被别的任务接走；{ $tasks } 个任务扑了空。
    .lesson = 一个客户端唤醒所有等待该监听套接字的任务
    .advice = 以 EPOLLEXCLUSIVE 关注监听套接字，或让每个任务有自己的监听套接字（SO_REUSEPORT）。
    .needs = 所有任务的等待与 accept，且从它们启动之前开始

finding-cloexec = { $who } 开始运行另一个程序时，自己的描述符还有 { $count } 个开着，描述符 { $fd } 即是其一。
    .lesson = 没有 CLOEXEC，客户端的连接会留到别的程序里，服务器关闭它时也不会结束
    .advice = 用 SOCK_CLOEXEC、EPOLL_CLOEXEC 或 O_CLOEXEC 创建描述符（accept4、socket、epoll_create1、open），中间不留空隙。
    .needs = execve，以及创建描述符的调用所带的标志，导入的记录里有

finding-nonblock = { $who } 同时等待多个描述符，却在其中 { $count } 个上进行了可能阻塞的调用，例如描述符 { $fd }。
    .lesson = 没有 NONBLOCK，一个离开或不读取的客户端就能让整个循环停住
    .advice = 用 SOCK_NONBLOCK 创建描述符（accept4、socket），监听套接字也一样，并把 EAGAIN 当作正常的回答。
    .needs = 对多个描述符的等待，以及创建它们的调用所带的标志，导入的记录里有

finding-lost = { $who } 丢掉了已经收到的 { $bytes } 字节（最先在描述符 { $fd }）。
    .lesson = 收到的字节被丢掉，发送者却还在等待应答
    .advice = 不要读取超过缓冲区所能容纳的字节，释放之前先把该发的发完：留在内核缓冲区里的字节会在那里等待，发送者只会变慢，不会受骗。
    .needs = 程序自己说出来：本项目的程序会说
