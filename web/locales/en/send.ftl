### The send panel, and what is set of the program.

send = Send
    .hint = ROT13 comes back
    .hint-live = a real socket; ROT13 comes back
    .clear = clear
    .clear-what = Take all that was added out of the scenario
    .line = A line to send
    .button = Send
    .said = What was said
    .target = Connection to send on
    .client = client
    .connection = connection
    .new = new { $noun }
    .numbered = { $noun } { $number }
    .slow = slow reader
    .slow-what = It sends much and reads nothing: buffers fill, and who serves it is not to be held up
    .burst = burst
    .burst-what = Twenty lines at once
    .stop = stop reading
    .stop-what = It sends, and does not read what comes back
    .read = read
    .read-what = It reads again
    .half-close = half close
    .half-close-what = It sends no more, and goes on reading
    .close = close
    .close-what = It closes its socket
    .reset = reset
    .reset-what = It throws the connection away
    .at = at { $instant }
    .done = { $what }, { $when }
    .noted = { $when }: { $note }
    .not-sent = not sent, the client had gone
    .client-went = no answer, the client went
    .run-over = no answer, the run is over
    .play-on = no answer yet, play on
    .to-come = still to come, press play
    .opening = is being opened
    .closed = is closed
    .failed = has failed: { $reason }
    .gateway-gone = the gateway is gone

act-sends = sends { $text }
    .lines = sends { $lines } lines of { $bytes } bytes
act-waits = waits { $span }
act-awaits = waits for its answers
act-reads = reads again
act-stops = stops reading
act-half-close = half close
act-close = close
act-reset = reset

setting-clients = clients
setting-workers = workers
setting-loops = loops
setting-backend = waits with
setting-seed = seed
    .what = The same seed gives the same run, everywhere; another gives other jitter and losses
setting-documented = ◇ as documented, not observed
    .what =
        The simulated kernel does here what the manual of the system says; no real one was at hand to compare it
        with.
setting-quirks = quirks: { $count }
    .none = quirks: none
    .what = Mistakes of the printed program, made on purpose:
setting-colon = {": "}
