//! One sentence on the instant: what a newcomer is to see in the picture.

use loopscope_shared::errno::Errno;
use loopscope_shared::event::Call;
use loopscope_shared::kernel::Mask;
use loopscope_shared::world::Task;

use super::words::{listed, plural};
use super::{Answer, Card, Crossing, Kind, Phase, Thread, Wait, Whereabouts};

/// Says what is to be seen. What moves comes first, then who sleeps and why.
pub(super) fn says(
    task: &Task,
    threads: &[Thread],
    wait: Option<&Wait>,
    crossing: Option<&Crossing>,
    cards: &[Card],
) -> String {
    let whereabouts = threads.iter().find(|thread| thread.focus).map(|thread| thread.whereabouts);
    match whereabouts {
        Some(Whereabouts::Ended) => "The program has ended.".to_owned(),
        Some(Whereabouts::Runnable) => "The thread is woken, and waits for the CPU.".to_owned(),
        Some(Whereabouts::Asleep) => asleep(task, cards),
        Some(Whereabouts::Waiting) => waiting(task),
        _ => match (wait, crossing) {
            (_, Some(crossing)) => crossed(task, crossing),
            (Some(wait), None) => waited(wait),
            (None, None) => "The program runs. Nobody is connected yet.".to_owned(),
        },
    }
}

fn asleep(task: &Task, cards: &[Card]) -> String {
    if let Some(card) = cards.iter().find(|card| card.stranded) {
        return format!("Bytes wait in {}, and no edge will tell of them again: they are stranded.", card.fd);
    }
    let readable: Vec<&Card> = cards.iter().filter(|card| card.readiness.readable() == Some(true)).collect();
    let held: Vec<String> =
        readable.iter().filter(|card| card.held_back).map(|card| card.fd.to_string()).collect();
    match readable.as_slice() {
        [] => {
            let call = task.call.as_ref().map_or("its call", |open| open.call.name());
            format!("The thread sleeps in {call}: nothing is ready. No work, no CPU.")
        }
        [Card { kind: Kind::Listener { .. }, fd, .. }] => {
            format!("A client waits in the accept queue: descriptor {fd} is readable now.")
        }
        [_] if held.len() == 1 => format!(
            "Descriptor {} is held back until its answers are taken: the edge of that tells of the rest, too.",
            held[0]
        ),
        many if held.len() == many.len() => format!(
            "Descriptors {} are held back until their answers are taken: the edges of that tell of the rest, too.",
            listed(&held)
        ),
        [card] if !card.watched.is_some_and(|mask| mask.contains(Mask::IN)) => format!(
            "Descriptor {} is readable, but not asked about: its answers have to be taken first.",
            card.fd
        ),
        [card] => {
            format!("Descriptor {} is readable: a read now would not block. Nobody has read it yet.", card.fd)
        }
        many => {
            let names: Vec<String> = many.iter().map(|card| card.fd.to_string()).collect();
            format!("Descriptors {} are readable: a read now would not block.", listed(&names))
        }
    }
}

/// From outside it is not seen whether anything is ready already.
fn waiting(task: &Task) -> String {
    let call = task.call.as_ref().map_or("its call", |open| open.call.name());
    format!("The thread waits in {call}: nothing has come up yet.")
}

fn waited(wait: &Wait) -> String {
    let name = wait.name;
    match (wait.phase, &wait.answer) {
        (Phase::Open, Answer::Sets(sets)) => {
            format!("Three sets go down, and the kernel tests every descriptor below {}.", sets.nfds)
        }
        (Phase::Open, Answer::Slip(_)) => {
            "Nothing goes down: the kernel knows already what to watch.".to_owned()
        }
        (_, answer) => {
            let names: Vec<String> = wait.ready().iter().map(ToString::to_string).collect();
            let what = match answer {
                Answer::Sets(_) => "Three whole sets come back",
                Answer::Slip(_) if names.len() == 1 => "One token comes up",
                Answer::Slip(_) => "Only tokens come up",
            };
            match names.len() {
                0 => format!("{name} comes back with nothing: the time was over first."),
                1 => format!("{what}: {} is ready. The data is still below the line.", names[0]),
                _ => format!("{what}: {} are ready. The data is still below the line.", listed(&names)),
            }
        }
    }
}

