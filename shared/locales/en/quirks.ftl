### The mistakes that programs can make on purpose: what each is, and what was seen of it.

quirk-drop-overflow = the buffer has room for one line of 16,384 bytes, and what does not fit is thrown away
    .seen =
        of 64 KiB of complete lines sent at once 16,384 bytes came back; a line of 20,000 bytes came back as
        16,385 (fork) or 16,384 bytes, without its line feed

quirk-creeping-indices =
    room in the buffer is won back only when everything in it has been answered, so a connection that always
    has a part of a line in flight creeps to the end of it
    .seen = of 400 times a line of 50 bytes with 9 bytes of the next, 23,935 of 23,991 bytes came back

quirk-reset-to-one = the indices of an empty buffer go back to 1 instead of 0: one byte of it is never used again
    .seen = a slip in the printed code: with drop-overflow, a line that fills the buffer loses one byte more

quirk-read-on = nothing stops reading when nothing can be written
    .seen =
        a client that never reads and sends for 1.5 s: 626 MB (select) and 532 MB (event) were swallowed, and,
        with drop-overflow, dropped

quirk-free-on-eof = the state is freed at the end of input, before what is owed was written
    .seen = a line, then a half close at once, 50 times: 22 (select) and 24 (event) answers came

quirk-leak-descriptor =
    the state of a connection is freed and its descriptor is not closed; in fork, the parent never closes its
    own
    .seen = 20 connections opened and closed leave 20 descriptors; after about 1,000 nobody is answered

quirk-off-by-one = `fd > FD_SETSIZE` where `fd >= FD_SETSIZE` is meant: one slot past the end of the sets
    .seen = descriptor 1024 is taken; in C that writes past the end of an array, here it is never watched

quirk-no-wait = the parent never waits for its children
    .seen = every connection leaves a zombie

quirk-byte-reads = one byte is asked for at a time
    .seen = 17 system calls for a line of 16 bytes, where a careful loop over epoll makes 3

quirk-no-nodelay = Nagle's algorithm is left on, and many small sends meet the other end's delayed ACK
    .seen =
        two lines an exchange: 46 lines/s (fork), 44 ms each, and 16,686 with TCP_NODELAY; 100 lines at once on 50
        connections: 0.11 M lines/s (bufferevent), where select does 7 M

quirk-one-accept = one client is accepted for each time that the listener is ready; the others wait a round
    .seen = 500 clients at once and a backlog of 16: the last one is in after 15 s (select)

quirk-emfile-spin = a listener that cannot be accepted from for want of descriptors is asked again at once
    .seen = 20 descriptors and 30 clients: 99 to 100 % CPU, and 3.5 to 10.8 million error lines

quirk-write-interest-first = the kernel is asked whether a socket is writable before a send is tried
    .seen = 5 (select) and 7 (event, bufferevent) system calls for a line, where a careful loop makes 3

quirk-flush-overlong = a line that is too long is answered in pieces, each with a line feed added
    .seen = a line of 20,000 bytes came back as 20,002 bytes with two line feeds

quirk-unlimited-output = the output buffer has no limit; the high-water mark for writing is only advice
    .seen = a client that never reads: resident memory grew to 110 MB

quirk-sigpipe = SIGPIPE is not ignored, so a send to a client that has gone ends the program
    .seen = killed by signal 13 when clients left while it still wrote

quirk-stop-early =
    one accept or one read of 1,024 bytes for each edge; the rest is left for an edge that never comes
    .seen =
        not the chapter's: it warns of what edges ask for; a socket that is not emptied makes no event until
        something new arrives

quirk-herd = several loops watch one listener without EPOLLEXCLUSIVE: every client wakes all of them
    .seen = not the chapter's: with two epolls both woke for each client, and one accept failed with EAGAIN

quirk-dup-ghost =
    a second descriptor of each connection is never closed, so closing the first ends neither the connection
    nor its place in the interest list
    .seen = not the chapter's: events went on under the number that was closed, and nothing could end them
