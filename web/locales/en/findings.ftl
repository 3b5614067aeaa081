### Findings, and saving what is shown.

findings = Findings
    .what = Look for well-known trouble in what is shown (!)
    .searching = Looking …
    .none = Nothing was found: no well-known trouble shows in these events.
    .again = Look again
    .close = Close the findings
    .waste = waste
    .delay = delay
    .fault = fault
    .calls = The calls that show it
    .first = first at { $at }
    .worst = worst at { $at }
    .count = { $count ->
        [one] One finding, with where to look and what to do.
       *[other] { $count } findings, the gravest first, with where to look and what to do.
    }

save = Save
    .what = Save what is shown as a file: this run, or in Live the last minute (Ctrl S)
    .done = { $count ->
        [one] One event is saved
       *[other] { $count } events are saved
    } in { $name }. Open it with Open, here or elsewhere.
    .none = There is nothing to be saved yet.
    .failed = This cannot be saved: { $why }.
