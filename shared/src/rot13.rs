//! The cipher of the chapter's service: letters of the English alphabet move by 13 places, every other
//! byte stays.

/// Rotates one byte.
///
/// Without a branch or a table, so that the compiler turns a loop over it into vector instructions; and
/// without asking the locale what a letter is.
pub const fn rotate(byte: u8) -> u8 {
    // Bit 5 is all that tells `a` from `A`; with it set, a letter lies in `a..=z`.
    let place = (byte | 0x20).wrapping_sub(b'a');
    let is_letter = (place < 26) as u8;
    let is_late = (place >= 13) as u8;
    byte.wrapping_add(13 * is_letter).wrapping_sub(26 * (is_letter & is_late))
}

/// Rotates every byte where it lies.
pub fn rotate_in_place(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = rotate(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_the_alphabet(byte: u8) -> u8 {
        match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            _ => byte,
        }
    }

    #[test]
    fn every_byte_agrees_with_the_alphabet() {
        for byte in 0..=u8::MAX {
            assert_eq!(rotate(byte), by_the_alphabet(byte), "byte {byte}");
        }
    }

    #[test]
    fn twice_is_nothing() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let mut bytes = all.clone();
        rotate_in_place(&mut bytes);
        assert_ne!(bytes, all);
        rotate_in_place(&mut bytes);
        assert_eq!(bytes, all);
    }

    #[test]
    fn the_chapter_s_greeting() {
        let mut line = *b"Hello, World!\n";
        rotate_in_place(&mut line);
        assert_eq!(&line, b"Uryyb, Jbeyq!\n");
    }
}
