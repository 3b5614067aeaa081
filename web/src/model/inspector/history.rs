//! The history of a descriptor, as `strace(1)` would log it, the latest call first.

use loopscope_shared::event::{Call, Doing, Inside, Ret, What, history_line};
use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::kernel::{EpollEvent, FdSets};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;

use crate::messages as m;
use crate::model::selection::Selection;
use crate::model::stage::did;

/// How many calls a history shows at first.
pub const HISTORY_FIRST: usize = 40;

/// How far back it looks for each of them, in events: a history is made anew at each step.
const LOOK_BACK: usize = 500;

/// A call of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The cursor at which it has just returned.
    pub after: Seq,
    /// When it returned.
    pub at: Nanos,
    /// The call with its result.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
}

/// The calls before the cursor that had to do with a descriptor, or were a task's; what a client did; all calls if
/// nothing is chosen. At most so many.
pub fn history(timeline: &Timeline, at: Seq, selected: Option<Selection>, most: usize) -> Vec<Past> {
    let mut returns: SortedMap<TaskId, (Seq, Nanos, Ret, &[u8])> = SortedMap::new();
    let mut past = Vec::new();
    for (seq, event, payload) in timeline.iter_back(at).take(most.saturating_mul(LOOK_BACK)) {
        match event.what {
            What::Exit { ret, .. } => {
                returns.insert(event.task, (seq, event.at, ret, payload));
            }
            What::Enter { call, .. } => {
                let Some((exit, left, ret, up)) = returns.remove(&event.task) else { continue };
                let text = match selected {
                    Some(Selection::Task(task)) if task != event.task => None,
                    None | Some(Selection::Task(_)) => Some(history_line(call, payload, ret, up)),
                    Some(Selection::Descriptor(name)) => concerning(call, payload, ret, up, name.fd),
                    Some(Selection::Client(_)) => None,
                };
                past.extend(text.map(|text| Past {
                    after: exit.next(),
                    at: left,
                    text,
                    failed: ret.is_err(),
                }));
            }
            What::Inside(Inside::Peer { peer, doing }) if selected == Some(Selection::Client(peer)) => {
                let failed = matches!(doing, Doing::Reset | Doing::WasReset);
                past.push(Past { after: seq.next(), at: event.at, text: did(doing, payload), failed });
            }
            _ => {}
        }
        if past.len() >= most {
            break;
        }
    }
    past
}

/// Why a history is empty. `calls` have returned by then, and the recording begins with the event `first`.
pub fn silence(calls: u64, first: Seq, selected: Option<Selection>) -> &'static str {
    match (calls, first, selected) {
        (_, _, Some(Selection::Client(_))) => m::silence_client(),
        (0, ..) => m::silence_none(),
        (_, Seq(0), Some(Selection::Descriptor(_))) => m::silence_fd(),
        (_, _, Some(Selection::Descriptor(_))) => m::silence_fd_record(),
        (_, _, None | Some(Selection::Task(_))) => m::silence_record(),
    }
}

/// The call as a line in the history of one descriptor; `None` if it had nothing to do with it.
pub fn concerning(call: Call, down: &[u8], ret: Ret, up: &[u8], fd: Fd) -> Option<String> {
    match (call, ret) {
        (Call::Select { .. }, Ok(_)) => {
            let sets = FdSets::from_bytes(up);
            let said = [("read", sets.read.contains(fd)), ("write", sets.write.contains(fd))];
            let said: Vec<&str> = said.iter().filter(|(_, so)| *so).map(|(word, _)| *word).collect();
            (!said.is_empty()).then(|| format!("select → {}", said.join(", ")))
        }
        (Call::EpollWait { .. } | Call::Kevent { .. }, Ok(_)) if call.fd() != Some(fd) => {
            let mut events = up.chunks(EpollEvent::SIZE).filter_map(EpollEvent::from_bytes);
            events.find(|event| event.fd() == fd).map(|event| format!("{} → {}", call.name(), event.events))
        }
        (Call::Accept { .. } | Call::EpollCreate | Call::Kqueue, Ok(made)) if Fd(made as i32) == fd => {
            Some(history_line(call, down, ret, up))
        }
        (Call::EpollCtl { fd: about, .. }, _) if about == fd => Some(history_line(call, down, ret, up)),
        _ => (call.fd() == Some(fd)).then(|| history_line(call, down, ret, up)),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::errno::Errno;
    use loopscope_shared::event::{Event, Place};
    use loopscope_shared::kernel::Timeout;

    use super::*;
    use crate::model::selection::Name;

    fn timeline() -> Timeline {
        let mut sets = FdSets::new();
        sets.read.insert(Fd(7)).unwrap();
        let mut bytes = Vec::new();
        sets.to_bytes(8, &mut bytes);
        let select = Call::Select { nfds: 8, timeout: Timeout(None) };
        let calls: [(Call, Ret, &[u8]); 4] = [
            (select, Ok(1), &bytes),
            (Call::Recv { fd: Fd(7), len: 9 }, Ok(2), b"hi"),
            (Call::Recv { fd: Fd(6), len: 9 }, Ok(2), b"no"),
            (Call::Recv { fd: Fd(7), len: 9 }, Err(Errno::EAGAIN), b""),
        ];
        let mut timeline = Timeline::default();
        for (call, ret, up) in calls {
            let place = Place::ELSEWHERE;
            for (what, payload) in
                [(What::Enter { call, place }, &[][..]), (What::Exit { ret, lines: 0 }, up)]
            {
                let payload_len = payload.len() as u32;
                let event = Event { at: timeline_now(&timeline), task: TaskId::FIRST, what, payload_len };
                timeline.push(&event, payload);
            }
        }
        timeline
    }

    fn timeline_now(timeline: &Timeline) -> Nanos {
        Nanos(timeline.next().0)
    }

    fn chosen(fd: Fd) -> Selection {
        Selection::Descriptor(Name::any(fd))
    }

    fn texts(at: u64, selected: Option<Fd>) -> Vec<String> {
        history(&timeline(), Seq(at), selected.map(chosen), HISTORY_FIRST)
            .into_iter()
            .map(|past| past.text)
            .collect()
    }

    #[test]
    fn a_history_has_what_concerns_the_descriptor_the_latest_first() {
        assert_eq!(
            texts(8, Some(Fd(7))),
            ["recv(7, …, 9) = EAGAIN", "recv(7, …, 9) = 2 \"hi\"", "select → read"]
        );
        assert_eq!(texts(4, Some(Fd(7))).len(), 2);
        assert_eq!(texts(8, None).len(), 4);
    }

    #[test]
    fn an_empty_history_says_why() {
        assert_eq!(silence(0, Seq(0), None), "no call has returned yet");
        assert_eq!(silence(9, Seq(0), Some(chosen(Fd(4)))), "no call on it yet");
        assert!(silence(9, Seq(70), None).contains("before this record"));
        assert!(silence(9, Seq(70), Some(chosen(Fd(4)))).contains("in this record"));
    }

    #[test]
    fn a_call_that_has_not_returned_is_not_past() {
        assert_eq!(texts(3, Some(Fd(7))), ["select → read"]);
    }
}
