### The guided tour: one station a program. What each says, what to watch, and a question to answer by trying.

tour = Tour
    .open = Take the tour: thirteen servers, each curing what ailed the one before
    .close = Close the tour
    .back = Back
    .on = Next
    .station = Station { $at } of { $count }
    .watch = Watch
    .question = Try it
    .scene = Set the scene
    .moved = You have moved on from this station's scene.
    .answer = Your answer
    .check = Check
    .right = Yes: { $value }.
    .wrong = The run says otherwise. Go to its end (End) and look for “{ $label }”, or ask for the answer.
    .reveal = Tell me
    .told = It is { $value }.
    .running = The run is not whole yet: wait a moment.
    .elsewhere = The question is about the station's own scene, and another one is shown now.
    .no-number = Please answer with a number.
    .exhibit = Exhibit
    .printed = With the mistake
    .cured = Without it
    .reads = { $label }: { $value }
    .end = That was the last station. Scale shows all of these servers in one picture, from one connection to ten thousand.

tour-measure-calls = system calls
tour-measure-calls-line = system calls/line
tour-measure-p99 = p99, in milliseconds
tour-measure-zombies = zombies
tour-measure-threads = threads started
tour-measure-eagain = calls in a hundred that end in EAGAIN
tour-measure-scanned-line = scanned/line
tour-measure-bytes-line = bytes across/line
tour-measure-lines = lines answered at the end
tour-measure-open = descriptors open at the end
tour-measure-held = most bytes held at once

tour-client = A client that waits
    .text = The plainest program of all: it asks for a name, connects, sends a request and reads the answer. Each of these is a call that comes back only when the matter is settled, and until then the program does nothing else. For a program with one thing to do, there is nothing wrong with that.
    .watch = The task sinks below the line and sleeps there; a token wakes it. Count the different reasons for which it sleeps.
    .question = How many system calls did one page take?
    .told = A call for the name, one for the socket, one to connect, one to send, and one for each piece of the answer: pieces are as large as the network makes them, not as the program would like them.

tour-sequential = One after the other
    .text = Now there are several clients, and the same way of waiting: the server reads from the first, then from the second, then from the third. Two of them have long spoken, but the first is silent, and the server sleeps in its call to it.
    .watch = Tubes fill at descriptors that nobody looks at, while the task sleeps on an empty one.
    .question = How many milliseconds did the slowest line wait in the server?
    .told = Nearly all of that is the silence of a stranger. This is called head-of-line blocking.

tour-fork = A process for each
    .text = If a process can wait for only one thing, take a process for each thing. The children sleep on one client each, and nobody waits for anybody else. Each has a copy of the whole descriptor table, has to be started, and has to be taken notice of when it has ended.
    .watch = A second process appears beside the first, with a table of its own; after its end it stays as a zombie until its parent waits for it.
    .question = How many zombies are left when all clients have gone?
    .told = This server takes notice of its children after each accept; those that end after the last client has come stay until the next one does.
    .exhibit = The chapter prints a server whose parent neither closes its copy of each connection nor ever waits for a child. Twenty clients come and go: see what is left of them.

tour-threads = A thread for each
    .text = Threads share one descriptor table and are cheaper to start than processes. The program stays as simple as before: each thread waits for its own client. What grows is the number of stacks, and of switches between them.
    .watch = Three hundred tasks sleep below the line, and one line wakes just one of them.
    .question = How many threads does the server start for these clients, of whom one talks?
    .told = One for each, whether it has anything to say or not.

tour-pool = A few threads for many
    .text = Starting a thread for each client costs something each time, so a server may keep a fixed number of them, each with one client at a time. Here there are two threads for three clients.
    .watch = The third client is connected, its line is in the kernel, and no thread is free to accept it.
    .question = How many milliseconds did the slowest line wait?
    .told = It waited for another client to leave. Threads that wait are as much in use as threads that work.

