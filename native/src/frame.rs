//! How events cross from a server's process to the gateway: one frame an event.
//!
//! A frame is a length (four bytes, little-endian, of what follows), the event in postcard's encoding, and
//! its payload as it is. Between events stand the server's counts, whose length is marked. Both ends are the same executable, so the form needs no version of its own.

use anyhow::{Context as _, Result, bail, ensure};
use loopscope_shared::event::Event;
use loopscope_shared::probe::Level;

use crate::totals::Totals;

/// The longest frame that is believed, in bytes, its length not counted. The largest payload there is, the
/// 256 events of one `epoll_wait`, takes 3,072.
pub const FRAME_MAX: usize = 65_536;

/// Room in which an event is written: most take 20 to 40 bytes.
const EVENT_ROOM: usize = 128;

/// The bytes of the length.
const HEAD: usize = 4;

/// The longest record, in bytes: several processes write to one channel, each record of theirs whole frames.
pub const RECORD_MAX: usize = HEAD + FRAME_MAX;

/// The bit of the length that marks the frame of counts: no frame is that long.
const COUNTS: u32 = 1 << 31;

/// What a frame may carry.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<'a> {
    /// An event and its payload.
    Event(Event, &'a [u8]),
    /// What the server has counted so far.
    Totals(Totals),
}

/// How many of the first bytes are complete frames, as many as one record may have.
pub fn record_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    while let Some((length, _)) = bytes[len..].split_first_chunk::<HEAD>() {
        let next = len + HEAD + (u32::from_le_bytes(*length) & !COUNTS) as usize;
        if next > bytes.len() || next > RECORD_MAX {
            break;
        }
        len = next;
    }
    len
}

/// Adds the frame of an event to `into`.
pub fn put_event(into: &mut Vec<u8>, event: &Event, payload: &[u8]) {
    let start = into.len();
    into.extend([0; HEAD]);
    let event = Event { payload_len: payload.len() as u32, ..*event };
    // Byte by byte into a `Vec` costs several times as much.
    let mut room = [0; EVENT_ROOM];
    match postcard::to_slice(&event, &mut room) {
        Ok(bytes) => into.extend_from_slice(bytes),
        Err(_) => {
            let bytes = postcard::to_stdvec(&event).expect("a Vec takes whatever is written");
            into.extend(bytes);
        }
    }
    into.extend_from_slice(payload);
    let length = (into.len() - start - HEAD) as u32;
    into[start..start + HEAD].copy_from_slice(&length.to_le_bytes());
}

/// Adds the frame of what was counted to `into`.
pub fn put_totals(into: &mut Vec<u8>, totals: &Totals) {
    let body = postcard::to_stdvec(totals).expect("a Vec takes whatever is written");
    into.extend((body.len() as u32 | COUNTS).to_le_bytes());
    into.extend(body);
}

/// Takes the first event off `bytes`, and what was counted before it. `None` if it is not complete yet.
///
/// # Errors
/// As [`take`].
pub fn take_event<'a>(bytes: &mut &'a [u8]) -> Result<Option<(Event, &'a [u8])>> {
    loop {
        match take(bytes)? {
            Some(Frame::Event(event, payload)) => return Ok(Some((event, payload))),
            Some(Frame::Totals(_)) => {}
            None => return Ok(None),
        }
    }
}

