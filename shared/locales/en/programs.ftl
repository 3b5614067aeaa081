### The programs: what each does, and what it teaches.

program-client = one HTTP request, waiting wherever there is something to wait for
    .lesson = Four calls in which the program simply waits: for a name, a connection, room, and an answer.

program-sequential = a few clients, each when it is its turn
    .lesson =
        It waits for one client at a time: the third has data and is not served, because the first has none.

program-fork = a process a connection
    .lesson =
        Nobody waits for anybody, at the price of a process each: its start, its copies of all descriptors, and
        its end, of which the parent has to take notice.

program-threads = a thread a connection
    .lesson =
        As simple as the forking one and cheaper, and still memory and switches grow with the number of
        connections.

program-pool = a fixed number of threads, each with one client at a time
    .lesson = The threads are paid for once, and a client that finds none free waits until another leaves.

program-busy-poll = every socket is tried, for ever
    .lesson =
        One thread serves everybody and never sleeps: the processor is busy with calls that fail with EAGAIN.

program-select = three sets of bits, rebuilt for each call
    .lesson =
        The whole sets go down into the kernel and come back changed, every time: the cost grows with the highest
        descriptor, not with the work.

program-poll = an array with an entry a descriptor
    .lesson = Without the limit of the sets, and still all of it goes down and is gone through, every time.

program-epoll = the interest list stays in the kernel, level-triggered
    .lesson = Only what is ready comes up: the cost grows with the work, not with the number of connections.

program-epoll-et = edge-triggered: told once, it goes on until there is no more
    .lesson = A change is told once and never again: fewer calls, and whoever stops early waits for ever.

program-kqueue = changes go down and events come up in one call, with counts
    .lesson =
        What is wanted and what is ready travel in the same call, and an event says how much there is: how many
        bytes, how many clients.

program-event-ports = an association is used up by its event
    .lesson = One event for each association: whoever does not make it again hears no more.

program-dev-poll = the set of poll lives in the kernel
    .lesson = What has changed is written to the set, and the set itself no longer travels.

program-io-uring = submission and completion queues
    .lesson =
        Completion instead of readiness: one call hands over all that is to be done and takes all that was done.

program-iocp = overlapped operations and a completion port
    .lesson =
        The program starts each operation, and the kernel says when it is done: nobody asks whether a socket is
        ready.

program-event = an event loop with callbacks, over the best interface there is
    .lesson =
        The program says what is to be called when; how the loop waits can be exchanged, and the program does not
        notice.

program-bufferevent = input and output buffers that fill and drain by themselves
    .lesson =
        Partial reads and writes are gone from the program: it is called when there is something to be worked on.

program-mio = edge-triggered, over epoll or kqueue
    .lesson =
        Told once when something arrives, it must go on until there is no more: what a careful engineer ships.
