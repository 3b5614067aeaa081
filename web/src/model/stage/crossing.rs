//! The data, and everything else that a call moves across the line, if that call is no wait.

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, call_text, history_line};
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::CtlOp;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::{PastCall, Task};

use super::names::Names;
use super::words::letters;
use crate::messages as m;
use crate::model::text::grouped;

/// Which way a crossing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Out of the kernel, into the program.
    Up,
    /// Out of the program, into the kernel.
    Down,
    /// It came back with nothing.
    Bounced,
}

/// What a call moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The call as a programmer writes it, with its result once there is one.
    pub title: String,
    /// The descriptor that it is about.
    pub fd: Option<Fd>,
    /// Which way it goes.
    pub way: Way,
    /// The task is in the call: nothing has arrived yet.
    pub open: bool,
    /// The bytes that cross, a character for each, as far as they are known.
    pub letters: String,
    /// How many bytes cross beyond those.
    pub more: u64,
    /// What crosses besides, in a word or two.
    pub label: String,
    /// When the call was made, by which one crossing is told from the next.
    pub entered: Nanos,
}

impl Way {
    /// The name of its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Bounced => "bounced",
        }
    }
}

/// The call that the task is in, else the last one, if that is no wait.
pub(super) fn crossing_of(task: &Task, names: &Names<'_>) -> Option<Crossing> {
    if let Some(open) = &task.call {
        return (!open.call.is_wait()).then(|| under_way(open.call, open.entered, &open.down));
    }
    let last = task.last.as_ref().filter(|last| !last.call.is_wait())?;
    Some(returned(last, names))
}

fn under_way(call: Call, entered: Nanos, down: &[u8]) -> Crossing {
    let (known, more) = match call {
        Call::Send { len, .. } => (letters(down), u64::from(len).saturating_sub(down.len() as u64)),
        _ => (String::new(), 0),
    };
    let (way, label) = match call {
        Call::Recv { len, .. } => (Way::Up, m::stage_room_for(grouped(len.into()))),
        Call::Accept { .. } => (Way::Up, m::stage_who_waits().to_owned()),
        _ => (Way::Down, label(call)),
    };
    let title = call_text(call, down);
    Crossing { title, fd: call.fd(), way, open: true, letters: known, more, label, entered }
}

fn returned(last: &PastCall, names: &Names<'_>) -> Crossing {
    let PastCall { call, entered, ret, ref down, ref up, .. } = *last;
    let title = history_line(call, down, ret, up);
    let plain = Crossing {
        title,
        fd: call.fd(),
        way: Way::Down,
        open: false,
        letters: String::new(),
        more: 0,
        label: label(call),
        entered,
    };
    match (call, ret) {
        (_, Err(errno)) => Crossing { way: Way::Bounced, label: bounced(call, errno), ..plain },
        (Call::Recv { .. }, Ok(0)) => {
            Crossing { way: Way::Up, label: m::stage_end_of_input().to_owned(), ..plain }
        }
        (Call::Recv { .. }, Ok(count)) => Crossing {
            way: Way::Up,
            letters: letters(up),
            more: u64::from(count).saturating_sub(up.len() as u64),
            ..plain
        },
        (Call::Send { len, .. }, Ok(count)) => {
            let known = &down[..down.len().min(count as usize)];
            let short = count < len;
            Crossing {
                letters: letters(known),
                more: u64::from(count).saturating_sub(known.len() as u64),
                label: if short {
                    m::stage_only_of(grouped(count.into()), grouped(len.into()))
                } else {
                    String::new()
                },
                ..plain
            }
        }
        (Call::Accept { .. }, Ok(fd)) => Crossing {
            way: Way::Up,
            fd: Some(Fd(fd as i32)),
            label: m::stage_it_is_now(names.name(Fd(fd as i32))),
            ..plain
        },
        (
            Call::EpollCreate
            | Call::Kqueue
            | Call::PortCreate
            | Call::DevPollOpen
            | Call::RingSetup { .. }
            | Call::CompletionPortCreate,
            Ok(fd),
        ) => Crossing {
            way: Way::Up,
            fd: Some(Fd(fd as i32)),
            label: m::stage_descriptor(names.name(Fd(fd as i32))),
            ..plain
        },
        _ => plain,
    }
}

