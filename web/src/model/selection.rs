//! What the reader has chosen to look at: a descriptor, a task or a client.

use std::fmt;

use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::world::{FileKind, World};

/// What is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A descriptor, in one life of its number.
    Descriptor(Name),
    /// A task.
    Task(TaskId),
    /// A client, whose connection may wait to be accepted, or be over.
    Client(PeerId),
}

/// A descriptor by its number, and by which life of its number is meant: numbers are given out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The number.
    pub fd: Fd,
    /// Which of its lives, from 1; 0 is whichever there is at the instant that is looked at.
    pub life: u32,
}

impl Name {
    /// A number, whatever it names.
    pub fn any(fd: Fd) -> Self {
        Self { fd, life: 0 }
    }

    /// What a number names in the process of a task, else in the first process that has it.
    pub fn at(fd: Fd, world: &World, task: TaskId) -> Self {
        let lives = |process: &TaskId| world.tables.get(process)?.fds.get(&fd).map(|open| open.generation);
        let own = world.tasks.get(&task).map(|task| task.process);
        let life = own.iter().chain(world.tables.keys()).find_map(lives);
        Self { fd, life: life.unwrap_or_default() }
    }

    /// Whether this is the life that a number has now.
    pub fn is(self, generation: u32) -> bool {
        self.life == 0 || self.life == generation
    }

    /// Reads `7`, the first life of a number, or `7.2`, its second; `7.0` is whichever there is.
    pub fn read(text: &str) -> Option<Self> {
        let (fd, life) = text.split_once('.').unwrap_or((text, "1"));
        Some(Self { fd: Fd(fd.parse().ok()?), life: life.parse().ok()? })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.life {
            1 => write!(f, "{}", self.fd),
            life => write!(f, "{}.{life}", self.fd),
        }
    }
}

impl Selection {
    /// The descriptor that is chosen, or that of the chosen client's connection, if it is open now.
    pub fn fd(self, world: &World) -> Option<Fd> {
        match self {
            Self::Descriptor(name) => {
                let open = |table: &loopscope_shared::world::Table| {
                    table.fds.get(&name.fd).is_some_and(|open| name.is(open.generation))
                };
                world.tables.values().any(open).then_some(name.fd)
            }
            Self::Client(peer) => world.descriptor_of(connection(peer, world)?).map(|(_, fd)| fd),
            Self::Task(_) => None,
        }
    }

    /// The task that is chosen.
    pub fn task(self) -> Option<TaskId> {
        match self {
            Self::Task(task) => Some(task),
            _ => None,
        }
    }
}

/// The server's side of a client's connection.
pub fn connection(peer: PeerId, world: &World) -> Option<FileId> {
    let of = |kind: &FileKind| matches!(kind, FileKind::Stream(stream) if stream.peer == Some(peer));
    world.files.iter().find(|(_, file)| of(&file.kind)).map(|(id, _)| *id)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Call, Event, Place, What};
    use loopscope_shared::time::Nanos;

    use super::*;

    #[test]
    fn the_lives_of_a_number_are_told_apart() {
        let mut world = World::new();
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let opens = [enter(Call::Socket), What::Exit { ret: Ok(3), lines: 0 }];
        let closes = [enter(Call::Close { fd: Fd(3) }), What::Exit { ret: Ok(0), lines: 0 }];
        let begins = [What::TaskBegin { parent: TaskId::KERNEL, thread: false }];
        let mut tell = |events: &[What]| {
            for what in events {
                let event = Event { at: Nanos::ZERO, task: TaskId::FIRST, what: *what, payload_len: 0 };
                world.apply(&event, &[]);
            }
            world.clone()
        };
        let first = tell(&[&begins[..], &opens].concat());
        let closed = tell(&closes);
        let second = tell(&opens);
        let [one, two] = [&first, &second].map(|world| Name::at(Fd(3), world, TaskId::FIRST));
        assert_eq!([one.to_string(), two.to_string()], ["3", "3.2"]);
        let seen =
            |name| [&first, &closed, &second].map(|world| Selection::Descriptor(name).fd(world).is_some());
        assert_eq!(seen(one), [true, false, false]);
        assert_eq!(seen(two), [false, false, true]);
        assert_eq!(seen(Name::any(Fd(3))), [true, false, true]);
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in [Name { fd: Fd(7), life: 1 }, Name { fd: Fd(7), life: 2 }, Name::any(Fd(7))] {
            assert_eq!(Name::read(&name.to_string()), Some(name));
        }
        for wrong in ["", "x", "7.", ".2", "7.x", "7.2.3"] {
            assert_eq!(Name::read(wrong), None, "{wrong}");
        }
    }
}
