### 代码面板：源代码、各任务所在的行，以及一行的调用。

code = 源代码
    .text = 源代码文本
code-asleep = 睡眠中 …
code-woken = 已唤醒，等待 CPU
code-in-kernel = 在内核中 …
code-task = 任务 { $task }
code-more = 还有 { $count } 个
code-line = 第 { $line } 行：显示它的调用
code-line-leave = 关闭第 { $line } 行的调用
code-calls = 第 { $line } 行：{ $count ->
    [0] 还没有调用在此返回
   *[other] { $count } 次调用
}
code-together = 共 { $together }，最长 { $longest }
code-go = 跳到事件 { $number }：{ $text }

## 从页面所在的主机读取的内容

texts-no-language = 无法读取{ $language }（{ $why }）。主机还在吗？请再选一次，或重新加载页面。
texts-of-another-build = 主机上的文件与本页面不是同一次构建的：请重新加载页面
code-loading = 正在读取源代码……
code-missing = 无法读取源代码（{ $why }）。其余部分不受影响；重新加载页面可再试一次。
