//! What lives in the kernel beside the sockets: interest lists, and operations under way.

use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::Mask;
use loopscope_shared::world::{
    FileKind, Interested, Interface, Operations, Pending, Queue as QueueKind, World,
};

use super::answer::operation;
use super::look::Look;
use super::names::name;
use crate::messages as m;

/// An epoll instance, a kqueue, an event port or `/dev/poll`, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    /// Its number.
    pub fd: Fd,
    /// Which life of the number.
    pub generation: u32,
    /// Whose it is.
    pub interface: Interface,
    /// What is watched, by what is asked.
    pub interest: Vec<Group>,
    /// The ready list, in its order; `None` where it cannot be seen, or where there is none.
    pub ready: Option<Vec<Fd>>,
    /// The reader has chosen it.
    pub selected: bool,
}

/// Descriptors of which the same is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What is asked.
    pub mask: Mask,
    /// How it is told.
    pub trigger: Trigger,
    /// It had its one report, and says nothing until it is asked again.
    pub spent: bool,
    /// The descriptors.
    pub fds: Vec<Fd>,
}

/// How an interest list tells of what is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// At each wait, as long as it is so.
    Level,
    /// Once for each change.
    Edge,
    /// Once, and then no more until it is asked again.
    Once,
}

impl Trigger {
    fn of(mask: Mask, interface: Interface) -> Self {
        match () {
            () if mask.contains(Mask::ONESHOT) || interface == Interface::EventPort => Self::Once,
            () if mask.contains(Mask::ET) => Self::Edge,
            () => Self::Level,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Level => m::stage_trigger_level(),
            Self::Edge => m::stage_trigger_edge(),
            Self::Once => m::stage_trigger_once(),
        }
    }

    /// What that means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Level => m::stage_trigger_level_meaning(),
            Self::Edge => m::stage_trigger_edge_meaning(),
            Self::Once => m::stage_trigger_once_meaning(),
        }
    }

    /// The name of its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Edge => "edge",
            Self::Once => "once",
        }
    }
}

/// A pair of rings or a completion port, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Its number.
    pub fd: Fd,
    /// Which life of the number.
    pub generation: u32,
    /// Whether it is a pair of rings, and not a completion port.
    pub rings: bool,
    /// How many entries its submission ring has, where that is known: its completion ring has twice as many.
    pub entries: u32,
    /// How many operations were started so far, and how many completions were taken.
    pub turned: (u64, u64),
    /// The operations under way, each in a few words.
    pub pending: Vec<String>,
    /// The completions that wait to be taken, each in a few words; `None` where they cannot be seen.
    pub landed: Option<Vec<String>>,
    /// The reader has chosen it.
    pub selected: bool,
}

impl Registry {
    /// How many descriptors are watched.
    pub fn watched(&self) -> usize {
        self.interest.iter().map(|group| group.fds.len()).sum()
    }

    /// `4`, or `4.2` where the number has its second life.
    pub fn name(&self) -> String {
        name(self.fd, self.generation)
    }

    /// What it is, in a word.
    pub fn what(&self) -> &'static str {
        interface_name(self.interface)
    }

    /// What its entries are called.
    pub fn list_name(&self) -> &'static str {
        match self.interface {
            Interface::Epoll => m::stage_list_epoll(),
            Interface::Kqueue => m::stage_list_kqueue(),
            Interface::EventPort => m::stage_list_port(),
            Interface::DevPoll => m::stage_list_dev_poll(),
        }
    }

    /// What it is, and what it holds, in one sentence.
    pub fn sentence(&self) -> String {
        let ready = match &self.ready {
            Some(ready) => m::stage_registry_ready(ready.len()),
            None if self.interface == Interface::DevPoll => m::stage_registry_no_list().to_owned(),
            None => m::stage_registry_unseen().to_owned(),
        };
        m::stage_registry(self.name(), self.what(), self.watched(), ready)
    }
}

