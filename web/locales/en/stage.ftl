### The stage: the line between program and kernel, and what crosses it.

## One sentence on the instant.

stage-empty = Nothing has happened yet: drop a line in below, press → for the first event, or Space to play.
stage-empty-live = Nothing has been heard of the server yet.
stage-says-ended = The program has ended.
stage-says-zombie = The process has ended; a zombie is left until its parent asks how.
stage-says-runnable = The thread is woken, and waits for the CPU.
stage-says-waits = The thread waits in { $call }: nothing has come up yet.
stage-says-begins = The program runs. Nobody is connected yet.
stage-says-runs = The program runs.
stage-its-call = its call
stage-sleeps-under-way = { $count ->
    [one] The thread sleeps: { $count } operation under way, and nothing is done. No work, no CPU.
   *[other] The thread sleeps: { $count } operations under way, and nothing is done. No work, no CPU.
}
stage-sleeps-accept = The thread sleeps in accept, until a client comes to { $fd }: it does nothing else.
stage-sleeps-recv = The thread sleeps in recv, until { $fd } sends something.
stage-sleeps-recv-while = The thread sleeps in recv on { $fd }, while data waits in { $others }.
stage-sleeps-send = The thread sleeps in send, until there is room in the send tube of { $fd }.
stage-sleeps-wait = The process sleeps until one of its children has ended.
stage-sleeps-for = The thread sleeps for { $span }.
stage-sleeps-connect = The program sleeps until the handshake is over.
stage-sleeps-resolve = The program sleeps until the name is looked up.
stage-sleeps-idle = The thread sleeps in { $call }: nothing is ready. No work, no CPU.
stage-done-waits = An operation is done: its completion waits to come up, and wakes the thread.
stage-sleeps-again = The line is answered, and the thread sleeps in { $call } again. That is an event loop.
stage-call-failed = { $call } failed with { $errno }: { $meaning }.
stage-woken-sets = Woken: the kernel looks at every bit again.
stage-woken-array = { $count ->
    [one] Woken: the kernel asks the one descriptor again.
   *[other] Woken: the kernel asks all { $count } descriptors again.
}
stage-woken-done = Woken: what is done is about to come up.
stage-woken-listed = Woken: what is on the ready list is about to come up.
stage-woken-slip = Woken: the answer is about to come up.
stage-down-sets = Three sets go down: the kernel goes through { $numbers ->
    [one] { $numbers } number
   *[other] { $numbers } numbers
}, and asks { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}.
stage-down-array = The array goes down whole: the kernel goes through { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}, and asks each.
stage-down-no-operation = Nothing new goes down: the program asks what is done.
stage-down-operations = { $count ->
    [one] One operation goes down, and the kernel carries on by itself.
   *[other] { $count } operations go down, and the kernel carries on by itself.
}
stage-down-changes = { $count ->
    [one] One change of what to watch goes down with the wait, and the kernel remembers.
   *[other] { $count } changes of what to watch go down with the wait, and the kernel remembers.
}
stage-down-nothing = Nothing goes down: the kernel knows already what to watch.
stage-back = { $what }: { $ready }
stage-back-sets = Three whole sets come back
stage-back-array = The whole array comes back
stage-back-token = One token comes up
stage-back-tokens = Only tokens come up
stage-back-only-a-look = { $call } was only a look: nothing is ready now.
stage-back-nothing = { $call } comes back with nothing: the time was over first.
stage-done-taken = { $call } has taken the operations: nothing is done yet.
stage-done-nothing = { $call } comes back with nothing: nothing was done in time.
stage-done-one = One completion comes up: what was asked for has been done.
stage-done-many = Completions come up: what was asked for has been done.
stage-done-one-data = One completion comes up, and the data with it: nobody has to fetch it.
stage-done-many-data = Completions come up, and the data with them: nobody has to fetch it.
stage-gives = The program gives { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
} to descriptor { $fd }.
stage-fetches = The program goes to fetch what waits in descriptor { $fd }.
stage-crosses = The program crosses the line: { $call }.
stage-recv-end = The client sends no more: recv says so with 0 bytes.
stage-recv = { $count ->
    [one] { $count } byte comes across the line, out of the tube of { $fd }, into the program.
   *[other] { $count } bytes come across the line, out of the tube of { $fd }, into the program.
}
stage-send-part = The send tube of { $fd } has room for { $count } of { $all } bytes; the rest waits above.
stage-send = The answer lies in the send tube of { $fd }: the kernel takes it from here.
stage-send-full = send gave nothing (EAGAIN): the send tube of { $fd } is full, and the rest waits above the line.
stage-accepted = A connection leaves the accept queue, and is descriptor { $fd } now.
stage-accept-nobody = accept came back with nothing (EAGAIN): nobody else waits.
stage-came-back = { $call } came back with nothing (EAGAIN): so there is no more.
stage-told-once = The kernel is told once what to watch, and remembers it.
stage-keeps-list = The kernel keeps a list of what to watch from now on: descriptor { $fd }.
stage-carries-out = The kernel will carry out operations, and say what is done: descriptor { $fd }.
stage-closed = Descriptor { $fd } is closed; its number is free again.
stage-nodelay = Answers of { $fd } will leave at once, however short (TCP_NODELAY).
stage-shut = The program has said on { $fd } that it is done.
stage-new-thread = A new thread begins: it shares every descriptor.
stage-new-process = A new process begins, with copies of every descriptor.
stage-reaped = Task { $task } is taken notice of: its zombie is gone.
stage-none-ended = No child has ended since.
stage-associated = The port will tell of { $fd } once; then it must be associated again.
stage-started = An operation on { $fd } is started: the kernel carries on by itself.
stage-called-off = An operation is called off.
stage-nonblocking = Calls on { $fd } will never sleep from now on (O_NONBLOCK).
stage-returned = { $call } has returned.
stage-stranded = Bytes wait in { $fd }, and no edge will tell of them again: they are stranded.
stage-held-back = { $count ->
    [one] Descriptor { $fds } is held back until its answers are taken: room to send brings an edge for it.
   *[other] Descriptors { $fds } are held back until their answers are taken: room to send brings an edge for each.
}
stage-readable-listener = A client waits in the accept queue: descriptor { $fd } is readable now.
stage-readable-unasked = Descriptor { $fd } is readable, but not asked about: its answers have to be taken first.
stage-readable = Descriptor { $fd } is readable: a read now would not block. Nobody has read it yet.
stage-readable-many = Descriptors { $fds } are readable: a read now would not block.
stage-are-ready = { $count ->
    [one] { $fds } is ready. { $why }
   *[other] { $fds } are ready. { $why }
}
stage-are-ready-for = { $count ->
    [one] { $fds } is ready. Below the line: { $parts }.
   *[other] { $fds } are ready. Below the line: { $parts }.
}
stage-why-part = { $what } ({ $fds })
stage-why-connection = A connection waits in its queue.
    .part = a connection
