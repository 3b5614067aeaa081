//! What an event moves: from where on the stage to where. It is drawn as it flies, and nothing depends on that:
//! the stage that it flies over shows already what is so when it has arrived.

use loopscope_shared::event::{Call, Event, Inside, What};
use loopscope_shared::ids::{FileId, TaskId};
use loopscope_shared::world::{FileKind, World};

use super::words::letters;
use super::{Answer, Phase, Place, Stage, Way};

/// Up to so many letters fly one by one.
const LETTERS_MAX: usize = 14;

/// Up to so many tokens fly.
const TOKENS_MAX: usize = 8;

/// Something that moves over the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// What is seen flying, each by itself, in this order.
    pub what: Vec<String>,
    /// How it looks.
    pub look: Look,
    /// From where.
    pub from: Spot,
    /// To where.
    pub to: Spot,
}

/// How something that flies looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Data: a letter for each byte.
    Data,
    /// A notification.
    Token,
    /// A question or an operation.
    Order,
}

/// A place of the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The receive buffer of a descriptor.
    Recv(Place),
    /// Its send buffer.
    Send(Place),
    /// Its card, or its cell.
    Card(Place),
    /// The program's own buffer for it.
    Slot(Place),
    /// The client of its connection.
    Client(Place),
    /// The answer of a wait, above the line.
    Slip,
    /// The ready list, or what is done, below it.
    Ready,
    /// Where the kernel goes through what is asked.
    Scan,
    /// What goes down with a wait.
    Asked,
    /// A process with its descriptor table.
    Process(TaskId),
}

/// What the latest event has moved, over the stage that shows the instant after it.
pub fn flights(world: &World, stage: &Stage, event: &Event, payload: &[u8]) -> Vec<Flight> {
    let found = match event.what {
        What::Inside(Inside::Completed { file, taken, .. }) => completed(world, stage, file, taken),
        What::Inside(inside) => Vec::from_iter(inside_moves(world, stage, inside, payload)),
        What::TaskBegin { parent, thread: false } => Vec::from_iter(copied(stage, parent, event.task)),
        What::Enter { .. } | What::Exit { .. } => Vec::from_iter(match &stage.crossing {
            Some(_) => crossing_moves(world, event, stage),
            None => wait_moves(stage),
        }),
        _ => Vec::new(),
    };
    found.into_iter().filter(|flight| !flight.what.is_empty()).collect()
}

/// Where a file is drawn: under which descriptor, and of which process.
fn place_of(world: &World, stage: &Stage, file: FileId) -> Option<Place> {
    let names = &world.files.get(&file)?.names;
    let shown = stage.cards.iter().chain(&stage.others).map(super::Card::place);
    let is_of = |place: &Place| names.contains(&(place.owner.unwrap_or(stage.process), place.fd));
    shown.into_iter().find(is_of)
}

/// An operation is done: the kernel pours what it has received into the buffer that the program has lent it.
fn completed(world: &World, stage: &Stage, file: FileId, taken: u32) -> Vec<Flight> {
    let Some(place) = place_of(world, stage, file) else { return Vec::new() };
    let done =
        Flight { what: vec!["✓".to_owned()], look: Look::Token, from: Spot::Card(place), to: Spot::Ready };
    let poured = match world.files.get(&file).map(|file| &file.kind) {
        Some(FileKind::Stream(stream)) => {
            &stream.poured[stream.poured.len().saturating_sub(taken as usize)..]
        }
        _ => &[],
    };
    let data = Flight {
        what: if taken > 0 { single(&letters(poured)) } else { Vec::new() },
        look: Look::Data,
        from: Spot::Recv(place),
        to: Spot::Slot(place),
    };
    vec![data, done]
}

/// A process was forked: its table is a copy of its parent's.
fn copied(stage: &Stage, parent: TaskId, child: TaskId) -> Option<Flight> {
    let table = &stage.processes.iter().find(|process| process.id == child)?.table;
    let what = table.iter().map(|copied| copied.name.clone()).collect();
    Some(Flight { what, look: Look::Order, from: Spot::Process(parent), to: Spot::Process(child) })
}

fn inside_moves(world: &World, stage: &Stage, inside: Inside, payload: &[u8]) -> Option<Flight> {
    let data = |from, to| {
        let what = single(&letters(payload));
        Flight { what, look: Look::Data, from, to }
    };
    match inside {
        Inside::Arrived { file, .. } => {
            let fd = place_of(world, stage, file)?;
            Some(data(Spot::Client(fd), Spot::Recv(fd)))
        }
        Inside::Drained { file, .. } => {
            let fd = place_of(world, stage, file)?;
            let flight = data(Spot::Send(fd), Spot::Client(fd));
            Some(Flight { what: vec!["●".to_owned()], ..flight })
        }
        Inside::Listed { fd, .. } => {
            let what = vec![stage.name_of(fd)];
            Some(Flight { what, look: Look::Token, from: Spot::Card(fd.into()), to: Spot::Ready })
        }
        _ => None,
    }
}

