//! Bytes on their way: a chain of chunks, taken from the front and added to at the end.
//!
//! What lies in a chunk stays where it is. A buffer grows by another chunk instead of moving what it has, and
//! hands whole chunks to another buffer ([`Buffer::move_to`]). Only little pieces are copied, where a copy is
//! cheaper than a chunk of their own.

use std::collections::VecDeque;

/// The size of a chunk, unless what it is for is larger, in bytes: what one read is offered.
const CHUNK: usize = 16_384;

/// A piece of up to so many bytes is copied rather than moved: a chunk of its own would mostly be air, and
/// each chunk is a call of its own when it is sent.
const COPY_MAX: usize = 2048;

/// Bytes in order, in a chain of chunks.
#[derive(Debug, Default)]
pub struct Buffer {
    /// None is empty, but for the last, which may have room only.
    chunks: VecDeque<Chunk>,
    len: usize,
}

/// A piece of memory, filled from `start` to `end`.
#[derive(Debug)]
struct Chunk {
    memory: Vec<u8>,
    start: usize,
    end: usize,
}

impl Chunk {
    fn new(size: usize) -> Self {
        Self { memory: vec![0; size], start: 0, end: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.end]
    }

    fn len(&self) -> usize {
        self.end - self.start
    }

    fn room(&self) -> usize {
        self.memory.len() - self.end
    }

