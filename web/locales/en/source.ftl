### What is said of the source of events, and of links.

source-cut-short = This run is longer than the { $kept } events that are shown.
source-started-again = The server { $reason } and was started again: a new recording begins.
source-gap =
    A gap: this page was too slow for the server, so events { $from } to { $to } were skipped. The counts are still
    exact.
source-anew = The source began anew.
source-server = The server { $text }.
source-halted-before = {" "}The picture that you halted is of the time before; Go live leaves it.
source-no-gateway =
    Live shows a server that runs natively, and this page comes from a host of plain files. Run `loopscope serve` on
    your machine (or `cargo xtask run` in its source) and open the address that it prints. Simulate works here.
source-no-address = The address of the gateway is not one that a WebSocket can have.
source-lost = The connection to the gateway is lost; it is tried again. Does `loopscope serve` still run?
source-unfit = This page and the gateway do not fit together: { $error }.
source-refused = The gateway refuses: { $why }
source-unread = The gateway sent something that this page cannot read: { $error }.

server-starting = { $name } is being started
server-running = { $name } at { $listen }, process { $pid }
server-stopping = { $name } was told to stop, and answers those that it has{ $next }
server-ended = { $name } { $reason }; it is started again in { $ms } ms
server-end-exit = ended with exit code { $code }
server-end-signal = was killed by signal { $signal }
server-end-failed = did not start, or could not be understood
server-end-said = { $how }: { $said }
server-next = ; then { $name } takes its place, on the same port
    .same = ; then it begins anew, as you have set it

record-nothing = Nothing has happened yet.
record-begins = { $count ->
    [one] The record begins here, after 1 earlier event.
   *[other] The record begins here, after { $count } earlier events.
}
record-before = { $count ->
    [one] 1 event before
   *[other] { $count } events before
}
record-let-go = { $count ->
    [one] 1 earlier event was let go
   *[other] { $count } earlier events were let go
}

link-version =
    This link is of a version ({ $version }) that this page does not know: it shows what it usually shows. A newer
    build of Loopscope may open it.
link-program = This link names a server that this page lacks: { $name }.
link-mode = This link asks for { $mode }, and this page knows { $known }: it shows what it usually shows.
link-scenario = This link names a scenario that this page lacks: { $name }.
link-unread = What cannot be read in this link is left out: { $named }{ $more }.
link-more = {" "}and { $count } more
link-unknown =
    This link says something that this page does not know: { $named }{ $more }. A newer build of Loopscope may know
    it.
