//! A connection of the line service, fed and drained in all ways.

use super::*;
use proptest::prelude::*;

fn feed(line: &mut Line, bytes: &[u8]) {
    for part in bytes.chunks(READ_CHUNK) {
        line.room()[..part.len()].copy_from_slice(part);
        line.received(part.len());
    }
}

fn take(line: &mut Line, most: usize) -> Vec<u8> {
    let count = line.output().len().min(most);
    let bytes = line.output()[..count].to_vec();
    line.sent(count);
    bytes
}

fn rotated(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| rot13::rotate(*byte)).collect()
}

#[test]
fn nothing_is_answered_before_the_line_feed() {
    let mut line = Line::new();
    feed(&mut line, b"Hello");
    assert!(!line.wants_write());
    feed(&mut line, b"\nwor");
    assert_eq!(take(&mut line, usize::MAX), b"Uryyb\n");
    assert!(!line.wants_write());
}

#[test]
fn lines_around_the_limit_come_back_whole() {
    for length in [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, 100_000] {
        let mut sent = vec![b'x'; length];
        sent.push(b'\n');
        let mut line = Line::new();
        let mut answer = Vec::new();
        for part in sent.chunks(1000) {
            feed(&mut line, part);
            answer.extend(take(&mut line, usize::MAX));
        }
        assert_eq!(answer, rotated(&sent), "a line of {length} bytes");
    }
}

#[test]
fn after_the_end_complete_lines_are_answered_and_the_rest_is_not() {
    let mut line = Line::new();
    feed(&mut line, b"one\ntwo\nthr");
    line.end_of_input();
    assert!(!line.wants_read());
    assert!(!line.is_finished());
    assert_eq!(take(&mut line, usize::MAX), b"bar\ngjb\n");
    assert!(line.is_finished());
}

#[test]
fn a_stopped_line_answers_what_it_has_and_says_goodbye_once() {
    let mut line = Line::new();
    feed(&mut line, b"one\ntw");
    assert!(!line.take_goodbye());
    line.stop();
    feed(&mut line, b"o\nthree\n");
    assert!(!line.take_goodbye(), "there is an answer to be sent first");
    assert_eq!(take(&mut line, usize::MAX), b"bar\n");
    assert!(line.take_goodbye());
    assert!(!line.take_goodbye());
    assert!(line.wants_read() && !line.is_finished(), "the client has not ended yet");
    line.end_of_input();
    assert!(line.is_finished());
}

#[test]
fn a_client_that_does_not_read_is_not_read_from() {
    let mut line = Line::new();
    while line.wants_read() {
        feed(&mut line, &[b'\n'; READ_CHUNK]);
    }
    assert!(line.output().len() < HIGH_WATER + READ_CHUNK);
    assert!(line.memory() <= 2 * (HIGH_WATER + READ_CHUNK + MAX_LINE));
    let waiting = line.output().len();
    take(&mut line, waiting - HIGH_WATER + 1);
    assert!(line.wants_read());
}

/// What comes back of some input that is read until there is no more before anything is sent.
fn answered(quirks: Quirks, inputs: &[&[u8]]) -> Vec<u8> {
    let mut line = Line::with(quirks);
    let mut answer = Vec::new();
    for input in inputs {
        let mut rest = *input;
        while !rest.is_empty() && line.wants_read() {
            let count = line.room().len().min(rest.len());
            feed(&mut line, &rest[..count]);
            rest = &rest[count..];
        }
        answer.extend(take(&mut line, usize::MAX));
    }
    answer
}

#[test]
fn overflow_is_dropped_if_so_asked() {
    let many = b"the quick brown fox jumps over the lazy dog, and so on, for 64 b\n".repeat(1_000);
    assert_eq!(answered(Quirks::empty(), &[&many]), rotated(&many));
    assert_eq!(answered(Quirks::DROP_OVERFLOW, &[&many]), rotated(&many[..MAX_LINE]));
    let long = [&[b'x'; 20_000][..], b"\n"].concat();
    assert_eq!(answered(Quirks::empty(), &[&long]), rotated(&long));
    assert_eq!(
        answered(Quirks::DROP_OVERFLOW, &[&long, b"y\n"]),
        rotated(&[&long[..MAX_LINE], b"y\n"].concat())
    );
}

