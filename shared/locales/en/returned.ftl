### What a call came back with, and what that means.

return-fails = { $name } fails with { $errno }: { $why }.
return-end = { $name } on { $fd } returns 0: the client sends no more.
return-peeks = recv looks at { $count } bytes { $text } of descriptor { $fd }, and leaves them.
return-discards = recv takes { $count } bytes out of descriptor { $fd } and throws them away.
return-takes = { $name } takes { $count } bytes { $text } out of descriptor { $fd }.
return-puts = { $name } puts { $count } bytes into descriptor { $fd }.
    .part = { $name } puts only { $count } of { $len } bytes into descriptor { $fd }: its send buffer is full.
return-accepts = accept takes a connection from the queue: it is descriptor { $fd } now.
return-has-returned = { $call } has returned.
return-returns = { $call } returns { $text }.
return-transfers =
    { $name } moves { $count } bytes from descriptor { $from } to { $to }; the program does not see them.
return-says = { $call } says { $value }.

return-thread = { $task } has started task { $child }, a thread: it shares the descriptors.
return-process = { $task } has started task { $child }, a process: it has a copy of each descriptor.
return-no-child = wait4 returns 0: no child has ended since.
return-child = wait4 takes notice that task { $child } has ended with status { $status }: it is gone now.
return-resolves = { $count ->
    [one] getaddrinfo finds an address for { $name }.
   *[other] getaddrinfo finds { $count } addresses for { $name }.
}
return-bound = Descriptor { $fd } has the address { $address } now.
return-connected = Descriptor { $fd } is connected with { $address } now.
return-dup = dup makes descriptor { $new }: it names the same file as { $fd }.
return-pipe = pipe2 makes two descriptors: what is written to { $writes } can be read from { $reads }.
return-pair = socketpair makes descriptors { $one } and { $other }, which are connected with each other.
return-opens = openat makes descriptor { $fd }: it names { $path }.
return-creates = { $name } makes descriptor { $fd }: { $thing }.
return-exec = { $task } is another program now: { $path }. What is close-on-exec is closed.
return-makes = { $name } makes descriptor { $fd }.

return-select = select returns { $count }: it went through { $nfds } numbers in three sets to find { $ready }.
    .none = select returns 0: it went through { $nfds } numbers, and the time was over before one was ready.
return-poll = poll returns { $count }: it went through { $entries } entries to find { $ready }.
    .none = poll returns 0: it went through { $entries } entries, and the time was over before one was ready.
return-submitted = io_uring_enter has taken { $count } operations: nothing of them is done yet.
    .unseen = io_uring_enter has taken { $count } operations; what is in the rings cannot be seen.
return-nothing-done = { $name } returns 0: nothing was done in time.
return-done = { $name } returns { $count }: done are { $what }.
return-started = The kernel has operation #{ $user }: { $kind }. It says when it is done.
return-associated = Port { $port } will report one event of descriptor { $fd }: { $events }.
return-written = { $call } is done: the set stays in { $fd }.
return-nothing-ready = { $name } returns 0: nothing became ready in time.
return-came-up = { $name } returns { $count }: { $what } came up, and nothing else was looked at.
    .once = port_getn returns { $count }: { $what } came up, and is no longer associated.
return-is-done = { $call } is done.

failed-read = there is nothing more to be read now
failed-send = the send buffer is full, and what is left must wait
failed-accept = nobody waits in the accept queue any more
failed-fork = there may be no more tasks
failed-connect = it is under way; the socket becomes writable when it is there, or has failed
failed-getn = the time was over before there were as many events

call-as = { $name }({ $of }) as #{ $user }
call-in-all = … { $count } in all
call-again = { $what } again and again
