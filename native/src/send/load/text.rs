//! What is sent, and what must come back: lines of one length that differ from their neighbours.

use loopscope_shared::rot13;

/// The letters, capital and small: a line begins with one, the next line with the next.
const LETTERS: usize = 52;

/// The lines of a load and their answers.
#[derive(Debug)]
pub(super) struct Text {
    bytes: usize,
    plain: Vec<u8>,
    rotated: Vec<u8>,
}

impl Text {
    /// Lines of so many bytes, the line feed included.
    pub(super) fn new(bytes: usize) -> Self {
        let letters = (b'A'..=b'Z').chain(b'a'..=b'z').cycle();
        let plain: Vec<u8> = letters.take(LETTERS + bytes).collect();
        let rotated = plain.iter().map(|byte| rot13::rotate(*byte)).collect();
        Self { bytes, plain, rotated }
    }

    /// How long a line is.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the rest of the line of that number, from a place in it on.
    pub(super) fn put(&self, number: u64, from: usize, into: &mut Vec<u8>) {
        let first = number as usize % LETTERS;
        into.extend_from_slice(&self.plain[first + from..first + self.bytes - 1]);
        into.push(b'\n');
    }

    /// Whether these bytes are what must come from a place in the answer to the line of that number on, as far
    /// as the line goes.
    pub(super) fn is_answer(&self, number: u64, from: usize, bytes: &[u8]) -> bool {
        let first = number as usize % LETTERS;
        let ends = from + bytes.len() == self.bytes;
        let (letters, feed) = bytes.split_at(bytes.len() - usize::from(ends));
        letters == &self.rotated[first + from..][..letters.len()] && (feed.is_empty() || feed == b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_line_rotated_and_no_other() {
        for bytes in [1, 2, 64, 200] {
            let text = Text::new(bytes);
            for number in [0, 51, 52, 1_000] {
                let mut line = Vec::new();
                text.put(number, 0, &mut line);
                assert_eq!((line.len(), line.last()), (bytes, Some(&b'\n')));
                let answer: Vec<u8> = line.iter().map(|byte| rot13::rotate(*byte)).collect();
                for cut in 0..bytes {
                    assert!(text.is_answer(number, 0, &answer[..cut]));
                    assert!(text.is_answer(number, cut, &answer[cut..]));
                    let mut wrong = answer.clone();
                    wrong[cut] = b'?';
                    assert!(!text.is_answer(number, 0, &wrong));
                }
                assert!(bytes == 1 || !text.is_answer(number + 1, 0, &answer));
            }
        }
    }
}
