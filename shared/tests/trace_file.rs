//! A trace that is written is read again, from any instant on, and what is damaged is said to be.

use std::io::Cursor;

use crc::{CRC_32_ISO_HDLC, Crc};
use loopscope_shared::event::{Event, What};
use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{
    Closing, Cutter, FileError, Header, Origin, PREAMBLE_BYTES, Piece, Reader, Why, Writer,
};
use loopscope_shared::trace::{Batch, Hash};
use loopscope_shared::world::World;
use proptest::prelude::*;

type Bytes<'a> = Reader<Cursor<&'a [u8]>>;

fn events(program: Program, scenario: &str, most: usize) -> Batch {
    Simulation::new(program, &Settings::default(), &preset(scenario).unwrap(), &[]).run(most)
}

fn header() -> Header {
    Header::of(Origin::Simulated, Program::Epoll, &Settings::default())
}

/// A file of those events, with a span for so many of them.
fn written(events: &Batch, a_span: usize) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header(), World::new()).unwrap();
    for (index, (event, payload)) in events.iter().enumerate() {
        if index % a_span == 0 {
            writer.cut().unwrap();
        }
        writer.push(event, payload).unwrap();
    }
    writer.finish(&Closing { why: "the run is over".to_owned() }).unwrap()
}

fn open(bytes: &[u8]) -> Bytes<'_> {
    Reader::open(Cursor::new(bytes)).unwrap()
}

/// The world before the first event, and each one after so many events more.
fn worlds(events: &Batch, apart: usize) -> Vec<World> {
    let mut world = World::new();
    let mut worlds = vec![world.clone()];
    for (index, (event, payload)) in events.iter().enumerate() {
        world.apply(event, payload);
        if (index + 1) % apart == 0 {
            worlds.push(world.clone());
        }
    }
    worlds
}

fn hash(batches: impl IntoIterator<Item = Batch>) -> Hash {
    let mut hash = Hash::default();
    batches.into_iter().for_each(|batch| hash.extend(&batch));
    hash
}