fn crossing_moves(world: &World, event: &Event, stage: &Stage) -> Option<Flight> {
    let crossing = stage.crossing.as_ref()?;
    let fd = crossing.fd?;
    if crossing.open {
        return None;
    }
    let last = world.tasks.get(&event.task)?.last.as_ref()?;
    let place = Place::from(fd);
    let (from, to) = match (last.call, crossing.way) {
        (_, Way::Bounced) => return None,
        (Call::Recv { .. }, _) => (Spot::Recv(place), Spot::Slot(place)),
        (Call::Send { .. }, _) => (Spot::Slot(place), Spot::Send(place)),
        (Call::Accept { fd: listener }, _) => {
            let (what, from) = (vec![stage.name_of(fd)], Spot::Card(listener.into()));
            return Some(Flight { what, look: Look::Token, from, to: Spot::Slot(place) });
        }
        (Call::EpollCtl { .. } | Call::PortAssociate { .. } | Call::DevPollWrite { .. }, _) => {
            let what = vec![stage.name_of(fd)];
            return Some(Flight { what, look: Look::Order, from: Spot::Slot(place), to: Spot::Ready });
        }
        _ => return None,
    };
    Some(Flight { what: single(&crossing.letters), look: Look::Data, from, to })
}

fn wait_moves(stage: &Stage) -> Option<Flight> {
    let wait = stage.wait.as_ref()?;
    let open = wait.phase == Phase::Open;
    let bits = |fds: Vec<String>| fds.into_iter().take(TOKENS_MAX).collect::<Vec<_>>();
    let ready = || bits(wait.ready().into_iter().map(|fd| stage.name_of(fd)).collect());
    match (&wait.answer, wait.phase) {
        (Answer::Sets(sets), Phase::Open) => {
            let what = bits(sets.asked().into_iter().map(|bit| bit.to_string()).collect());
            Some(Flight { what, look: Look::Order, from: Spot::Asked, to: Spot::Scan })
        }
        (Answer::Array(entries), Phase::Open) => {
            let what = bits(entries.iter().map(|entry| entry.fd.to_string()).collect());
            Some(Flight { what, look: Look::Order, from: Spot::Asked, to: Spot::Scan })
        }
        (Answer::Sets(_) | Answer::Array(_), Phase::Returned) => {
            Some(Flight { what: ready(), look: Look::Token, from: Spot::Scan, to: Spot::Asked })
        }
        (Answer::Slip(slip), _) if open => {
            let what = bits(slip.changes.clone());
            Some(Flight { what, look: Look::Order, from: Spot::Slip, to: Spot::Ready })
        }
        (Answer::Slip(_), Phase::Returned) => {
            Some(Flight { what: ready(), look: Look::Token, from: Spot::Ready, to: Spot::Slip })
        }
        (Answer::Done(finished), _) if open => {
            let what = bits(finished.started.clone());
            Some(Flight { what, look: Look::Order, from: Spot::Slip, to: Spot::Ready })
        }
        (Answer::Done(finished), Phase::Returned) => {
            let what = bits(finished.done.clone().unwrap_or_default());
            Some(Flight { what, look: Look::Token, from: Spot::Ready, to: Spot::Slip })
        }
        _ => None,
    }
}

/// Each letter by itself; of many, the first.
fn single(text: &str) -> Vec<String> {
    text.chars().take(LETTERS_MAX).map(|letter| letter.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use loopscope_shared::ids::{Fd, TaskId};
    use loopscope_shared::kernel::Mask;
    use loopscope_shared::time::Nanos;

    use super::super::made::Made;
    use super::*;

    fn moved(made: &Made, what: What, payload: &[u8]) -> Vec<Flight> {
        let event = Event { at: Nanos(0), task: TaskId::FIRST, what, payload_len: payload.len() as u32 };
        flights(&made.world, &made.stage(), &event, payload)
    }

    const EXIT: What = What::Exit { ret: Ok(0), lines: 0 };

    #[test]
    fn data_flies_from_the_client_into_the_tube_and_on_into_the_program() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.arrived(4, b"hi\n");
        let arrived = What::Inside(Inside::Arrived { file: FileId(4), bytes: 3 });
        let flight = &moved(&made, arrived, b"hi\n")[0];
        assert_eq!(
            (flight.from.clone(), flight.to.clone()),
            (Spot::Client(Fd(4).into()), Spot::Recv(Fd(4).into()))
        );
        assert_eq!(flight.what, ["h", "i", "⏎"]);
        made.recv(4, Ok(b"hi\n"));
        let flight = &moved(&made, EXIT, &[])[0];
        assert_eq!(
            (flight.from.clone(), flight.to.clone()),
            (Spot::Recv(Fd(4).into()), Spot::Slot(Fd(4).into()))
        );
    }

    #[test]
    fn the_notification_flies_to_the_ready_list_and_then_up() {
        let mut made = Made::new("epoll");
        made.epoll(4);
        made.accepted(5);
        made.watch(4, 5, Mask::IN);
        made.wait_enter(4);
        assert_eq!(moved(&made, EXIT, &[]), [], "nothing goes down");
        made.listed(4, 5);
        let listed = What::Inside(Inside::Listed { epoll: FileId(4), fd: Fd(5) });
        let flight = &moved(&made, listed, &[])[0];
        assert_eq!((flight.from.clone(), flight.to.clone()), (Spot::Card(Fd(5).into()), Spot::Ready));
        made.wait_exit(&[(5, Mask::IN)]);
        let flight = &moved(&made, EXIT, &[])[0];
        assert_eq!(
            (flight.look, flight.from.clone(), flight.to.clone()),
            (Look::Token, Spot::Ready, Spot::Slip)
        );
        assert_eq!(flight.what, ["5"]);
    }

    #[test]
    fn what_bounces_moves_nothing() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.recv(4, Err(loopscope_shared::errno::Errno::EAGAIN));
        assert_eq!(moved(&made, EXIT, &[]), []);
    }
}
