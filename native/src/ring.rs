//! The way out of the served thread: a wait-free ring of bytes from one thread to another.
//!
//! The writer reserves room for a whole record or is told that there is none; it never waits. The reader
//! sleeps while there is nothing, and the writer wakes it only if it said that it sleeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer, RingBuffer};

/// The end of the ring that takes records.
#[derive(Debug)]
pub struct Writer {
    bytes: Producer<u8>,
    bell: Arc<Bell>,
}

/// The end of the ring that gives them back, in order.
#[derive(Debug)]
pub struct Reader {
    bytes: Consumer<u8>,
}

/// Makes a ring of so many bytes, whose writer rings that bell.
pub fn ring(capacity: usize, bell: Arc<Bell>) -> (Writer, Reader) {
    let (writer, reader) = RingBuffer::new(capacity);
    (Writer { bytes: writer, bell }, Reader { bytes: reader })
}

impl Writer {
    /// Whether there is room for so many bytes.
    pub fn has_room(&self, bytes: usize) -> bool {
        // Looking at the reader's side costs more than remembering what was seen there last.
        self.bytes.cached_slots() >= bytes || self.bytes.slots() >= bytes
    }

    /// Puts the record into the ring as a whole, if that leaves room for `reserve` bytes more. False if it does
    /// not: then nothing was put.
    pub fn push(&mut self, record: &[u8], reserve: usize) -> bool {
        if !self.has_room(record.len() + reserve) {
            return false;
        }
        let pushed = self.bytes.push_entire_slice(record).is_ok();
        if pushed {
            self.bell.ring();
        }
        pushed
    }
}

impl Reader {
    /// How many bytes are in the ring now.
    pub fn filled(&self) -> usize {
        self.bytes.slots()
    }

    /// Hands the next bytes to `take`, at most as many as are there, in at most two parts, and returns how many it
    /// was.
    ///
    /// # Errors
    /// The error of `take`; what it was given is taken all the same.
    pub fn drain<E>(
        &mut self,
        most: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let count = self.filled().min(most);
        // As many as there are, so it cannot fail.
        let Ok(chunk) = self.bytes.read_chunk(count) else { return Ok(0) };
        let (first, second) = chunk.as_slices();
        let result = take(first).and_then(|()| if second.is_empty() { Ok(()) } else { take(second) });
        chunk.commit_all();
        result.map(|()| count)
    }

    /// Whether there is no writer any more.
    pub fn is_abandoned(&self) -> bool {
        self.bytes.is_abandoned()
    }

    /// Whether there is nothing in the ring.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// How long a reader that says it sleeps looks again before it does. What a writer put without seeing that it
/// sleeps has come to light by then.
const LAST_LOOK: Duration = Duration::from_millis(20);

/// How long a reader sleeps at most: the guarantee that a processor shows its writes to another some time is all
/// that the bell builds on, and so nothing can be slept through for longer.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// Wakes the reading thread. Ringing costs the writer one load while the reader is awake, without a fence: a
/// reader that has said it sleeps looks once more a moment later.
#[derive(Debug, Default)]
pub struct Bell {
    asleep: AtomicBool,
    sleeper: OnceLock<Thread>,
}

impl Bell {
    /// Says that there is something to do.
    pub fn ring(&self) {
        if self.asleep.load(Ordering::Relaxed)
            && self.asleep.swap(false, Ordering::AcqRel)
            && let Some(sleeper) = self.sleeper.get()
        {
            sleeper.unpark();
        }
    }

    /// Sleeps until the bell rings or the time is over, unless there is something to do already. Always called
    /// from one thread.
    pub fn wait(&self, most: Duration, is_work: impl Fn() -> bool) {
        self.sleeper.get_or_init(thread::current);
        self.asleep.store(true, Ordering::SeqCst);
        let begin = Instant::now();
        let mut nap = LAST_LOOK;
        while !is_work() && self.asleep.load(Ordering::Acquire) {
            let left = most.saturating_sub(begin.elapsed());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(nap.min(left));
            nap = SLEEP_MAX;
        }
        self.asleep.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn drained(reader: &mut Reader) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Ok(_) = reader.drain(usize::MAX, |part| {
            bytes.extend_from_slice(part);
            Ok::<(), Infallible>(())
        });
        bytes
    }

    #[test]
    fn a_record_goes_in_as_a_whole_or_not_at_all() {
        let (mut writer, mut reader) = ring(8, Arc::default());
        assert!(writer.push(b"12345", 0));
        assert!(!writer.push(b"6789", 0), "three bytes of room are not enough for four");
        assert!(!writer.push(b"67", 2), "two of the three bytes are to stay free");
        assert!(writer.push(b"67", 1));
        assert!(writer.push(b"8", 0));
        assert_eq!(drained(&mut reader), b"12345678");
        assert!(writer.push(b"6789", 0), "the record lies across the end of the buffer");
        assert_eq!(drained(&mut reader), b"6789");
        assert!(reader.is_empty());
    }

    #[test]
    fn no_record_is_slept_through() {
        const RECORDS: u32 = 20_000;
        let bell = Arc::new(Bell::default());
        let (mut writer, mut reader) = ring(64, bell.clone());
        let reading = thread::spawn(move || {
            let mut bytes = Vec::new();
            while bytes.len() < RECORDS as usize * 4 {
                bell.wait(SLEEP_MAX, || !reader.is_empty());
                bytes.extend(drained(&mut reader));
            }
            bytes
        });
        for number in 0..RECORDS {
            while !writer.push(&number.to_le_bytes(), 0) {
                thread::yield_now();
            }
        }
        let bytes = reading.join().unwrap();
        let numbers: Vec<u32> = bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        assert!(numbers.into_iter().eq(0..RECORDS));
    }
}
