### 调用带回了什么，又意味着什么。

return-fails = { $name } 失败，{ $errno }：{ $why }。
return-end = 对 { $fd } 的 { $name } 返回 0：客户端不再发送。
return-peeks = recv 看了描述符 { $fd } 的 { $count } 字节 { $text }，没有取走。
return-discards = recv 从描述符 { $fd } 取出 { $count } 字节并丢弃。
return-takes = { $name } 从描述符 { $fd } 取出 { $count } 字节 { $text }。
return-puts = { $name } 把 { $count } 字节放进描述符 { $fd }。
    .part = { $name } 在 { $len } 字节中只把 { $count } 字节放进描述符 { $fd }：它的发送缓冲区已满。
return-accepts = accept 从队列里取出一个连接：它现在是描述符 { $fd }。
return-has-returned = { $call } 已返回。
return-returns = { $call } 返回 { $text }。
return-transfers = { $name } 把 { $count } 字节从描述符 { $from } 移到 { $to }；程序看不到它们。
return-says = { $call } 给出 { $value }。

return-thread = { $task } 启动了任务 { $child }，一个线程：它共用描述符。
return-process = { $task } 启动了任务 { $child }，一个进程：它有每个描述符的副本。
return-no-child = wait4 返回 0：此后没有子进程结束。
return-child = wait4 留意到任务 { $child } 已结束，状态为 { $status }：它现在消失了。
return-resolves = getaddrinfo 为 { $name } 找到 { $count } 个地址。
return-bound = 描述符 { $fd } 现在的地址是 { $address }。
return-connected = 描述符 { $fd } 现在与 { $address } 相连。
return-dup = dup 产生描述符 { $new }：它与 { $fd } 指向同一个文件。
return-pipe = pipe2 产生两个描述符：写进 { $writes } 的可以从 { $reads } 读出。
return-pair = socketpair 产生描述符 { $one } 和 { $other }，它们彼此相连。
return-opens = openat 产生描述符 { $fd }：它指向 { $path }。
return-creates = { $name } 产生描述符 { $fd }：{ $thing }。
return-exec = { $task } 现在是另一个程序：{ $path }。标为 close-on-exec 的都已关闭。
return-makes = { $name } 产生描述符 { $fd }。

return-select = select 返回 { $count }：它在三个集合里检查了 { $nfds } 个编号，找到 { $ready }。
    .none = select 返回 0：它检查了 { $nfds } 个编号，还没有一个就绪，时间就到了。
return-poll = poll 返回 { $count }：它检查了 { $entries } 项，找到 { $ready }。
    .none = poll 返回 0：它检查了 { $entries } 项，还没有一个就绪，时间就到了。
return-submitted = io_uring_enter 收下了 { $count } 个操作：都还没有完成。
    .unseen = io_uring_enter 收下了 { $count } 个操作；环里的内容无法看到。
return-nothing-done = { $name } 返回 0：在时限内什么也没有完成。
return-done = { $name } 返回 { $count }：完成的是 { $what }。
return-started = 内核收下了操作 #{ $user }：{ $kind }。做完时它会告知。
return-associated = 端口 { $port } 将报告描述符 { $fd } 的一个事件：{ $events }。
return-written = { $call } 已完成：集合留在 { $fd } 里。
return-nothing-ready = { $name } 返回 0：在时限内没有什么就绪。
return-came-up = { $name } 返回 { $count }：上来的是 { $what }，别的都没有检查。
    .once = port_getn 返回 { $count }：上来的是 { $what }，并且不再关联。
return-is-done = { $call } 已完成。

failed-read = 现在没有更多可读的内容
failed-send = 发送缓冲区已满，剩下的必须等待
failed-accept = 接受队列里已经没有人
failed-fork = 不能再有更多任务
failed-connect = 正在进行；建立或失败之后，套接字会变得可写
failed-getn = 时间到了，事件还没有那么多

call-as = { $name }({ $of })，编号 #{ $user }
call-in-all = … 共 { $count } 个
call-again = 反复 { $what }
