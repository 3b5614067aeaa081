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
scale-too-long = { $name } ends before { $connections } connections: the run would have more events than are simulated.
scale-measured-none = Simulated, with the costs of calls as they were measured on a machine of ours. No points measured on this machine are laid over them: this build has none.
scale-table = The same as a table
scale-save = Save as
scale-failed = Web workers, in which the points are computed, do not start in this browser.
scale-colon = :