#[test]
fn what_is_thrown_away_is_told_once() {
    let lost = |bytes, lines| Some(Lost { bytes, lines });
    let mut line = Line::with(Quirks::DROP_OVERFLOW);
    feed(&mut line, &b"a line of 16 by\n".repeat(MAX_LINE / 16));
    assert_eq!(line.take_lost(), None, "all of it had room");
    feed(&mut line, b"one\ntwo\nthr");
    assert_eq!(line.take_lost(), lost(11, 2));
    assert_eq!(line.take_lost(), None);
    let mut line = Line::with(Quirks::FREE_ON_EOF);
    feed(&mut line, b"one\ntwo\nthr");
    take(&mut line, 3);
    line.end_of_input();
    assert_eq!(line.take_lost(), lost(5, 2), "the unfinished line is none");
    let mut line = Line::new();
    feed(&mut line, &[b'x'; 3 * MAX_LINE]);
    line.end_of_input();
    assert_eq!(line.take_lost(), None);
}

#[test]
fn indices_creep_to_the_end_if_so_asked() {
    let inputs: Vec<Vec<u8>> = (0..400).map(|_| [&[b'x'; 49][..], b"\n", &[b'y'; 9]].concat()).collect();
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let whole = rotated(&inputs.concat()[..400 * 59 - 9]);
    assert_eq!(answered(Quirks::empty(), &inputs), whole);
    let crept = answered(Quirks::CREEPING_INDICES, &inputs);
    assert_eq!(crept, whole[..crept.len()]);
    assert!(crept.len() <= MAX_LINE, "it stands still at the end of its buffer: {}", crept.len());
    let both = answered(Quirks::CREEPING_INDICES | Quirks::DROP_OVERFLOW, &inputs);
    assert!(both.len() > crept.len() && both.len() < whole.len(), "{} bytes", both.len());
}

#[test]
fn an_index_is_reset_to_one_if_so_asked() {
    let full = [&[b'x'; MAX_LINE - 1][..], b"\n"].concat();
    let quirks = Quirks::DROP_OVERFLOW | Quirks::RESET_TO_ONE;
    assert_eq!(answered(quirks, &[&full, &full]).len(), 2 * MAX_LINE - 1);
    assert_eq!(answered(Quirks::DROP_OVERFLOW, &[&full, &full]).len(), 2 * MAX_LINE);
}

#[test]
fn reading_goes_on_and_the_end_ends_all_if_so_asked() {
    let mut line = Line::with(Quirks::READ_ON | Quirks::FREE_ON_EOF);
    while line.output().len() < 10 * HIGH_WATER {
        assert!(line.wants_read());
        feed(&mut line, &[b'\n'; READ_CHUNK]);
    }
    line.end_of_input();
    assert!(line.is_finished() && !line.output().is_empty());
}

proptest! {
    /// However the input is cut and however the output drains, every byte of the complete lines comes
    /// back rotated, in order, none lost, none added.
    #[test]
    fn no_cut_loses_or_adds_a_byte(
        input in proptest::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..5000),
        reads in proptest::collection::vec(1usize..700, 1..50),
        writes in proptest::collection::vec(0usize..900, 1..50),
    ) {
        let mut line = Line::new();
        let mut answer = Vec::new();
        let mut rest = &input[..];
        for (read, write) in reads.iter().cycle().zip(writes.iter().cycle()) {
            if rest.is_empty() { break; }
            let (part, after) = rest.split_at((*read).min(rest.len()));
            rest = after;
            feed(&mut line, part);
            answer.extend(take(&mut line, *write));
        }
        line.end_of_input();
        answer.extend(take(&mut line, usize::MAX));
        let complete = input.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        prop_assert_eq!(answer, rotated(&input[..complete]));
        prop_assert!(line.is_finished());
    }
}
