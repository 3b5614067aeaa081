//! What the stage shows at one instant: *the line* between user space and the kernel, and what crosses it.
//!
//! [`Stage::of`] turns a [`World`] into plain data, and nothing else does: what is drawn can be tested
//! without a browser. Three things are kept apart, since that is the lesson of the picture: readiness is a
//! level in a tube ([`Card`]), the notification is a token ([`Wait`]), the data is a third thing
//! ([`Crossing`]).

mod answer;
mod cards;
mod clients;
mod crossing;
mod flights;
mod look;
mod machine;
#[cfg(test)]
mod made;
mod names;
mod readiness;
mod registries;
mod says;
mod threads;
mod unread;
mod wait;
mod wall;
mod words;

use std::rc::Rc;

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::Mask;
use loopscope_shared::world::{Task, World};

use names::Names;

use crate::messages as m;

pub use cards::{Card, Kind, Place, Slot, State, StreamView, TubeView};
pub use clients::{Client, Clients, did, doing};
pub use crossing::{Crossing, Way};
pub use flights::{Flight, Look, Spot, flights};
pub use machine::{Copied, Cpu, Hammer, Process};
pub use readiness::Readiness;
pub use registries::{Group, Queue, Registry, Trigger};
pub use threads::{Thread, Whereabouts};
pub use wait::{Answer, Entry, Finished, Phase, SetRow, Sets, Slip, Token, Wait};
pub use wall::{Cell, Layout, WORD, Wall};
pub use words::letters;

/// Up to so many descriptors are drawn as full tubes: more would leave no room for their letters.
pub const TUBES_MAX: usize = 24;

/// Up to so many are drawn as cells with a number each; beyond, as the wall, 64 cells a row.
pub const ROWS_MAX: usize = 400;

/// Up to so many descriptors have a column each through all bands, beside the wait.
const COLUMNS_MAX: usize = 6;

/// Up to so many bits of a set are drawn with their numbers.
pub const NUMBERED_BITS_MAX: usize = 12;

/// So many descriptors are shown in full where all are drawn small.
const LENS_MAX: usize = 4;

/// How the descriptors are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Each with its two tubes.
    Tubes,
    /// Each as a cell with its number and its levels.
    Rows,
    /// Each as a small square, 64 a row: a row is one word of an `fd_set`.
    Wall,
}

impl Density {
    fn of(descriptors: usize) -> Self {
        match descriptors {
            few if few <= TUBES_MAX => Self::Tubes,
            some if some <= ROWS_MAX => Self::Rows,
            _ => Self::Wall,
        }
    }
}

/// All that the stage shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Something has happened; if not, the stage says how to begin.
    pub begun: bool,
    /// The program is known from outside only, and is none of Loopscope's own: what it is called.
    pub foreign: Option<String>,
    /// One sentence on this instant, for who sees this for the first time and for who cannot see it.
    pub says: String,
    /// How the descriptors are drawn.
    pub density: Density,
    /// The tasks of the program.
    pub threads: Vec<Thread>,
    /// How many more there are.
    pub more_threads: usize,
    /// The processes with their descriptor tables, if there is more than one.
    pub processes: Vec<Process>,
    /// How many more there are.
    pub more_processes: usize,
    /// The CPUs, where they are known.
    pub cpus: Vec<Cpu>,
    /// How much of what the program asks is for nothing, if it asks instead of waiting.
    pub hammer: Option<Hammer>,
    /// The callbacks that the program says it is in, the outermost first: of which descriptor, because of what.
    pub callbacks: Vec<(String, Mask)>,
    /// What the reader must be warned of.
    pub warnings: Vec<String>,
    /// The wait that is under way, or whose answer the program has in hand.
    pub wait: Option<Wait>,
    /// What the latest call moves, if that is not a wait.
    pub crossing: Option<Crossing>,
    /// The descriptors, in order, without those of `registries`; of a wall, only those that matter now.
    pub cards: Vec<Card>,
    /// The sockets of other processes, as far as there is room for them.
    pub others: Vec<Card>,
    /// The process that the stage is about.
    pub process: TaskId,
    /// All of them, where they are drawn as a wall.
    pub wall: Option<Rc<Wall>>,
    /// How many there are.
    pub descriptors: usize,
    /// Epoll instances, kqueues and their like: what the kernel was asked to watch.
    pub registries: Vec<Registry>,
    /// Rings and completion ports: what the kernel was asked to do.
    pub queues: Vec<Queue>,
    /// The clients.
    pub clients: Clients,
    /// Which of `cards` have a column through all bands: buffer, tubes, client. All of them if they are few,
    /// those that matter now where all are drawn small, else none.
    pub columns: Vec<usize>,
}

