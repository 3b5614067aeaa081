//! Calls that wait for readiness or completion, and those that say what is waited for.

use crate::event::{Call, Thing};
use crate::ids::Fd;
use crate::kernel::{CtlOp, EpollEvent, FdSet, FdSets, Mask, PollFd};

use super::super::value::{Value, arguments, find};
use super::{Asked, Meant, milliseconds, timespec};

/// The calls that are understood here.
pub(super) const NAMES: &[&str] = &[
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "poll",
    "ppoll",
    "ppoll_time64",
    "select",
    "_newselect",
    "pselect6",
    "pselect6_time64",
    "io_uring_setup",
    "io_uring_enter",
];

pub(super) fn meaning(asked: &Asked<'_, '_>) -> Option<Meant> {
    match asked.name() {
        "epoll_create" => Some(asked.making(Call::EpollCreate, Thing::Epoll, None, Some(false))),
        "epoll_create1" => {
            let close_on_exec = Some(asked.has(0, "EPOLL_CLOEXEC"));
            Some(asked.making(Call::EpollCreate, Thing::Epoll, None, close_on_exec))
        }
        "epoll_ctl" => epoll_ctl(asked),
        "epoll_wait" | "epoll_pwait" | "epoll_pwait2" => epoll_wait(asked),
        "poll" | "ppoll" | "ppoll_time64" => poll(asked),
        "select" | "_newselect" | "pselect6" | "pselect6_time64" => select(asked),
        "io_uring_setup" => {
            let call = Call::RingSetup { entries: asked.count(0)? };
            Some(asked.making(call, Thing::Rings, None, Some(true)))
        }
        "io_uring_enter" => Some(asked.plain(Call::RingEnterUnseen {
            ring: asked.fd(0)?,
            submit: asked.count(1)?,
            at_least: asked.count(2)?,
        })),
        _ => None,
    }
}

/// Flags of epoll and poll. Bits without a name are written as a number.
fn mask(value: &Value<'_>) -> Mask {
    if let Some(number) = value.number() {
        return Mask::from_bits_retain(number as u32);
    }
    let words = value.raw().unwrap_or_default().split(|byte| *byte == b'|');
    words.filter_map(|word| std::str::from_utf8(word).ok()).fold(Mask::empty(), |mask, word| {
        let name = word.trim_start_matches("EPOLL").trim_start_matches("POLL");
        mask | Mask::from_name(name).unwrap_or_default()
    })
}

/// The program's own number: `{u32=…, u64=…}`.
fn data(event: &Value<'_>) -> u64 {
    let data = event.field("data");
    let number = data.and_then(|data| data.field("u64").or(Some(data))).and_then(Value::number);
    number.unwrap_or(-1).cast_unsigned()
}

fn epoll_ctl(asked: &Asked<'_, '_>) -> Option<Meant> {
    let (epoll, fd) = (asked.fd(0)?, asked.fd(2)?);
    let op = match asked.arg(1)?.raw()? {
        b"EPOLL_CTL_ADD" => CtlOp::Add,
        b"EPOLL_CTL_MOD" => CtlOp::Mod,
        b"EPOLL_CTL_DEL" => CtlOp::Del,
        _ => return None,
    };
    let event = asked.arg(3)?;
    let events = event.field("events").map(mask).unwrap_or_default();
    let down = match op {
        CtlOp::Del => Vec::new(),
        _ => EpollEvent { events, data: data(event) }.to_bytes().to_vec(),
    };
    Some(asked.plain(Call::EpollCtl { epoll, op, fd, events }).down(down))
}

fn epoll_wait(asked: &Asked<'_, '_>) -> Option<Meant> {
    let timeout = match asked.name() {
        "epoll_pwait2" => timespec(asked.arg(3)?)?,
        _ => milliseconds(asked.number(3)?),
    };
    let call = Call::EpollWait { epoll: asked.fd(0)?, most: asked.count(2)?, timeout };
    let events = asked.arg(1)?.after().items().iter();
    let events = events.filter_map(|event| {
        Some(EpollEvent { events: mask(event.field("events")?), data: data(event) }.to_bytes())
    });
    let up = events.flatten().collect();
    Some(Meant { back: asked.back(up, 0), ..Meant::new(call) })
}

