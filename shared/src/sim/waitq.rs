//! Who is told when something happens to a file: tasks that sleep in a call, and files that watch it.

use std::collections::VecDeque;

use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::kernel::Mask;
use crate::sim::files::Kind;
use crate::sim::machine::Machine;
use crate::sim::rules::Flip;

/// A change of state, as against something that can be read or written now: everybody is told, whatever he
/// waits for.
pub(super) const STATE_CHANGE: Mask = Mask::READINESS;

/// A file that watches another: an epoll instance, a kqueue, whatever is told of events on behalf of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    /// Who watches.
    pub(super) by: FileId,
    /// The descriptor under which it does.
    pub(super) fd: Fd,
}

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// A task that sleeps until one of these events.
    Task {
        task: TaskId,
        events: Mask,
    },
    Watch(Watch),
}

impl Waiting {
    fn watch(&self) -> Option<&Watch> {
        match self {
            Self::Watch(watch) => Some(watch),
            Self::Task { .. } => None,
        }
    }
}

/// Who waits for a file. An event wakes all that are not exclusive, the last to come first, then of the exclusive
/// ones the first to come that it does anything for, and no other (Linux's `__wake_up_common`; observed).
#[derive(Debug, Default)]
pub(super) struct WaitQueue {
    /// First those that are not exclusive, then those that are.
    waiting: VecDeque<Waiting>,
    /// How many are not exclusive.
    shared: usize,
}

impl WaitQueue {
    fn add(&mut self, waiting: Waiting, exclusive: bool) {
        if exclusive {
            self.waiting.push_back(waiting);
        } else {
            self.waiting.push_front(waiting);
            self.shared += 1;
        }
    }

    fn remove(&mut self, is_gone: impl Fn(&Waiting) -> bool) {
        let (shared, mut place) = (self.shared, 0);
        let mut gone = 0;
        self.waiting.retain(|waiting| {
            place += 1;
            let goes = is_gone(waiting);
            gone += usize::from(goes && place <= shared);
            !goes
        });
        self.shared -= gone;
    }

    /// Those that watch.
    pub(super) fn watches(&self) -> impl Iterator<Item = &Watch> {
        self.waiting.iter().filter_map(Waiting::watch)
    }

    /// Takes those that watch out, to end their registrations.
    pub(super) fn take_watches(&mut self, which: impl Fn(&Watch) -> bool) -> Vec<Watch> {
        let taken = self.watches().filter(|watch| which(watch)).copied().collect();
        self.remove(|waiting| waiting.watch().is_some_and(&which));
        taken
    }

    fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.waiting.iter().filter_map(|waiting| match waiting {
            Waiting::Task { task, .. } => Some(*task),
            Waiting::Watch(_) => None,
        })
    }
}

impl Machine {
    /// Something happened to a file: `key` says what, [`STATE_CHANGE`] for a change of state. Who waits for that
    /// is woken, or told.
    pub(super) fn wake(&mut self, id: FileId, key: Mask) {
        self.changed();
        self.tell_ready(id);
        let all = key == STATE_CHANGE || self.flip.contains(Flip::WAKES_ALL);
        let mut place = 0;
        while let Some(file) = self.files.get(id)
            && let Some(waiting) = file.queue.waiting.get(place).copied()
        {
            let exclusive = place >= file.queue.shared;
            let did = match waiting {
                Waiting::Task { task, events } if (events | Mask::ALWAYS).intersects(key) => {
                    self.wake_task(task);
                    true
                }
                Waiting::Task { .. } => false,
                Waiting::Watch(watch) => self.notify(watch, id, key),
            };
            if did && exclusive && !all {
                break;
            }
            // A task that was woken is in no queue any more.
            let queue = self.files.get(id).map(|file| &file.queue.waiting);
            if queue.and_then(|queue| queue.get(place)) == Some(&waiting) {
                place += 1;
            }
        }
    }

