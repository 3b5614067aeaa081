//! Following: the next and the previous event of a lane, and the chain from causes to effects.
//!
//! A kernel seldom says why something happened; only a wake-up names its cause. The rest follows from the order of
//! things: a task does one thing after the other, bytes arrive after their client has sent them, and a file becomes
//! ready by the last thing that happened to it.

use loopscope_shared::event::{Doing, Event, Inside, What};
use loopscope_shared::ids::{Fd, FileId, PeerId, Seq, TaskId};
use loopscope_shared::trace::Timeline;
use loopscope_shared::world::{FileKind, Table, World};

use crate::model::inspector::concerning;
use crate::model::selection::{Selection, connection};
use crate::model::steps::call_of_exit;

/// How far a cause or an effect is looked for, in events: what lies farther apart is another story, and a key has
/// to answer within a frame.
const LOOK: usize = 2_000;

/// A lane of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// That of a task.
    Task(TaskId),
    /// That of a descriptor, which names this file now.
    Descriptor(Fd, Option<FileId>),
    /// That of a client, and of the server's side of its connection.
    Client(PeerId, Option<FileId>),
}

impl Lane {
    /// The lane that the reader has chosen; if none, that of the task that acted last.
    pub fn chosen(selected: Option<Selection>, acting: TaskId, world: &World) -> Self {
        match selected {
            Some(Selection::Descriptor(name)) => {
                let named = |table: &Table| {
                    let open = table.fds.get(&name.fd).filter(|open| name.is(open.generation))?;
                    Some(open.file)
                };
                let own = world.table_of(acting).and_then(named);
                Self::Descriptor(name.fd, own.or_else(|| world.tables.values().find_map(named)))
            }
            Some(Selection::Client(peer)) => Self::Client(peer, connection(peer, world)),
            Some(Selection::Task(task)) => Self::Task(task),
            None => Self::Task(acting),
        }
    }

    /// Whether an event is in it.
    pub fn holds(self, timeline: &Timeline, seq: Seq, event: &Event, payload: &[u8]) -> bool {
        match self {
            Self::Task(task) => event.task == task,
            Self::Client(peer, file) => {
                let wanted = match event.what {
                    What::Inside(Inside::Queued { peer, .. } | Inside::SynDropped { peer, .. }) => Some(peer),
                    _ => doing_of(event).map(|(peer, _)| peer),
                };
                wanted == Some(peer) || (file.is_some() && file_of(event) == file)
            }
            Self::Descriptor(fd, file) => match event.what {
                What::Enter { call, .. } => call.fd() == Some(fd),
                What::Exit { ret, .. } => call_of_exit(timeline, seq, event.task)
                    .is_some_and(|call| concerning(call, &[], ret, payload, fd).is_some()),
                What::Listening { fd: of, .. } | What::Sample { fd: of, .. } => of == fd,
                What::Inside(Inside::Installed { fd: of, .. } | Inside::Listed { fd: of, .. }) => of == fd,
                What::Inside(Inside::Unlisted { fd: of, .. }) => of == fd,
                _ => file.is_some() && file_of(event) == file,
            },
        }
    }
}

/// The cursor after the next event of a lane, if there is one.
pub fn next_in(timeline: &Timeline, at: Seq, lane: Lane) -> Option<Seq> {
    let found =
        timeline.iter_from(at).find(|(seq, event, payload)| lane.holds(timeline, *seq, event, payload));
    found.map(|(seq, ..)| seq.next())
}

/// The cursor after the previous event of a lane: the one before that after which the cursor is.
pub fn previous_in(timeline: &Timeline, at: Seq, lane: Lane) -> Option<Seq> {
    let before = timeline.iter_back(at).skip(1);
    let mut held = before.filter(|(seq, event, payload)| lane.holds(timeline, *seq, event, payload));
    held.next().map(|(seq, ..)| seq.next())
}

/// The cursor after the cause of the event after which the cursor is.
pub fn to_cause(timeline: &Timeline, at: Seq, world: &World) -> Option<Seq> {
    let (seq, event, _) = timeline.iter_back(at).next()?;
    cause(timeline, seq, event, world).map(Seq::next)
}

