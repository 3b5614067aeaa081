### 数字：到目前为止的开销。

figure-lines = 已应答行数
    .meaning = 已完整返回给客户端的行。
figure-calls = 系统调用 / 行
    .meaning = 每次调用都要穿过这条线，再返回。
figure-bytes = 穿越字节 / 行
    .meaning = 程序与内核之间双向穿越的数据、集合和事件。
figure-scanned = 扫描数 / 行
    .meaning = 等待调用为找出就绪者而逐一检查的描述符编号。
figure-wakeups = 唤醒
    .meaning = 返回的等待调用：事件循环的圈数。
figure-idle = 空唤醒
    .meaning = 没有带来读、写或接受连接的唤醒。
figure-eagain = EAGAIN
    .meaning = 请求了当前无法完成之事的调用。
figure-p50 = p50
    .meaning = 一半的行在此时间内得到应答。
figure-p99 = p99
    .meaning = 百分之九十九的行在此时间内得到应答。
figure-held = 持有字节 / 连接
    .meaning = 已收到但尚未应答，存放在程序自己缓冲区中的字节。