fn bounced(call: Call, errno: Errno) -> String {
    match (call, errno) {
        (Call::Send { .. }, Errno::EAGAIN) => m::stage_eagain_no_room().to_owned(),
        (Call::Accept { .. }, Errno::EAGAIN) => m::stage_eagain_nobody().to_owned(),
        (_, Errno::EAGAIN) => m::stage_eagain_nothing().to_owned(),
        (_, other) => other.to_string(),
    }
}

/// What a call carries besides data, in a word or two.
fn label(call: Call) -> String {
    match call {
        Call::EpollCtl { op: CtlOp::Add, events, .. } => m::stage_watch(events),
        Call::EpollCtl { op: CtlOp::Mod, events, .. } => m::stage_now_watch(events),
        Call::EpollCtl { op: CtlOp::Del, .. } => m::stage_watch_no_more().to_owned(),
        Call::PortAssociate { events, .. } => m::stage_associate(events),
        Call::PortDissociate { .. } => m::stage_watch_no_more().to_owned(),
        Call::SetNodelay { .. } => "TCP_NODELAY".to_owned(),
        Call::Close { .. } => "close".to_owned(),
        Call::Shutdown { .. } => "shutdown".to_owned(),
        Call::Recv { .. } | Call::Send { .. } => String::new(),
        other => other.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;

    #[test]
    fn recv_carries_letters_up_once_it_returns() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.arrived(4, b"hello\n");
        made.enter(Call::Recv { fd: Fd(4), len: 16_384 }, &[]);
        let crossing = made.stage().crossing.unwrap();
        assert!(crossing.open && crossing.letters.is_empty());
        assert_eq!(crossing.label, format!("room for {}", grouped(16_384)));
        made.exit(Ok(6), b"hello\n");
        let crossing = made.stage().crossing.unwrap();
        assert_eq!((crossing.way, crossing.letters.as_str(), crossing.more), (Way::Up, "hello⏎", 0));
        assert_eq!((crossing.fd, crossing.open), (Some(Fd(4)), false));
    }

    #[test]
    fn a_recv_with_nothing_to_read_bounces() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.recv(4, Err(Errno::EAGAIN));
        let crossing = made.stage().crossing.unwrap();
        assert_eq!((crossing.way, crossing.label.as_str()), (Way::Bounced, "EAGAIN: nothing"));
    }

    #[test]
    fn a_send_without_room_bounces_for_another_reason() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.enter(Call::Send { fd: Fd(4), len: 100 }, &[b'x'; 64]);
        made.exit(Err(Errno::EAGAIN), &[]);
        let stage = made.stage();
        assert_eq!(stage.crossing.unwrap().label, "EAGAIN: no room");
        assert!(
            stage.says.contains("the send tube of 4 is full, and the rest waits above the line"),
            "{}",
            stage.says
        );
    }

    #[test]
    fn a_partial_send_says_how_much_went_down() {
        let mut made = Made::new("select");
        made.accepted(4);
        made.enter(Call::Send { fd: Fd(4), len: 100 }, &[b'x'; 64]);
        assert_eq!(made.stage().crossing.unwrap().more, 36);
        made.exit(Ok(70), &[]);
        let crossing = made.stage().crossing.unwrap();
        assert_eq!((crossing.way, crossing.letters.len(), crossing.more), (Way::Down, 64, 6));
        assert_eq!(crossing.label, "only 70 of 100");
    }

    #[test]
    fn accept_brings_up_the_new_descriptor_and_a_wait_is_no_crossing() {
        let mut made = Made::new("select");
        made.accepted(4);
        let crossing = made.stage().crossing.unwrap();
        assert_eq!((crossing.way, crossing.fd), (Way::Up, Some(Fd(4))));
        made.select_enter(&[3, 4], &[]);
        assert_eq!(made.stage().crossing, None);
    }
}