/// The cursor after what the event after which the cursor is has led to: whom it woke, or else what came of it
/// first; of what nobody was woken by, the next call on the same file.
pub fn to_effect(timeline: &Timeline, at: Seq, world: &World) -> Option<Seq> {
    let (seq, of, _) = timeline.iter_back(at).next()?;
    let mut first = None;
    for (later, event, _) in timeline.iter_from(at).take(LOOK) {
        if cause(timeline, later, event, world) != Some(seq) {
            continue;
        }
        if matches!(event.what, What::Inside(Inside::Woken { .. })) {
            return Some(later.next());
        }
        first = first.or(Some(later));
    }
    let called = || {
        let file = file_of(of)?;
        let calls = |event: &Event| matches!(event.what, What::Enter { .. }) && touches(event, file, world);
        let mut later = timeline.iter_from(at).take(LOOK);
        later.find(|(_, event, _)| calls(event)).map(|(seq, ..)| seq)
    };
    first.or_else(called).map(Seq::next)
}

/// The event that led to this one, as far as that can be told.
fn cause(timeline: &Timeline, seq: Seq, event: &Event, world: &World) -> Option<Seq> {
    let last = |wanted: &dyn Fn(&Event) -> bool| {
        let mut before = timeline.iter_back(seq).take(LOOK);
        before.find(|(_, event, _)| wanted(event)).map(|(seq, ..)| seq)
    };
    let done_by = |peer: PeerId, wanted: fn(Doing) -> bool| {
        last(&|event| matches!(doing_of(event), Some((who, doing)) if who == peer && wanted(doing)))
    };
    let of_task = || last(&|before| before.task == event.task && event.task != TaskId::KERNEL);
    let What::Inside(inside) = event.what else {
        return match event.what {
            What::TaskBegin { parent, .. } if parent != TaskId::KERNEL => {
                last(&|before| before.task == parent && matches!(before.what, What::Enter { .. }))
            }
            _ => of_task(),
        };
    };
    match inside {
        Inside::Woken { cause } => Some(cause),
        Inside::Queued { peer, .. } | Inside::SynDropped { peer, .. } => {
            done_by(peer, |doing| doing == Doing::Connecting)
        }
        Inside::Arrived { file, .. } => {
            done_by(peer_of(file, world)?, |doing| matches!(doing, Doing::Sent { .. }))
        }
        Inside::InputEnded { file } => {
            done_by(peer_of(file, world)?, |doing| matches!(doing, Doing::HalfClosed | Doing::Closed))
        }
        Inside::Reset { file } => done_by(peer_of(file, world)?, |doing| doing == Doing::Reset),
        Inside::Ready { file, .. } | Inside::Completed { file, .. } | Inside::Drained { file, .. } => {
            last(&|before| touches(before, file, world))
        }
        Inside::Listed { .. } => last(&|before| matches!(before.what, What::Inside(Inside::Ready { .. }))),
        Inside::Peer { peer, doing: Doing::Received { .. } } => last(&|before| match before.what {
            What::Enter { call, .. } => {
                let file = call.fd().and_then(|fd| world.file_of(before.task, fd));
                file.and_then(|file| peer_of(file, world)) == Some(peer)
            }
            What::Inside(Inside::Put { file, .. }) => peer_of(file, world) == Some(peer),
            _ => false,
        }),
        Inside::Peer { peer, .. } => done_by(peer, |_| true),
        _ => of_task(),
    }
}

fn doing_of(event: &Event) -> Option<(PeerId, Doing)> {
    match event.what {
        What::Inside(Inside::Peer { peer, doing }) => Some((peer, doing)),
        _ => None,
    }
}

/// Whether something happens to a file: by a call, or inside the kernel; what is only said of it does not count.
fn touches(event: &Event, file: FileId, world: &World) -> bool {
    match event.what {
        What::Enter { call, .. } => call.fd().is_some_and(|fd| world.file_of(event.task, fd) == Some(file)),
        What::Inside(Inside::Ready { .. }) => false,
        _ => file_of(event) == Some(file),
    }
}

fn peer_of(file: FileId, world: &World) -> Option<PeerId> {
    match &world.files.get(&file)?.kind {
        FileKind::Stream(stream) => stream.peer,
        _ => None,
    }
}