impl Stage {
    /// The stage at one instant. `acting` is the task of the latest event: what it does is in the middle.
    pub fn of(world: &World, acting: TaskId, selected: Option<Fd>, live: bool) -> Self {
        let Some((id, task)) = focus(world, acting) else { return Self::empty(live) };
        // A recording of a real kernel is as little seen from inside as the real kernel.
        let live = live || !world.tells_of_sleep();
        let names = Names::of(world, id);
        let wait = wait::wait_of(world, task);
        let crossing = crossing::crossing_of(task, &names);
        let touched = crossing.as_ref().and_then(|crossing| crossing.fd);
        let look = look::Look::at(world, (id, task), wait.as_ref(), touched, selected);
        let (cards, wall, count) = look.all();
        let registries = look.registries();
        let queues = look.queues();
        let (threads, more_threads) = threads::threads_of(world, id, live);
        let density = Density::of(count);
        let clients = clients::clients_of(world, task.process, &cards, density);
        let columns = columns(density, &cards);
        let others = match density {
            Density::Tubes => look.others(COLUMNS_MAX.saturating_sub(cards.len())),
            Density::Rows | Density::Wall => Vec::new(),
        };
        let scene = says::Scene {
            task,
            threads: &threads,
            wait: wait.as_ref(),
            crossing: crossing.as_ref(),
            cards: &cards,
            registries: &registries,
            queues: &queues,
            names: &names,
            served: world.tally.lines,
        };
        let says = scene.says();
        let (processes, more_processes) = machine::processes_of(world, id);
        let hammer = machine::hammer_of(world, task);
        Self {
            begun: true,
            foreign: world.outside.then(|| task.name.clone()),
            says,
            density,
            threads,
            more_threads,
            processes,
            more_processes,
            cpus: machine::cpus_of(world, hammer),
            hammer,
            callbacks: task.callbacks.iter().map(|(fd, mask)| (names.name(*fd), *mask)).collect(),
            warnings: machine::warnings_of(world),
            wait,
            crossing,
            cards,
            others,
            process: task.process,
            wall: wall.map(Rc::new),
            descriptors: count,
            registries,
            queues,
            clients,
            columns,
        }
    }

    fn empty(live: bool) -> Self {
        let says = if live { m::stage_empty_live() } else { m::stage_empty() };
        Self {
            begun: false,
            foreign: None,
            says: says.to_owned(),
            density: Density::Tubes,
            threads: Vec::new(),
            more_threads: 0,
            processes: Vec::new(),
            more_processes: 0,
            cpus: Vec::new(),
            hammer: None,
            callbacks: Vec::new(),
            warnings: Vec::new(),
            wait: None,
            crossing: None,
            cards: Vec::new(),
            others: Vec::new(),
            process: TaskId::FIRST,
            wall: None,
            descriptors: 0,
            registries: Vec::new(),
            queues: Vec::new(),
            clients: Clients::default(),
            columns: Vec::new(),
        }
    }

    /// What a descriptor is called, wherever it is named.
    pub fn name_of(&self, fd: Fd) -> String {
        let card = self.cards.binary_search_by_key(&fd, |card| card.fd).ok();
        card.map_or_else(|| fd.to_string(), |index| self.cards[index].name())
    }

    /// The cards that have a column, in order.
    pub fn in_columns(&self) -> impl Iterator<Item = &Card> {
        self.columns.iter().filter_map(|index| self.cards.get(*index))
    }

    /// All that have a column, those of other processes among them, in the order of the processes: so each keeps
    /// its place whichever process acts.
    pub fn all_columns(&self) -> Vec<&Card> {
        let mut all: Vec<&Card> =
            self.in_columns().chain(self.others.iter().filter(|_| !self.columns.is_empty())).collect();
        all.sort_by_key(|card| (card.owner.unwrap_or(self.process), card.fd));
        all
    }

