//! Calls about descriptors: what makes them, copies them, marks them, closes them.

use crate::event::{Call, Thing};
use crate::ids::Fd;

use super::super::label::Seen;
use super::super::value::{Value, find};
use super::{Asked, Meant};

/// The longest path that goes along with a call, in bytes.
const PATH_MAX: usize = 200;

/// The calls that are understood here.
pub(super) const NAMES: &[&str] = &[
    "open",
    "openat",
    "openat2",
    "creat",
    "close",
    "close_range",
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "fcntl64",
    "ioctl",
    "pipe",
    "pipe2",
    "eventfd",
    "eventfd2",
    "timerfd_create",
    "signalfd",
    "signalfd4",
    "inotify_init",
    "inotify_init1",
    "pidfd_open",
    "memfd_create",
];

pub(super) fn meaning(asked: &Asked<'_, '_>) -> Option<Meant> {
    let made = |thing: Thing, index: usize, prefix: &str| {
        asked.arg(index)?;
        let flag = |name| Some(asked.has(index, &format!("{prefix}_{name}")));
        Some(asked.making(Call::Create { thing }, thing, flag("NONBLOCK"), flag("CLOEXEC")))
    };
    match asked.name() {
        "open" | "creat" => open(asked, 0),
        "openat" | "openat2" => open(asked, 1),
        "close" => Some(asked.plain(Call::Close { fd: asked.fd(0)? })),
        "close_range" => {
            let last = asked.number(1)?;
            let on_exec = asked.arg(2)?.has("CLOSE_RANGE_CLOEXEC");
            let last = Fd(i32::try_from(last).unwrap_or(-1));
            Some(asked.plain(Call::CloseRange { first: asked.fd(0)?, last, on_exec }))
        }
        "dup" | "dup2" => dup(asked, Some(false)),
        "dup3" => {
            asked.arg(2)?;
            dup(asked, Some(asked.has(2, "O_CLOEXEC")))
        }
        "fcntl" | "fcntl64" => fcntl(asked),
        "ioctl" => ioctl(asked),
        "pipe" | "pipe2" => Some(pipe(asked)),
        "eventfd2" => made(Thing::EventFd, 1, "EFD"),
        "timerfd_create" => made(Thing::TimerFd, 1, "TFD"),
        "signalfd4" if asked.number(0) == Some(-1) => made(Thing::SignalFd, 3, "SFD"),
        "inotify_init1" => made(Thing::Inotify, 0, "IN"),
        "eventfd" => made(Thing::EventFd, 0, "-"),
        "signalfd" if asked.number(0) == Some(-1) => made(Thing::SignalFd, 1, "-"),
        "inotify_init" => Some(asked.plain(Call::Create { thing: Thing::Inotify })),
        "pidfd_open" => {
            let nonblocking = Some(asked.has(1, "PIDFD_NONBLOCK"));
            Some(asked.making(Call::Create { thing: Thing::PidFd }, Thing::PidFd, nonblocking, Some(true)))
        }
        "memfd_create" => made(Thing::Memory, 1, "MFD"),
        _ => None,
    }
}

fn open(asked: &Asked<'_, '_>, index: usize) -> Option<Meant> {
    let (path, _) = asked.arg(index)?.text()?;
    let how = asked.arg(index + 1);
    let flags = how.map(|how| how.field("flags").unwrap_or(how));
    let has = |flag| flags.is_some_and(|flags| flags.has(flag));
    let thing = match asked.returned_label().map(|label| Seen::labelled(Fd(0), label).thing) {
        Some(Thing::File) | None if has("O_DIRECTORY") => Thing::Directory,
        Some(thing) if thing != Thing::Unknown => thing,
        _ => Thing::File,
    };
    let meant = asked.making(Call::Open, thing, Some(has("O_NONBLOCK")), Some(has("O_CLOEXEC")));
    Some(meant.down(path[..path.len().min(PATH_MAX)].to_vec()))
}

fn dup(asked: &Asked<'_, '_>, close_on_exec: Option<bool>) -> Option<Meant> {
    Some(asked.making(Call::Dup { fd: asked.fd(0)? }, Thing::Unknown, None, close_on_exec))
}

fn fcntl(asked: &Asked<'_, '_>) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let result = asked.parsed.result.unwrap_or_default();
    match asked.arg(1)?.raw()? {
        b"F_DUPFD" => dup(asked, Some(false)),
        b"F_DUPFD_CLOEXEC" => dup(asked, Some(true)),
        b"F_SETFD" => {
            let on = asked.arg(2)?.has("FD_CLOEXEC");
            Some(asked.plain(Call::SetCloseOnExec { fd, on }))
        }
        b"F_SETFL" => {
            let on = asked.arg(2)?.has("O_NONBLOCK") || asked.arg(2)?.has("O_NDELAY");
            Some(asked.plain(Call::SetNonblocking { fd, on }))
        }
        // They change nothing, and tell something: `0x1 (flags FD_CLOEXEC)`.
        b"F_GETFD" => {
            let on = asked.value()? & 1 == 1;
            Some(told(asked, Seen { close_on_exec: Some(on), ..Seen::new(fd, Thing::Unknown) }))
        }
        b"F_GETFL" => {
            asked.value()?;
            let on = find(result, b"O_NONBLOCK").is_some();
            Some(told(asked, Seen { nonblocking: Some(on), ..Seen::new(fd, Thing::Unknown) }))
        }
        _ => None,
    }
}

/// A call of another kind that tells something of a descriptor.
fn told(asked: &Asked<'_, '_>, seen: Seen) -> Meant {
    let mut meant = super::other(asked.parsed);
    meant.before.clear();
    if let Some(back) = &mut meant.back {
        back.after.push(seen);
    }
    meant
}

fn ioctl(asked: &Asked<'_, '_>) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let number = |index| asked.arg(index).and_then(|value: &Value<'_>| value.items().first()?.number());
    match asked.arg(1)?.raw()? {
        b"FIONBIO" => Some(asked.plain(Call::SetNonblocking { fd, on: number(2)? != 0 })),
        b"FIOCLEX" => Some(asked.plain(Call::SetCloseOnExec { fd, on: true })),
        b"FIONCLEX" => Some(asked.plain(Call::SetCloseOnExec { fd, on: false })),
        b"FIONREAD" => {
            let mut meant = asked.plain(Call::Unread { fd });
            if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
                back.ret = Ok(number(2)? as u32);
            }
            Some(meant)
        }
        _ => None,
    }
}

fn pipe(asked: &Asked<'_, '_>) -> Meant {
    let mut meant = asked.plain(Call::Pipe);
    let flag = |name| Some(asked.has(1, name));
    let (nonblocking, close_on_exec) = (flag("O_NONBLOCK"), flag("O_CLOEXEC"));
    let ends = asked.arg(0).map_or(&[][..], Value::items);
    if let (Some(back), [reads, writes]) = (meant.back.as_mut().filter(|back| back.ret.is_ok()), ends)
        && let (Some(reads), Some(writes)) = (reads.number(), writes.number())
    {
        back.ret = Ok(reads as u32);
        back.up = (writes as i32).to_le_bytes().to_vec();
        for (fd, thing) in [(reads, Thing::PipeReads), (writes, Thing::PipeWrites)] {
            back.after.push(Seen { nonblocking, close_on_exec, ..Seen::new(Fd(fd as i32), thing) });
        }
    }
    meant
}