/// The file that something happened to inside the kernel.
fn file_of(event: &Event) -> Option<FileId> {
    match event.what {
        What::Inside(
            Inside::Arrived { file, .. }
            | Inside::Put { file, .. }
            | Inside::Drained { file, .. }
            | Inside::InputEnded { file }
            | Inside::Reset { file }
            | Inside::Completed { file, .. }
            | Inside::Established { file, .. }
            | Inside::Ready { file, .. }
            | Inside::Queued { listener: file, .. }
            | Inside::SynDropped { listener: file, .. },
        ) => Some(file),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::preset;
    use loopscope_shared::servers::Program;
    use loopscope_shared::sim::Simulation;

    use super::*;
    use crate::model::selection::Name;

    /// Three clients under `select`, to the end.
    fn timeline() -> Timeline {
        let scenario = preset("three-clients").unwrap();
        let mut simulation = Simulation::new(Program::Select, &scenario.settings, &scenario, &[]);
        let mut timeline = Timeline::default();
        loop {
            let batch = simulation.run(4_096);
            if batch.is_empty() {
                return timeline;
            }
            timeline.extend(&batch);
        }
    }

    fn what_at(timeline: &Timeline, at: Seq) -> What {
        timeline.iter_back(at).next().unwrap().1.what
    }

    #[test]
    fn a_lane_is_gone_through_forward_and_back() {
        let timeline = timeline();
        let world = timeline.latest();
        let lane = Lane::chosen(Some(Selection::Descriptor(Name::any(Fd(4)))), TaskId::FIRST, world);
        let (mut at, mut there) = (Seq(0), Vec::new());
        while let Some(next) = next_in(&timeline, at, lane) {
            assert!(next > at);
            there.push(next);
            at = next;
        }
        assert!(there.len() > 5, "{there:?}");
        let mut back = vec![at];
        while let Some(before) = previous_in(&timeline, at, lane) {
            back.push(before);
            at = before;
        }
        back.reverse();
        assert_eq!(back, there);
        let others = timeline.iter_from(Seq(0)).filter(|(seq, event, payload)| {
            !there.contains(&seq.next()) && lane.holds(&timeline, *seq, event, payload)
        });
        assert_eq!(others.count(), 0);
    }

    #[test]
    fn a_wake_up_is_followed_back_to_the_client_and_on_to_the_call_that_returns() {
        let timeline = timeline();
        let sent = |what: &What| matches!(what, What::Inside(Inside::Peer { doing: Doing::Sent { .. }, .. }));
        let wakes = |seq: Seq| {
            timeline
                .iter_from(seq)
                .any(|(_, event, _)| event.what == What::Inside(Inside::Woken { cause: seq }))
        };
        let arrived = |what: What| matches!(what, What::Inside(Inside::Arrived { .. }));
        let mut events = timeline.iter_from(Seq(0));
        let at = events.find(|(seq, event, _)| arrived(event.what) && wakes(*seq)).unwrap().0.next();
        let back = to_cause(&timeline, at, &timeline.world_at(at)).unwrap();
        assert!(sent(&what_at(&timeline, back)), "bytes arrive because a client has sent them");
        let (mut at, mut kinds) = (at, Vec::new());
        for _ in 0..3 {
            at = to_effect(&timeline, at, &timeline.world_at(at)).unwrap();
            kinds.push(what_at(&timeline, at));
        }
        assert!(matches!(kinds[0], What::Inside(Inside::Woken { .. })), "{kinds:?}");
        assert!(matches!(kinds[1], What::Inside(Inside::Running { .. })), "{kinds:?}");
        assert!(matches!(kinds[2], What::Exit { .. }), "{kinds:?}");
    }

    #[test]
    fn causes_come_before_and_effects_after() {
        let timeline = timeline();
        let (mut with_cause, mut with_effect) = (0, 0);
        for (seq, ..) in timeline.iter_from(Seq(0)) {
            let at = seq.next();
            let world = timeline.world_at(at);
            if let Some(cause) = to_cause(&timeline, at, &world) {
                assert!(cause < at, "{cause} {at}");
                with_cause += 1;
            }
            if let Some(effect) = to_effect(&timeline, at, &world) {
                assert!(effect > at, "{effect} {at}");
                with_effect += 1;
            }
        }
        assert!(with_cause * 10 > timeline.len() * 8, "{with_cause} of {}", timeline.len());
        assert!(with_effect * 10 > timeline.len() * 6, "{with_effect} of {}", timeline.len());
    }
}
