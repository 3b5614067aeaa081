### The code panel: the source, where tasks are in it, and the calls of a line.

code = Source
    .text = Source text
code-asleep = asleep …
code-woken = woken, waits for the CPU
code-in-kernel = in the kernel …
code-task = task { $task }
code-more = and { $count } more
code-line = Line { $line }: show its calls
code-line-leave = Close the calls of line { $line }
code-calls = Line { $line }: { $count ->
    [0] no call has returned here yet
    [one] { $count } call
   *[other] { $count } calls
}
code-together = { $together } together, { $longest } the longest
code-go = Go to event { $number }: { $text }
