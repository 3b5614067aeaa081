//! From a call as strace writes it to one of ours: its arguments, its result, what crosses with it, and what the
//! line says of descriptors.
//!
//! Calls that differ in form only are one here: `accept` and `accept4`; `readv`, `pread64` and `read`;
//! `recvmsg`, `recvfrom` and `recv`; `epoll_pwait` and `epoll_wait`; and so on. What has no form of ours is a
//! [`Call::Other`], with its text.

mod data;
mod files;
mod processes;
mod sockets;
mod waits;

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Call, CallName, OTHER_MAX, Ret, Thing};
use crate::ids::Fd;
use crate::kernel::{MsgFlags, Timeout};
use crate::time::Nanos;

use super::label::Seen;
use super::line::Parsed;
use super::value::{Value, leading_number};

/// What a call means.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Meant {
    /// The call.
    pub(super) call: Call,
    /// What goes down.
    pub(super) down: Vec<u8>,
    /// What is to be known of descriptors before it is made.
    pub(super) before: Vec<Seen>,
    /// How it comes back, unless it does not.
    pub(super) back: Option<Back>,
}

/// How a call comes back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Back {
    /// What it returns.
    pub(super) ret: Ret,
    /// How many line feeds were among the bytes that can be seen.
    pub(super) lines: u32,
    /// What comes up.
    pub(super) up: Vec<u8>,
    /// What is known of descriptors afterwards.
    pub(super) after: Vec<Seen>,
    /// A task that it has begun, and whether that one shares the descriptors.
    pub(super) begun: Option<(u32, bool)>,
}

impl Meant {
    fn new(call: Call) -> Self {
        Self { call, down: Vec::new(), before: Vec::new(), back: None }
    }

    fn down(self, down: Vec<u8>) -> Self {
        Self { down, ..self }
    }
}

/// The meaning of a call of which all is known that goes down; `None` if something of that is missing.
pub(super) fn meaning(parsed: &Parsed<'_>) -> Option<Meant> {
    let asked = Asked { parsed, back: parsed.result.and_then(returned) };
    let meant = data::meaning(&asked)
        .or_else(|| waits::meaning(&asked))
        .or_else(|| sockets::meaning(&asked))
        .or_else(|| files::meaning(&asked))
        .or_else(|| processes::meaning(&asked));
    match meant {
        Some(mut meant) => {
            asked.label(&mut meant);
            Some(meant)
        }
        // Of a call that has not returned, what is missing may still come.
        None if parsed.result.is_none() && is_known(parsed.name) => None,
        None => Some(other(parsed)),
    }
}

/// Whether a call has a form of ours.
fn is_known(name: &str) -> bool {
    data::NAMES.contains(&name)
        || waits::NAMES.contains(&name)
        || sockets::NAMES.contains(&name)
        || files::NAMES.contains(&name)
        || processes::NAMES.contains(&name)
}

/// A call without a form of ours, or one of which too little is known for it.
pub(super) fn other(parsed: &Parsed<'_>) -> Meant {
    let asked = Asked { parsed, back: parsed.result.and_then(returned) };
    let written = parsed.written;
    let mut down = written[..written.len().min(OTHER_MAX)].to_vec();
    if down.len() < written.len() {
        down.extend("…".as_bytes());
    }
    // A first argument with something behind it is a descriptor; others may be anything.
    let fd = match parsed.args.first() {
        Some(Value::Number(number, Some(_))) => Some(Fd(*number as i32)),
        _ => None,
    };
    let mut meant = Meant::new(Call::Other { name: CallName::of(parsed.name), fd }).down(down);
    if let Some(mut back) = asked.back(Vec::new(), 0) {
        if back.ret.is_ok() {
            let result = parsed.result.unwrap_or_default();
            back.up = result[..result.len().min(CAPTURE_MAX)].to_vec();
        }
        meant.back = Some(back);
    }
    asked.label(&mut meant);
    meant
}

/// A call that is to be understood.
struct Asked<'p, 'a> {
    parsed: &'p Parsed<'a>,
    /// What it returned: the number, or why it failed.
    back: Option<Result<i64, Errno>>,
}

