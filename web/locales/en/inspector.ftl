### The inspector: a descriptor, a task, their buffers and their history.

inspector = Inspector
inspector-choose = choose a descriptor or a task
inspector-leave = Let go of it
    .what = Let go of it (Esc)
inspector-history = History
inspector-earlier = Show earlier calls
inspector-go = Go to event { $number }, { $text }

inspect-fd = Descriptor { $name }
inspect-task = Task { $task }
inspect-no-task = No task
inspect-unseen = cannot be seen from outside
inspect-simulated = simulated
inspect-sampled = sampled
inspect-inferred = inferred
inspect-unknown = not known
inspect-state = state
inspect-not-open = not open at this instant
inspect-listening = listening
inspect-queue = accept queue
inspect-queued = { $count } of { $most }
inspect-queued-sampled = { $count } of { $most } (sampled)
inspect-interest-list = interest list
inspect-descriptors = { $count ->
    [one] { $count } descriptor
   *[other] { $count } descriptors
}
inspect-ready-list = ready list
inspect-empty = empty
inspect-in-all = in all
inspect-in-and-out = { $received } B in, { $sent } B out
inspect-lost = thrown away
inspect-receive-buffer = receive buffer
inspect-program-buffer = program's buffer
inspect-send-buffer = send buffer
inspect-rings = the rings of io_uring
inspect-completion-port = a completion port
inspect-under-way = under way
inspect-operations = { $count ->
    [one] { $count } operation
   *[other] { $count } operations
}
inspect-landed = done, not taken
inspect-completions = { $count ->
    [one] { $count } completion
   *[other] { $count } completions
}
inspect-socket = a socket, neither listening nor connected
inspect-address = address
inspect-pipe-reads = the end of a pipe that reads
inspect-pipe-writes = the end of a pipe that writes
inspect-regular = a regular file
inspect-open = open; nothing more is known
inspect-reset = reset by the client
inspect-both-over = both directions over
inspect-end-known = the client sends no more; the server knows
inspect-end-unread = the client sends no more; the server has not read that yet
inspect-output-over = the server sends no more
inspect-established = established
inspect-client = client
inspect-client-title = Client { $peer }
inspect-client-not-yet = has not come yet
inspect-client-none = none
inspect-client-queued = waits in the accept queue
inspect-client-connection = connection
inspect-client-way = on the way
inspect-client-on-the-way = { $coming } bytes to the server, { $unread } bytes back that it has not read
inspect-client-did = its bytes
inspect-client-bytes = sent { $sent }, read { $received } in { $lines } lines
inspect-client-deaf = sent { $sent }, read { $received } in { $lines } lines; it does not read now
inspect-level = { $level } of { $capacity } B
inspect-bytes = { $level } B

inspect-nothing-yet = nothing has happened yet
inspect-program = program
inspect-at = at
inspect-elsewhere = elsewhere
inspect-turns = turns
inspect-woken-by = woken by
inspect-event = event { $number }
inspect-opened = open
inspect-calls = calls of all tasks
inspect-process = process
inspect-cpu = CPU
inspect-callback = in the callback of
inspect-asleep-in = asleep in { $call }
inspect-asleep = asleep
inspect-woken = woken, waits for the CPU
inspect-in-call = in { $call }
inspect-running = running
inspect-zombie = a zombie: ended with status { $status }, not waited for
inspect-ended = ended with status { $status }

says-interest = interest
says-why = why
says-ready = ready
says-select = select says
says-poll = poll says
says-epoll = epoll says
says-kqueue = kqueue says
says-not-registered = not registered
says-not-asked = not asked for yet
says-none = none
says-read = read
says-write = write
says-nothing = nothing
says-readable = readable
says-writable = writable
says-exceptional = exceptional
says-edge-pending = { $events } (edge: pending)
says-edge-spent = { $events } (edge: spent, silent until something new arrives)
says-epoll-instance = epoll instance
says-kqueue-instance = kqueue (as documented: not compared with a real one)
says-event-port = event port (as documented: not compared with a real one)
says-dev-poll = /dev/poll (as documented: not compared with a real one)
says-because-bytes = { $count } B wait to be read
says-because-end = the end of input waits: a read would return 0
says-because-reset = the client has reset it: a call would fail
says-because-room = the send buffer has room for { $room } B
says-because-full = the send buffer is full: a send would not be taken
says-because-queue = { $count ->
    [one] { $count } connection waits to be accepted
   *[other] { $count } connections wait to be accepted
}
says-because-nothing = nothing to be read: a read would wait

silence-none = no call has returned yet
silence-fd = no call on it yet
silence-fd-record = no call on it in this record, which begins later than the server
silence-record = the calls before this record are not in it
silence-client = it has done nothing yet