tour-busy-poll = Ask everybody, for ever
    .text = A socket can be told not to let its caller wait: a call that could not be done at once fails with EAGAIN. So one thread can go round all of its clients and try each. Nobody blocks anybody any more, and the thread never sleeps.
    .watch = The line is hammered. The CPU is hot, and nearly nothing is done.
    .question = Of a hundred calls, how many end in EAGAIN?
    .told = What the program needs is a way to ask the kernel once: which of these can be used now?

tour-select = Three sets of bits
    .text = select asks exactly that. The program hands over three sets, one bit for each descriptor number, and sleeps until one of them is ready. The kernel goes through all the numbers, and writes its answer over the question: so the sets are built anew for each call. Three hundred clients are silent here, and one talks.
    .watch = The bitmaps go down and come back, whole, for each single line.
    .question = How many descriptors does select go through for one line here?
    .told = The cost grows with the highest number, not with the work. And above 1,023 there is no bit.
    .exhibit = The chapter's server reads on while its buffer is full, and drops what does not fit. One client sends 64 KiB of complete lines at once: see how many of its 1,025 lines, those of its neighbour included, come back.

tour-poll = An array without a limit
    .text = poll takes an array with an entry for each descriptor instead of sets of bits. So the numbers may be as high as they like, question and answer have fields of their own, and all of it still goes down, is gone through, and comes back.
    .watch = The array is as long as the clients are many, whoever talks.
    .question = How many bytes cross the line for each line of text?
    .told = That is more than select carries here: eight bytes for a descriptor, where select has three bits each way.

tour-epoll = The list stays in the kernel
    .text = Why tell the kernel again and again what has not changed? With epoll the interest list is kept below the line and changed only when interest changes. What is ready goes onto a second list, and only that comes up.
    .watch = Three hundred descriptors stay below; one token comes up.
    .question = How many descriptors are gone through for one line now?
    .told = The cost grows with the work. This is what made ten thousand clients on one machine an ordinary thing.

tour-epoll-et = Told once
    .text = Edge-triggered, epoll tells of a change and then is silent, even if something is left. That saves calls, and it asks for care: whoever is told must go on until EAGAIN.
    .watch = The mark of readiness stays lit in the tube while the slip beside the program is empty: readiness is a level, the notification a token.
    .question = How many system calls does a line take here?
    .told = Compare that with epoll in the same scene: the price of the saving is one more call that ends in EAGAIN.
    .exhibit = Fifty lines arrive as one edge. A program that reads 1,024 bytes and waits for the next edge waits for ever: the rest is stranded.

tour-event = A loop to call you back
    .text = Every system has its own best way to wait: epoll here, kqueue there, and select nearly everywhere. So a library took the loop into its hands: the program says which function to call for which descriptor, and the library waits with what there is. Here the same program waits with select; choose another back-end under the scene's title.
    .watch = The callback of the descriptor lights up: the program no longer waits, it is called.
    .question = How many descriptors are gone through for one line, with select as the back-end?
    .told = Now change the back-end to epoll and look again: not a line of the program has changed.
    .exhibit = The chapter's program frees what it knows of a client that has left, but never closes the descriptor. Twenty clients come and go, and there are twelve descriptors.

tour-bufferevent = Buffers in between
    .text = Nearly every program does the same with its readiness: it reads into a buffer, and writes out of one. A bufferevent does that by itself, and calls the program when there is input to look at. The program sees neither partial reads nor partial writes.
    .watch = Bytes are gathered in the input buffer and leave through the output buffer, without the program's doing.
    .question = How many system calls does a line take here?
    .told = Comfort costs nothing across the line: nothing is asked for that was not needed.
    .exhibit = A client sends 640 kB and reads no answers. The chapter's server sets a high-water mark for its output, which is only advice: the answers gather in memory.

tour-io-uring = Not ready, but done
    .text = All that came before asked: what could I do now without waiting? io_uring turns this round: do this, and tell me when it is done. What is to be done, and what has been done, lie in two rings that program and kernel share, and one call moves them on.
    .watch = The data goes from the tube straight into the program's buffer; nothing crosses for each operation but a completion.
    .question = How many system calls does a line take now?
    .told = With more to do at a time there would be fewer: one call can submit many operations and take many completions.