fn entries(list: &[Value<'_>]) -> Vec<PollFd> {
    let of = |entry: &Value<'_>, name| entry.field(name).map(mask).unwrap_or_default();
    let entry = |entry: &Value<'_>| {
        let fd = Fd(entry.field("fd")?.number()? as i32);
        Some(PollFd { fd, events: of(entry, "events"), revents: of(entry, "revents") })
    };
    list.iter().filter_map(entry).collect()
}

fn poll(asked: &Asked<'_, '_>) -> Option<Meant> {
    let timeout = match asked.name() {
        "poll" => milliseconds(asked.number(2)?),
        _ => timespec(asked.arg(2)?)?,
    };
    let asked_of = entries(asked.arg(0)?.items());
    let call = Call::Poll { count: asked.count(1)?, timeout };
    let down: Vec<u8> = asked_of.iter().flat_map(|entry| entry.to_bytes()).collect();
    // `1 ([{fd=3, revents=POLLIN}])`
    let result = asked.parsed.result.unwrap_or_default();
    let said = find(result, b"([").map_or(&[][..], |at| &result[at + 1..]);
    let (said, _) = arguments(said);
    let ready = said.first().map_or_else(Vec::new, |list| entries(list.items()));
    let up: Vec<u8> = match asked.value() {
        Some(_) => asked_of
            .iter()
            .map(|entry| {
                let found = ready.iter().find(|ready| ready.fd == entry.fd);
                PollFd { revents: found.map(|ready| ready.revents).unwrap_or_default(), ..*entry }
            })
            .flat_map(PollFd::to_bytes)
            .collect(),
        None => Vec::new(),
    };
    let mut meant = Meant { back: asked.back(up, 0), ..Meant::new(call).down(down) };
    for entry in asked.arg(0)?.items() {
        if let Some(Value::Number(number, Some(label))) = entry.field("fd") {
            meant.before.push(asked.seen(Fd(*number as i32), label, call));
        }
    }
    Some(meant)
}

fn select(asked: &Asked<'_, '_>) -> Option<Meant> {
    let nfds = asked.count(0)?;
    let timeout = timespec(asked.arg(4)?)?;
    let call = Call::Select { nfds, timeout };
    let mut sets = FdSets::new();
    let mut meant = Meant::new(call);
    for (index, set) in [&mut sets.read, &mut sets.write, &mut sets.except].into_iter().enumerate() {
        let list = asked.arg(index + 1)?;
        fill(set, list);
        for member in list.items() {
            if let Value::Number(number, Some(label)) = member {
                meant.before.push(asked.seen(Fd(*number as i32), label, call));
            }
        }
    }
    sets.to_bytes(nfds as usize, &mut meant.down);
    let mut up = Vec::new();
    if asked.value().is_some() {
        // `2 (in [3], out [5], left {tv_sec=1, tv_usec=2})`
        let mut ready = FdSets::new();
        let result = asked.parsed.result.unwrap_or_default();
        for (word, set) in
            [(&b"in ["[..], &mut ready.read), (b"out [", &mut ready.write), (b"exc [", &mut ready.except)]
        {
            if let Some(at) = find(result, word) {
                let (list, _) = arguments(&result[at + word.len() - 1..]);
                list.first().into_iter().for_each(|list| fill(set, list));
            }
        }
        ready.to_bytes(nfds as usize, &mut up);
    }
    meant.back = asked.back(up, 0);
    Some(meant)
}

fn fill(set: &mut FdSet, list: &Value<'_>) {
    for number in list.items().iter().filter_map(Value::number) {
        // What is larger than a set holds, strace has not written.
        let _ = set.insert(Fd(number as i32));
    }
}
