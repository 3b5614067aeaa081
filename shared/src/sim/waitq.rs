//! Who is told when something happens to a file: tasks that sleep in a call, and epoll instances.

use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::Mask;
use crate::sim::files::Kind;
use crate::sim::machine::Machine;

/// A task that sleeps until one of these events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub(super) task: TaskId,
    pub(super) events: Mask,
}

/// A file that watches another: an epoll instance, a kqueue, whatever is told of events on behalf of tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// Who watches.
    pub(super) by: FileId,
    /// The descriptor under which it does.
    pub(super) fd: Fd,
}

impl Machine {
    /// Something happened to a file: `key` says what, all bits for a change of state. Sleepers that care are
    /// woken, and epoll instances that watch it put it on their ready lists.
    pub(super) fn wake(&mut self, id: FileId, key: Mask) {
        self.tell_ready(id);
        let Some(file) = self.files.get(&id) else { return };
        let sleepers: Vec<TaskId> = file
            .waiters
            .iter()
            .filter(|waiter| (waiter.events | Mask::ALWAYS).intersects(key))
            .map(|waiter| waiter.task)
            .collect();
        let watches = file.watches.clone();
        for task in sleepers {
            self.wake_task(task);
        }
        for watch in watches {
            self.notify(watch, id, key);
        }
    }

    /// From now on a file is watched.
    pub(super) fn watch(&mut self, file: FileId, watch: Watch) {
        if let Some(file) = self.files.get_mut(&file) {
            file.watches.push(watch);
        }
    }

    /// A file is no longer watched by that one under that descriptor.
    pub(super) fn unwatch(&mut self, file: FileId, by: FileId, fd: Fd) {
        if let Some(file) = self.files.get_mut(&file) {
            file.watches.retain(|watch| watch.by != by || watch.fd != fd);
        }
    }

    /// Tells one who watches that something happened to `file`: what that means is its kind's own affair.
    fn notify(&mut self, watch: Watch, file: FileId, key: Mask) {
        match self.files.get(&watch.by).map(|file| &file.kind) {
            Some(Kind::Epoll(_)) => self.edge(watch, key),
            _ => self.notify_watcher(watch, file, key),
        }
    }

    /// Puts the task to sleep on these files.
    pub(super) fn sleep_on(&mut self, files: impl IntoIterator<Item = (FileId, Mask)>) {
        let task = self.current;
        for (id, events) in files {
            if let Some(file) = self.files.get_mut(&id) {
                file.waiters.push(Waiter { task, events });
                if let Some(task) = self.tasks.get_mut(task) {
                    task.asleep_on.push(id);
                }
            }
        }
    }

    /// The task sleeps on nothing any more.
    pub(super) fn wake_from_all(&mut self, task: TaskId) {
        let files = self.tasks.get_mut(task).map(|task| std::mem::take(&mut task.asleep_on));
        for id in files.unwrap_or_default() {
            if let Some(file) = self.files.get_mut(&id) {
                file.waiters.retain(|waiter| waiter.task != task);
            }
        }
    }

    /// An event of a watched file: the item goes onto the ready list, and a sleeper of the instance wakes.
    fn edge(&mut self, watch: Watch, key: Mask) {
        let Some(Kind::Epoll(instance)) = self.files.get_mut(&watch.by).map(|file| &mut file.kind) else {
            return;
        };
        if instance.notice(watch.fd, key) {
            self.tell_kernel(crate::event::Inside::Listed { epoll: watch.by, fd: watch.fd }, &[]);
            self.wake(watch.by, Mask::IN);
        }
    }
}
