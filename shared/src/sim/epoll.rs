//! `epoll(7)`: an interest list that stays, and a ready list that events fill.
//!
//! What is on the ready list is looked at again when a wait comes to it: an event puts an item there, its state
//! at that time is what is reported.

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{CtlOp, EpollEvent, Mask};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::rules::Flip;
use crate::sim::waitq::{STATE_CHANGE, Watch};
use crate::sorted::SortedMap;

/// How deep epoll instances may watch each other (Linux's `EP_MAX_NESTS`).
const NESTS_MAX: usize = 4;

/// The bits that say how an item is to be reported. A one-shot item that is spent has nothing else.
const HOW: Mask = Mask::ET.union(Mask::ONESHOT).union(Mask::EXCLUSIVE).union(Mask::WAKEUP);

/// With what an exclusive registration may be made (`epoll_ctl(2)`).
const EXCLUSIVE_WITH: Mask =
    HOW.difference(Mask::ONESHOT).union(Mask::IN).union(Mask::OUT).union(Mask::ALWAYS);

/// An item's key: the file **and** the number, so that a file can be there under two numbers, and a number twice
/// if it was given away meanwhile.
type Key = (FileId, Fd);

/// An epoll instance.
#[derive(Debug, Default)]
pub(super) struct Instance {
    /// The interest list.
    items: SortedMap<Key, Item>,
    /// Items that something has happened to, in the order in which it did, each under a number that rises.
    ready: SortedMap<u64, Key>,
    /// The number for the next.
    next: u64,
    /// Tasks that sleep in `epoll_wait`. The last one to come is woken first (observed).
    pub(super) sleepers: Vec<TaskId>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    event: EpollEvent,
    /// Its number on the ready list, if it is there.
    listed: Option<u64>,
    /// What brought it there; looked at only where [`Flip::EDGE_REPORTS_CAUSE`].
    cause: Mask,
}

impl Item {
    /// What is reported if that is so.
    fn reports(&self, ready: Mask) -> Mask {
        ready.with_normal() & self.event.events & !HOW
    }

    fn is_spent(&self) -> bool {
        HOW.contains(self.event.events)
    }
}

impl Instance {
    /// How many items a wait would look at.
    pub(super) fn ready_len(&self) -> usize {
        self.ready.len()
    }

    /// The files of the interest list, each with its number.
    pub(super) fn watched(&self) -> impl Iterator<Item = (FileId, Fd)> {
        self.items.keys().copied()
    }

    /// Puts an item at the end of the ready list, unless it is there.
    fn list(&mut self, key: Key, cause: Mask) -> bool {
        let Some(item) = self.items.get_mut(&key) else { return false };
        item.cause |= cause;
        if item.listed.is_some() {
            return false;
        }
        item.listed = Some(self.next);
        self.ready.insert(self.next, key);
        self.next += 1;
        true
    }

    /// Takes an item off the ready list.
    fn unlist(&mut self, key: Key) -> bool {
        let place = self.items.get_mut(&key).and_then(|item| item.listed.take());
        place.is_some_and(|place| self.ready.remove(&place).is_some())
    }
}

impl Machine {
    /// `epoll_create1(2)`.
    pub(super) fn epoll_create(&mut self) -> Result<Fd, Errno> {
        self.install_new(File::new(Kind::Epoll(Instance::default()), None))
    }