/// Takes the first frame off `bytes`. `None` if it is not complete yet.
///
/// # Errors
/// If the bytes are no frame of ours: nothing that follows can be read either.
pub fn take<'a>(bytes: &mut &'a [u8]) -> Result<Option<Frame<'a>>> {
    let Some((length, rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
    let (counts, length) = (u32::from_le_bytes(*length) & COUNTS, u32::from_le_bytes(*length) & !COUNTS);
    let length = length as usize;
    ensure!(length <= FRAME_MAX, "a frame of {length} bytes is longer than any event");
    let Some((body, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    if counts != 0 {
        let totals = postcard::from_bytes(body).context("a frame has no counts")?;
        *bytes = rest;
        return Ok(Some(Frame::Totals(totals)));
    }
    let (event, payload) = postcard::take_from_bytes::<Event>(body).context("a frame is no event")?;
    if payload.len() != event.payload_len as usize {
        bail!("an event of {} bytes has a payload of {}", event.payload_len, payload.len());
    }
    *bytes = rest;
    Ok(Some(Frame::Event(event, payload)))
}

/// The byte by which the gateway tells a server how much it wants to hear.
pub fn level_to_byte(level: Level) -> u8 {
    level as u8
}

/// Reads what [`level_to_byte`] wrote; `None` for a byte that is no level.
pub fn level_from_byte(byte: u8) -> Option<Level> {
    // It is asked for with every call: it is not searched for.
    match byte {
        0 => Some(Level::Off),
        1 => Some(Level::Calls),
        2 => Some(Level::Buffers),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::event::What;
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::time::Nanos;

    fn event(count: u64) -> Event {
        Event { at: Nanos(5), task: TaskId::FIRST, what: What::Dropped { count }, payload_len: 0 }
    }

    #[test]
    fn frames_come_back_in_order_however_they_are_cut() {
        let mut bytes = Vec::new();
        put_event(&mut bytes, &event(1), b"one");
        let first = bytes.len();
        put_event(&mut bytes, &event(2), b"");
        for cut in 0..bytes.len() {
            let mut part = &bytes[..cut];
            let taken = take_event(&mut part).unwrap();
            assert_eq!(taken.is_some(), cut >= first, "after {cut} bytes");
        }
        let mut rest = &bytes[..];
        assert_eq!(take_event(&mut rest).unwrap(), Some((Event { payload_len: 3, ..event(1) }, &b"one"[..])));
        assert_eq!(take_event(&mut rest).unwrap(), Some((event(2), &b""[..])));
        assert_eq!(take_event(&mut rest).unwrap(), None);
    }

    #[test]
    fn a_record_is_whole_frames_and_not_too_many() {
        let mut bytes = Vec::new();
        put_event(&mut bytes, &event(1), b"one");
        let first = bytes.len();
        put_event(&mut bytes, &event(2), b"");
        let both = bytes.len();
        assert_eq!([0, 3, first - 1].map(|cut| record_len(&bytes[..cut])), [0; 3]);
        assert_eq!([first, both - 1, both].map(|cut| record_len(&bytes[..cut])), [first, first, both]);
        let many = bytes.repeat(RECORD_MAX / both + 1);
        let record = record_len(&many);
        assert!(record <= RECORD_MAX && record > RECORD_MAX - both, "{record}");
    }

    #[test]
    fn counts_stand_between_events() {
        let totals = Totals::of(0..);
        let mut bytes = Vec::new();
        put_totals(&mut bytes, &totals);
        let counts = bytes.len();
        put_event(&mut bytes, &event(1), b"one");
        assert_eq!(record_len(&bytes[..counts]), counts);
        assert_eq!(record_len(&bytes), bytes.len());
        assert_eq!(take_event(&mut &bytes[..]).unwrap().unwrap().0.what, event(1).what);
        assert_eq!(take(&mut &bytes[..]).unwrap(), Some(Frame::Totals(totals)));
        assert_eq!(take(&mut &bytes[..counts - 1]).unwrap(), None);
    }

    #[test]
    fn garbage_is_an_error_and_not_a_wait_for_ever() {
        assert!(take_event(&mut &[0xff; 16][..]).is_err());
        assert!(take_event(&mut &[3, 0, 0, 0, 0xff, 0xff, 0xff][..]).is_err());
    }

    #[test]
    fn a_level_is_one_byte() {
        for level in [Level::Off, Level::Calls, Level::Buffers] {
            assert_eq!(level_from_byte(level_to_byte(level)), Some(level));
        }
        assert_eq!(level_from_byte(9), None);
    }
}
