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
