### Findings: what a trace shows of well-known trouble, what it is, what to do, and what has to be known for it.

finding-task = task { $task }

finding-idle = { $count ->
    [one] { $who } woke up once, of { $of ->
        [one] one wait
       *[other] { $of } waits
    }, and had nothing to do.
   *[other] { $who } woke up { $count } times, of { $of ->
        [one] one wait
       *[other] { $of } waits
    }, and had nothing to do.
}
    .lesson = a loop wakes up, finds nothing to do, and waits again
    .advice = Ask only for what you will act on, take out of the set what you are not interested in now, and wait without a timeout unless something is due.
    .needs = waits and what they report

finding-storm = { $who } heard EAGAIN { $count ->
    [one] once more
   *[other] { $count } times more
} without having been told that there was something, in { $of ->
    [one] one call
   *[other] { $of } calls
}, up to { $run ->
    [one] once
   *[other] { $run } times
} in a row.
    .lesson = sockets are asked again and again for what they do not have
    .advice = After EAGAIN wait for readiness (epoll_wait, poll, kevent) before you ask the same descriptor again.
    .needs = calls and their times

finding-emfile = { $who } was refused { $count ->
    [one] one accept
   *[other] { $count } accepts
} for want of descriptors and asked again at once, { $run ->
    [one] once
   *[other] { $run } times
} in a row.
    .lesson = accept fails with EMFILE, the listener stays ready, and the loop spins
    .advice = When accept fails with EMFILE stop watching the listener until a descriptor is closed or a moment has passed, and raise the limit (RLIMIT_NOFILE) if so many clients are meant to come.
    .needs = accept calls and their times

finding-needless = { $who } asked again after a short read and heard EAGAIN { $count ->
    [one] once
   *[other] { $count } times
} in { $of ->
    [one] one read
   *[other] { $of } reads
}.
    .lesson = under level-triggering every message costs a second read that brings nothing
    .advice = A read that brings less than it asked for has emptied the socket: go back to the wait, which will say if more has come.
    .needs = reads, and a wait by select, poll, level-triggered epoll or kqueue

finding-bytes = { $who } read { $count ->
    [one] one byte
   *[other] { $count } bytes
} one at a time that the read before could have brought, up to { $run ->
    [one] one
   *[other] { $run }
} in a row.
    .lesson = a system call for each byte of a connection
    .advice = Read as much as there is into a buffer of your own, and take the bytes from there.
    .needs = reads and their sizes

finding-room = { $who } was told { $count ->
    [one] once more
   *[other] { $count } times more
} that there is room to write, in { $of ->
    [one] one wait
   *[other] { $of } waits
}, and wrote nothing.
    .lesson = write-readiness is left on with nothing to write, and every wait returns at once
    .advice = Ask for POLLOUT only while something waits to be written: try to write first, and take it out of the set when all is sent.
    .needs = a wait by select, poll, level-triggered epoll or kqueue, and what it reports

finding-edge = { $who } went to sleep { $count ->
    [one] once
   *[other] { $count } times
} over an edge that it had not drained: descriptor { $fd } had { $left ->
    [one] one left
   *[other] { $left } left
} (bytes, or connections to be accepted).
    .lesson = after an edge not everything was read, and no new edge tells of the rest
    .advice = With EPOLLET read or accept until EAGAIN (or a short read, if you ask for EPOLLRDHUP), or remember that there is more and come back to it before you sleep.
    .needs = how full buffers are: simulations, and the live server at the level "buffers"

finding-closed = { $who } closed { $count ->
    [one] one descriptor
   *[other] { $count } descriptors
} that epoll goes on watching because a copy is left; descriptor { $fd } was reported { $reports ->
    [0] not at all
    [one] once
   *[other] { $reports } times
} after its close.
    .lesson = a registered descriptor is closed while a copy (dup, fork) keeps the connection in the interest list
    .advice = Take a descriptor out with EPOLL_CTL_DEL before you close it wherever copies can exist, and close the copies.
    .needs = epoll_ctl, close, and how the copy was made

finding-turn = { $who } had { $count ->
    [one] one long turn
   *[other] { $count } long turns
} of its loop: one took { $took }, and descriptor { $fd }, which was ready, waited.
    .lesson = one turn of the loop takes long, and everybody else waits for it
    .advice = Give what takes long to another thread or process, or cut it into pieces with a turn of the loop between them; the evidence has the longest call, if it was one.
    .needs = waits and their times

finding-ctl = { $who } made { $count ->
    [one] one change
   *[other] { $count } changes
} of what is watched that could have been saved, of { $of ->
    [one] one
   *[other] { $of }
}.
    .lesson = epoll_ctl is called for changes that are overtaken, change nothing, or ask for room that was there
    .advice = Note changes in the program and tell the kernel the last one of each descriptor just before the wait (a kqueue takes them with the wait itself), and try to write before you ask for room.
    .needs = epoll_ctl or kevent

finding-leak = { $who } has not closed { $count ->
    [one] one connection
   *[other] { $count } connections
} whose end it has seen; descriptor { $fd } was left alone for { $idle }.
    .lesson = connections that are over are never closed
    .advice = Close the descriptor where its end is seen, on every path, errors included; after fork, close the parent's copy too.
    .needs = reads that see the end, and times

finding-starved = { $who } starves descriptor { $fd }: it made { $calls ->
    [one] one call
   *[other] { $calls } calls
} with descriptor { $other } in one turn while { $fd } was ready and waited, { $count ->
    [one] once
   *[other] { $count } times
} in all.
    .lesson = one busy connection is served until it has no more, and the others wait
    .advice = Limit how much one connection may read or write in a turn, and go on with it in the next.
    .needs = waits and what they report

finding-herd = { $who } was woken { $count ->
    [one] once
   *[other] { $count } times
} for a client that another task had got; { $tasks ->
    [one] one task
   *[other] { $tasks } tasks
} found nothing.
    .lesson = one client wakes every task that waits for the listener
    .advice = Watch the listener with EPOLLEXCLUSIVE, or give each task a listener of its own (SO_REUSEPORT).
    .needs = waits and accepts of all tasks, from before they were started

finding-cloexec = { $who } began another program with { $count ->
    [one] one descriptor of its own still open
   *[other] { $count } descriptors of its own still open
}, descriptor { $fd } among them.
    .lesson = without CLOEXEC a client's connection goes on in another program, and does not end when the server closes it
    .advice = Make descriptors with SOCK_CLOEXEC, EPOLL_CLOEXEC or O_CLOEXEC (accept4, socket, epoll_create1, open), which leaves no moment in between.
    .needs = execve, and the flags of the calls that make descriptors, as an import has them

finding-nonblock = { $who } waits for many descriptors, and made calls that may block on { $count ->
    [one] one of them
   *[other] { $count } of them
}, descriptor { $fd } for one.
    .lesson = without NONBLOCK one client that goes or does not read can stop the whole loop
    .advice = Make descriptors with SOCK_NONBLOCK (accept4, socket), listeners too, and take EAGAIN for an answer.
    .needs = a wait for several descriptors, and the flags of the calls that make them, as an import has them

finding-lost = { $who } threw away { $bytes ->
    [one] one byte
   *[other] { $bytes } bytes
} that it had received (first at descriptor { $fd }).
    .lesson = received bytes are thrown away, and whoever sent them waits for an answer
    .advice = Do not read more than there is room for, and send what is owed before you free it: what is left in the kernel's buffer waits there, and the sender is slowed down instead of cheated.
    .needs = a program that says so: those of this project do
