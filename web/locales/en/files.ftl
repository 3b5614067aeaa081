### Files: opening, saving, and what is said of one that is open.

worker-none = This browser does not start web workers, in which simulations run and files are opened.
worker-failed = What runs in the background has failed to start, or has stopped in the middle: reload the page.
opener-failed = The part of the page that reads files could not be loaded, or has stopped: see whether the connection is there, then open the file once more.
worker-unread = What runs in the background cannot be understood: { $error }.

trace-damaged = A part of this file could not be read, and is left out: { $what }.
trace-unread = { $count ->
    [one] One line of this log could not be read; the rest is used. Line { $lines }.
   *[other] { $count } lines of this log could not be read; the rest is used. Lines { $lines }.
}
trace-unfetched = There is no trace at { $address } of this page's host. If `loopscope replay` serves it, see whether that still runs.
trace-failed = This file cannot be opened: { $why }.

open-title = Open a recording
open-text = A trace that Loopscope has recorded or saved, or the log of strace of any program. Drop it anywhere on this page, or choose it. It stays on your machine: nothing is uploaded.
open-choose = Choose a file …
open-another = Open another file …
open-strace = To see what any program does on Linux:
open-record = To record Loopscope's own server:
open-part = Part
open-close = Close the file
open-reading = The file is being read; for the first one, what reads files is loaded before …

file-origin-unknown = The trace does not say where it comes from.
file-origin-simulated = { $program }, recorded from a simulation
file-origin-recorded = { $program }, recorded on a real kernel
file-origin-imported = { $program }, imported from a log of { $tool }: what that cannot know, buffers above all, is left blank
file-events = events
file-bytes = bytes
file-command = command
file-machine = machine
file-scenario = scenario
file-clock = clock
file-by = written by
file-part = { $from } to { $to }
file-guessed = guessed
status-unknown = from a file
status-recorded = recorded
status-imported = imported

file-no-source = The source of { $program } is not known: a log has no text of it. On the stage it is drawn as { $like }, because it waits for its sockets in the same way.