#[test]
fn what_was_written_is_read() {
    let events = events(Program::Epoll, "three-clients", 10_000);
    let bytes = written(&events, 100);
    let mut reader = open(&bytes);
    assert_eq!(reader.header(), &header());
    assert_eq!(reader.closing().map(|closing| closing.why.as_str()), Some("the run is over"));
    reader.check().unwrap();
    assert_eq!(reader.damage(), []);
    assert_eq!(reader.events(), events.events.len() as u64);
    assert_eq!(reader.numbers(), (Seq(0), Seq(events.events.len() as u64)));
    let pieces: Vec<Piece> = reader.pieces().map(Result::unwrap).collect();
    assert!(pieces.len() > 2 && bytes.len() < pieces.len() * 10_000);
    assert_eq!(hash(pieces.into_iter().map(|piece| piece.batch)), hash([events]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_instant_of_a_file_is_the_fold_from_its_beginning(
        a_span in 1usize..400,
        program in prop_oneof![Just(Program::Fork), Just(Program::Threads), Just(Program::Select), Just(Program::IoUring)],
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 20),
    ) {
        let events = events(program, "three-clients", 1_500);
        let (bytes, worlds) = (written(&events, a_span), worlds(&events, 1));
        let mut reader = open(&bytes);
        for pick in picks {
            let world = pick.get(&worlds);
            prop_assert_eq!(&reader.world_at(world.seq).unwrap(), world);
            let then = worlds.iter().rev().find(|other| other.now <= world.now).unwrap();
            prop_assert_eq!(&reader.world_when(world.now).unwrap(), then);
        }
        prop_assert_eq!(&reader.world_at(Seq(u64::MAX)).unwrap(), &worlds[worlds.len() - 1]);
        let timeline = reader.timeline(0..usize::MAX).unwrap();
        prop_assert_eq!(timeline.len(), events.events.len());
        prop_assert_eq!(timeline.latest(), &worlds[worlds.len() - 1]);
    }
}

/// Checks that all that a file shows is right, and returns how many events that are. `worlds` is the truth.
fn shows_what_is_right(bytes: &[u8], truth: &Batch, worlds: &[World]) -> (usize, bool) {
    let mut reader = match Reader::open(Cursor::new(bytes)) {
        Ok(reader) => reader,
        Err(FileError::NotATrace) => return (0, true),
        Err(other) => panic!("{other}"),
    };
    reader.check().unwrap();
    let mut shown = 0;
    for index in 0..reader.spans().len() {
        let Ok(Piece { before, batch }) = reader.read(index) else { continue };
        let first = batch.first.0 as usize;
        assert_eq!(Some(&before), worlds.iter().find(|world| world.seq == before.seq));
        assert_eq!(batch.events, truth.events[first..first + batch.events.len()]);
        shown += batch.events.len();
    }
    let blank = *reader.header() == Header::default();
    assert!(blank || *reader.header() == header());
    for damage in reader.damage() {
        assert!(!damage.to_string().is_empty());
    }
    (shown, !reader.damage().is_empty())
}

#[test]
fn a_file_that_is_cut_off_anywhere_opens_up_to_its_last_whole_span() {
    let events = events(Program::Select, "three-clients", 60);
    let (bytes, worlds) = (written(&events, 12), worlds(&events, 1));
    let ends: Vec<(usize, usize)> = {
        let reader = open(&bytes);
        let end = |span: &loopscope_shared::trace::file::Located| {
            (span.at as usize + 52 + span.head.len as usize, span.head.next.0 as usize)
        };
        reader.spans().iter().map(end).collect()
    };
    assert!(ends.len() > 4);
    for cut in 0..bytes.len() {
        let (shown, says_so) = shows_what_is_right(&bytes[..cut], &events, &worlds);
        let whole = ends.iter().rev().find(|(end, _)| *end <= cut).map_or(0, |(_, next)| *next);
        assert_eq!(shown, whole, "cut off at byte {cut}");
        assert!(says_so, "cut off at byte {cut}");
    }
    assert_eq!(shows_what_is_right(&bytes, &events, &worlds), (events.events.len(), false));
}

#[test]
fn every_bit_that_is_flipped_in_a_small_file_is_noticed() {
    let events = events(Program::Select, "three-clients", 40);
    let (mut bytes, worlds) = (written(&events, 20), worlds(&events, 1));
    for at in 0..bytes.len() {
        let bit = 1 << (at % 8);
        bytes[at] ^= bit;
        let (shown, says_so) = shows_what_is_right(&bytes, &events, &worlds);
        assert!(says_so, "byte {at}");
        // The index leads to the spans that are whole.
        assert!(shown > 0 || at < PREAMBLE_BYTES, "byte {at}");
        bytes[at] ^= bit;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_flipped_in_a_large_file_nothing_wrong_is_shown(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u32..8), 1..20),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (worlds, bytes, truth) = large();
        let mut bytes = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        shows_what_is_right(&bytes, truth, worlds);
    }
}

/// What a file of some megabytes should show, and the file.
type Large = (Vec<World>, Vec<u8>, Batch);

fn large() -> &'static Large {
    static LARGE: std::sync::OnceLock<Large> = std::sync::OnceLock::new();
    LARGE.get_or_init(|| {
        let events = events(Program::Epoll, "burst", 20_000);
        (worlds(&events, 1_000), written(&events, 1_000), events)
    })
}

