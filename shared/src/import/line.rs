//! A line of strace's output: who, when, and what.

use super::clock::Stamp;
use super::value::{Value, arguments, bracketed, find, leading_number};

/// The largest number that a process can have on Linux (`proc(5)`, `pid_max`): what is larger is a time.
const PID_MAX: i64 = 4_194_304;

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// The task, where the line says it.
    pub(super) pid: Option<u32>,
    /// What the task is called (`-Y`).
    pub(super) comm: Option<&'a [u8]>,
    /// When, where the line says it.
    pub(super) stamp: Stamp,
    /// What.
    pub(super) body: Body<'a>,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body<'a> {
    /// A call that has returned.
    Call(&'a [u8]),
    /// A call that has not returned when the line was written: its beginning.
    Unfinished(&'a [u8]),
    /// The rest of such a call, behind `resumed>`, with its name.
    Resumed(&'a [u8], &'a [u8]),
    /// A signal, with what strace says of it.
    Signal(&'a [u8]),
    /// The task has ended with this status, 128 and the signal's number if one has killed it.
    Ended(i32),
    /// The task is gone: this thread of its process has begun another program and has its number now.
    Superseded(u32),
    /// strace tells of itself, or of the stack (`-k`): not what the program does.
    Aside,
    /// strace sees a task from now on.
    Attached(u32),
    /// The beginning of a call, in the middle of which strace says that it sees a task from now on.
    Interrupted(&'a [u8], u32),
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It has not the form of a call, a signal or an end.
    NoCall,
    /// It ends inside a call.
    Cut,
    /// It goes on with a call that did not begin.
    NotBegun,
    /// It has no result, and is not marked as unfinished.
    NoResult,
    /// It is longer than a line may be.
    TooLong,
}

impl Reason {
    /// The reason, in a few words.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoCall => "neither a call nor a signal nor an end",
            Self::Cut => "the line ends inside a call",
            Self::NotBegun => "it goes on with a call whose beginning is missing",
            Self::NoResult => "the call has no result",
            Self::TooLong => "the line is too long",
        }
    }
}

/// Reads a line, without its line feed.
///
/// # Errors
/// If it has not the form of one of strace's.
pub(super) fn read(text: &[u8]) -> Result<Line<'_>, Reason> {
    let mut rest = text;
    let (pid, comm) = take_pid(&mut rest);
    let stamp = take_stamp(&mut rest);
    // The instruction pointer (-i), the number of the call (-n).
    while let Some(inside) = rest.strip_prefix(b"[") {
        let Some(end) = inside.iter().position(|byte| *byte == b']') else { break };
        if !inside[..end].iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b' ' | b'?' | b'x')) {
            break;
        }
        rest = inside[end + 1..].trim_ascii_start();
    }
    let body = body(rest.trim_ascii_end())?;
    Ok(Line { pid, comm, stamp, body })
}

/// The number of the task: `1234 `, `[pid  1234] `, both with a name in angle brackets.
fn take_pid<'a>(rest: &mut &'a [u8]) -> (Option<u32>, Option<&'a [u8]>) {
    let text = *rest;
    let (inside, closed) = match text.strip_prefix(b"[pid ") {
        Some(inside) => (inside.trim_ascii_start(), true),
        None => (text, false),
    };
    let none = (None, None);
    let Some((number, length)) = leading_number(inside).filter(|(number, _)| (1..=PID_MAX).contains(number))
    else {
        return none;
    };
    let mut behind = &inside[length..];
    let name = bracketed(behind).map(|length| {
        let name = &behind[1..length - 1];
        behind = &behind[length..];
        name
    });
    let behind = match closed {
        true => behind.strip_prefix(b"]"),
        // A time has a point or a colon behind its digits.
        false => behind.first().is_none_or(|byte| *byte == b' ').then_some(behind),
    };
    let Some(behind) = behind else { return none };
    *rest = behind.trim_ascii_start();
    (u32::try_from(number).ok(), name)
}

/// The time, in whatever form: `10:11:12.123456`, `1795457938.651368`, `0.000123`, and the last one again in
/// parentheses behind another (`-r -tt`).
fn take_stamp(rest: &mut &[u8]) -> Stamp {
    let text = rest.trim_ascii_start();
    let Some((stamp, length)) = Stamp::leading(text) else {
        *rest = text;
        return Stamp::None;
    };
    let mut behind = text[length..].trim_ascii_start();
    if let Some(inside) = behind.strip_prefix(b"(+")
        && let Some(end) = inside.iter().position(|byte| *byte == b')')
    {
        behind = inside[end + 1..].trim_ascii_start();
    }
    *rest = behind;
    stamp
}

