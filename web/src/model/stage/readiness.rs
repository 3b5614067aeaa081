//! Readiness: what a wait would say of a descriptor, and how that is known.

use loopscope_shared::kernel::Mask;
use loopscope_shared::world::{File, FileKind, Provenance};

use super::wait::Said;

/// What a wait would say of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// What is so.
    pub mask: Mask,
    /// Of which events it is known whether they are so; empty if of none.
    pub known: Mask,
    /// How it is known.
    pub how: Provenance,
}

impl Readiness {
    const UNKNOWN: Self = Self { mask: Mask::empty(), known: Mask::empty(), how: Provenance::Unknown };

    fn told(mask: Mask, known: Mask) -> Self {
        Self { mask, known: known | mask, how: Provenance::Told }
    }

    /// Whether a read would not block, where that is known.
    pub fn readable(self) -> Option<bool> {
        let reads = self.mask.select_reads();
        (reads || self.known.contains(Mask::IN)).then_some(reads)
    }

    /// Whether a write would not block, where that is known.
    pub fn writable(self) -> Option<bool> {
        let writes = self.mask.select_writes();
        (writes || self.known.contains(Mask::OUT)).then_some(writes)
    }

    /// `IN|OUT`, nothing if it is ready for nothing, `?` if it is not known.
    pub fn text(self) -> String {
        match (self.known.is_empty(), self.mask.is_empty()) {
            (true, _) => "?".to_owned(),
            (false, true) => String::new(),
            (false, false) => self.mask.to_string(),
        }
    }
}

/// What a wait would say of the file: as the kernel tells it, which tells every change (`told`); else as the last
/// wait answered, if nothing was done since (`answered`); else as the last look at its buffers bears it out.
pub(super) fn readiness(
    file: &File,
    told: bool,
    answered: Option<Said>,
    registered: Option<Mask>,
) -> Readiness {
    if told || file.ready.is_some() {
        return Readiness::told(file.ready.unwrap_or_default(), Mask::READINESS);
    }
    if let Some((mask, asked)) = answered {
        let asked = asked.or(registered).unwrap_or(mask);
        return Readiness::told(mask, asked & Mask::READINESS);
    }
    match &file.kind {
        FileKind::Stream(stream)
            if stream.recv.provenance == Provenance::Sampled && stream.recv.level > 0 =>
        {
            Readiness { mask: Mask::IN, known: Mask::IN, how: Provenance::Sampled }
        }
        _ => Readiness::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_about_is_known() {
        let check = |readiness: Readiness, reads, writes, text: &str| {
            assert_eq!((readiness.readable(), readiness.writable()), (reads, writes));
            assert_eq!(readiness.text(), text);
        };
        check(Readiness::UNKNOWN, None, None, "?");
        check(Readiness::told(Mask::OUT, Mask::READINESS), Some(false), Some(true), "OUT");
        check(Readiness::told(Mask::IN, Mask::IN), Some(true), None, "IN");
        check(Readiness::told(Mask::empty(), Mask::IN), Some(false), None, "");
        // An error is told unasked, and makes both directions ready.
        check(Readiness::told(Mask::ERR, Mask::IN), Some(true), Some(true), "ERR");
    }
}
