//! Where the spans are: by the index at the end of the file, or, where that is missing, from head to head.

use std::io::{Read, Seek};

use super::{Damage, Located, Reader, Why};
use crate::ids::Seq;
use crate::trace::file::chunk::{Fields, HEAD_BYTES, Head, Kind};
use crate::trace::file::writer::{ENTRY_BYTES, TRAILER_BYTES};
use crate::trace::file::{Closing, FileError, checksum};

/// Reads the index. None if there is no sound one, in which every byte between header and index is in a span.
pub(super) fn read<R: Read + Seek>(
    reader: &mut Reader<R>,
    spans_at: Option<u64>,
) -> Result<Option<(Closing, Vec<Located>)>, FileError> {
    let Some(place) = reader.len.checked_sub(TRAILER_BYTES as u64) else { return Ok(None) };
    let Some(trailer) = reader.bytes_at(place, TRAILER_BYTES as u64)? else { return Ok(None) };
    let Some((at, sum)) = trailer.split_first_chunk() else { return Ok(None) };
    if checksum(at).to_le_bytes() != sum {
        return Ok(None);
    }
    let at = u64::from_le_bytes(*at);
    let Some((closing, entries)) = closing_at(reader, at)? else { return Ok(None) };
    let whole = place.checked_sub(at) == Some((HEAD_BYTES + closing.len() + entries.len()) as u64);
    let spans = whole.then(|| spans(&entries, spans_at, at)).flatten();
    Ok(spans.and_then(|spans| Some((said(&closing)?, spans))))
}

type Parts = (Vec<u8>, Vec<u8>);

/// The two parts of a closing: what is said in it, with its length, and the index.
fn closing_at<R: Read + Seek>(reader: &mut Reader<R>, at: u64) -> Result<Option<Parts>, FileError> {
    let Some(head) = reader.head(at)?.filter(|head| head.kind == Kind::Closing) else { return Ok(None) };
    let body = reader.bytes_at(at + HEAD_BYTES as u64, u64::from(head.len))?;
    let Some(mut said) = body.filter(|body| head.fits(body)) else { return Ok(None) };
    let len = Fields(&said).u32().map(|len| 4usize.saturating_add(len as usize));
    let Some(len) = len.filter(|len| *len <= said.len()) else { return Ok(None) };
    let entries = said.split_off(len);
    Ok(Some((said, entries)))
}

fn said(closing: &[u8]) -> Option<Closing> {
    serde_json::from_slice(closing.get(4..)?).ok()
}

/// The spans of an index, if they fill the file between its header and its end.
fn spans(entries: &[u8], spans_at: Option<u64>, end: u64) -> Option<Vec<Located>> {
    let mut spans: Vec<Located> = Vec::with_capacity(entries.len() / ENTRY_BYTES);
    let mut fields = Fields(entries);
    while !fields.0.is_empty() {
        let span = Located { at: fields.u64()?, head: Head::from_bytes(&fields.take()?)? };
        let follows = match spans.last() {
            Some(last) => span.at == last.end() && is_after(&span.head, &last.head),
            None => spans_at.is_none_or(|spans_at| span.at == spans_at),
        };
        if !follows || span.head.kind != Kind::Span {
            return None;
        }
        spans.push(span);
    }
    let filled = spans.last().map(Located::end).or(spans_at);
    filled.is_none_or(|filled| filled == end).then_some(spans)
}

/// Goes from head to head, as far as they are whole.
pub(super) fn rebuild<R: Read + Seek>(
    reader: &mut Reader<R>,
    spans_at: Option<u64>,
) -> Result<(), FileError> {
    let Some(mut at) = spans_at else {
        reader.damage.iter_mut().for_each(|damage| damage.missing = Some((Seq(0), None)));
        return Ok(());
    };
    let (why, missing) = loop {
        let last = reader.spans.last().map(|span| span.head);
        let from = last.map_or(Seq(0), |head| head.next);
        let Some(head) = reader.head(at)? else {
            let cut_off = at.saturating_add(HEAD_BYTES as u64) > reader.len;
            break (if cut_off { Why::CutOff } else { Why::Head }, Some((from, None)));
        };
        let span = Located { at, head };
        match head.kind {
            // All spans were met on the way here.
            Kind::Closing => {
                reader.closing = closing_at(reader, at)?.and_then(|(closing, _)| said(&closing));
                break (Why::Index, None);
            }
            _ if span.end() > reader.len => break (Why::CutOff, Some((from, None))),
            Kind::Span if last.is_none_or(|last| is_after(&head, &last)) => {}
            Kind::Span | Kind::Header => break (Why::Contents, Some((from, None))),
        }
        reader.spans.push(span);
        at = span.end();
    };
    // Where the header is cut off, that is said already.
    reader.notice(Damage { at, why, missing });
    Ok(())
}

/// Whether a span can come after another: numbers and instants only grow.
fn is_after(head: &Head, last: &Head) -> bool {
    head.first >= last.next && head.from >= last.to
}