stage-why-data = The data is still below the line.
    .part = data
stage-why-end = The end of input waits.
    .part = the end of input
stage-why-room = There is room to send.
    .part = room to send
stage-why-trouble = An error waits.
    .part = an error
stage-why-read = A read now would not block.
    .part = something to read
stage-comma = { ", " }
stage-and = { $names } and { $last }
stage-and-more = { $names } and { $count } more

## What the reader must be warned of.

stage-violations = { $count ->
    [one] Something here cannot have been so (event { $seq }): { $what }. The picture may be wrong.
   *[other] { $count } things here cannot have been so, the first at event { $seq }: { $what }. The picture may be wrong.
}
stage-dropped = { $count ->
    [one] One event is missing: what it changed is not in this picture.
   *[other] { $count } events are missing: what they changed is not in this picture.
}

## Descriptors.

stage-descriptor = descriptor { $fd }
stage-card-listener = Descriptor { $fd }: listens, { $count } of { $room } wait to be accepted, { $ready }.
stage-card-listens = Descriptor { $fd }: listens, { $ready }.
stage-card-stream = Descriptor { $fd }: { $recv } to be read, { $send } to be sent, { $ready }, { $state }.
stage-card-other = Descriptor { $fd }: { $what }.
stage-ready-unknown = readiness not known
stage-ready-both = readable and writable
stage-ready-read = readable
stage-ready-write = writable
stage-ready-nothing = ready for nothing
stage-state-idle = idle
stage-state-data = data waits
stage-state-answering = answer on its way
stage-state-full = send buffer full
stage-state-stranded = stranded
stage-state-held-back = held back
stage-state-reset = reset
stage-state-end-seen = end of input
stage-state-end-came = client ended (FIN)
stage-state-not-looked-at = not looked at
stage-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
stage-bytes-unknown = an unknown number of bytes
stage-no-line-feed = no line feed yet
stage-lines-to-send = { $count ->
    [one] { $count } line to send
   *[other] { $count } lines to send
}
stage-thrown-away = thrown away { $bytes }
stage-a-socket = a socket, not connected
stage-a-pipe-reads = the end of a pipe that reads
stage-a-pipe-writes = the end of a pipe that writes
stage-a-file = a file
stage-a-nothing-known = nothing is known of it

## What a call moves.

