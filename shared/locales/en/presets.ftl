### The presets: what each is called, and what to look for.

preset-three-clients = Three clients
    .look-for =
        Three clients speak when they like: look where the server waits, and how it learns which of them has
        spoken.

preset-head-of-line = Head-of-line blocking
    .look-for =
        Two clients have spoken, and a server that reads from each in turn sleeps in the recv of the first, which
        is silent: they wait 50 ms for a stranger.

preset-missed-edge = The missed edge
    .look-for =
        3,200 bytes arrive and are told of once: a program that reads 1,024 of them and waits for the next edge
        waits for ever, with the rest in the tube.

preset-ghost = Closed, but still in the set
    .look-for =
        The server closes a descriptor of which a dup is left: the connection stays open and in the interest list,
        epoll reports it for ever under a number that is gone, and nothing can take it out.

preset-slow-reader = One slow reader
    .look-for =
        One client sends and does not read: its tubes fill, the server stops reading from it, nothing is lost, and
        the other client does not notice.

preset-starvation = One fast sender, others starve
    .look-for =
        One client has sixteen megabytes to say, and a loop that reads until there is no more has no time for
        anybody else: the other's short line waits until all of it is said, and under one that takes a piece a
        turn it does not.

preset-nagle = Nagle's 40 ms
    .look-for =
        The second of two small answers is held back until the first is acknowledged, and the client delays the
        acknowledgement in the hope of something to send with it: both wait 40 ms, with nothing to do.

preset-fetch = A page is fetched
    .look-for =
        A client that blocks waits in four places, for the name, the connection, the room to send (its request is
        longer than the send buffer) and the answer, and can do nothing else meanwhile.

preset-fork-bomb = The fork bomb of good intentions
    .look-for =
        Two hundred clients come, and each is given a process of its own: the server spends its time forking, and
        the clients wait for that, not for their answers; it takes notice of children only after an accept, so
        those that end after the last stay zombies.

preset-zombies = Zombies and leaked descriptors
    .look-for =
        Twenty clients have come and gone: each has left a process that nobody waits for, and a descriptor that
        the parent never closed.

preset-herd = The thundering herd
    .look-for =
        Four loops on four CPUs sleep on one listener: each client wakes all four, one gets it, and three hear
        EAGAIN and go back to sleep.

preset-herd-exclusive = The herd asleep
    .look-for =
        Four loops on four CPUs sleep on one listener and say EPOLLEXCLUSIVE: each client wakes one of them, and
        it is always the same while that one keeps up.

preset-many-idle = Many idle, one active
    .look-for =
        Three hundred clients are silent and one talks: select goes through all of them for each line, epoll does
        not.

preset-long-march = A thousand idle, one active
    .look-for =
        A thousand clients are silent and one talks: select carries its sets down and up and goes through a
        thousand descriptors for one line, poll its array, and epoll brings up the one that is ready.

preset-eagain-storm = The EAGAIN storm
    .look-for =
        Whoever asks every socket whether it has something, for ever, hears EAGAIN: the CPU is at 100 % and has
        done next to nothing.

preset-burst = A burst of clients
    .look-for =
        Forty clients come at once and the accept queue holds seventeen: the SYNs that find it full are dropped,
        and those clients lose a second.

preset-backlog-overflow = The backlog overflows
    .look-for =
        Five hundred clients come at once to a queue for seventeen: each SYN that is dropped is sent again after
        one second, then after two, then after four, and the last client is in long after the server fell idle.

preset-emfile = Too many open files
    .look-for =
        Thirty clients come and there are descriptors for some fifteen: the listener stays readable, accept fails
        with EMFILE, and a loop that asks again at once does nothing else until somebody leaves.

preset-c10k = Ten thousand clients
    .look-for =
        Ten thousand clients are connected, each of them silent nearly all the time: what a line costs does not
        depend on how many they are.

preset-drop-overflow = What overflows is dropped
    .look-for =
        One client sends 64 KiB of lines at once, the other a line of 20,000 bytes: what does not fit a buffer of
        16,384 is thrown away, and both wait for the rest.

preset-creeping-indices = The indices creep
    .look-for =
        Each piece ends with the beginning of the next line, so the buffer is never empty, its indices never go
        back to 0, and after 16,384 bytes there is no room any more.

preset-reset-to-one = Back to one instead of zero
    .look-for =
        Two lines fill the buffer to the last byte, one after the other: the second finds one byte less, and its
        line feed is dropped.

preset-read-on = Nothing stops the reading
    .look-for =
        A client sends 640 kB and takes no answers: a server that reads on has all of it in its memory, another
        stops, and TCP holds the client back.

preset-unlimited-output = An output buffer without limit
    .look-for =
        A client sends 640 kB and takes no answers: they gather in the output buffer, since its high-water mark is
        only advice.

preset-free-on-eof = The end of input ends everything
    .look-for =
        A client says all that it has to say, and ends: a server that frees the connection at the end of input
        still owes it answers.

preset-leak-descriptor = Descriptors that nobody closes
    .look-for =
        Twenty clients come and go, one after the other, and each leaves an open descriptor behind: of twelve none
        is left before the last has come, and nobody is let in any more.

preset-off-by-one = One slot past the end
    .look-for =
        More clients come than the sets of select have bits: the one with number 1,024 is to be turned away like
        those after it, and is taken instead, though it can never be watched.

preset-byte-reads = A call for each byte
    .look-for =
        Lines of sixteen bytes are read a byte at a time: sixteen calls and one more for the answer, where two
        would do.

preset-write-interest-first = May I write?
    .look-for =
        Before each answer the kernel is asked whether there is room for it, and there always is: the question
        costs calls for each line.

preset-flush-overlong = A line feed too many
    .look-for =
        A line of 20,001 bytes is answered in two pieces, each with a line feed of its own: more comes back than
        was sent.

preset-sigpipe = One leaves, and all are gone
    .look-for =
        A client leaves while it is being answered, and the next send raises SIGPIPE: a process that does not
        ignore it is killed, and the other client's connection with it.