    /// `epoll_ctl(2)`. An item that is ready when it is added or changed is listed at once.
    pub(super) fn epoll_ctl(&mut self, epoll: Fd, op: CtlOp, fd: Fd, event: EpollEvent) -> Result<(), Errno> {
        let (id, file) = self.epoll_arguments(epoll, fd)?;
        let EpollEvent { mut events, data } = event;
        events.remove(Mask::WAKEUP);
        let exclusive = events.contains(Mask::EXCLUSIVE);
        let nested = self.instance(file).is_ok();
        match op {
            CtlOp::Mod if exclusive => return Err(Errno::EINVAL),
            CtlOp::Add if exclusive && (nested || !EXCLUSIVE_WITH.contains(events)) => {
                return Err(Errno::EINVAL);
            }
            CtlOp::Add if nested => self.check_nesting(id, file)?,
            _ => {}
        }
        let key = (file, fd);
        let event = EpollEvent { events: events | Mask::ALWAYS, data };
        let known = self.instance(id)?.items.get_mut(&key);
        match (op, known) {
            (CtlOp::Add, Some(_)) => return Err(Errno::EEXIST),
            (CtlOp::Mod | CtlOp::Del, None) => return Err(Errno::ENOENT),
            (CtlOp::Del, Some(_)) => {
                self.unwatch(file, id, fd);
                self.epoll_forget(id, file, fd);
                return Ok(());
            }
            (CtlOp::Mod, Some(item)) if item.event.events.contains(Mask::EXCLUSIVE) => {
                return Err(Errno::EINVAL);
            }
            (CtlOp::Mod, Some(item)) => item.event = event,
            (CtlOp::Add, None) => {
                let item = Item { event, listed: None, cause: Mask::empty() };
                self.instance(id)?.items.insert(key, item);
                let watch = Watch { by: id, fd };
                if exclusive { self.watch_exclusively(file, watch) } else { self.watch(file, watch) }
            }
        }
        let silent = op == CtlOp::Mod && self.flip.contains(Flip::MOD_IS_SILENT);
        let ready = self.poll_file(file);
        let reports = self.instance(id)?.items.get(&key).is_some_and(|item| !item.reports(ready).is_empty());
        if reports && !silent && self.instance(id)?.list(key, Mask::all()) {
            self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]);
            self.wake_epoll_sleeper(id);
            self.wake(id, Mask::IN);
        }
        Ok(())
    }

    /// The files that the arguments of an `epoll_ctl` name, whatever it is to do, if they are right.
    pub(super) fn epoll_arguments(&mut self, epoll: Fd, fd: Fd) -> Result<(FileId, FileId), Errno> {
        let id = self.file_of(epoll)?;
        let file = self.file_of(fd)?;
        if matches!(self.files.get(file).map(|file| &file.kind), Some(Kind::Regular)) {
            return Err(Errno::EPERM);
        }
        if id == file {
            return Err(Errno::EINVAL);
        }
        self.instance(id).map(|_| (id, file))
    }

    /// Refuses an instance that would watch itself in the end, and chains that are too long.
    fn check_nesting(&self, outer: FileId, inner: FileId) -> Result<(), Errno> {
        let below = self.depth_below(inner, outer, 0).ok_or(Errno::ELOOP)?;
        if below + 1 + self.depth_above(outer) > NESTS_MAX { Err(Errno::ELOOP) } else { Ok(()) }
    }

    /// How many instances are below this one, one below the other; `None` if `outer` is among them.
    fn depth_below(&self, id: FileId, outer: FileId, depth: usize) -> Option<usize> {
        let Some(Kind::Epoll(instance)) = self.files.get(id).map(|file| &file.kind) else { return Some(0) };
        let mut deepest = 0;
        for (file, _) in instance.watched() {
            if file == outer || depth > NESTS_MAX {
                return None;
            }
            if matches!(self.files.get(file).map(|file| &file.kind), Some(Kind::Epoll(_))) {
                deepest = deepest.max(1 + self.depth_below(file, outer, depth + 1)?);
            }
        }
        Some(deepest)
    }

    fn depth_above(&self, id: FileId) -> usize {
        let Some(file) = self.files.get(id) else { return 0 };
        let is_epoll =
            |watch: &&Watch| matches!(self.files.get(watch.by).map(|file| &file.kind), Some(Kind::Epoll(_)));
        let above = file.queue.watches().filter(is_epoll);
        above.map(|watch| 1 + self.depth_above(watch.by)).max().unwrap_or(0)
    }

    /// Something happened to a watched file: the item goes onto the ready list, unless it does not care, and one
    /// sleeper wakes. Says whether that did anything for somebody: an exclusive registration that finds nobody
    /// asleep leaves the event to the next.
    pub(super) fn epoll_notice(&mut self, watch: Watch, file: FileId, key: Mask) -> bool {
        let Watch { by: id, fd } = watch;
        let cause = self.widen(file, key);
        let Ok(instance) = self.instance(id) else { return false };
        let Some(item) = instance.items.get(&(file, fd)).copied() else { return false };
        let exclusive = item.event.events.contains(Mask::EXCLUSIVE);
        if item.is_spent() || !cause.intersects(item.event.events) {
            return !exclusive;
        }
        let asleep = !instance.sleepers.is_empty();
        if instance.list((file, fd), cause) {
            self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]);
        }
        self.wake_epoll_sleeper(id);
        self.wake(id, Mask::IN);
        let asked = item.event.events & (Mask::IN | Mask::OUT);
        let fits = key == STATE_CHANGE || !key.intersects(Mask::IN | Mask::OUT) || key.intersects(asked);
        !exclusive || (asleep && fits)
    }

    /// The bits with which Linux tells of an event on a socket: whoever waits for urgent data is told of any.
    fn widen(&self, file: FileId, key: Mask) -> Mask {
        let is_socket = matches!(self.files.get(file).map(|file| &file.kind), Some(Kind::Socket(_)));
        if key == STATE_CHANGE {
            let masked = self.flip.contains(Flip::STATE_CHANGE_MASKED);
            let over = self.ready(file) & Mask::ALWAYS;
            return if masked { (Mask::IN | Mask::RDHUP | over).with_normal() } else { Mask::all() };
        }
        let urgent =
            if is_socket && key.contains(Mask::IN) { Mask::PRI | Mask::RDBAND } else { Mask::empty() };
        key.with_normal() | urgent
    }

    fn wake_epoll_sleeper(&mut self, id: FileId) {
        let all = self.flip.contains(Flip::WAKES_ALL);
        while let Some(task) = self.instance(id).ok().and_then(|instance| instance.sleepers.pop()) {
            self.wake_task(task);
            if !all {
                break;
            }
        }
    }

    /// `epoll_wait(2)`: goes through the ready list, reports what is still so, and keeps what is
    /// level-triggered, at the end, so that many ready items take turns.
    pub(super) fn epoll_wait(
        &mut self,
        id: FileId,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        events.clear();
        let listed = match self.instance(id) {
            Ok(instance) if most > 0 => instance.ready.len(),
            Ok(_) => return Attempt::Done(Err(Errno::EINVAL)),
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        for _ in 0..listed {
            if events.len() == most {
                break;
            }
            events.extend(self.next_ready(id));
        }
        if listed > 0 && self.instance(id).is_ok_and(|instance| !instance.ready.is_empty()) {
            // There is something for the next one, too.
            self.wake_epoll_sleeper(id);
        }
        if events.is_empty() && !timed_out {
            let task = self.current;
            if let Ok(instance) = self.instance(id) {
                instance.sleepers.push(task);
            }
            self.note_sleep(id);
            return Attempt::Sleep;
        }
        Attempt::Done(Ok(events.len()))
    }

    /// Takes the first item off the ready list and says what is ready of it, if it still is.
    fn next_ready(&mut self, id: FileId) -> Option<EpollEvent> {
        let flip = self.flip;
        let key = *self.instance(id).ok()?.ready.first_key_value()?.1;
        let ready = self.poll_file(key.0);
        let instance = self.instance(id).ok()?;
        let item = instance.items.get_mut(&key)?;
        let EpollEvent { events, data } = item.event;
        let edge = events.contains(Mask::ET);
        let mut reported = item.reports(ready);
        if edge && flip.contains(Flip::EDGE_REPORTS_CAUSE) {
            reported &= item.cause;
        }
        if edge && flip.contains(Flip::EDGE_UNCHECKED) {
            reported |= item.reports(Mask::IN);
        }
        let is_ready = !reported.is_empty();
        if is_ready && events.contains(Mask::ONESHOT) {
            let kept = if flip.contains(Flip::ONESHOT_REPORTS_ERRORS) { Mask::ALWAYS } else { Mask::empty() };
            item.event.events = events & (HOW | kept);
        }
        item.cause = Mask::empty();
        let stays = is_ready && !events.intersects(Mask::ET | Mask::ONESHOT);
        let moves = !stays || (instance.ready.len() > 1 && !flip.contains(Flip::LEVEL_KEEPS_PLACE));
        // Alone on the list it stays where it is, and there is nothing to tell.
        if moves {
            instance.unlist(key);
            let listed = stays && instance.list(key, Mask::empty());
            self.tell_kernel(Inside::Unlisted { epoll: id, fd: key.1 }, &[]);
            if listed {
                self.tell_kernel(Inside::Listed { epoll: id, fd: key.1 }, &[]);
            }
        }
        is_ready.then_some(EpollEvent { events: reported, data })
    }

    /// Whether a wait on an instance would find something, as it is asked of its descriptor (`poll(2)`, and a
    /// wait on another instance). What is listed and not ready any more leaves the list.
    pub(super) fn epoll_is_ready(&mut self, id: FileId) -> bool {
        while let Some(key) = self.instance(id).ok().and_then(|epoll| epoll.ready.values().next().copied()) {
            let ready = self.poll_file(key.0);
            let Ok(instance) = self.instance(id) else { return false };
            if instance.items.get(&key).is_some_and(|item| !item.reports(ready).is_empty()) {
                self.wake_epoll_sleeper(id);
                return true;
            }
            if !instance.unlist(key) {
                return false;
            }
            self.tell_kernel(Inside::Unlisted { epoll: id, fd: key.1 }, &[]);
        }
        false
    }

    /// Takes an item off both lists.
    pub(super) fn epoll_forget(&mut self, id: FileId, file: FileId, fd: Fd) {
        let Ok(instance) = self.instance(id) else { return };
        let listed = instance.unlist((file, fd));
        instance.items.remove(&(file, fd));
        if listed {
            self.tell_kernel(Inside::Unlisted { epoll: id, fd }, &[]);
        }
    }

    /// How many items of an instance are on its ready list.
    pub(super) fn ready_len(&self, epoll: Fd) -> usize {
        let kind = self.file_of(epoll).ok().and_then(|id| self.files.get(id)).map(|file| &file.kind);
        if let Some(Kind::Epoll(instance)) = kind { instance.ready_len() } else { 0 }
    }

    fn instance(&mut self, id: FileId) -> Result<&mut Instance, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Epoll(instance)) => Ok(instance),
            _ => Err(Errno::EINVAL),
        }
    }
}
