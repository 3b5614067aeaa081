### 发现的问题，以及保存所显示的内容。

findings = 发现
    .what = 在所显示的内容中寻找众所周知的毛病（!）
    .searching = 正在查找……
    .none = 什么也没有发现：这些事件里看不出众所周知的毛病。
    .again = 再查一次
    .close = 关闭“发现”
    .waste = 浪费
    .delay = 延迟
    .fault = 错误
    .calls = 可以看出它的调用
    .first = 首次在 { $at }
    .worst = 最严重在 { $at }
    .count = { $count } 项发现，严重的在前，并说明看哪里、怎么办。

save = 保存
    .what = 把所显示的内容存成文件：这次运行，或实时模式下的最近一分钟（Ctrl S）
    .done = 已把 { $count } 个事件存入 { $name }。可在这里或别处用“打开”来看。
    .none = 还没有可以保存的内容。
    .failed = 无法保存：{ $why }。
