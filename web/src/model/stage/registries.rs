//! What lives in the kernel beside the sockets: interest lists, and operations under way.

use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::Mask;
use loopscope_shared::world::{FileKind, Interested, Interface, Queue as QueueKind, World};

use super::answer::operation;
use super::cards::Look;
use super::names::name;

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
    pub interest: Vec<(Mask, Vec<Fd>)>,
    /// The ready list, in its order; `None` where it cannot be seen, or where there is none.
    pub ready: Option<Vec<Fd>>,
    /// The reader has chosen it.
    pub selected: bool,
}

/// A pair of rings or a completion port, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Its number.
    pub fd: Fd,
    /// Which life of the number.
    pub generation: u32,
    /// What it is: `io_uring`, `completion port`.
    pub what: &'static str,
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
        self.interest.iter().map(|(_, fds)| fds.len()).sum()
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
            Interface::Epoll => "interest list",
            Interface::Kqueue => "filters of",
            Interface::EventPort => "associated, for one event each",
            Interface::DevPoll => "the set of poll",
        }
    }

    /// What it is, and what it holds, in one sentence.
    pub fn sentence(&self) -> String {
        let ready = match &self.ready {
            Some(ready) => format!("{} on its ready list", ready.len()),
            None if self.interface == Interface::DevPoll => {
                "it has no ready list that can be seen".to_owned()
            }
            None => "its ready list cannot be seen".to_owned(),
        };
        let what = match self.interface {
            Interface::Epoll => "an epoll instance",
            Interface::Kqueue => "a kqueue",
            Interface::EventPort => "an event port",
            Interface::DevPoll => "the set of /dev/poll",
        };
        format!("Descriptor {}: {what}, {} watched, {ready}.", self.name(), self.watched())
    }
}

impl Queue {
    /// `4`, or `4.2` where the number has its second life.
    pub fn name(&self) -> String {
        name(self.fd, self.generation)
    }

    /// What it is, and what it holds, in one sentence.
    pub fn sentence(&self) -> String {
        let landed = match &self.landed {
            Some(landed) => format!("{} done and not yet taken", landed.len()),
            None => "what is done cannot be seen".to_owned(),
        };
        format!(
            "Descriptor {}: {}, {} operations under way, {landed}.",
            self.name(),
            self.what,
            self.pending.len()
        )
    }
}

/// What an interface is called, in a word.
pub(in crate::model) fn interface_name(interface: Interface) -> &'static str {
    match interface {
        Interface::Epoll => "epoll",
        Interface::Kqueue => "kqueue",
        Interface::EventPort => "event port",
        Interface::DevPoll => "/dev/poll",
    }
}

impl Look<'_> {
    /// Every interest list of the process.
    pub(super) fn registries(&self) -> Vec<Registry> {
        self.descriptors()
            .filter_map(|(fd, descriptor, file)| {
                let FileKind::Registry(registry) = &file.kind else { return None };
                let mut groups: Vec<(Mask, Vec<Fd>)> = Vec::new();
                for ((fd, _), Interested { event, .. }) in &registry.interest {
                    match groups.iter_mut().find(|(mask, _)| *mask == event.events) {
                        Some((_, fds)) => fds.push(*fd),
                        None => groups.push((event.events, vec![*fd])),
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
                // What is done and will not go on is no longer under way.
                let done = |user: &u64| operations.landed.iter().any(|landed| landed.user == *user);
                let goes_on = |kind: &_| {
                    use loopscope_shared::kernel::OperationKind as Of;
                    matches!(kind, Of::AcceptMulti { .. } | Of::RecvMulti { .. })
                };
                let pending = operations.pending.iter();
                let pending = pending.filter(|(user, pending)| goes_on(&pending.kind) || !done(user));
                Some(Queue {
                    fd,
                    generation: descriptor.generation,
                    what: match operations.queue {
                        QueueKind::Rings => "io_uring",
                        QueueKind::CompletionPort => "completion port",
                    },
                    pending: pending.map(|(_, pending)| operation(pending.kind)).collect(),
                    landed: (!World::is_inferred(descriptor.file)).then(|| landed.collect()),
                    selected: self.selected == Some(fd),
                })
            })
            .collect()
    }
}