stage-room-for = room for { $bytes }
stage-who-waits = who waits?
stage-end-of-input = end of input
stage-only-of = only { $count } of { $all }
stage-it-is-now = it is { $fd } now
stage-eagain-no-room = EAGAIN: no room
stage-eagain-nobody = EAGAIN: nobody
stage-eagain-nothing = EAGAIN: nothing
stage-watch = watch: { $events }
stage-now-watch = now watch: { $events }
stage-watch-no-more = watch no more
stage-associate = tell once of: { $events }
stage-change-answered = { " a change answered" }
stage-the-end-of = { $operation }: the end

## Interest lists, and operations under way.

stage-trigger-level = level
    .meaning = Level-triggered: it is reported at each wait, as long as it is so.
stage-trigger-edge = edge
    .meaning = Edge-triggered: each arrival is reported once; what is then left unread is not told again.
stage-trigger-once = once
    .meaning = One report, and no more until the program asks again.
stage-list-epoll = interest list
stage-list-kqueue = filters of
stage-list-port = associated, for one event each
stage-list-dev-poll = the set of poll
stage-event-port = event port
stage-completion-port = completion port
stage-registry = Descriptor { $fd }: { $what }, { $watched } watched, { $ready }.
stage-registry-ready = { $count } on its ready list
stage-registry-no-list = it has no ready list that can be seen
stage-registry-unseen = its ready list cannot be seen
stage-queue = Descriptor { $fd }: { $what }, { $count } operations under way, { $done }.
stage-queue-done = { $count } done and not yet taken
stage-queue-unseen = what is done cannot be seen

## Tasks.

stage-task-zombie = zombie: ended, not waited for
stage-task-ended = ended with status { $status }
stage-task-asleep-in = asleep in { $call }, no CPU
stage-task-asleep = asleep, no CPU
stage-task-woken = woken, waits for the CPU
stage-task-runnable = waits for the CPU
stage-task-runs = runs
stage-nobody-runs = no thread is up here now
stage-poured = poured in: { $bytes } B
stage-task-waits-in = waits in { $call }
stage-task-unseen-in = in { $call }: asleep or at work, not known
stage-task-in = in { $call }

## Clients.

stage-doing-queued = waits to be accepted
stage-doing-syn-ack = SYN-ACK comes
stage-doing-connects = sends a SYN …
stage-doing-connected = connected
stage-doing-sent = { $count ->
    [one] sent { $count } byte
   *[other] sent { $count } bytes
}
stage-doing-heard = heard “{ $text }”
stage-doing-heard-something = heard its answer
stage-doing-not-reading = does not read
stage-doing-thinks = thinks
stage-doing-awaits = waits for its answer
stage-doing-reads-again = reads again
stage-doing-half-closed = sends no more
stage-doing-closed = has left
stage-doing-reset = reset it
stage-doing-saw-end = saw the end
stage-doing-was-reset = was reset

## What is written upon the stage.

stage-label = The line between program and kernel
stage-user-space = User space
stage-kernel = Kernel
stage-network = Network
stage-task = task { $task }
stage-more-tasks = { $count ->
    [one] and one task more
   *[other] and { $count } tasks more
}
stage-more = and { $count } more
stage-nothing = nothing
stage-nothing-yet = nothing yet
stage-nothing-since = nothing: { $errno }
stage-nothing-new = nothing new
stage-nothing-done = nothing: nothing is done
stage-nothing-done-yet = nothing done yet
stage-down = ↓ down
stage-up = ↑ up
stage-back-arrow = ↑ back
stage-not-back-yet = not back yet
stage-unchanged = unchanged: the call failed
stage-the-call-failed = the call failed
stage-only-a-look = nothing: it was only a look
stage-time-was-over = nothing: the time was over
stage-empty-slip = an empty slip
stage-empty-list = an empty list
stage-is-empty = empty
stage-unseen = cannot be seen from outside
stage-sets-asked = 3 × { $bytes } bytes: what is asked
stage-sets-overwritten = the same bytes, overwritten: { $count } left
stage-bits-asked = Bits of the three sets that are asked: { $counts }.
stage-bits-back = Bits of the three sets that came back: { $counts }.
stage-events = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
stage-events-of-bytes = { $count } × { $bytes } bytes
stage-completions = { $count ->
    [one] one completion
   *[other] { $count } completions
}
stage-changelist = { $count ->
    [one] changelist: { $count } change
   *[other] changelist: { $count } changes
}
stage-eventlist = eventlist:
stage-used-up = each of these associations is used up
stage-array = An array of { $count } entries.
stage-array-asked = { $count } × 8 bytes: what is asked
stage-array-answered = the same array: { $count } with an answer
stage-scan = goes through { $numbers } numbers, asks { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}
stage-scan-live = goes through { $numbers } numbers, asks { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}; again when one changes
stage-scan-asleep = went through { $numbers } numbers, asked { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}, found none; all again when woken
stage-scan-again = goes through { $numbers } numbers again, asks { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}
stage-scanned = went through { $numbers } numbers, asked { $asked ->
    [one] { $asked } descriptor
   *[other] { $asked } descriptors
}, found { $found }; keeps nothing for next time
stage-asks = asks { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}, one after the other
stage-asks-live = asks { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}; again when one changes
stage-asks-asleep = asked { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}, found none; all again when woken
stage-asks-again = asks { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
} again
stage-asked = asked { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}, found { $found }; keeps nothing for next time
stage-ready-list = ready list
stage-spent = had its report
stage-not-associated = told, and not associated again:
stage-deaf = ✕ not associated
stage-under-way = under way: { $count }
stage-kernel-does = The kernel carries this out by itself: { $operations }
stage-done = done
stage-submission-ring = submission ring
stage-completion-ring = completion ring
stage-ring = { $ring }: { $count } entries
stage-lent = lent to the kernel

