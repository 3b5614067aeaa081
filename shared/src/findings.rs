//! Findings: well-known trouble that a trace shows, each with its evidence and one sentence of advice.
//!
//! A [`Search`] goes through a trace once, event by event, whatever its source: a simulation, the live server, a
//! recording, an import. It folds the events into a [`World`] of its own and keeps, beside that, a few words for
//! each open descriptor and each live task: memory is bounded by what is open at one time, not by how long the
//! trace is. What repeats is grouped: a [`Finding`] says how often, shows the first time and the worst, and where
//! in the source it was.
//!
//! A search stays silent rather than guess. What a finding needs to know is said in [`CATALOGUE`]; where a trace
//! does not have it — an import has no buffer levels — it says nothing. After events that were lost, every
//! pattern begins anew.
//!
//! [`CATALOGUE`] lists what is looked for; `docs/findings.md` explains it. To add one: write it beside the
//! others in `findings/`, and enter it there.

mod act;
mod catalogue;
mod finding;
mod log;
mod look;
mod settings;
mod turn;
mod words;

mod accepts;
mod blocking;
mod bytes;
mod closed;
mod ctl;
mod drained;
mod edges;
mod herd;
mod idle;
mod inherited;
mod leaks;
mod lost;
mod starved;
mod storm;
mod turns;
mod writes;

pub use catalogue::{CATALOGUE, Entry, Kind, Severity, UnknownKind};
pub use finding::{Evidence, Finding, Occurrence};
pub use settings::Settings;

use crate::event::{Event, What};
use crate::ids::{FileId, Seq, TaskId};
use crate::kernel::Note;
use crate::sorted::SortedMap;
use crate::trace::Batch;
use crate::world::World;

use act::Act;
use log::Log;
use look::{Discarded, Look, Made};
use turn::{Registrations, Turn};

/// A pass over a trace.
#[derive(Debug)]
pub struct Search {
    world: World,
    looks: Vec<Box<dyn Look>>,
    log: Log,
    /// What each task is in the middle of.
    tasks: SortedMap<TaskId, Followed>,
    registrations: Registrations,
}

/// What is remembered of a task.
#[derive(Debug, Default)]
struct Followed {
    /// The number of the event with which its call began.
    entered: Seq,
    /// The last wait that returned, and what it reported.
    turn: Turn,
    /// The first task of its family that is known: the program.
    program: Option<TaskId>,
}

impl Search {
    /// A search for everything, or for the kinds that the settings name, in a trace that begins with nothing.
    pub fn new(settings: &Settings) -> Self {
        Self::beginning_with(World::new(), settings)
    }

    /// A search in a trace that begins with this world: a snapshot.
    pub fn beginning_with(world: World, settings: &Settings) -> Self {
        let wanted = CATALOGUE.iter().filter(|entry| settings.wants(entry.kind));
        Self {
            world,
            looks: wanted.map(|entry| (entry.look)(settings)).collect(),
            log: Log::default(),
            tasks: SortedMap::new(),
            registrations: Registrations::default(),
        }
    }

    /// Goes on by some events.
    pub fn extend(&mut self, batch: &Batch) {
        for (event, payload) in batch.iter() {
            self.event(event, payload);
        }
    }

    /// Goes on by one event.
    pub fn event(&mut self, event: &Event, payload: &[u8]) {
        let seq = self.world.seq;
        match event.what {
            What::Enter { .. } => {
                self.world.apply(event, payload);
                self.entered(event.task, seq);
            }
            What::Exit { .. } => self.returned(event, payload),
            What::TaskEnd { .. } => {
                self.world.apply(event, payload);
                let gone = self.world.table_of(event.task).is_none();
                self.tasks.remove(&event.task);
                self.looks.iter_mut().for_each(|look| look.task_ended(event.task, gone));
            }
            What::Dropped { .. } => {
                self.world.apply(event, payload);
                self.gap();
            }
            What::Note { note: Note::Discarded { fd, bytes, .. }, place } => {
                self.world.apply(event, payload);
                self.discarded(event.task, Discarded { place, fd, bytes });
            }
            _ => self.world.apply(event, payload),
        }
    }