    /// What a call changed at its own end, told after what it sent has gone.
    pub(super) fn own_change(&mut self, id: FileId, cause: Seq) {
        self.cause = cause;
        self.wake(id, STATE_CHANGE);
    }

    /// From now on a file is watched.
    pub(super) fn watch(&mut self, file: FileId, watch: Watch) {
        self.wait_on(file, Waiting::Watch(watch), false);
    }

    /// From now on a file is watched, by one of several of which only one is to be told.
    pub(super) fn watch_exclusively(&mut self, file: FileId, watch: Watch) {
        let exclusive = !self.flip.contains(Flip::EXCLUSIVE_IGNORED);
        self.wait_on(file, Waiting::Watch(watch), exclusive);
    }

    fn wait_on(&mut self, file: FileId, waiting: Waiting, exclusive: bool) {
        if let Some(file) = self.files.get_mut(file) {
            file.queue.add(waiting, exclusive);
        }
    }

    /// A file is no longer watched by that one under that descriptor.
    pub(super) fn unwatch(&mut self, file: FileId, by: FileId, fd: Fd) {
        if let Some(file) = self.files.get_mut(file) {
            file.queue.remove(|waiting| *waiting == Waiting::Watch(Watch { by, fd }));
        }
    }

    /// Tells one who watches that something happened to `file`: what that means is its kind's own affair.
    /// Says whether it did anything for somebody.
    fn notify(&mut self, watch: Watch, file: FileId, key: Mask) -> bool {
        match self.files.get(watch.by).map(|file| &file.kind) {
            Some(Kind::Epoll(_)) => self.epoll_notice(watch, file, key),
            _ => {
                self.notify_watcher(watch, file, key);
                true
            }
        }
    }

    /// One who watches hears no more of a file.
    pub(super) fn watch_ends(&mut self, watch: Watch, file: FileId) {
        if let Some(Kind::Epoll(_)) = self.files.get(watch.by).map(|file| &file.kind) {
            self.epoll_forget(watch.by, file, watch.fd);
        }
    }

    /// Puts the task to sleep on these files, until one of the events of each.
    pub(super) fn sleep_on(&mut self, files: impl IntoIterator<Item = (FileId, Mask)>) {
        for (id, events) in files {
            self.sleep_in(id, events, false);
        }
    }

    /// Puts the task to sleep as one of several of which an event wakes the one that sleeps longest.
    pub(super) fn sleep_exclusively(&mut self, id: FileId, events: Mask) {
        self.sleep_in(id, events, true);
    }

    fn sleep_in(&mut self, id: FileId, events: Mask, exclusive: bool) {
        let task = self.current;
        self.wait_on(id, Waiting::Task { task, events }, exclusive);
        self.note_sleep(id);
    }

    /// Remembers what the calling task sleeps on.
    pub(super) fn note_sleep(&mut self, id: FileId) {
        if let Some(task) = self.tasks.get_mut(self.current) {
            task.asleep_on.push(id);
        }
    }

    /// The task sleeps on nothing any more.
    pub(super) fn wake_from_all(&mut self, task: TaskId) {
        let files = self.tasks.get_mut(task).map(|task| std::mem::take(&mut task.asleep_on));
        for id in files.unwrap_or_default() {
            let Some(file) = self.files.get_mut(id) else { continue };
            file.queue
                .remove(|waiting| matches!(waiting, Waiting::Task { task: other, .. } if *other == task));
            if let Kind::Epoll(instance) = &mut file.kind {
                instance.sleepers.retain(|other| *other != task);
            }
        }
    }

    /// Wakes whoever sleeps on a file, for a kernel that is switched to do so when it is closed.
    pub(super) fn wake_sleepers(&mut self, id: FileId) {
        let sleepers: Vec<TaskId> =
            self.files.get(id).map_or_else(Vec::new, |file| file.queue.tasks().collect());
        for task in sleepers {
            self.wake_task(task);
        }
    }
}
