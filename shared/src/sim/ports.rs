//! Event ports of Solaris (`port_create(3C)`): a descriptor is associated for one event, and the event uses the
//! association up.
//!
//! The rules are those of the manual pages of illumos; they were read, not observed. What holds already when a
//! descriptor is associated is an event at once, so that nothing can be missed between an event and the next
//! association. An event says what was so when it was sent.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId};
use crate::kernel::{Mask, PortEvent};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::waitq::Watch;
use crate::sorted::SortedMap;

/// A port.
#[derive(Debug, Default)]
pub(super) struct Port {
    associations: SortedMap<Fd, Association>,
    /// Descriptors whose event has been sent and waits to be taken, the oldest first.
    sent: VecDeque<Fd>,
}

/// A descriptor that is associated.
#[derive(Clone, Copy, Debug)]
struct Association {
    file: FileId,
    events: Mask,
    user: u64,
    /// What its event says so far; empty if there is none.
    sent: Mask,
}

impl Port {
    /// How many events wait to be taken.
    pub(super) fn sent_len(&self) -> usize {
        self.sent.len()
    }

    /// The files that are watched.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.associations.values().map(|association| association.file)
    }
}

impl Machine {
    /// `port_create(3C)`.
    pub(super) fn port_create(&mut self) -> Result<Fd, Errno> {
        let id = self.add_file(File::new(Kind::Port(Port::default()), None));
        self.install(id)
    }

    /// `port_associate(3C)`.
    pub(super) fn port_associate(&mut self, port: Fd, fd: Fd, events: Mask, user: u64) -> Result<(), Errno> {
        let id = self.file_of(port)?;
        self.port(id)?;
        let file = self.file_of(fd)?;
        self.port_forget(id, fd);
        let association = Association { file, events, user, sent: Mask::empty() };
        self.port(id)?.associations.insert(fd, association);
        self.watch(file, Watch { by: id, fd });
        self.port_notice(id, fd);
        Ok(())
    }

    /// `port_dissociate(3C)`. An event that has been sent and not taken goes, too.
    pub(super) fn port_dissociate(&mut self, port: Fd, fd: Fd) -> Result<(), Errno> {
        let id = self.file_of(port)?;
        self.port(id)?.associations.get(&fd).ok_or(Errno::ENOENT)?;
        self.port_forget(id, fd);
        Ok(())
    }

    /// `port_getn(3C)`: waits for `at_least` events and takes up to `most`. If the time is over it takes what
    /// there is and fails all the same.
    pub(super) fn port_getn(
        &mut self,
        port: Fd,
        events: &mut Vec<PortEvent>,
        most: usize,
        at_least: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        events.clear();
        let id = match self.file_of(port).and_then(|id| self.port(id).map(|_| id)) {
            Ok(_) if at_least > most => return Attempt::Done(Err(Errno::EINVAL)),
            Ok(id) => id,
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        let enough = self.port(id).is_ok_and(|port| port.sent_len() >= at_least);
        if !enough && !timed_out {
            self.sleep_on([(id, Mask::IN)]);
            return Attempt::Sleep;
        }
        while events.len() < most
            && let Some(event) = self.next_sent(id)
        {
            events.push(event);
        }
        Attempt::Done(if enough { Ok(events.len()) } else { Err(Errno::ETIME) })
    }

    /// Something may be so of an associated descriptor: if it is what was asked for, its event is sent.
    pub(super) fn port_notice(&mut self, id: FileId, fd: Fd) {
        let Some(association) = self.port(id).ok().and_then(|port| port.associations.get(&fd).copied())
        else {
            return;
        };
        let so = self.poll_file(association.file) & (association.events | Mask::ALWAYS) & Mask::READINESS;
        if so.is_empty() {
            return;
        }
        let Ok(port) = self.port(id) else { return };
        port.associations.entry(fd).and_modify(|association| association.sent |= so);
        // At most one event for each association.
        if association.sent.is_empty() {
            port.sent.push_back(fd);
            self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]);
            self.wake(id, Mask::IN);
        }
    }

    /// Ends an association: it was used up, or replaced, or its descriptor is closed.
    pub(super) fn port_forget(&mut self, id: FileId, fd: Fd) {
        let Ok(port) = self.port(id) else { return };
        let Some(association) = port.associations.remove(&fd) else { return };
        if !association.sent.is_empty() {
            port.sent.retain(|sent| *sent != fd);
            self.tell_kernel(Inside::Unlisted { epoll: id, fd }, &[]);
        }
        self.unwatch(association.file, id, fd);
    }

    /// How many events wait to be taken.
    pub(super) fn port_len(&mut self, port: Fd) -> usize {
        self.file_of(port).and_then(|id| self.port(id).map(|port| port.sent_len())).unwrap_or(0)
    }

    fn next_sent(&mut self, id: FileId) -> Option<PortEvent> {
        let port = self.port(id).ok()?;
        let fd = *port.sent.front()?;
        let Association { user, sent, .. } = *port.associations.get(&fd)?;
        self.port_forget(id, fd);
        Some(PortEvent { fd, events: sent, user })
    }

    fn port(&mut self, id: FileId) -> Result<&mut Port, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Port(port)) => Ok(port),
            _ => Err(Errno::EBADF),
        }
    }
}
