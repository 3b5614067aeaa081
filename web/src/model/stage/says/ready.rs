//! What an answer of a wait means for each descriptor that it names: why it is ready.

use loopscope_shared::kernel::Mask;
use loopscope_shared::world::Provenance;

use super::super::names::Names;
use super::super::words::listed;
use super::super::{Card, Kind, Wait};
use crate::messages as m;

/// Why a descriptor is ready, as far as the answer and its buffers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Connection,
    Data,
    End,
    Room,
    Trouble,
    /// It is readable, and why cannot be seen.
    Read,
}

impl Why {
    const ALL: [Self; 6] = [Self::Connection, Self::Data, Self::End, Self::Room, Self::Trouble, Self::Read];

    fn of(card: Option<&Card>, mask: Mask) -> Self {
        let stream = match card.map(|card| &card.kind) {
            Some(Kind::Listener { .. }) => return Self::Connection,
            Some(Kind::Stream(stream)) => Some(stream),
            Some(Kind::Other(_)) | None => None,
        };
        let seen = stream.filter(|stream| stream.recv.how != Provenance::Unknown);
        let reads = mask.select_reads();
        match () {
            () if mask.contains(Mask::ERR) => Self::Trouble,
            () if reads && seen.is_some_and(|stream| stream.recv.level > 0) => Self::Data,
            () if reads && stream.is_some_and(|stream| stream.ended) => Self::End,
            () if mask.contains(Mask::OUT) && seen.is_some() => Self::Room,
            () if reads => Self::Read,
            () => Self::Room,
        }
    }

    /// As a sentence on one or more descriptors that were named.
    fn sentence(self) -> &'static str {
        match self {
            Self::Connection => m::stage_why_connection(),
            Self::Data => m::stage_why_data(),
            Self::End => m::stage_why_end(),
            Self::Room => m::stage_why_room(),
            Self::Trouble => m::stage_why_trouble(),
            Self::Read => m::stage_why_read(),
        }
    }

    /// As a part of such a sentence.
    fn part(self) -> &'static str {
        match self {
            Self::Connection => m::stage_why_connection_part(),
            Self::Data => m::stage_why_data_part(),
            Self::End => m::stage_why_end_part(),
            Self::Room => m::stage_why_room_part(),
            Self::Trouble => m::stage_why_trouble_part(),
            Self::Read => m::stage_why_read_part(),
        }
    }
}

/// Which descriptors are ready, and why; `None` if the answer names none.
pub(super) fn sentence(wait: &Wait, cards: &[Card], names: &Names<'_>) -> Option<String> {
    let ready: Vec<(String, Why)> = wait
        .ready()
        .into_iter()
        .map(|fd| {
            let card = cards.iter().find(|card| card.fd == fd);
            let mask = wait.answer_for(fd).map_or(Mask::empty(), |(mask, _)| mask);
            (names.name(fd), Why::of(card, mask))
        })
        .collect();
    let (_, first) = ready.first()?;
    let called: Vec<String> = ready.iter().map(|(name, _)| name.clone()).collect();
    let are = called.len() as u64;
    if ready.iter().all(|(_, why)| why == first) {
        return Some(m::stage_are_ready(are, listed(&called), first.sentence()));
    }
    let parts: Vec<String> = Why::ALL
        .iter()
        .filter_map(|why| {
            let of = ready.iter().filter(|(_, each)| each == why).map(|(name, _)| name.clone());
            let of: Vec<String> = of.collect();
            (!of.is_empty()).then(|| m::stage_why_part(why.part(), listed(&of)))
        })
        .collect();
    Some(m::stage_are_ready_for(are, listed(&called), listed(&parts)))
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::Inside;
    use loopscope_shared::ids::FileId;

    use super::super::super::made::Made;
    use super::*;

    /// A world with an epoll instance and two connections, 5 and 6.
    fn made() -> Made {
        let mut made = Made::new("epoll");
        made.epoll(4);
        for fd in [5, 6] {
            made.accepted(fd);
            made.watch(4, fd, Mask::IN | Mask::OUT);
        }
        made
    }

    fn check(mut made: Made, events: &[(i32, Mask)], expect: &str) {
        made.wait_enter(4);
        made.wait_exit(events);
        let says = made.stage().says;
        assert!(says.ends_with(expect), "{says:?} does not end with {expect:?}");
    }

    #[test]
    fn why_a_descriptor_is_ready_depends_on_what_it_holds() {
        let both = Mask::IN | Mask::OUT;
        check(made(), &[(3, Mask::IN)], "3 is ready. A connection waits in its queue.");
        check(made(), &[(5, Mask::OUT)], "5 is ready. There is room to send.");
        let mut data = made();
        data.arrived(5, b"abc");
        check(data, &[(5, both)], "5 is ready. The data is still below the line.");
        let mut end = made();
        end.inside(Inside::InputEnded { file: FileId(5) });
        check(end, &[(5, both | Mask::RDHUP)], "5 is ready. The end of input waits.");
    }

    #[test]
    fn different_reasons_are_told_apart() {
        let mut made = made();
        made.arrived(6, b"abc");
        check(
            made,
            &[(3, Mask::IN), (5, Mask::OUT), (6, Mask::IN)],
            "3, 5 and 6 are ready. Below the line: a connection (3), data (6) and room to send (5).",
        );
    }
}