impl<'a> Asked<'_, 'a> {
    fn arg(&self, index: usize) -> Option<&Value<'a>> {
        self.parsed.args.get(index)
    }

    fn number(&self, index: usize) -> Option<i64> {
        self.arg(index)?.number()
    }

    fn fd(&self, index: usize) -> Option<Fd> {
        Some(Fd(self.number(index)? as i32))
    }

    /// A length or a count. What is larger than ours can be is as large as ours can be.
    fn count(&self, index: usize) -> Option<u32> {
        Some(clamped(self.number(index)?))
    }

    fn has(&self, index: usize, flag: &str) -> bool {
        self.arg(index).is_some_and(|value| value.has(flag))
    }

    fn name(&self) -> &str {
        self.parsed.name
    }

    /// The call returned, and this came up.
    fn back(&self, up: Vec<u8>, lines: u32) -> Option<Back> {
        let ret = self.back?.map(clamped);
        Some(Back { ret, lines, up, after: Vec::new(), begun: None })
    }

    /// The number that a successful call returned.
    fn value(&self) -> Option<i64> {
        self.back?.ok()
    }

    /// A call with nothing but its result.
    fn plain(&self, call: Call) -> Meant {
        Meant { back: self.back(Vec::new(), 0), ..Meant::new(call) }
    }

    /// A call that makes a descriptor: with what is known of that.
    fn making(
        &self,
        call: Call,
        thing: Thing,
        nonblocking: Option<bool>,
        close_on_exec: Option<bool>,
    ) -> Meant {
        let mut meant = self.plain(call);
        if let (Some(back), Some(new)) = (&mut meant.back, self.value()) {
            let made = Seen { nonblocking, close_on_exec, ..Seen::new(Fd(new as i32), thing) };
            back.after.push(match self.returned_label() {
                Some(label) => {
                    let said = Seen::labelled(made.fd, label);
                    let thing = if made.thing == Thing::Unknown { said.thing } else { made.thing };
                    Seen { thing, details: said.details, ..made }
                }
                None => made,
            });
        }
        meant
    }

    /// What is said of the descriptor that was returned: `3</tmp/x>`.
    fn returned_label(&self) -> Option<&'a [u8]> {
        let result = self.parsed.result?;
        let (_, length) = leading_number(result)?;
        let rest = &result[length..];
        let end = super::value::bracketed(rest)?;
        Some(&rest[1..end - 1])
    }

    /// What the arguments say of descriptors.
    fn label(&self, meant: &mut Meant) {
        for value in &self.parsed.args {
            if let Value::Number(number, Some(label)) = value {
                meant.before.push(self.seen(Fd(*number as i32), label, meant.call));
            }
        }
        // Without anything said, a descriptor that a call is about is open if the call does not complain.
        let complained = meant.back.as_ref().is_none_or(|back| back.ret == Err(Errno::EBADF));
        if let (Some(fd), false) = (meant.call.fd(), complained)
            && fd.0 >= 0
            && !meant.before.iter().any(|seen| seen.fd == fd)
        {
            meant.before.push(Seen::new(fd, used_as(meant.call)));
        }
    }

    fn seen(&self, fd: Fd, label: &[u8], call: Call) -> Seen {
        let seen = Seen::labelled(fd, label);
        // Which end of a pipe it is, and whether a socket listens, is seen from what is done with it.
        let thing = match (seen.thing, call) {
            (Thing::Pipe, Call::Read { .. } | Call::Recv { .. }) => Thing::PipeReads,
            (Thing::Pipe, Call::Write { .. } | Call::Send { .. }) => Thing::PipeWrites,
            (Thing::Pipe, Call::Transfer { from, .. }) if from == fd => Thing::PipeReads,
            (Thing::Pipe, Call::Transfer { to, .. }) if to == fd => Thing::PipeWrites,
            (Thing::Socket, Call::Accept { .. }) => Thing::Listener,
            (thing, _) => thing,
        };
        Seen { thing, ..seen }
    }
}

