### The bar, the transport, the banner and the help.


theme-auto = as the system
theme-light = light
theme-dark = dark
theme = Colours: { $now }. Next: { $next }

share = Share
    .what = Copy the link to this instant
    .copied = Copied: { $link }
    .to-copy = Copy this link: { $link }
    .file = This needs the file: { $link } opens the page, and “{ $file }” is to be sent along. Nothing of a file is ever in a link.
    .copied-live =
        Copied: { $link }. It opens Live on its reader's own machine: what a running server did is never in a link,
        this needs the file.
    .to-copy-live =
        Copy this link: { $link }. It opens Live on its reader's own machine: what a running server did is never in
        a link, this needs the file.
help-button = Help
help-close = Close the help
notice-close = Put this message away
notice-retry = Try again now

programs = Server
    .live = The server that runs: another takes its place, on the same port
group-client = a client
group-blocking = blocking
group-asking = asking again and again
group-readiness = readiness
group-completion = completion
group-loop = over a loop of its own
scenarios = Scenario
    .few = a few clients
    .many = many clients
    .tasks = several tasks
    .mistakes = mistakes of the printed programs
stage-title = Stage

status-simulating = simulating …
status-opening = opening … { $percent } %
status-simulated = simulated
status-connecting = connecting …
status-live = live
status-lost = not connected

transport = Moving in time
    .play = Play (Space)
    .pause = Pause (Space)
    .halt = Halt the picture; the server goes on (Space)
    .follow = Follow the server again (Space)
    .first = To the first event (Home)
    .back-turn = One turn of the loop back (Ctrl ←)
    .back-call = One system call back (Shift ←)
    .back = One event back (←)
    .forward = One event forward (→)
    .forward-call = One system call forward (Shift →)
    .forward-turn = One turn of the loop forward (Ctrl →)
    .last = To the last event (End)
    .of-event = event
    .of-call = call
    .of-turn = turn
    .speed = Speed
    .speed-what = How fast simulated time passes
    .position = event { $number } · { $instant }
    .goto = Go to an event: type its number (/)
    .scrubber = Event
    .scrubbed = event { $number } of { $last }, { $instant }
embedded-whole = Open in Loopscope
go-live = { $count ->
    [one] Go live, +1 event
   *[other] Go live, +{ $count } events
}

help-title = Loopscope: what you see
help-idea =
    One program, two kernels, one picture. The source that is shown is that of the server that runs: in Simulate
    on a simulated kernel in your browser, in Live as a native process on the real one. It answers each line in
    ROT13: hello becomes uryyb.
help-line =
    A thick line divides the stage: above it the program, below it the kernel. Everything that the server does is
    a crossing of that line, drawn at its true size. Readiness is a level in a tube, the notification is a token,
    the data is a third thing.
help-cursor =
    The cursor is a number of events: so many have happened. Choose a descriptor to see all that is known of it.
    What was only sampled or inferred is said to be so.
help-pointer =
    Everything can be done by mouse, by touch and by keyboard: choose by a click on a descriptor or the name of a
    lane, go to an instant by a click in the timeline or a pull at the bar of events, and find every command in the
    list (☰). The address in the bar names what you see: share it.
help-keys = Keys
scenario-best = See it under { $name }
