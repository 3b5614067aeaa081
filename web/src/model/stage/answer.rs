//! What a wait brings up, read from its payload: one form for each interface.

use loopscope_shared::event::{Call, Handed, list_in};
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{
    EpollEvent, Filter, Kevent, KeventFlags, Mask, OperationKind, PollFd, PortEvent,
};
use loopscope_shared::world::Taken;

use super::words::letters;
use super::{Entry, Finished, Token};
use crate::messages as m;

/// Up to so many letters of what was received are shown with a completion.
const LETTERS_MAX: usize = 14;

/// The array of `poll`, with what came back if it did.
pub(super) fn entries(down: &[u8], up: Option<&[u8]>) -> Vec<Entry> {
    let asked = poll_fds(down);
    let back = up.map(poll_fds);
    let entry = |(index, entry): (usize, &PollFd)| {
        let back = back.as_ref().and_then(|back| back.get(index)).map(|entry| entry.revents);
        Entry { fd: entry.fd, asked: entry.events, back }
    };
    asked.iter().enumerate().map(entry).collect()
}

fn poll_fds(bytes: &[u8]) -> Vec<PollFd> {
    bytes.chunks_exact(PollFd::SIZE).filter_map(PollFd::from_bytes).collect()
}

/// The events of a wait that reports only what is ready.
pub(super) fn tokens(call: Call, up: &[u8]) -> Vec<Token> {
    let plain = |fd: Fd, mask: Mask| Token { fd, mask, carries: String::new() };
    match call {
        Call::Kevent { .. } => list_in::<Kevent>(up).iter().map(kevent).collect(),
        Call::PortGetn { .. } => {
            let events = list_in::<PortEvent>(up);
            events.iter().map(|event| plain(event.fd, event.events)).collect()
        }
        Call::DevPollWait { .. } => poll_fds(up).iter().map(|entry| plain(entry.fd, entry.revents)).collect(),
        _ => {
            let events = up.chunks_exact(EpollEvent::SIZE).filter_map(EpollEvent::from_bytes);
            events.map(|event| plain(event.fd(), event.events)).collect()
        }
    }
}

/// The changes that go down with a `kevent`: `6:READ ADD`.
pub(super) fn changes(down: &[u8]) -> Vec<String> {
    let change = |change: &Kevent| {
        let filter = match change.filter {
            Filter::Read => "READ",
            Filter::Write => "WRITE",
        };
        let flags = change.flags.difference(KeventFlags::RECEIPT);
        let flags: Vec<&str> = flags.iter_names().map(|(name, _)| name).collect();
        format!("{}:{filter} {}", change.fd, flags.join("|"))
    };
    list_in::<Kevent>(down).iter().map(change).collect()
}

/// A kevent, as the bits of `poll` that say the same. It carries how many bytes or connections there are.
fn kevent(event: &Kevent) -> Token {
    if event.flags.contains(KeventFlags::ERROR) {
        return Token { fd: event.fd, mask: Mask::empty(), carries: m::stage_change_answered().to_owned() };
    }
    let mask = match event.filter {
        Filter::Read => Mask::IN,
        Filter::Write => Mask::OUT,
    };
    let count = if event.data > 0 { format!(" ({})", event.data) } else { String::new() };
    let end = if event.flags.contains(KeventFlags::EOF) { " EOF" } else { "" };
    Token { fd: event.fd, mask, carries: format!("{count}{end}") }
}

/// What goes down with a wait for completions, and what came up.
pub(super) fn finished(down: &[u8], taken: Option<&[Taken]>) -> Finished {
    let started = list_in::<Handed>(down);
    let started = started.iter().map(|handed| operation(handed.submitted.kind)).collect();
    let data = taken.is_some_and(|taken| taken.iter().any(|each| !each.head.is_empty()));
    Finished { started, done: taken.map(|taken| taken.iter().map(completion).collect()), data }
}

