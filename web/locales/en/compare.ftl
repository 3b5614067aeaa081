### Compare: two to four runs side by side.

compare = Runs side by side
compare-lesson = The same clients come to each of these servers. Step or play: all of them are kept in step, and the figures below say by what they differ.
compare-pace = In step by
    .time = time
    .time-what = each is shown at the same instant
    .event = event
    .event-what = each is shown after as many events
    .line = line
    .line-what = each is shown when it has answered as many lines: what the same work has cost
compare-cursor = How far all are
compare-at-time = { $at } of { $end }
compare-at-event = event { $at } of { $end }
compare-at-line = { $at } of { $end } lines answered
compare-server = Server { $number }
compare-add = Add a server
    .what = Another one beside these; four at most
compare-remove = Take { $name } out
compare-alone = Look at it alone
    .what = In Simulate, at this very instant
compare-loading = being simulated …
compare-no-suit = This scenario says nothing about this server.
compare-over = over
    .what = Nothing happens here any more
compare-changed = changed
compare-added = { $count ->
    [one] 1 thing added
   *[other] { $count } things added
}
compare-seed = seed { $seed }
compare-figures = Figures side by side
compare-figure = figure
compare-best = best
compare-worst = worst
compare-csv = Save as CSV
compare-switches = switches
    .meaning = How often a task got the CPU after it had slept or waited for one.
compare-tasks = tasks started
    .meaning = Processes and threads that were started.

branches = Branches
    .what = What you changed in the middle of a run made another one; both stay.
branches-now = now
branches-show = Show this one, at this instant
branches-drop = Let { $name } go
branches-compare = Compare them
compare-crowd = Compare at 1,000 connections
