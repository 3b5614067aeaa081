//! `epoll(7)`: an interest list that stays, and a ready list that events fill.

use std::collections::{BTreeMap, VecDeque};

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId};
use crate::kernel::{CtlOp, EpollEvent, Mask};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::waitq::Watch;

/// An epoll instance.
#[derive(Debug, Default)]
pub(super) struct Instance {
    /// The interest list. The real key is the file and the number; without `dup` the number is enough.
    items: BTreeMap<Fd, Item>,
    /// Items that something has happened to, in the order in which it did. Whether they are still ready is
    /// looked up when a wait comes to them.
    ready: VecDeque<Fd>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    file: FileId,
    event: EpollEvent,
}

impl Item {
    /// What is reported if that is so: what was asked for, errors and hang-ups always. A spent one-shot item
    /// has an empty mask and reports nothing.
    fn reports(&self, ready: Mask) -> Mask {
        match self.is_spent() {
            true => Mask::empty(),
            false => ready & (self.event.events | Mask::ALWAYS) & Mask::READINESS,
        }
    }

    fn is_spent(&self) -> bool {
        self.event.events == Mask::ONESHOT
    }
}

impl Instance {
    /// Whether a wait would find something.
    pub(super) fn has_ready(&self, machine: &Machine) -> bool {
        let is_ready = |item: &Item| !item.reports(machine.ready(item.file)).is_empty();
        self.ready.iter().filter_map(|fd| self.items.get(fd)).any(is_ready)
    }

    /// How many items a wait would look at.
    pub(super) fn ready_len(&self) -> usize {
        self.ready.len()
    }

    /// The files of the interest list.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.items.values().map(|item| item.file)
    }

    /// Something happened to an item: it goes onto the ready list, unless it is there or does not care.
    pub(super) fn notice(&mut self, fd: Fd, key: Mask) -> bool {
        let Some(item) = self.items.get(&fd) else { return false };
        let cares = !item.reports(key).is_empty();
        let listed = cares && !self.ready.contains(&fd);
        if listed {
            self.ready.push_back(fd);
        }
        listed
    }
}

impl Machine {
    /// `epoll_create1(2)`.
    pub(super) fn epoll_create(&mut self) -> Result<Fd, Errno> {
        let id = self.add_file(File::new(Kind::Epoll(Instance::default()), None));
        self.install(id)
    }

    /// `epoll_ctl(2)`. An item that is ready when it is added or changed is listed at once.
    pub(super) fn epoll_ctl(&mut self, epoll: Fd, op: CtlOp, fd: Fd, event: EpollEvent) -> Result<(), Errno> {
        let id = self.file_of(epoll)?;
        let file = self.file_of(fd)?;
        let instance = self.instance(id)?;
        if id == file {
            return Err(Errno::EINVAL);
        }
        let known = instance.items.contains_key(&fd);
        match op {
            CtlOp::Add if known => return Err(Errno::EEXIST),
            CtlOp::Mod | CtlOp::Del if !known => return Err(Errno::ENOENT),
            CtlOp::Add | CtlOp::Mod => {
                instance.items.insert(fd, Item { file, event });
            }
            CtlOp::Del => {}
        }
        match op {
            CtlOp::Del => {
                self.unwatch(file, id, fd);
                self.unregister(id, fd);
                return Ok(());
            }
            CtlOp::Add => self.watch(file, Watch { by: id, fd }),
            CtlOp::Mod => {}
        }
        let ready = self.ready(file);
        if self.instance(id)?.notice(fd, ready) {
            self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]);
            self.wake(id, Mask::IN);
        }
        Ok(())
    }

    /// `epoll_wait(2)`: goes through the ready list, reports what is still so, and keeps what is
    /// level-triggered, at the end, so that many ready items take turns.
    pub(super) fn epoll_wait(
        &mut self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        events.clear();
        let id = match self.file_of(epoll).and_then(|id| self.instance(id).map(|_| id)) {
            Ok(id) if most > 0 => id,
            Ok(_) => return Attempt::Done(Err(Errno::EINVAL)),
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        let listed = self.instance(id).map_or(0, |instance| instance.ready.len());
        for _ in 0..listed {
            if events.len() == most {
                break;
            }
            if let Some(event) = self.next_ready(id) {
                events.push(event);
            }
        }
        if events.is_empty() && !timed_out {
            self.sleep_on([(id, Mask::IN)]);
            return Attempt::Sleep;
        }
        Attempt::Done(Ok(events.len()))
    }

    /// Takes the first item off the ready list and says what is ready of it, if it still is.
    fn next_ready(&mut self, id: FileId) -> Option<EpollEvent> {
        let fd = self.instance(id).ok()?.ready.pop_front()?;
        let item = self.instance(id).ok()?.items.get(&fd).copied()?;
        let reported = item.reports(self.ready(item.file));
        let instance = self.instance(id).ok()?;
        let level = !item.event.events.intersects(Mask::ET | Mask::ONESHOT);
        if !reported.is_empty() && item.event.events.contains(Mask::ONESHOT) {
            instance.items.entry(fd).and_modify(|item| item.event.events = Mask::ONESHOT);
        }
        let stays = !reported.is_empty() && level;
        if stays {
            instance.ready.push_back(fd);
        }
        // Alone on the list it stays where it is, and there is nothing to tell.
        let moved = !stays || instance.ready.len() > 1;
        if moved {
            self.tell_kernel(Inside::Unlisted { epoll: id, fd }, &[]);
        }
        if moved && stays {
            self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]);
        }
        (!reported.is_empty()).then_some(EpollEvent { events: reported, data: item.event.data })
    }

    /// Takes an item off both lists.
    pub(super) fn unregister(&mut self, epoll: FileId, fd: Fd) {
        let Ok(instance) = self.instance(epoll) else { return };
        instance.items.remove(&fd);
        let listed = instance.ready.len();
        instance.ready.retain(|ready| *ready != fd);
        if instance.ready.len() < listed {
            self.tell_kernel(Inside::Unlisted { epoll, fd }, &[]);
        }
    }

    /// How many items of an instance are on its ready list.
    pub(super) fn ready_len(&self, epoll: Fd) -> usize {
        let kind = self.file_of(epoll).ok().and_then(|id| self.files.get(&id)).map(|file| &file.kind);
        if let Some(Kind::Epoll(instance)) = kind { instance.ready_len() } else { 0 }
    }

    fn instance(&mut self, id: FileId) -> Result<&mut Instance, Errno> {
        match self.files.get_mut(&id).map(|file| &mut file.kind) {
            Some(Kind::Epoll(instance)) => Ok(instance),
            _ => Err(Errno::EINVAL),
        }
    }
}