fn body(text: &[u8]) -> Result<Body<'_>, Reason> {
    if text.is_empty() || text.starts_with(b"> ") {
        return Ok(Body::Aside);
    }
    if let Some(aside) = about_strace(text) {
        return Ok(aside);
    }
    if let Some(inside) = text.strip_prefix(b"+++ ") {
        return ended(inside);
    }
    if let Some(inside) = text.strip_prefix(b"--- ") {
        return Ok(Body::Signal(inside.strip_suffix(b" ---").unwrap_or(inside)));
    }
    if let Some(inside) = text.strip_prefix(b"<... ") {
        let resumed = find(inside, b" resumed>").ok_or(Reason::Cut)?;
        return Ok(Body::Resumed(&inside[..resumed], &inside[resumed + b" resumed>".len()..]));
    }
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    // A call of which nothing is known is written with question marks.
    let name = if name == 0 { text.iter().take_while(|byte| **byte == b'?').count() } else { name };
    if name == 0 || text.get(name) != Some(&b'(') {
        return Err(Reason::NoCall);
    }
    for mark in [&b"<unfinished ...>"[..], b"<detached ...>"] {
        if let Some(head) = text.strip_suffix(mark) {
            return Ok(Body::Unfinished(head));
        }
    }
    if let Some(at) = find(text, b"<pid changed to ") {
        return Ok(Body::Unfinished(&text[..at]));
    }
    // Where its messages go to the same place, one may stand in the middle of a line.
    match text.ends_with(b" attached").then(|| find(text, b"strace: Process ")).flatten() {
        Some(at) => match about_strace(&text[at..]) {
            Some(Body::Attached(pid)) => Ok(Body::Interrupted(&text[..at], pid)),
            _ => Ok(Body::Call(text)),
        },
        None => Ok(Body::Call(text)),
    }
}

/// What strace says of its own doings where its output and its messages go to the same place.
fn about_strace(text: &[u8]) -> Option<Body<'_>> {
    let own = text.strip_prefix(b"strace: ");
    if text == b"<unfinished ...>" || text == b"<detached ...>" {
        return Some(Body::Aside);
    }
    let Some(rest) = own.unwrap_or(text).strip_prefix(b"Process ") else { return own.map(|_| Body::Aside) };
    let (pid, length) = leading_number(rest)?;
    let ends: [&[u8]; 3] = [b" detached", b" resumed", b" suspended"];
    match &rest[length..] {
        rest if rest.starts_with(b" attached") => u32::try_from(pid).ok().map(Body::Attached),
        rest if ends.iter().any(|end| rest.starts_with(end)) => Some(Body::Aside),
        _ => own.map(|_| Body::Aside),
    }
}

fn ended(inside: &[u8]) -> Result<Body<'_>, Reason> {
    let status = |prefix: &[u8]| inside.strip_prefix(prefix).and_then(leading_number);
    if let Some((status, _)) = status(b"exited with ") {
        return Ok(Body::Ended(status as i32));
    }
    if let Some((pid, _)) = status(b"superseded by execve in pid ") {
        return Ok(Body::Superseded(u32::try_from(pid).map_err(|_| Reason::NoCall)?));
    }
    let killed = inside.strip_prefix(b"killed by ").ok_or(Reason::Cut)?;
    let name = killed.split(|byte| *byte == b' ').next().unwrap_or_default();
    Ok(Body::Ended(128 + super::signals::number(name)))
}

/// A call, its arguments read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parsed<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its arguments.
    pub(super) args: Vec<Value<'a>>,
    /// All of it without the result, as it was written.
    pub(super) written: &'a [u8],
    /// What stands behind the equals sign, without the duration; `None` if it has not returned.
    pub(super) result: Option<&'a [u8]>,
    /// How long it took, in nanoseconds (`-T`).
    pub(super) took: Option<u64>,
}

impl<'a> Parsed<'a> {
    /// Reads a call that has returned; `None` if the line ends inside it.
    pub(super) fn of(text: &'a [u8]) -> Option<Self> {
        let head = Self::head(text)?;
        let end = head.written.len();
        let behind = text[end..].strip_prefix(b")")?.trim_ascii_start();
        let behind = behind.strip_prefix(b"=")?.trim_ascii_start();
        let (result, took) = without_duration(behind);
        let written = &text[..end + 1];
        (!result.is_empty()).then_some(Self { written, result: Some(result), took, ..head })
    }

    /// Reads the beginning of a call, as far as it goes.
    pub(super) fn head(text: &'a [u8]) -> Option<Self> {
        // Before `<unfinished ...>` stands a space, which is no part of the last argument.
        let trimmed = text.trim_ascii_end();
        let text = if trimmed.ends_with(b",") { text } else { trimmed };
        let open = text.iter().position(|byte| *byte == b'(')?;
        let name = std::str::from_utf8(&text[..open]).ok()?;
        let (args, length) = arguments(&text[open + 1..]);
        Some(Self { name, args, written: &text[..open + 1 + length], result: None, took: None })
    }
}

/// A result and the duration behind it: `3 <0.000012>`.
fn without_duration(text: &[u8]) -> (&[u8], Option<u64>) {
    let none = (text, None);
    let Some(inside) = text.strip_suffix(b">") else { return none };
    let Some(at) = inside.iter().rposition(|byte| *byte == b'<') else { return none };
    if inside[at + 1..].starts_with(b"unavailable") {
        return (text[..at].trim_ascii_end(), None);
    }
    match super::clock::seconds(&inside[at + 1..]) {
        Some(took) => (text[..at].trim_ascii_end(), Some(took)),
        None => none,
    }
}
