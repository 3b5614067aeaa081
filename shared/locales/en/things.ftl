### What descriptors can name.

thing-unknown = something open
thing-file = a regular file
thing-directory = a directory
thing-device = a device
thing-pipe = an end of a pipe
thing-pipereads = the end of a pipe that reads
thing-pipewrites = the end of a pipe that writes
thing-socket = a socket
thing-datagrams = a socket for datagrams
thing-listener = a socket that listens
thing-connection = a connection
thing-epoll = an epoll instance
thing-rings = the rings of io_uring
thing-eventfd = a counter (eventfd)
thing-timerfd = a timer (timerfd)
thing-signalfd = a queue of signals (signalfd)
thing-inotify = a watch over files (inotify)
thing-pidfd = a process (pidfd)
thing-memory = memory (memfd)

### What cannot be so.

impossible-time = time went backwards
impossible-call = task { $task } makes a call inside a call
impossible-return = task { $task } returns from a call that it did not make
impossible-received = more bytes were received from descriptor { $fd } than had arrived
impossible-took = an operation took more bytes of file { $file } than had arrived
impossible-drained = more bytes left the send buffer of file { $file } than were in it
