//! Calls that move bytes.

use crate::event::{CAPTURE_MAX, Call, Thing, Transfer};
use crate::ids::Fd;
use crate::kernel::MsgFlags;

use super::super::label::Seen;
use super::super::value::Value;
use super::{Asked, Meant, clamped, message_flags};

/// The calls that are understood here.
pub(super) const NAMES: &[&str] = &[
    "read",
    "pread64",
    "readv",
    "preadv",
    "preadv2",
    "recv",
    "recvfrom",
    "recvmsg",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "pwritev2",
    "send",
    "sendto",
    "sendmsg",
    "sendfile",
    "sendfile64",
    "splice",
    "tee",
    "copy_file_range",
];

pub(super) fn meaning(asked: &Asked<'_, '_>) -> Option<Meant> {
    match asked.name() {
        "read" | "pread64" => received(asked, MsgFlags::empty(), asked.count(2)?, shown(asked.arg(1)), true),
        "readv" | "preadv" | "preadv2" => {
            let (len, data) = vectors(asked.arg(1)?);
            asked.number(2)?;
            received(asked, MsgFlags::empty(), len, data, true)
        }
        "recv" | "recvfrom" => {
            asked.arg(3)?;
            received(asked, message_flags(asked.arg(3)), asked.count(2)?, shown(asked.arg(1)), false)
        }
        "recvmsg" => {
            asked.arg(2)?;
            let (len, data) = vectors(asked.arg(1)?.after().field("msg_iov").unwrap_or(&Value::Raw(b"")));
            let mut meant = received(asked, message_flags(asked.arg(2)), len, data, false)?;
            handed_over(asked, &mut meant);
            Some(meant)
        }
        "write" | "pwrite64" => sent(asked, MsgFlags::empty(), asked.count(2)?, shown(asked.arg(1)), true),
        "writev" | "pwritev" | "pwritev2" => {
            let (len, data) = vectors(asked.arg(1)?);
            asked.number(2)?;
            sent(asked, MsgFlags::empty(), len, data, true)
        }
        "send" | "sendto" => {
            asked.arg(3)?;
            sent(asked, message_flags(asked.arg(3)), asked.count(2)?, shown(asked.arg(1)), false)
        }
        "sendmsg" => {
            asked.arg(2)?;
            let (len, data) = vectors(asked.arg(1)?.field("msg_iov")?);
            sent(asked, message_flags(asked.arg(2)), len, data, false)
        }
        "sendfile" | "sendfile64" => {
            let (to, from) = (asked.fd(0)?, asked.fd(1)?);
            transfer(asked, Transfer::Sendfile, from, to, asked.count(3)?)
        }
        "splice" => transfer(asked, Transfer::Splice, asked.fd(0)?, asked.fd(2)?, asked.count(4)?),
        "copy_file_range" => {
            transfer(asked, Transfer::CopyFileRange, asked.fd(0)?, asked.fd(2)?, asked.count(4)?)
        }
        "tee" => transfer(asked, Transfer::Tee, asked.fd(0)?, asked.fd(1)?, asked.count(2)?),
        _ => None,
    }
}

fn transfer(asked: &Asked<'_, '_>, how: Transfer, from: Fd, to: Fd, len: u32) -> Option<Meant> {
    Some(asked.plain(Call::Transfer { how, from, to, len }))
}

/// Bytes that were written down, as far as they were.
fn shown(value: Option<&Value<'_>>) -> Vec<u8> {
    value.and_then(|value| value.after().text()).map_or_else(Vec::new, |(bytes, _)| bytes.to_vec())
}

/// The length of all buffers of a list of them, and the bytes up to the first that are not known.
fn vectors(list: &Value<'_>) -> (u32, Vec<u8>) {
    let (mut length, mut data, mut known) = (0i64, Vec::new(), true);
    for one in list.after().items() {
        let part = one.field("iov_len").and_then(Value::number).unwrap_or(0);
        length = length.saturating_add(part.max(0));
        if let (Some((bytes, more)), true) = (one.field("iov_base").and_then(Value::text), known) {
            data.extend_from_slice(bytes);
            known = !more;
        } else {
            known = false;
        }
    }
    (clamped(length), data)
}

fn received(
    asked: &Asked<'_, '_>,
    flags: MsgFlags,
    len: u32,
    mut data: Vec<u8>,
    file: bool,
) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let moved = asked.value().unwrap_or(0).max(0);
    // A message may have been cut: more is said to have come than there was room.
    let len = len.max(clamped(moved));
    let call = match () {
        () if file => Call::Read { fd, len },
        () if flags.is_empty() => Call::Recv { fd, len },
        () => Call::RecvWith { fd, len, flags },
    };
    data.truncate(usize::try_from(moved).unwrap_or(0));
    let lines = feeds(&data);
    data.truncate(CAPTURE_MAX);
    Some(Meant { back: asked.back(data, lines), ..Meant::new(call) })
}

fn sent(asked: &Asked<'_, '_>, flags: MsgFlags, len: u32, mut data: Vec<u8>, file: bool) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let call = match () {
        () if file => Call::Write { fd, len },
        () if flags.is_empty() => Call::Send { fd, len },
        () => Call::SendWith { fd, len, flags },
    };
    let moved = usize::try_from(asked.value().unwrap_or(0).max(0)).unwrap_or(0);
    let lines = feeds(&data[..data.len().min(moved)]);
    data.truncate(CAPTURE_MAX);
    Some(Meant { back: asked.back(Vec::new(), lines), ..Meant::new(call).down(data) })
}

fn feeds(data: &[u8]) -> u32 {
    data.iter().filter(|byte| **byte == b'\n').count() as u32
}

/// Descriptors that came with a message (`SCM_RIGHTS`, `unix(7)`) are open from then on.
fn handed_over(asked: &Asked<'_, '_>, meant: &mut Meant) {
    let (Some(back), Some(message)) = (&mut meant.back, asked.arg(1)) else { return };
    if back.ret.is_err() {
        return;
    }
    let close_on_exec = Some(asked.has(2, "MSG_CMSG_CLOEXEC"));
    let control = message.after().field("msg_control").map_or(&[][..], Value::items);
    for part in control
        .iter()
        .filter(|part| part.field("cmsg_type").and_then(Value::raw).is_some_and(|kind| kind == b"SCM_RIGHTS"))
    {
        for fd in part.field("cmsg_data").map_or(&[][..], Value::items) {
            let Value::Number(number, label) = fd else { continue };
            let fd = Fd(*number as i32);
            let seen = label.map_or_else(|| Seen::new(fd, Thing::Unknown), |label| Seen::labelled(fd, label));
            back.after.push(Seen { close_on_exec, ..seen });
        }
    }
}
