### Scale: what a line costs against the number of connections.

scale = What a line costs
scale-lesson = A point is a run of the simulated kernel: so many clients connect, the server comes to rest, and then lines are sent. Only what those lines cost is counted. Watch which curves rise, and which stay level.
scale-what = Cost
scale-talk = Who talks
scale-talk-one = one, the others are silent
    .what = Fifty lines of one client, each after the answer to the one before
scale-talk-all = all, one after the other
    .what = Fifty thousand lines a second, in turn from all clients: waits find several at once, and share what they cost
scale-servers = Servers
scale-server = server
scale-linear-x = linear: connections
scale-linear-y = linear: cost
scale-axes = Axes
scale-cost-cpu = CPU time
    .what = How long a CPU was with the server
scale-cost-calls = system calls
    .what = How many there were, whatever they did
scale-cost-scanned = descriptors scanned
    .what = How many descriptors waits went through to find the ready ones
scale-cost-bytes = bytes across
    .what = Data, sets and events that crossed between program and kernel, both ways
scale-cost-latency = p99 latency
    .what = All but one in a hundred lines were answered within this time, from their arrival until send took the answer
scale-connections = connections
scale-per-line = { $cost } per line
scale-compute = { $count ->
    [one] Compute 1 point
   *[other] Compute { $count } points
}
scale-stop = Stop
scale-progress = { $done } of { $all } points
scale-all-there = All points are there.
scale-none = No server is chosen: choose at least one.
scale-empty = Nothing is computed yet. It takes some seconds, in the background, and can be stopped.
scale-chart = { $cost } per line, against the number of connections; the table below has the same numbers
scale-at = Read off at
scale-at-text = { $count ->
    [one] with 1 connection
   *[other] with { $count } connections
}
scale-unserved = { $name } ends before { $connections } connections: not everybody would be let in and answered.
scale-unserved-select = select ends before { $connections } connections: its sets have no room for descriptors from 1024 (FD_SETSIZE) on.
scale-too-long = { $name } ends before { $connections } connections: the run would have more events than are simulated.
scale-simulated-on = Curves: simulated, with costs of calls that were measured on a machine of ours.
scale-simulated = simulated
scale-measured = measured
scale-measured-on = Hollow points: measured on { $machine }, by loopscope scale { $version }; times are medians of { $rounds } rounds, and latency is what a client saw.
scale-measured-none = Points of a real kernel can be laid over them: “loopscope scale --out scale.csv” measures them on your machine, and here its file is opened.
scale-measured-open = Open measured points
scale-measured-refused = { $line ->
    [0] The file is not what “loopscope scale --out FILE” writes. Nothing has changed.
   *[other] Line { $line } of the file cannot be read. Nothing has changed.
}
scale-table = The same as a table
scale-save = Save as
scale-failed = Web workers, in which the points are computed, do not start in this browser.
scale-colon = :