#[test]
fn a_gap_is_kept_as_one() {
    let events = events(Program::Epoll, "burst", 400);
    let worlds = worlds(&events, 1);
    let part = |range: std::ops::Range<usize>| {
        let mut part = Batch::starting_at(Seq(range.start as u64));
        events
            .iter()
            .skip(range.start)
            .take(range.len())
            .for_each(|(event, payload)| part.push(*event, payload));
        part
    };
    let mut writer = Writer::new(Vec::new(), &header(), World::new()).unwrap();
    writer.extend(&part(0..100)).unwrap();
    writer.jump(worlds[300].clone()).unwrap();
    writer.extend(&part(300..events.events.len())).unwrap();
    let bytes = writer.finish(&Closing::default()).unwrap();
    let mut reader = open(&bytes);
    assert_eq!(
        (reader.events(), reader.numbers()),
        (events.events.len() as u64 - 200, (Seq(0), worlds[events.events.len()].seq))
    );
    assert_eq!(reader.world_at(Seq(200)).unwrap(), worlds[100], "the last that is known");
    assert_eq!(reader.world_at(Seq(350)).unwrap(), worlds[350]);
    let timeline = reader.timeline(0..usize::MAX).unwrap();
    assert_eq!(timeline.len(), events.events.len() - 200);
    assert_eq!(timeline.world_at(Seq(350)), worlds[350]);
    assert_eq!(timeline.world_at(Seq(200)), worlds[100]);
}

#[test]
fn a_file_of_another_version_says_who_wrote_it() {
    let mut bytes = written(&events(Program::Select, "three-clients", 10), 10);
    bytes[10] += 1;
    let sum = Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&bytes[..12]).to_le_bytes();
    bytes[12..16].copy_from_slice(&sum);
    let error = Reader::open(Cursor::new(&bytes[..])).unwrap_err();
    assert!(matches!(error, FileError::Version { .. }));
    assert!(
        error.to_string().contains(concat!("written by Loopscope ", env!("CARGO_PKG_VERSION"))),
        "{error}"
    );
    assert!(matches!(Reader::open(Cursor::new(b"GIF89a")), Err(FileError::NotATrace)));
}

#[test]
fn spans_that_were_cut_elsewhere_make_a_file() {
    let events = events(Program::Epoll, "burst", 1_000);
    let mut cutter = Cutter::new(World::new());
    let mut chunks = Vec::new();
    for (index, (event, payload)) in events.iter().enumerate() {
        chunks.extend(cutter.push(event, payload));
        if index % 100 == 99 {
            chunks.extend(cutter.cut());
        }
    }
    chunks.extend(cutter.cut());
    // The oldest are forgotten.
    let kept = &chunks[chunks.len() - 3..];
    let mut writer = Writer::new(Vec::new(), &header(), World::new()).unwrap();
    kept.iter().for_each(|chunk| writer.put(chunk).unwrap());
    let bytes = writer.finish(&Closing::default()).unwrap();
    let mut reader = open(&bytes);
    assert_eq!(reader.numbers().1, cutter.world().seq);
    assert_eq!(reader.world_at(cutter.world().seq).unwrap(), *cutter.world());
    assert!(reader.instants().0 > Nanos::ZERO);
}

#[test]
fn a_file_without_its_index_is_opened_by_its_heads() {
    let events = events(Program::Epoll, "burst", 1_000);
    let bytes = written(&events, 100);
    let whole = open(&bytes).spans().to_vec();
    let reader = open(&bytes[..bytes.len() - 1]);
    assert_eq!(reader.spans(), whole);
    assert_eq!(reader.closing().map(|closing| closing.why.as_str()), Some("the run is over"));
    assert_eq!(
        reader.damage().iter().map(|damage| (damage.why, damage.missing)).collect::<Vec<_>>(),
        [(Why::Index, None)]
    );
}

#[test]
fn a_recording_holds_back_no_more_than_a_span_may_have() {
    // More bytes than make a span, in fewer events.
    let payload = vec![7; 50_000];
    let end = Event { at: Nanos(1), task: TaskId::FIRST, what: What::TaskEnd { status: 0 }, payload_len: 0 };
    let mut cutter = Cutter::new(World::new());
    let mut spans = 0;
    for _ in 0..300 {
        spans += usize::from(cutter.push(&end, &payload).is_some());
        assert!(cutter.pending() < (4 << 20) + 60_000, "{}", cutter.pending());
    }
    assert_eq!(spans, 300 * payload.len() / (4 << 20));
}
