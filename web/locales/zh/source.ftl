### 关于事件来源和链接所说的话。

source-cut-short = 这次运行比所显示的 { $kept } 个事件更长。
source-started-again = 服务器 { $reason }，已重新启动：新的记录开始了。
source-gap = 缺口：本页跟不上服务器，事件 { $from } 到 { $to } 被跳过。计数仍然准确。
source-anew = 来源重新开始了。
source-server = 服务器 { $text }。
source-halted-before = {""}你定住的画面是此前的；点“回到实时”即可离开。
source-no-gateway =
    “实时”显示在本机运行的服务器，而本页来自只提供静态文件的主机。
    请在你的机器上运行 `loopscope serve`（或在源码目录中运行 `cargo xtask run`），
    并打开它给出的地址。“模拟”在这里可以使用。
source-no-address = 网关的地址不能用于 WebSocket。
source-lost = 与网关的连接断开了，正在重试。`loopscope serve` 还在运行吗？
source-unfit = 本页与网关不匹配：{ $error }。
source-refused = 网关拒绝：{ $why }
source-unread = 网关发来了本页读不懂的内容：{ $error }。

server-starting = { $name } 正在启动
server-running = { $name } 位于 { $listen }，进程 { $pid }
server-stopping = { $name } 已被要求停止，正在应答它手上的客户端{ $next }
server-ended = { $name } { $reason }；{ $ms } 毫秒后重新启动
server-end-exit = 已结束，退出码 { $code }
server-end-signal = 被信号 { $signal } 终止
server-end-failed = 未能启动，或其输出无法理解
server-end-said = { $how }：{ $said }
server-next = ；随后由 { $name } 在同一端口上接替
    .same = ；随后它按你的设置重新开始

record-nothing = 还什么都没有发生。
record-begins = 记录从这里开始，此前有 { $count } 个事件。
record-before = 此前 { $count } 个事件
record-let-go = 已放弃较早的 { $count } 个事件

link-version =
    这个链接的版本（{ $version }）本页不认识：显示的是平常的内容。
    较新的 Loopscope 也许能打开它。
link-program = 这个链接提到了本页没有的服务器：{ $name }。
link-mode = 这个链接要求 { $mode }，而本页只认识 { $known }：显示的是平常的内容。
link-scenario = 这个链接提到了本页没有的场景：{ $name }。
link-unread = 这个链接里读不懂的部分已略去：{ $named }{ $more }。
link-more = ，另有 { $count } 处
link-unknown = 这个链接说了本页不认识的东西：{ $named }{ $more }。较新的 Loopscope 也许认识。