## What is learned from it.

stage-the-notification = The notification
stage-the-notification-lesson = tells what is ready, and no more
stage-the-completion = The completion
stage-the-completion-lesson = tells what is done, and brings the data
stage-the-data = The data
stage-the-data-lesson = is a third thing: the program fetches it
stage-the-data-comes = comes with its completion: nobody has to fetch it
stage-readiness = Readiness
stage-readiness-lesson = is a level in a tube
stage-the-thread = The thread
stage-the-clients = The clients
stage-legend-notification = is a token that comes up across the line. It says what is ready, no more.
stage-legend-data = is a third thing: the program has to go and fetch it.
stage-legend-thread = sleeps down here until there is something to do: no work, no CPU.
stage-legend-readiness = is a level in a tube: bytes wait in the kernel, so a read would not block.
stage-legend-clients = send from out here.

## CPUs, processes, and how a program works.

stage-cpu-idle = CPU { $cpu } idle
stage-cpu-runs = CPU { $cpu }: task { $task }
stage-cpu-hot = CPU { $cpu } hot: task { $task }
stage-process = process { $process }
stage-child-of = process { $process }, child of { $parent }
stage-more-processes = { $count ->
    [one] and one process more
   *[other] and { $count } processes more
}
stage-table = Its descriptors
stage-listens = listens
stage-zombie-keeps = a zombie: only its status is left
stage-hammers = { $percent } % of { $calls } system calls were for nothing; it never sleeps
stage-event-base = event base
stage-callback-of = callback of { $fd }
stage-callback-runs = the callback of { $fd } runs:
stage-no-callback = no callback runs
stage-timeout = its time is over
stage-input = in
stage-output = out
stage-evbuffer = { $buffer }: { $bytes } bytes; the high-water mark is at { $mark }

## Descriptors, drawn.

stage-buffer-of = buffer of { $fd }
stage-accept-queue = accept queue
stage-queue-not-seen = accept queue: cannot be seen from outside
stage-of = of { $count }
stage-of-bytes = of { $count } bytes
stage-size-unknown = size not known
stage-sampled = sampled
stage-watched = { "watched: " }
stage-mark-nobody = ○ nobody
stage-mark-no-data = ○ no data
stage-mark-not-yet-told = ○ not yet told
stage-mark-readable = ● readable
stage-mark-readable-unknown = ? readable
stage-mark-writable = ▲ writable
stage-mark-writable-unknown = ? writable
stage-mark-full = △ send buffer full

## The wall.

stage-wall = { $count } descriptors, 64 a row. Arrow keys up and down choose one, page keys a row.
stage-wall-none-chosen = none chosen
stage-key-open = open
stage-key-watched = watched
stage-key-asked = asked now
stage-key-waits = bytes wait
stage-key-sending = answers wait
stage-key-listed = on the ready list
stage-key-stranded = stranded

## The network.

stage-syns-dropped = { $count ->
    [one] One SYN dropped so far: the accept queue was full
   *[other] { $count } SYNs dropped so far: the accept queue was full
}
stage-want-in = { $count ->
    [one] { $count } wants in
   *[other] { $count } want in
}
stage-not-read = { $bytes } B not read
stage-on-the-way = { $bytes } B on the way
stage-web-server = web server

## The beginning.

stage-drop-a-line = Drop a line in: hello
stage-not-known = not known

stage-welcome = A server at work, event by event: its program above the line, the kernel below. It answers each line in ROT13. Drop one in and follow it, or
stage-welcome-tour = take the tour.
