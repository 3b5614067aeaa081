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

## What is fetched from where the page comes from

texts-no-language = { $language } could not be fetched ({ $why }). Is the host still there? Choose it again, or reload the page.
texts-of-another-build = the host has it from another build than this page: reload the page
code-loading = The source is being fetched …
code-missing = The source could not be fetched ({ $why }). Everything else works without it; reload the page to try again.