/// What a descriptor must be if such a call is made with it.
fn used_as(call: Call) -> Thing {
    match call {
        Call::Accept { .. } => Thing::Listener,
        Call::EpollCtl { .. } | Call::Read { .. } | Call::Write { .. } => Thing::Unknown,
        Call::EpollWait { .. } => Thing::Epoll,
        Call::RingEnterUnseen { .. } => Thing::Rings,
        Call::Recv { .. }
        | Call::RecvWith { .. }
        | Call::Send { .. }
        | Call::SendWith { .. }
        | Call::Shutdown { .. }
        | Call::Bind { .. }
        | Call::Connect { .. }
        | Call::Listen { .. }
        | Call::GetOption { .. }
        | Call::SetOption { .. }
        | Call::LocalAddress { .. } => Thing::Socket,
        _ => Thing::Unknown,
    }
}

/// The number or the error that a result says; `None` for a question mark: the call has not returned.
fn returned(result: &[u8]) -> Option<Result<i64, Errno>> {
    let error = |text: &[u8]| {
        let name = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        let known = std::str::from_utf8(name).ok().and_then(Errno::named);
        known.unwrap_or(Errno::Other(0))
    };
    if let Some(rest) = result.strip_prefix(b"?") {
        let rest = rest.trim_ascii_start();
        return (!rest.is_empty()).then(|| Err(error(rest)));
    }
    let (number, length) = leading_number(result)?;
    let rest = result[length..].trim_ascii_start();
    match number {
        -1 if rest.first().is_some_and(u8::is_ascii_uppercase) => Some(Err(error(rest))),
        -1 if rest.starts_with(b"(errno ") => {
            let number = leading_number(&rest[b"(errno ".len()..]).map_or(0, |(number, _)| number as i32);
            Some(Err(Errno::of_linux(number)))
        }
        number => Some(Ok(number)),
    }
}

fn clamped(number: i64) -> u32 {
    // Pointers and lengths near 2^64 are negative here.
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// `{tv_sec=1, tv_nsec=5}`, `{tv_sec=1, tv_usec=5}` or `NULL`.
fn timespec(value: &Value<'_>) -> Option<Timeout> {
    if value.raw() == Some(b"NULL") {
        return Some(Timeout(None));
    }
    let part = |name| value.field(name).and_then(Value::number).map(|number| number.max(0).cast_unsigned());
    let nanos = part("tv_nsec").or_else(|| part("tv_usec").map(|micros| micros.saturating_mul(1_000)))?;
    Some(Timeout(Some(Nanos(part("tv_sec")?.saturating_mul(1_000_000_000).saturating_add(nanos)))))
}

/// A number of milliseconds, negative for ever (`poll(2)`, `epoll_wait(2)`).
fn milliseconds(number: i64) -> Timeout {
    // Some versions write -1 as an unsigned number.
    match i32::try_from(number) {
        Ok(number) if number >= 0 => Timeout(Some(Nanos::from_millis(number.cast_unsigned().into()))),
        _ => Timeout(None),
    }
}

/// The flags of `send(2)` and `recv(2)` that we know, but for `MSG_NOSIGNAL`, which changes nothing that is seen.
fn message_flags(value: Option<&Value<'_>>) -> MsgFlags {
    let Some(value) = value else { return MsgFlags::empty() };
    let named = MsgFlags::all().iter_names();
    named
        .filter(|(name, _)| value.has(&format!("MSG_{name}")))
        .fold(MsgFlags::empty(), |all, (_, one)| all | one)
}

/// Whether a call may sleep, so that without a duration it is not known when it returned.
pub(super) fn may_sleep(call: Call) -> bool {
    call.is_wait()
        || matches!(
            call,
            Call::Accept { .. }
                | Call::Recv { .. }
                | Call::RecvWith { .. }
                | Call::Read { .. }
                | Call::Connect { .. }
                | Call::Sleep { .. }
                | Call::Wait { .. }
                | Call::WaitFor { .. }
        )
}
