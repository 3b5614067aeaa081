//! One connection of the ROT13 line service, without input or output of its own: bytes in, bytes out, and
//! what it wants next.
//!
//! The rules (the chapter's programs break most of them):
//!
//! - nothing is answered until a line feed arrives; then the whole line is, line feed and all;
//! - a line longer than [`MAX_LINE`] is answered as it comes: nothing is dropped, nothing added;
//! - after the end of input every complete line is still answered; an unfinished one is no line;
//! - while [`HIGH_WATER`] bytes or more wait to be sent, nothing more is read, so that a client that does
//!   not read cannot make the server's memory grow.
//!
//! All bytes of a connection lie in one buffer, in three regions with a border between each two:
//!
//! ```text
//!   sent        answers ready to be sent      a line not yet complete        room
//! |-----------|-----------------------------|-----------------------------|---------|
//!           sent                          ready                        filled
//! ```
//!
//! A connection can be made to break these rules as the chapter's programs do ([`Line::with`]): each place that
//! keeps a rule says how.

use crate::quirks::Quirks;
use crate::rot13;

/// The longest line that is answered in one piece, line feed not counted, in bytes.
pub const MAX_LINE: usize = 16_384;

/// How much room one read is offered, in bytes. It is as large as a line may be, so that one call empties
/// the kernel's buffer in all but the heaviest exchanges.
pub const READ_CHUNK: usize = 16_384;

/// No more is read while this many bytes or more wait to be sent. Four chunks: enough to keep a fast
/// client busy, and a bound on memory of `HIGH_WATER + READ_CHUNK + MAX_LINE` for each connection.
pub const HIGH_WATER: usize = 65_536;

/// The state of one connection.
#[derive(Debug, Default)]
pub struct Line {
    buffer: Vec<u8>,
    /// Everything before this has been sent.
    sent: usize,
    /// Everything before this may be sent.
    ready: usize,
    /// Everything before this has been received.
    filled: usize,
    /// No more input will come.
    ended: bool,
    /// No more input is taken, though it may come.
    stopped: bool,
    /// The client is to be told, or has been told, that nothing more follows.
    goodbye: bool,
    /// The mistakes that are made on purpose.
    quirks: Quirks,
}

impl Line {
    /// A connection on which nothing has happened yet. It holds no memory until something does.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with these mistakes.
    pub fn with(quirks: Quirks) -> Self {
        Self { quirks, ..Self::default() }
    }

    /// Whether more input is wanted now.
    pub fn wants_read(&self) -> bool {
        let drained = self.quirks.contains(Quirks::READ_ON) || self.output().len() < HIGH_WATER;
        // A buffer that crept to its end has no room until all of it was answered.
        let room = self.filled < self.limit() || self.sent == self.filled;
        !self.ended && (self.stopped || drained && (room || self.drops()))
    }

    /// Whether the next read is to follow at once, before anything is sent. Never, but with mistakes that come
    /// from it: the chapter's programs read until there is no more, and only then think of writing.
    pub fn reads_on(&self) -> bool {
        self.quirks.intersects(Quirks::DROP_OVERFLOW | Quirks::READ_ON | Quirks::FREE_ON_EOF)
    }

    /// Whether there is something to be sent.
    pub fn wants_write(&self) -> bool {
        let given_up = self.ended && self.quirks.contains(Quirks::FREE_ON_EOF);
        self.sent < self.ready && !given_up
    }

    /// Whether all that was to be done has been done: the input has ended and every answer is sent.
    pub fn is_finished(&self) -> bool {
        self.ended && !self.wants_write()
    }

    /// Room for the next read: [`READ_CHUNK`] bytes.
    pub fn room(&mut self) -> &mut [u8] {
        self.reclaim();
        let most = if self.stopped || self.drops() { usize::MAX } else { self.limit() };
        let wanted = (self.filled + READ_CHUNK).min(most);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        &mut self.buffer[self.filled..wanted]
    }

    /// Takes notice that a read put `count` bytes into [`Line::room`].
    ///
    /// # Panics
    /// If `count` is more than the room there was: the caller's arithmetic is wrong.
    pub fn received(&mut self, count: usize) {
        let fresh = self.filled..self.filled + count;
        assert!(fresh.end <= self.buffer.len(), "a read of {count} bytes does not fit the room for it");
        if self.stopped {
            return;
        }
        // The cipher leaves line feeds alone, so the order of these two does not matter.
        rot13::rotate_in_place(&mut self.buffer[fresh.clone()]);
        // What is beyond the limit of a buffer that has one is dropped, line feeds and all.
        if let Some(last) = memchr::memrchr(b'\n', &self.buffer[fresh.clone()]) {
            self.ready = (fresh.start + last + 1).min(self.limit());
        }
        self.filled = fresh.end.min(self.limit());
        if self.filled - self.ready >= MAX_LINE && !self.drops() {
            self.ready = self.filled;
        }
    }

    /// Takes notice that the client sends no more (`recv` returned 0). The unfinished last line is dropped.
    pub fn end_of_input(&mut self) {
        self.ended = true;
        self.filled = self.ready;
    }

    /// Takes no more: what was received is answered up to its last line feed, and what still comes is thrown
    /// away until the client ends, too. To close at once would be a reset, if there is anything unread, and a
    /// reset throws away the answers that are still on their way (RFC 9293, 3.10.4; RFC 2525, 2.17).
    pub fn stop(&mut self) {
        self.stopped = true;
        self.filled = self.ready;
    }

    /// Whether it is time to tell the client that nothing more follows (`shutdown(SHUT_WR)`). True once: after
    /// [`Line::stop`], when the last answer has been sent.
    pub fn take_goodbye(&mut self) -> bool {
        let due = self.stopped && !self.ended && !self.wants_write();
        due && !std::mem::replace(&mut self.goodbye, true)
    }

    /// The answers that wait to be sent.
    pub fn output(&self) -> &[u8] {
        &self.buffer[self.sent..self.ready]
    }

    /// Takes notice that the first `count` bytes of [`Line::output`] were sent.
    ///
    /// # Panics
    /// If `count` is more than the output there was: the caller's arithmetic is wrong.
    pub fn sent(&mut self, count: usize) {
        assert!(count <= self.output().len(), "{count} bytes sent are more than there were");
        self.sent += count;
    }

    /// The bytes of memory held for the connection.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Moves what is still needed to the front, where that makes room and costs little: nothing at all, or
    /// no more than was sent since the last time.
    fn reclaim(&mut self) {
        let needed = self.filled - self.sent;
        let due = match self.quirks.contains(Quirks::CREEPING_INDICES) {
            true => needed == 0,
            false => self.sent >= needed || self.drops(),
        };
        if due {
            let slip = self.quirks.contains(Quirks::RESET_TO_ONE) && needed == 0 && self.filled > 0;
            let front = usize::from(slip);
            self.buffer.copy_within(self.sent..self.filled, front);
            self.ready = self.ready - self.sent + front;
            self.filled = needed + front;
            self.sent = front;
        }
    }

    /// Whether what finds no room is thrown away.
    fn drops(&self) -> bool {
        self.quirks.contains(Quirks::DROP_OVERFLOW)
    }

    /// Where the buffer ends: nowhere, since it grows, but with mistakes that come from one that does not.
    fn limit(&self) -> usize {
        let fixed = self.quirks.intersects(Quirks::DROP_OVERFLOW | Quirks::CREEPING_INDICES);
        if fixed { MAX_LINE } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests {
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
}
