### One sentence for each event: what happened, and what caused it.

event-dropped = { $count ->
    [one] One event was lost here: it came faster than it could be kept.
   *[other] { $count } events were lost here: they came faster than they could be kept.
}
