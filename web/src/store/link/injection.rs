//! What the reader added to a run, as a field of a link: `1834000:4:send:hello`, which is when in nanoseconds,
//! which client, what, and with what.

use loopscope_shared::scenario::{Injection, Step};
use loopscope_shared::time::Nanos;

/// An addition as text.
pub(super) fn written(injection: &Injection) -> String {
    let step = match &injection.step {
        Step::Send(text) => format!("send:{text}"),
        Step::SendLines { lines, bytes } => format!("lines:{lines}:{bytes}"),
        Step::Think(span) => format!("think:{}", span.0),
        Step::Await => "await".to_owned(),
        Step::Read(true) => "read".to_owned(),
        Step::Read(false) => "stop-reading".to_owned(),
        Step::HalfClose => "half-close".to_owned(),
        Step::Close => "close".to_owned(),
        Step::Reset => "reset".to_owned(),
    };
    format!("{}:{}:{step}", injection.at.0, injection.client)
}

/// The addition that a text says, if it says one.
pub(super) fn read(text: &str) -> Option<Injection> {
    let mut parts = text.splitn(4, ':');
    let at = Nanos(parts.next()?.parse().ok()?);
    let client = parts.next()?.parse().ok()?;
    let (name, rest) = (parts.next()?, parts.next().unwrap_or_default());
    let step = match name {
        "send" => Step::Send(rest.to_owned()),
        "lines" => {
            let (lines, bytes) = rest.split_once(':')?;
            Step::SendLines { lines: lines.parse().ok()?, bytes: bytes.parse().ok()? }
        }
        "think" => Step::Think(Nanos(rest.parse().ok()?)),
        "await" => Step::Await,
        "read" => Step::Read(true),
        "stop-reading" => Step::Read(false),
        "half-close" => Step::HalfClose,
        "close" => Step::Close,
        "reset" => Step::Reset,
        _ => return None,
    };
    Some(Injection { at, client, step })
}