    /// Something is missing here; the trace goes on with this world.
    pub fn jump(&mut self, world: World) {
        self.world = world;
        self.gap();
    }

    fn gap(&mut self) {
        self.tasks.values_mut().for_each(|task| task.turn = Turn::default());
        self.looks.iter_mut().for_each(|look| look.gap());
    }

    /// The world after the last event.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The trace is over: what was found, the gravest first, then in the order of the trace.
    pub fn finish(mut self, settings: &Settings) -> Vec<Finding> {
        for look in &mut self.looks {
            look.over(&self.world, &mut self.log);
        }
        self.log.findings(settings, &self.world)
    }

    fn entered(&mut self, task: TaskId, seq: Seq) {
        let program = self.program(task);
        let followed = self.tasks.entry(task).or_default();
        followed.entered = seq;
        let Some(known) = self.world.tasks.get(&task) else { return };
        let Some(open) = &known.call else { return };
        let act = Act::of(open.call);
        let made = Made {
            seq,
            now: open.entered,
            task,
            process: known.process,
            program,
            call: open.call,
            act,
            ret: None,
            place: open.place,
            entered: open.entered,
            down: &open.down,
            file: act.fd().and_then(|fd| self.world.file_of(task, fd)),
            turn: &followed.turn,
        };
        for look in &mut self.looks {
            look.entered(&made, &self.world, &mut self.log);
        }
    }

    fn returned(&mut self, event: &Event, payload: &[u8]) {
        let task = event.task;
        let open = self.world.tasks.get(&task).and_then(|task| task.call.as_ref()).map(|open| open.call);
        let file = open.and_then(|call| self.named(task, call));
        self.world.apply(event, payload);
        let program = self.program(task);
        let (Some(_), Some(known)) = (open, self.world.tasks.get(&task)) else { return };
        let Some(past) = &known.last else { return };
        let followed = self.tasks.entry(task).or_default();
        let (whose, none) = ((task, known.process, program), Turn::default());
        let mut made = Made::past(past, whose, followed.entered, file, &none);
        self.registrations.follow(&made, &self.world);
        if past.call.is_wait() {
            followed.turn = Turn::new(&made, &past.up, &self.world, &self.registrations);
        }
        made.turn = &followed.turn;
        for look in &mut self.looks {
            look.returned(&made, &self.world, &mut self.log);
        }
    }

    /// The program threw something away: most often what its last call brought it.
    fn discarded(&mut self, task: TaskId, told: Discarded) {
        let program = self.program(task);
        let Some(known) = self.world.tasks.get(&task) else { return };
        let Some(past) = &known.last else { return };
        let followed = self.tasks.entry(task).or_default();
        let file = self.world.file_of(task, told.fd);
        let made = Made::past(past, (task, known.process, program), followed.entered, file, &followed.turn);
        for look in &mut self.looks {
            look.discarded(&told, &made, &mut self.log);
        }
    }

    /// The file that a call is about, before it has done anything to it.
    fn named(&self, task: TaskId, call: crate::event::Call) -> Option<FileId> {
        self.world.file_of(task, Act::of(call).fd()?)
    }

    /// The program that a task belongs to: the first of its ancestors that is known.
    fn program(&mut self, task: TaskId) -> TaskId {
        if let Some(program) = self.tasks.get(&task).and_then(|task| task.program) {
            return program;
        }
        let parent = self.world.tasks.get(&task).map(|known| known.parent);
        let followed = parent.and_then(|parent| self.tasks.get(&parent)).and_then(|parent| parent.program);
        let known = parent.filter(|parent| self.world.tasks.contains_key(parent));
        let program = followed.or(known).unwrap_or(task);
        self.tasks.entry(task).or_default().program = Some(program);
        program
    }
}
