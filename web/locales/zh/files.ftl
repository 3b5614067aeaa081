### 文件：打开、保存，以及已打开文件的说明。

worker-none = 此浏览器不能启动 web worker，而模拟和打开文件都在其中进行。
worker-failed = 后台任务未能启动，或中途停止：请重新加载页面。
opener-failed = 读取文件的部分未能加载，或中途停止：请检查网络连接，然后重新打开文件。
worker-unread = 无法理解后台任务的消息：{ $error }。

trace-damaged = 此文件有一部分无法读取，已略去：{ $what }。
trace-unread = 此日志有 { $count } 行无法读取，其余照用。行 { $lines }。
trace-unfetched = 本页所在主机的 { $address } 没有跟踪文件。如果由 `loopscope replay` 提供，请看看它是否仍在运行。
trace-failed = 无法打开此文件：{ $why }。

open-title = 打开记录
open-text = 可以是 Loopscope 记录或保存的跟踪文件，也可以是任何程序的 strace 日志。把它拖到页面任意位置，或者选择文件。文件留在你的机器上：什么也不会上传。
open-choose = 选择文件……
open-another = 打开另一个文件……
open-strace = 在 Linux 上查看任何程序的行为：
open-record = 记录 Loopscope 自己的服务器：
open-part = 部分
open-close = 关闭文件
open-reading = 正在读取文件；打开第一个文件时，会先加载读取文件的部分……

file-origin-unknown = 此跟踪文件没有说明来源。
file-origin-simulated = { $program }，记录自一次模拟
file-origin-recorded = { $program }，记录自真实内核
file-origin-imported = { $program }，由 { $tool } 日志导入：日志无从得知的内容（尤其是缓冲区）留空
file-events = 事件
file-bytes = 字节
file-command = 命令
file-machine = 机器
file-scenario = 场景
file-clock = 时钟
file-by = 写入者
file-part = { $from } 至 { $to }
file-guessed = 推测
status-unknown = 来自文件
status-recorded = 已记录
status-imported = 已导入

file-no-source = 不知道 { $program } 的源代码：日志里没有。舞台上按 { $like } 的样子来画，因为它用同样的方式等待套接字。
