### 时间线：CPU、任务和描述符的泳道，以及事件表。

timeline = 时间线
timeline-lanes = 泳道
    .what = CPU、任务和描述符随时间的活动；表格以文字给出同样的内容
timeline-table = 表格
    .what = 以表格显示光标附近的事件，代替泳道
timeline-help = 单击：跳到此处 · 拖动：选择一段 · Shift+拖动：平移 · Ctrl+滚轮：缩放
timeline-help-touch = 轻点：跳到此处 · 滑动：平移 · 双指捏合：缩放
timeline-reset = 重置缩放
    .what = 重新显示光标附近的时间（0）
timeline-kept = 页面保留最近的 { $count } 个事件
timeline-span = 已选择 { $span }
timeline-span-leave = 取消选择的时间段

lane-cpu = CPU { $cpu }
lane-task = 任务 { $task } { $name }
lane-fd = fd { $fd }
lane-fd-of = fd { $fd }（进程 { $process }）
lane-many = { $count } 段，在此缩放级别下无法分辨
lane-running = 正在运行
lane-runnable = 等待 CPU
lane-blocked = 睡眠
lane-idle = 空闲
lane-waiting = 有数据待读
lane-leaving = 有数据待发出
lane-full = 已满或失败

events-number = 事件
events-time = 时间
events-task = 任务
events-what = 发生了什么
events-none = 还没有发生任何事。
events-kernel = 内核
