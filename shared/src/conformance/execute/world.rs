//! What a script has named so far.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use crate::conformance::{Name, Reply};
use crate::ids::Fd;
use crate::kernel::TaskNumber;

/// What a script has named so far.
#[derive(Debug, Default)]
pub(super) struct World {
    /// The number that a name stands for; it does so after the descriptor was closed, too.
    fds: BTreeMap<String, Fd>,
    /// The names whose descriptors the script has not closed.
    open: BTreeSet<String>,
    /// The addresses of sockets that have one.
    addresses: BTreeMap<String, SocketAddr>,
    /// What registrations are called: an epoll event carries the place in this list.
    labels: Vec<Name>,
    threads: BTreeMap<String, Thread>,
    /// A socket was connected to its own address.
    pub(super) calls_itself: bool,
}

/// A thread of the script.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// Its number, once it runs.
    pub(super) number: Option<TaskNumber>,
    /// What its step returned, once it has.
    pub(super) reply: Option<Reply>,
}

impl World {
    /// The number of a descriptor.
    pub(super) fn fd(&self, name: &Name) -> Result<Fd, String> {
        match name {
            Name::Raw(number) => Ok(Fd(*number)),
            Name::Named(name) => {
                self.fds.get(name).copied().ok_or_else(|| format!("no step before this one made `{name}`"))
            }
        }
    }

    /// A new descriptor gets its name.
    pub(super) fn add(&mut self, name: &str, fd: Fd) {
        self.fds.insert(name.to_owned(), fd);
        self.open.insert(name.to_owned());
    }

    /// The descriptor of that name was closed.
    pub(super) fn closed(&mut self, name: &Name) {
        if let Name::Named(name) = name {
            self.open.remove(name);
        }
    }

    /// The descriptors that are still open, each once.
    pub(super) fn open(&self) -> BTreeSet<Fd> {
        self.open.iter().filter_map(|name| self.fds.get(name)).copied().collect()
    }

    /// A socket has got an address. The first one stays, unless it is a listener that listens again.
    pub(super) fn set_address(&mut self, name: &Name, address: SocketAddr, again: bool) {
        let Name::Named(name) = name else { return };
        if again || !self.addresses.contains_key(name) {
            self.addresses.insert(name.clone(), address);
        }
    }

    /// Where a socket can be connected to.
    pub(super) fn address(&self, name: &Name) -> Result<SocketAddr, String> {
        let found = if let Name::Named(name) = name { self.addresses.get(name) } else { None };
        found.copied().ok_or_else(|| format!("`{name}` has no address: bind it before"))
    }

    /// The ports of all sockets of the script.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.addresses.values().map(SocketAddr::port).filter(|port| *port != 0).collect()
    }

    /// Remembers what a registration is called, and returns the number that stands for it.
    pub(super) fn add_label(&mut self, label: Name) -> u64 {
        self.labels.push(label);
        self.labels.len() as u64 - 1
    }

    /// What the registration with this number is called.
    pub(super) fn label(&self, number: u64) -> Name {
        let label = usize::try_from(number).ok().and_then(|place| self.labels.get(place));
        label.cloned().unwrap_or_else(|| Name::Named(format!("data {number}, which no step gave")))
    }

    /// The thread of that name, made if there is none.
    pub(super) fn new_thread(&mut self, name: &str) -> &mut Thread {
        self.threads.entry(name.to_owned()).or_default()
    }

    /// The thread of that name.
    pub(super) fn thread(&self, name: &str) -> Result<&Thread, String> {
        self.threads.get(name).ok_or_else(|| format!("no step before this one started a thread `{name}`"))
    }

    /// Whether the thread with this number has returned from its step.
    pub(super) fn has_ended(&self, number: TaskNumber) -> bool {
        self.threads.values().any(|thread| thread.number == Some(number) && thread.reply.is_some())
    }

    /// The threads that have not returned from their steps.
    pub(super) fn sleepers(&self) -> Vec<TaskNumber> {
        let unfinished = self.threads.values().filter(|thread| thread.reply.is_none());
        unfinished.filter_map(|thread| thread.number).collect()
    }
}