    fn push(&mut self, bytes: &[u8]) {
        self.memory[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Cuts off what lies before `at`, whichever of the two parts is cheaper to copy.
    fn split(&mut self, at: usize) -> Self {
        let (front, rest) = self.bytes().split_at(at);
        let mut other = Self::new(CHUNK.max(front.len().min(rest.len())));
        if front.len() <= rest.len() {
            other.push(front);
            self.start += at;
            return other;
        }
        other.push(rest);
        self.end = self.start + at;
        std::mem::replace(self, other)
    }
}

impl Buffer {
    /// An empty buffer. It holds no memory until something is added.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a copy of the bytes at the end.
    pub fn add(&mut self, mut bytes: &[u8]) {
        self.len += bytes.len();
        if let Some(last) = self.chunks.back_mut() {
            let (fits, rest) = bytes.split_at(bytes.len().min(last.room()));
            last.push(fits);
            bytes = rest;
        }
        if !bytes.is_empty() {
            let mut chunk = Chunk::new(CHUNK.max(bytes.len()));
            chunk.push(bytes);
            self.push(chunk);
        }
    }

    /// Room at the end for up to `most` bytes, at least one unless `most` is 0; [`Buffer::filled`] then says
    /// how much of it was used.
    pub fn room(&mut self, most: usize) -> &mut [u8] {
        // The small rest of a chunk is not worth a read: better a chunk that takes all there is.
        if self.chunks.back().is_none_or(|last| last.room() < most.min(CHUNK / 2)) {
            self.push(Chunk::new(CHUNK));
        }
        let Some(last) = self.chunks.back_mut() else { return &mut [] };
        let end = last.memory.len().min(last.end + most);
        &mut last.memory[last.end..end]
    }

    /// Takes notice that the first `count` bytes of [`Buffer::room`] were filled.
    ///
    /// # Panics
    /// If that is more than the room there was: the caller's arithmetic is wrong.
    pub fn filled(&mut self, count: usize) {
        let last = self.chunks.back_mut().filter(|last| count <= last.room());
        last.expect("no more is filled than there was room for").end += count;
        self.len += count;
    }

    /// The first bytes, as far as they lie in one piece; empty only if the buffer is.
    pub fn first(&self) -> &[u8] {
        self.chunks.front().map_or(&[], Chunk::bytes)
    }

    /// The first `count` bytes in one piece, or all if there are fewer. What lies in several chunks is copied
    /// into one for that.
    pub fn pullup(&mut self, count: usize) -> &[u8] {
        let count = count.min(self.len);
        if self.first().len() < count {
            let mut whole = Chunk::new(CHUNK.max(count));
            while whole.len() < count {
                let Some(chunk) = self.chunks.pop_front() else { break };
                match chunk.len() <= whole.room() {
                    true => whole.push(chunk.bytes()),
                    false => {
                        let mut chunk = chunk;
                        let taken = count - whole.len();
                        whole.push(&chunk.bytes()[..taken]);
                        chunk.start += taken;
                        self.chunks.push_front(chunk);
                    }
                }
            }
            self.chunks.push_front(whole);
        }
        &self.first()[..count]
    }

    /// Lets `change` change the first `count` bytes where they lie, piece by piece in order.
    pub fn change_first(&mut self, mut count: usize, mut change: impl FnMut(&mut [u8])) {
        for chunk in &mut self.chunks {
            let piece = count.min(chunk.len());
            if piece == 0 {
                return;
            }
            change(&mut chunk.memory[chunk.start..chunk.start + piece]);
            count -= piece;
        }
    }

    /// Copies the first bytes into `target` and takes them out, as many as fit; returns how many.
    pub fn remove(&mut self, target: &mut [u8]) -> usize {
        let mut taken = 0;
        for chunk in &self.chunks {
            let piece = chunk.len().min(target.len() - taken);
            target[taken..taken + piece].copy_from_slice(&chunk.bytes()[..piece]);
            taken += piece;
        }
        self.drain(taken);
        taken
    }

    /// Takes the first `count` bytes out, or all if there are fewer.
    pub fn drain(&mut self, count: usize) {
        let mut left = count.min(self.len);
        self.len -= left;
        loop {
            let last = self.chunks.len() == 1;
            let Some(front) = self.chunks.front_mut() else { return };
            if left < front.len() {
                front.start += left;
                return;
            }
            left -= front.len();
            if last {
                // It stays, to be filled again.
                (front.start, front.end) = (0, 0);
                return;
            }
            self.chunks.pop_front();
        }
    }

    /// Where the first such byte is, counted from the front.
    pub fn find(&self, byte: u8) -> Option<usize> {
        let mut before = 0;
        for chunk in &self.chunks {
            if let Some(at) = memchr::memchr(byte, chunk.bytes()) {
                return Some(before + at);
            }
            before += chunk.len();
        }
        None
    }

    /// Where the last such byte is, counted from the front.
    pub fn find_last(&self, byte: u8) -> Option<usize> {
        let mut behind = self.len;
        for chunk in self.chunks.iter().rev() {
            behind -= chunk.len();
            if let Some(at) = memchr::memrchr(byte, chunk.bytes()) {
                return Some(behind + at);
            }
        }
        None
    }

    /// Moves the first `count` bytes to the end of another buffer, or all if there are fewer.
    pub fn move_to(&mut self, other: &mut Self, count: usize) {
        let mut left = count.min(self.len);
        while left > 0 {
            let Some(front) = self.chunks.front_mut() else { return };
            let piece = left.min(front.len());
            left -= piece;
            if piece <= COPY_MAX {
                other.add(&front.bytes()[..piece]);
                self.drain(piece);
                continue;
            }
            self.len -= piece;
            other.len += piece;
            if piece < front.len() {
                other.push(front.split(piece));
            } else if let Some(whole) = self.chunks.pop_front() {
                other.push(whole);
            }
        }
    }

    /// Adds a chunk at the end of the chain. An empty one that was there gives way.
    fn push(&mut self, chunk: Chunk) {
        if self.chunks.back().is_some_and(|last| last.len() == 0) {
            self.chunks.pop_back();
        }
        self.chunks.push_back(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that can be done to a buffer. Sizes reach beyond a chunk.
    #[derive(Clone, Debug)]
    enum Op {
        Add(usize),
        Fill(usize, usize),
        Remove(usize),
        Drain(usize),
        Pullup(usize),
        Change(usize),
        MoveTo(usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        let size = prop_oneof![4 => 0usize..300, 2 => 0usize..5000, 1 => 0usize..40_000];
        (0..7, size.clone(), size).prop_map(|(kind, size, part)| match kind {
            0 => Op::Add(size),
            1 => Op::Fill(size, part),
            2 => Op::Remove(size),
            3 => Op::Drain(size),
            4 => Op::Pullup(size),
            5 => Op::Change(size),
            _ => Op::MoveTo(size),
        })
    }

    /// Bytes that are all different for a while, so that a mistake in their order is seen.
    fn fresh(next: &mut u32, count: usize) -> Vec<u8> {
        let bytes = (0..count as u32).map(|index| ((*next + index).wrapping_mul(2_654_435_761) >> 24) as u8);
        let bytes = bytes.collect();
        *next += count as u32;
        bytes
    }

    fn contents(buffer: &Buffer) -> Vec<u8> {
        buffer.chunks.iter().flat_map(|chunk| chunk.bytes().to_vec()).collect()
    }

    proptest! {
        /// A buffer does what a plain vector does.
        #[test]
        fn a_chain_is_a_vector(ops in proptest::collection::vec(op(), 1..60)) {
            let (mut buffer, mut other) = (Buffer::new(), Buffer::new());
            let (mut plain, mut plain_other) = (Vec::new(), Vec::new());
            let mut next = 0;
            for op in ops {
                match op {
                    Op::Add(count) => {
                        let bytes = fresh(&mut next, count);
                        buffer.add(&bytes);
                        plain.extend(bytes);
                    }
                    Op::Fill(most, count) => {
                        let room = buffer.room(most);
                        prop_assert!(room.len() <= most && (most == 0 || !room.is_empty()));
                        let bytes = fresh(&mut next, count.min(room.len()));
                        room[..bytes.len()].copy_from_slice(&bytes);
                        buffer.filled(bytes.len());
                        plain.extend(bytes);
                    }
                    Op::Remove(count) => {
                        let mut target = vec![0; count];
                        let taken = buffer.remove(&mut target);
                        let expected: Vec<u8> = plain.drain(..count.min(plain.len())).collect();
                        prop_assert_eq!(&target[..taken], expected);
                    }
                    Op::Drain(count) => {
                        buffer.drain(count);
                        plain.drain(..count.min(plain.len()));
                    }
                    Op::Pullup(count) => {
                        prop_assert_eq!(buffer.pullup(count), &plain[..count.min(plain.len())]);
                    }
                    Op::Change(count) => {
                        let invert = |bytes: &mut [u8]| bytes.iter_mut().for_each(|byte| *byte = !*byte);
                        buffer.change_first(count, invert);
                        let count = count.min(plain.len());
                        invert(&mut plain[..count]);
                    }
                    Op::MoveTo(count) => {
                        buffer.move_to(&mut other, count);
                        plain_other.extend(plain.drain(..count.min(plain.len())));
                    }
                }
                prop_assert_eq!(buffer.len(), plain.len());
                prop_assert_eq!(buffer.is_empty(), plain.is_empty());
                prop_assert_eq!(buffer.first().is_empty(), plain.is_empty());
                prop_assert_eq!(contents(&buffer), &plain[..]);
                prop_assert_eq!(contents(&other), &plain_other[..]);
                prop_assert_eq!(other.len(), plain_other.len());
                prop_assert_eq!(buffer.find(7), plain.iter().position(|byte| *byte == 7));
                prop_assert_eq!(buffer.find_last(7), plain.iter().rposition(|byte| *byte == 7));
            }
        }
    }

    #[test]
    fn a_large_piece_is_handed_over_where_it_lies() {
        let (mut input, mut output) = (Buffer::new(), Buffer::new());
        input.add(&[b'x'; CHUNK]);
        let before = input.first().as_ptr();
        input.move_to(&mut output, CHUNK - 10);
        assert_eq!(output.first().as_ptr(), before, "the small rest was copied, not what was moved");
        assert_eq!((input.len(), output.len()), (10, CHUNK - 10));
    }

    #[test]
    fn small_pieces_gather_in_one_chunk() {
        let (mut input, mut output) = (Buffer::new(), Buffer::new());
        for _ in 0..100 {
            input.add(b"0123456789");
            input.move_to(&mut output, 10);
        }
        assert_eq!(output.first().len(), 1000, "they go out in one call");
        assert_eq!(input.chunks.len(), 1, "and the chunk that they came in is used again");
    }
}
