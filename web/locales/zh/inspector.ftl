### 检查器：描述符、任务、它们的缓冲区与历史。

inspector = 检查器
inspector-choose = 请选择一个描述符或任务
inspector-leave = 取消选择
    .what = 取消选择（Esc）
inspector-history = 历史
inspector-earlier = 显示更早的调用
inspector-go = 跳到事件 { $number }，{ $text }

inspect-fd = 描述符 { $name }
inspect-task = 任务 { $task }
inspect-no-task = 没有任务
inspect-unseen = 从外部看不到
inspect-simulated = 模拟
inspect-sampled = 采样
inspect-inferred = 推断
inspect-unknown = 未知
inspect-state = 状态
inspect-not-open = 此刻没有打开
inspect-listening = 正在监听
inspect-queue = 接受队列
inspect-queued = { $count } / { $most } 个
inspect-queued-sampled = { $count } / { $most } 个（采样）
inspect-interest-list = 关注列表
inspect-descriptors = { $count ->
   *[other] { $count } 个描述符
}
inspect-ready-list = 就绪列表
inspect-empty = 空
inspect-in-all = 总计
inspect-in-and-out = 收到 { $received } B，发出 { $sent } B
inspect-lost = 已丢弃
inspect-receive-buffer = 接收缓冲区
inspect-program-buffer = 程序的缓冲区
inspect-send-buffer = 发送缓冲区
inspect-rings = io_uring 的两个环
inspect-completion-port = 完成端口
inspect-under-way = 进行中
inspect-operations = { $count ->
   *[other] { $count } 个操作
}
inspect-landed = 已完成、未取走
inspect-completions = { $count ->
   *[other] { $count } 个完成项
}
inspect-socket = 一个套接字，既未监听也未连接
inspect-address = 地址
inspect-pipe-reads = 管道的读端
inspect-pipe-writes = 管道的写端
inspect-regular = 普通文件
inspect-open = 已打开；其余未知
inspect-reset = 被客户端重置
inspect-both-over = 两个方向都已结束
inspect-end-known = 客户端不再发送；服务器已知道
inspect-end-unread = 客户端不再发送；服务器还没有读到
inspect-output-over = 服务器不再发送
inspect-established = 已建立
inspect-client = 客户端
inspect-client-title = 客户端 { $peer }
inspect-client-not-yet = 尚未到来
inspect-client-none = 没有
inspect-client-queued = 在 accept 队列中等待
inspect-client-connection = 连接
inspect-client-way = 在途
inspect-client-on-the-way = { $coming } 字节发往服务器，{ $unread } 字节返回而尚未被读取
inspect-client-did = 客户端字节
inspect-client-bytes = 已发 { $sent }，已读 { $received }，共 { $lines } 行
inspect-client-deaf = 已发 { $sent }，已读 { $received }，共 { $lines } 行；现在不读取
inspect-level = { $level } / { $capacity } 字节
inspect-bytes = { $level } 字节

inspect-nothing-yet = 还没有发生任何事
inspect-program = 程序
inspect-at = 位置
inspect-elsewhere = 别处
inspect-turns = 圈数
inspect-woken-by = 被唤醒于
inspect-event = 事件 { $number }
inspect-opened = 已打开
inspect-calls = 所有任务的调用
inspect-process = 进程
inspect-cpu = 所在 CPU
inspect-callback = 正在回调
inspect-asleep-in = 在 { $call } 中睡眠
inspect-asleep = 睡眠
inspect-woken = 已唤醒，等待 CPU
inspect-in-call = 在 { $call } 中
inspect-running = 正在运行
inspect-zombie = 僵尸：以状态 { $status } 结束，尚未被等待
inspect-ended = 以状态 { $status } 结束

says-interest = 关注
says-why = 原因
says-ready = 就绪
says-select = select 会说
says-poll = poll 会说
says-epoll = epoll 会说
says-kqueue = kqueue 会说
says-not-registered = 未注册
says-not-asked = 尚未询问
says-none = 无
says-read = 读
says-write = 写
says-nothing = 什么也没有
says-readable = 可读
says-writable = 可写
says-exceptional = 异常
says-edge-pending = { $events }（边沿：待报告）
says-edge-spent = { $events }（边沿：已用掉，在有新数据到来前保持沉默）
says-epoll-instance = epoll 实例
says-kqueue-instance = kqueue（依据文档：未与真实实现比较）
says-event-port = 事件端口（依据文档：未与真实实现比较）
says-dev-poll = /dev/poll（依据文档：未与真实实现比较）
says-because-bytes = 有 { $count } 字节待读
says-because-end = 输入已结束：读取将返回 0
says-because-reset = 客户端已重置连接：调用会失败
says-because-room = 发送缓冲区还有 { $room } 字节的空间
says-because-full = 发送缓冲区已满：无法再接受发送
says-because-queue = { $count ->
   *[other] 有 { $count } 个连接等待接受
}
says-because-nothing = 没有数据可读：读取将等待

silence-none = 还没有调用返回
silence-fd = 还没有针对它的调用
silence-fd-record = 此记录中没有针对它的调用；记录开始得比服务器晚
silence-record = 此记录不包含更早的调用
silence-client = 它还没有做过任何事