/// An operation, in a few words: `recv 5`.
pub(super) fn operation(kind: OperationKind) -> String {
    match kind {
        OperationKind::Accept { fd } => format!("accept {fd}"),
        OperationKind::AcceptMulti { fd } => format!("accept {fd} …"),
        OperationKind::Recv { fd, .. } => format!("recv {fd}"),
        OperationKind::RecvMulti { fd, .. } => format!("recv {fd} …"),
        OperationKind::Send { fd, len } => format!("send {fd}, {len} B"),
        OperationKind::Cancel { user } => format!("cancel #{user}"),
    }
}

/// A completion, in a few words: `recv 5: 6 B hello⏎`.
fn completion(taken: &Taken) -> String {
    let name = match taken.kind {
        OperationKind::Send { fd, .. } => format!("send {fd}"),
        kind => operation(kind),
    };
    match (taken.kind, taken.ret) {
        (_, Err(errno)) => format!("{name}: {errno}"),
        (OperationKind::Accept { .. } | OperationKind::AcceptMulti { .. }, Ok(fd)) => {
            format!("{name}: fd {fd}")
        }
        (OperationKind::Recv { .. } | OperationKind::RecvMulti { .. }, Ok(0)) => m::stage_the_end_of(name),
        (OperationKind::Recv { .. } | OperationKind::RecvMulti { .. }, Ok(count)) => {
            let shown = letters(&taken.head[..taken.head.len().min(LETTERS_MAX)]);
            let more = if taken.head.len() > LETTERS_MAX { "…" } else { "" };
            format!("{name}: {count} B {shown}{more}")
        }
        (OperationKind::Send { .. }, Ok(count)) => format!("{name}: {count} B"),
        (OperationKind::Cancel { .. }, Ok(_)) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_comes_back_with_its_answers_in_place() {
        let asked = [PollFd::new(Fd(3), Mask::IN), PollFd::new(Fd(5), Mask::IN | Mask::OUT)];
        let down: Vec<u8> = asked.iter().flat_map(|entry| entry.to_bytes()).collect();
        assert_eq!(entries(&down, None)[1], Entry { fd: Fd(5), asked: Mask::IN | Mask::OUT, back: None });
        let answered = [asked[0], PollFd { revents: Mask::OUT, ..asked[1] }];
        let up: Vec<u8> = answered.iter().flat_map(|entry| entry.to_bytes()).collect();
        let back: Vec<_> = entries(&down, Some(&up)).iter().map(|entry| entry.back).collect();
        assert_eq!(back, [Some(Mask::empty()), Some(Mask::OUT)]);
    }

    #[test]
    fn a_kevent_carries_a_count_and_the_end() {
        let event =
            Kevent { data: 14, ..Kevent::change(Fd(5), Filter::Read, KeventFlags::CLEAR | KeventFlags::EOF) };
        let call =
            Call::Kevent { kqueue: Fd(4), changes: 0, most: 8, timeout: loopscope_shared::kernel::FOREVER };
        let up = loopscope_shared::trace::wire::encode(&vec![event]);
        let texts: Vec<String> = tokens(call, &up).iter().map(Token::text).collect();
        assert_eq!(texts, ["5:IN (14) EOF"]);
    }

    #[test]
    fn a_completion_says_what_was_done() {
        let recv = OperationKind::Recv { fd: Fd(5), most: 100 };
        let text = |kind, ret, head: &[u8]| completion(&Taken { user: 1, kind, ret, head: head.to_vec() });
        assert_eq!(text(recv, Ok(6), b"hello\n"), "recv 5: 6 B hello⏎");
        assert_eq!(text(recv, Ok(0), b""), "recv 5: the end");
        assert_eq!(text(OperationKind::AcceptMulti { fd: Fd(3) }, Ok(7), b""), "accept 3 …: fd 7");
        assert_eq!(text(OperationKind::Send { fd: Fd(5), len: 6 }, Ok(6), b""), "send 5: 6 B");
    }
}
