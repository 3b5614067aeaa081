//! The thread that carries events from the rings of a server to whoever watches it.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::frame;
use crate::looking::Look;
use crate::tap::Taps;

/// How long the thread lets events gather after it has carried some. So a busy server wakes nobody, and an idle
/// one some times a second at most; it is as long as a picture of fifty a second stands.
pub const GATHER: Duration = Duration::from_millis(20);

/// How often the server's counts go with the events, at most: reading them takes some microseconds.
const COUNTS_PERIOD: Duration = Duration::from_millis(100);

/// How long the thread sleeps at most while nothing happens: until it is woken.
const UNTIL_WOKEN: Duration = Duration::MAX;

/// Carries frames from the rings of all taps to `out`, until no tap is open and the rings are empty. The first
/// tap must be open before it is called.
///
/// Frames of one task stay in order; those of several tasks come ring by ring. The server's counts follow them
/// some times a second, and once more when nothing happens any longer.
///
/// # Errors
/// If `out` takes no more: nobody watches any longer.
pub fn forward(taps: &Arc<Taps>, mut out: impl Write) -> io::Result<()> {
    let mut sources = Vec::new();
    let mut look = Look::since(taps.start());
    // Whether something has happened that is not in the counts that were sent, and when those were.
    let (mut uncounted, mut counted): (bool, Option<Instant>) = (false, None);
    loop {
        let over = taps.is_over();
        sources.append(&mut taps.begun());
        // A look comes before what is carried and goes after it: of what it saw, all was told by then.
        let looked_at = looked_at(taps, &mut look);
        let mut carried = 0;
        for source in &mut sources {
            carried += source.drain(|part| out.write_all(part))?;
        }
        out.write_all(&looked_at)?;
        uncounted |= carried > 0;
        let due = counted.map_or(Duration::ZERO, |at| COUNTS_PERIOD.saturating_sub(at.elapsed()));
        if uncounted && (due.is_zero() || over) {
            let mut counts = Vec::new();
            frame::put_totals(&mut counts, &taps.totals());
            out.write_all(&counts)?;
            (uncounted, counted) = (false, Some(Instant::now()));
        }
        out.flush()?;
        // The rings of tasks that have ended go. Whether the writer is gone must be asked first: after that
        // nothing more comes.
        sources.retain(|source| !source.is_over());
        match carried {
            0 if over => return Ok(()),
            0 => {
                let counts = if uncounted { due } else { UNTIL_WOKEN };
                taps.wait(&sources, if taps.looks() { counts.min(look.due()) } else { counts });
            }
            _ if over => {}
            _ => thread::sleep(GATHER),
        }
    }
}

/// What is seen of the kernel's buffers, if somebody wants to know and it is time.
fn looked_at(taps: &Taps, look: &mut Look) -> Vec<u8> {
    if !taps.looks() {
        look.away();
        return Vec::new();
    }
    match (taps.first_task(), look.due().is_zero()) {
        (Some(task), true) => look.look(task),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::event::What;
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::probe::{Level, Sink};
    use loopscope_shared::time::Nanos;

    use crate::tap::Room;
    use crate::totals::Count;
    use std::borrow::Cow;

    /// How many events were told, as the last counts in `bytes` say.
    fn told(mut bytes: &[u8]) -> u64 {
        let mut told = 0;
        while let Some(frame) = frame::take(&mut bytes).unwrap() {
            if let frame::Frame::Totals(totals) = frame {
                told = totals.count(Count::Told);
            }
        }
        told
    }

    #[test]
    fn every_event_of_every_task_arrives_and_the_thread_ends_with_the_last_tap() {
        let taps = Taps::new(Level::Calls, Room::default(), Arc::new(|| Ok(Box::new(io::sink())))).unwrap();
        let (_, first) = taps.tap();
        let (_, second) = first.thread();
        let watching = taps.clone();
        let forwarding = thread::spawn(move || {
            let mut bytes = Vec::new();
            forward(&watching, &mut bytes).unwrap();
            bytes
        });
        for at in 0..50 {
            for (tap, task) in [(&first, TaskId(1)), (&second, TaskId(2))] {
                let what = What::TaskEnd { status: 0 };
                tap.record(task, what, Cow::default, || Nanos(at));
            }
        }
        drop((first, second));
        let bytes = forwarding.join().unwrap();
        let mut rest = &bytes[..];
        let mut seen = [0, 0];
        while let Some((event, _)) = frame::take_event(&mut rest).unwrap() {
            let count = &mut seen[event.task.0 as usize - 1];
            assert_eq!(event.at.0, *count, "events of a task stay in order");
            *count += 1;
        }
        assert_eq!(seen, [50, 50]);
        assert_eq!(told(&bytes), 100);
    }
}
