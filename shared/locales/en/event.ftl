### One sentence for each event: what happened, and what caused it.

## Who and what is spoken of.

name-task = Task { $task }
    .named = Task { $task } ({ $name })
name-host = host
name-client = client
name-descriptor = descriptor { $fd }
name-queued = a connection that waits to be accepted
name-closed = a connection that the program has closed
name-place = {" "}in line { $line } of { $source }

## What a task does.

event-begins = { $task } begins.
    .thread = { $task } begins: a thread, which shares the descriptors.
    .process = { $task } begins: a process of its own, with copies of the descriptors of task { $parent }.
event-ends = { $task } ends with status { $status }.
    .zombie = { $task } ends with status { $status }; it is a zombie until its parent takes notice.
event-listens = Descriptor { $fd } listens; { $backlog } connections and one more may wait in its accept queue.
event-calls = { $task } calls { $call }{ $place }.
event-comes-back = { $task } comes back from a call.
event-signal = { $task } gets signal { $number }.
    .named = { $task } gets a signal: { $name }.
event-callback = { $task } calls the callback of descriptor { $fd }, because of { $events }{ $place }.
    .timeout = The time of descriptor { $fd } is over: { $task } calls its callback{ $place }.
    .ends = The callback of descriptor { $fd } returns to the loop.
event-buffered = { $task } keeps { $input } bytes that came from descriptor { $fd }, and { $output } that are to go there.
event-discarded = { $task } throws away { $bytes ->
    [one] one byte
   *[other] { $bytes } bytes
} that it received from descriptor { $fd }: no answer will come to them.

## What an observer sees.

event-sampled = Looked at descriptor { $fd }: { $recv } bytes wait to be read, { $send } to be acknowledged.
event-queue = An observer sees { $waiting } connections wait to be accepted at descriptor { $fd }.
event-counted = The server counts its own doings, those of which nobody was told among them: { $lines } lines, { $calls } calls.
event-dropped = { $count ->
    [one] One event was lost here: it came faster than it could be kept.
   *[other] { $count } events were lost here: they came faster than they could be kept.
}
event-outside = Seen from outside the program: what it keeps, and how full the kernel's buffers are, is not known.
event-found = Descriptor { $fd } is { $thing }{ $label }.

## What happens in the kernel.

event-queued = Client { $peer } is connected and waits in the accept queue.
event-syn-dropped = The accept queue is full: the SYN of client { $peer } is dropped, it will try again.
event-installed = The lowest free number is { $fd }: it names the new file.
event-arrived = { $bytes } bytes { $text } arrive for { $file }.
event-put = There is room for { $bytes } bytes { $text }: they go into the send buffer of { $file }, the rest has to wait.
event-drained = The { $end }'s kernel acknowledges { $bytes } bytes: they leave the send buffer of { $file }.
event-input-ended = The { $end } of { $file } sends no more (FIN).
event-reset = The { $end } of { $file } resets the connection (RST).
event-ready = { $file } is ready now: { $mask }.
event-unready = { $file } is no longer ready for anything.
event-listed = Descriptor { $fd } goes onto the ready list.
event-unlisted = Descriptor { $fd } leaves the ready list.
event-established = The handshake is complete: { $file } is connected.
event-completed = Operation #{ $user } on { $file } is done{ $done }. Its completion waits in the queue.
    .taken = : { $bytes } bytes went from the receive buffer to the program's
    .put = : { $bytes } bytes went into the send buffer
event-blocked = { $why }: { $task } sleeps in its call.
event-woken = { $task } is woken by event { $cause }.
event-running = { $task } runs on CPU { $cpu }.
event-preempted = The slice of { $task } is over: another has the CPU now.

asleep-time = The time has only begun
asleep-accept = Nobody waits in the accept queue
asleep-read = There is nothing to be read yet
asleep-send = The send buffer is full
asleep-connect = The handshake is under way
asleep-resolve = The answer is under way
asleep-child = No child has ended yet
asleep-operations = Nothing that was started is done
asleep-ready = Nothing that was asked for is ready

## What happens at the far end.

event-host = Host { $name } { $doing }.
    .awaits = Host { $name } waits for a request.
    .saw-end = Host { $name } sees the end of what the program sends.
event-client = Client { $peer } { $doing }.

doing-connecting = sends a SYN
doing-connected = is connected
doing-sent = sends { $bytes } bytes { $text }
doing-received = reads { $bytes } bytes { $text }
doing-thinking = thinks
doing-awaiting = waits for its answers
doing-not-reading = stops reading
doing-reading = reads again
doing-half-closed = will send no more
doing-closed = closes its socket
doing-reset = throws the connection away
doing-saw-end = sees the end of what the server sends
doing-was-reset = finds its connection reset
