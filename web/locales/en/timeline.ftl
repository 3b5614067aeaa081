### The timeline: lanes of CPUs, tasks and descriptors, and the table of events.

timeline = Timeline
timeline-lanes = Lanes
    .what = What CPUs, tasks and descriptors were doing, over time; the table has the same as text
timeline-table = Table
    .what = Show the events around the cursor as a table instead of the lanes
timeline-help = click: go there · drag: choose a span · Shift+drag: move · Ctrl+wheel: zoom
timeline-help-touch = tap: go there · swipe: move · pinch: zoom
timeline-reset = reset zoom
    .what = Show the time around the cursor again (0)
timeline-kept = A page keeps the last { $count } events
timeline-span = { $span } chosen
timeline-span-leave = Let go of the chosen span

lane-cpu = CPU { $cpu }
lane-task = task { $task } { $name }
lane-fd = fd { $fd }
lane-fd-of = fd { $fd } of { $process }
lane-many = { $count } stretches that cannot be told apart at this zoom
lane-running = running
lane-runnable = waits for a CPU
lane-blocked = asleep
lane-idle = nothing in it
lane-waiting = something to be read
lane-leaving = something on its way out
lane-full = full, or failed

events-number = Event
events-time = Time
events-task = Task
events-what = What happened
events-none = Nothing has happened yet.
events-kernel = kernel