impl Queue {
    /// `4`, or `4.2` where the number has its second life.
    pub fn name(&self) -> String {
        name(self.fd, self.generation)
    }

    /// What it is: `io_uring`, `completion port`.
    pub fn what(&self) -> &'static str {
        if self.rings { "io_uring" } else { m::stage_completion_port() }
    }

    /// What it is, and what it holds, in one sentence.
    pub fn sentence(&self) -> String {
        let landed = match &self.landed {
            Some(landed) => m::stage_queue_done(landed.len()),
            None => m::stage_queue_unseen().to_owned(),
        };
        m::stage_queue(self.name(), self.what(), self.pending.len(), landed)
    }
}

/// The operations that are under way: what is done and will not go on is no longer.
pub(super) fn going_on(operations: &Operations) -> impl Iterator<Item = (&u64, &Pending)> {
    use loopscope_shared::kernel::OperationKind as Of;
    let done = |user: &u64| operations.landed.iter().any(|landed| landed.user == *user);
    let goes_on = |kind: &_| matches!(kind, Of::AcceptMulti { .. } | Of::RecvMulti { .. });
    operations.pending.iter().filter(move |(user, pending)| goes_on(&pending.kind) || !done(user))
}

/// What an interface is called, in a word.
pub(in crate::model) fn interface_name(interface: Interface) -> &'static str {
    match interface {
        Interface::Epoll => "epoll",
        Interface::Kqueue => "kqueue",
        Interface::EventPort => m::stage_event_port(),
        Interface::DevPoll => "/dev/poll",
    }
}

impl Look<'_> {
    /// Every interest list of the process.
    pub(super) fn registries(&self) -> Vec<Registry> {
        self.descriptors()
            .filter_map(|(fd, descriptor, file)| {
                let FileKind::Registry(registry) = &file.kind else { return None };
                let mut groups: Vec<Group> = Vec::new();
                for ((fd, _), Interested { event, armed }) in &registry.interest {
                    let (mask, spent) = (event.events, !armed);
                    match groups.iter_mut().find(|group| (group.mask, group.spent) == (mask, spent)) {
                        Some(group) => group.fds.push(*fd),
                        None => {
                            let trigger = Trigger::of(mask, registry.interface);
                            groups.push(Group { mask, trigger, spent, fds: vec![*fd] });
                        }
                    }
                }
                let seen = !World::is_inferred(descriptor.file) && registry.interface != Interface::DevPoll;
                Some(Registry {
                    fd,
                    generation: descriptor.generation,
                    interface: registry.interface,
                    interest: groups,
                    ready: seen.then(|| registry.ready.clone()),
                    selected: self.selected == Some(fd),
                })
            })
            .collect()
    }

    /// Every pair of rings and completion port of the process.
    pub(super) fn queues(&self) -> Vec<Queue> {
        self.descriptors()
            .filter_map(|(fd, descriptor, file)| {
                let FileKind::Operations(operations) = &file.kind else { return None };
                let landed = operations.landed.iter().map(|landed| {
                    let pending = operations.pending.get(&landed.user);
                    let what = pending.map_or_else(|| format!("#{}", landed.user), |p| operation(p.kind));
                    match landed.taken + landed.put {
                        0 => what,
                        bytes => format!("{what}: {bytes} B"),
                    }
                });
                Some(Queue {
                    fd,
                    generation: descriptor.generation,
                    rings: operations.queue == QueueKind::Rings,
                    // The kernel rounds up to a power of two (io_uring_setup(2)).
                    entries: if operations.entries > 0 { operations.entries.next_power_of_two() } else { 0 },
                    turned: (operations.started, operations.ended),
                    pending: going_on(operations).map(|(_, pending)| operation(pending.kind)).collect(),
                    landed: (!World::is_inferred(descriptor.file)).then(|| landed.collect()),
                    selected: self.selected == Some(fd),
                })
            })
            .collect()
    }
}