fn crossed(task: &Task, crossing: &Crossing) -> String {
    if let Some(open) = &task.call {
        return match open.call {
            Call::Send { fd, len } => {
                format!("The program gives {} to descriptor {fd}.", plural(len.into(), "byte"))
            }
            Call::Recv { fd, .. } => {
                format!("The program goes to fetch what waits in descriptor {fd}.")
            }
            call => format!("The program crosses the line: {}.", call.name()),
        };
    }
    let Some(last) = &task.last else { return "The program runs.".to_owned() };
    match (last.call, last.ret) {
        (Call::Recv { .. }, Ok(0)) => "The client sends no more: recv says so with 0 bytes.".to_owned(),
        (Call::Recv { fd, .. }, Ok(count)) => format!(
            "{} across the line, out of the tube of {fd}, into the program.",
            if count == 1 {
                "1 byte comes".to_owned()
            } else {
                format!("{} come", plural(count.into(), "byte"))
            }
        ),
        (Call::Send { fd, len }, Ok(count)) if count < len => {
            format!("The send tube of {fd} has room for {count} of {len} bytes; the rest waits above.")
        }
        (Call::Send { fd, .. }, Ok(_)) => {
            format!("The answer lies in the send tube of {fd}: the kernel takes it from here.")
        }
        (Call::Accept { .. }, Ok(fd)) => {
            format!("A connection leaves the accept queue, and is descriptor {fd} now.")
        }
        (call, Err(Errno::EAGAIN)) => {
            format!("{} came back with nothing (EAGAIN): so there is no more.", call.name())
        }
        (call, Err(errno)) => format!("{} failed with {errno}: {}.", call.name(), errno.meaning()),
        (Call::EpollCtl { .. } | Call::KeventChange { .. }, Ok(_)) => {
            "The kernel is told once what to watch, and remembers it.".to_owned()
        }
        (Call::Close { fd }, Ok(_)) => format!("Descriptor {fd} is closed; its number is free again."),
        _ => format!("{} is done.", crossing.title),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stage;
    use super::super::made::Made;
    use loopscope_shared::event::Inside;
    use loopscope_shared::ids::TaskId;

    /// The ten seconds in which a newcomer is to understand readiness.
    #[test]
    fn the_opening_is_told_in_order() {
        let mut made = Made::new("select");
        made.accepted(4);
        let check = |made: &Made, expect: &str| {
            let says = made.stage().says;
            assert!(says.contains(expect), "{says:?} does not say {expect:?}");
        };
        made.select_enter(&[3, 4], &[]);
        check(&made, "Three sets go down, and the kernel tests every descriptor below 5");
        made.inside(Inside::Blocked);
        check(&made, "sleeps in select: nothing is ready. No work, no CPU");
        made.arrived(4, b"hello\n");
        check(&made, "Descriptor 4 is readable: a read now would not block. Nobody has read it yet");
        made.inside(Inside::Running);
        made.select_exit(&[4], &[]);
        check(&made, "4 is ready. The data is still below the line");
        made.recv(4, Ok(b"hello\n"));
        check(&made, "6 bytes come across the line, out of the tube of 4, into the program");
    }
    #[test]
    fn what_is_not_asked_for_wakes_nobody() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.select_enter(&[3], &[4]);
        made.arrived(4, b"more\n");
        made.inside(Inside::Blocked);
        let says = made.stage().says;
        assert!(says.contains("4 is readable, but not asked about"), "{says}");
    }

    #[test]
    fn live_nothing_is_said_of_what_cannot_be_seen() {
        let mut made = Made::new("select");
        made.select_enter(&[3], &[]);
        let stage = Stage::of(&made.world, TaskId::FIRST, None, true);
        assert_eq!(stage.says, "The thread waits in select: nothing has come up yet.");
    }
}