    /// The descriptor before or after the one given, in the order in which they are drawn.
    pub fn neighbour(&self, of: Option<Fd>, forward: bool) -> Option<Fd> {
        let mut fds: Vec<Fd> = match &self.wall {
            Some(wall) => wall.fds().collect(),
            None => self.cards.iter().map(|card| card.fd).collect(),
        };
        fds.extend(self.registries.iter().map(|registry| registry.fd));
        fds.extend(self.queues.iter().map(|queue| queue.fd));
        fds.sort_unstable();
        let Some(of) = of else { return if forward { fds.first() } else { fds.last() }.copied() };
        match forward {
            true => fds.into_iter().find(|fd| *fd > of),
            false => fds.into_iter().rfind(|fd| *fd < of),
        }
    }
}

/// The task in the middle: the one that acts, else the first that has not ended, else the first.
fn focus(world: &World, acting: TaskId) -> Option<(TaskId, &Task)> {
    let alive = |task: &Task| task.state.is_alive();
    let known = || world.tasks.iter().map(|(id, task)| (*id, task));
    known()
        .find(|(id, _)| *id == acting)
        .or_else(|| known().find(|(_, task)| alive(task)))
        .or_else(|| known().next())
}

fn columns(density: Density, cards: &[Card]) -> Vec<usize> {
    match density {
        Density::Tubes if cards.len() <= COLUMNS_MAX => (0..cards.len()).collect(),
        Density::Tubes => Vec::new(),
        Density::Rows | Density::Wall => lens(cards),
    }
}

/// The descriptors that matter most now, in order: the chosen one, the one a call is about, a listener, what
/// is ready to be read.
fn lens(cards: &[Card]) -> Vec<usize> {
    let rank = |card: &Card| match () {
        () if card.selected => Some(0),
        () if card.touched => Some(1),
        () if matches!(card.kind, Kind::Listener { .. }) => Some(2),
        () if card.readiness.readable() == Some(true) => Some(3),
        () => card.is_busy().then_some(4),
    };
    let mut ranked: Vec<(u8, usize)> =
        cards.iter().enumerate().filter_map(|(index, card)| Some((rank(card)?, index))).collect();
    ranked.sort_unstable();
    let mut lens: Vec<usize> = ranked.into_iter().take(LENS_MAX).map(|(_, index)| index).collect();
    lens.sort_unstable();
    lens
}

#[cfg(test)]
mod tests {
    use super::made::Made;
    use super::*;

    #[test]
    fn before_anything_happened_the_stage_says_how_to_begin() {
        let stage = Stage::of(&World::new(), TaskId::KERNEL, None, false);
        assert!(!stage.begun);
        assert!(stage.says.contains("press →"), "{}", stage.says);
    }

    #[test]
    fn the_more_descriptors_the_smaller_they_are_drawn() {
        let check = |streams: i32, expect: Density, columns: usize| {
            let mut made = Made::new("select");
            for fd in 4..4 + streams {
                made.accepted(fd);
            }
            let stage = made.stage();
            assert_eq!(stage.density, expect, "{streams} connections");
            assert_eq!(stage.descriptors, streams as usize + 1);
            assert_eq!(stage.columns.len(), columns, "{streams} connections");
        };
        check(3, Density::Tubes, 4);
        check(COLUMNS_MAX as i32, Density::Tubes, 0);
        check(TUBES_MAX as i32 - 1, Density::Tubes, 0);
        // The listener, and the one that was just accepted.
        check(TUBES_MAX as i32, Density::Rows, 2);
        check(ROWS_MAX as i32 - 1, Density::Rows, 2);
        check(ROWS_MAX as i32, Density::Wall, 2);
    }

    #[test]
    fn the_lens_holds_the_chosen_one_and_what_is_ready() {
        let mut made = Made::new("select");
        for fd in 4..104 {
            made.accepted(fd);
        }
        made.arrived(50, b"hello\n");
        let stage = Stage::of(&made.world, TaskId::FIRST, Some(Fd(90)), false);
        let shown: Vec<i32> = stage.in_columns().map(|card| card.fd.0).collect();
        assert_eq!(shown, [3, 50, 90, 103], "the listener, the readable, the chosen, the one just accepted");
    }

    #[test]
    fn arrow_keys_go_through_all_descriptors_in_order() {
        let mut made = Made::new("epoll");
        made.epoll(4);
        made.accepted(5);
        let stage = made.stage();
        let walk = |of, forward| stage.neighbour(of, forward).map(|fd| fd.0);
        assert_eq!(walk(None, true), Some(3));
        assert_eq!(walk(Some(Fd(3)), true), Some(4));
        assert_eq!(walk(Some(Fd(5)), true), None);
        assert_eq!(walk(None, false), Some(5));
    }
}
