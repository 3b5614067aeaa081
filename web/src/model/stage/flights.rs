//! What an event moves: from where on the stage to where. It is drawn as it flies, and nothing depends on that:
//! the stage that it flies over shows already what is so when it has arrived.

use loopscope_shared::event::{Call, Event, Inside, What};
use loopscope_shared::ids::{Fd, FileId};
use loopscope_shared::world::World;

use super::words::letters;
use super::{Answer, Phase, Stage, Way};

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
    Recv(Fd),
    /// Its send buffer.
    Send(Fd),
    /// Its card, or its cell.
    Card(Fd),
    /// The program's own buffer for it.
    Slot(Fd),
    /// The client of its connection.
    Client(Fd),
    /// The answer of a wait, above the line.
    Slip,
    /// The ready list, or what is done, below it.
    Ready,
    /// Where the kernel goes through what is asked.
    Scan,
    /// What goes down with a wait.
    Asked,
}

/// What the latest event has moved, over the stage that shows the instant after it.
pub fn flights(world: &World, stage: &Stage, event: &Event, payload: &[u8]) -> Vec<Flight> {
    let found = match event.what {
        What::Inside(inside) => inside_moves(world, stage, inside, payload),
        What::Enter { .. } | What::Exit { .. } => match &stage.crossing {
            Some(_) => crossing_moves(world, event, stage),
            None => wait_moves(stage),
        },
        _ => None,
    };
    found.into_iter().filter(|flight| !flight.what.is_empty()).collect()
}

fn inside_moves(world: &World, stage: &Stage, inside: Inside, payload: &[u8]) -> Option<Flight> {
    let fd_of = |file: FileId| {
        let shown = |fd: &Fd| stage.cards.iter().any(|card| card.fd == *fd);
        world.descriptor_of(file).map(|(_, fd)| fd).filter(shown)
    };
    let data = |from, to| {
        let what = single(&letters(payload));
        Flight { what, look: Look::Data, from, to }
    };
    match inside {
        Inside::Arrived { file, .. } => {
            let fd = fd_of(file)?;
            Some(data(Spot::Client(fd), Spot::Recv(fd)))
        }
        Inside::Drained { file, .. } => {
            let fd = fd_of(file)?;
            let flight = data(Spot::Send(fd), Spot::Client(fd));
            Some(Flight { what: vec!["●".to_owned()], ..flight })
        }
        Inside::Listed { fd, .. } => {
            let what = vec![stage.name_of(fd)];
            Some(Flight { what, look: Look::Token, from: Spot::Card(fd), to: Spot::Ready })
        }
        Inside::Completed { file, .. } => {
            let fd = fd_of(file)?;
            Some(Flight {
                what: vec!["✓".to_owned()],
                look: Look::Token,
                from: Spot::Card(fd),
                to: Spot::Ready,
            })
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
    let (from, to) = match (last.call, crossing.way) {
        (_, Way::Bounced) => return None,
        (Call::Recv { .. }, _) => (Spot::Recv(fd), Spot::Slot(fd)),
        (Call::Send { .. }, _) => (Spot::Slot(fd), Spot::Send(fd)),
        (Call::EpollCtl { .. } | Call::PortAssociate { .. } | Call::DevPollWrite { .. }, _) => {
            let what = vec![stage.name_of(fd)];
            return Some(Flight { what, look: Look::Order, from: Spot::Slot(fd), to: Spot::Ready });
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
    use loopscope_shared::ids::TaskId;
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
        assert_eq!((flight.from.clone(), flight.to.clone()), (Spot::Client(Fd(4)), Spot::Recv(Fd(4))));
        assert_eq!(flight.what, ["h", "i", "⏎"]);
        made.recv(4, Ok(b"hi\n"));
        let flight = &moved(&made, EXIT, &[])[0];
        assert_eq!((flight.from.clone(), flight.to.clone()), (Spot::Recv(Fd(4)), Spot::Slot(Fd(4))));
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
        assert_eq!((flight.from.clone(), flight.to.clone()), (Spot::Card(Fd(5)), Spot::Ready));
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
