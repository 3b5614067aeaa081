### The figures: what the work has cost so far.

figure-lines = lines answered
    .meaning = Complete lines that went back to their clients.
figure-calls = system calls / line
    .meaning = Every call is a crossing of the line, and back.
figure-bytes = bytes across / line
    .meaning = Data, sets and events that crossed between program and kernel, both ways.
figure-scanned = scanned / line
    .meaning = Descriptor numbers that waits went through to find the ready ones.
figure-wakeups = wake-ups
    .meaning = Waits that returned: turns of the loop.
figure-idle = for nothing
    .meaning = Wake-ups that led to no read, no send and no accept.
figure-eagain = EAGAIN
    .meaning = Calls that asked for what could not be done now.
figure-p50 = p50
    .meaning = Half of the lines were answered within this time.
figure-p99 = p99
    .meaning = All but one in a hundred lines were answered within this time.
figure-held = bytes held / conn
    .meaning = Received and not yet answered, in the program's own buffers.
