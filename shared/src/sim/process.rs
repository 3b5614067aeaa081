//! Processes: each has a table of descriptors, a parent, and children that it may wait for.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::event::What;
use crate::ids::{Fd, FileId, TaskId};
use crate::sim::machine::Machine;
use crate::sim::table::Table;

/// A process, which is named by its first task.
#[derive(Debug, Default)]
pub(super) struct Process {
    pub(super) table: Table,
    /// The process that made it; `None` once that has ended, and for the first.
    parent: Option<TaskId>,
    /// Its tasks that have not ended.
    tasks: Vec<TaskId>,
    /// What its first task has returned.
    status: i32,
    /// Its children that have not ended.
    children: Vec<TaskId>,
    /// Its children that have ended and that it has not waited for, with their exit status.
    zombies: VecDeque<(TaskId, i32)>,
    /// Its tasks that sleep until a child ends.
    waiting: Vec<TaskId>,
}

impl Machine {
    /// The process that a task belongs to.
    pub(super) fn process_of(&self, task: TaskId) -> TaskId {
        self.tasks.get(task).map_or(task, |task| task.process)
    }

    /// The file that a descriptor of the calling task names.
    pub(super) fn file_of(&self, fd: Fd) -> Result<FileId, Errno> {
        self.processes.get(self.process_of(self.current)).ok_or(Errno::EBADF)?.table.get(fd)
    }

    /// The descriptors of the process that a task belongs to.
    pub(super) fn table_of(&mut self, task: TaskId) -> Result<&mut Table, Errno> {
        let process = self.process_of(task);
        // A process that has ended makes no calls; what the kernel still does for it finds no table.
        self.processes.get_mut(process).map(|process| &mut process.table).ok_or(Errno::EBADF)
    }

    /// The first process, before anything has happened.
    pub(super) fn add_first_process(&mut self) {
        let first = Process { tasks: vec![TaskId::FIRST], ..Process::default() };
        self.processes.insert(TaskId::FIRST, Box::new(first));
        self.add_task(TaskId::FIRST, TaskId::FIRST);
    }

    /// A new thread of the calling task's process.
    pub(super) fn add_thread(&mut self, task: TaskId) -> Result<(), Errno> {
        self.check_task_limit()?;
        let process = self.process_of(self.current);
        if let Some(process) = self.processes.get_mut(process) {
            process.tasks.push(task);
        }
        self.add_task(task, process);
        Ok(())
    }

    /// A new process, with copies of the descriptors of the calling task's (`fork(2)`).
    pub(super) fn add_child(&mut self, task: TaskId) -> Result<(), Errno> {
        self.check_task_limit()?;
        let parent = self.process_of(self.current);
        let Some(process) = self.processes.get_mut(parent) else { return Err(Errno::EAGAIN) };
        process.children.push(task);
        let table = process.table.clone();
        for (_, file) in table.iter() {
            self.hold(file);
        }
        let child = Process { table, parent: Some(parent), tasks: vec![task], ..Process::default() };
        self.processes.insert(task, Box::new(child));
        self.add_task(task, task);
        Ok(())
    }

    /// Whether the process of the calling task may have no more descriptors.
    pub(super) fn table_is_full(&self) -> bool {
        let table = self.processes.get(self.process_of(self.current)).map(|process| &process.table);
        table.is_some_and(|table| table.is_full(self.descriptors_max))
    }

    /// How many descriptors a child of the calling task would get.
    pub(super) fn descriptors(&self) -> usize {
        self.processes.get(self.process_of(self.current)).map_or(0, |process| process.table.len())
    }

    /// A child of the calling task that has ended, if there is one (`waitpid(2)`). Otherwise the task is put
    /// on the list of those that wait for one.
    ///
    /// # Errors
    /// `ECHILD` if there is none that could end.
    pub(super) fn reap(&mut self) -> Result<Option<(TaskId, i32)>, Errno> {
        let task = self.current;
        let process = self.process_of(task);
        let process = self.processes.get_mut(process).ok_or(Errno::ECHILD)?;
        if let Some((child, status)) = process.zombies.pop_front() {
            self.zombies -= 1;
            return Ok(Some((child, status)));
        }
        if process.children.is_empty() {
            return Err(Errno::ECHILD);
        }
        if !process.waiting.contains(&task) {
            process.waiting.push(task);
        }
        Ok(None)
    }

    /// The task's future has ended. A process ends with its last task, and its status is what the first one
    /// returned.
    pub(super) fn task_returned(&mut self, task: TaskId, status: i32) {
        let id = self.process_of(task);
        self.remove_task(task);
        let Some(process) = self.processes.get_mut(id) else { return };
        process.tasks.retain(|other| *other != task);
        if id == task {
            process.status = status;
        }
        if process.tasks.is_empty() {
            let status = process.status;
            self.end_process(id, status);
        }
    }

    /// Ends a process: its tasks, wherever they are; its descriptors; and its parent is told.
    pub(super) fn end_process(&mut self, id: TaskId, status: i32) {
        let Some(process) = self.processes.remove(id) else { return };
        if id == TaskId::FIRST {
            self.ended = Some(status);
        }
        for task in process.tasks {
            if self.tasks.get(task).is_some() {
                self.remove_task(task);
                self.tell_what(task, What::TaskEnd { status }, &[]);
                self.dead.push(task);
            }
        }
        self.cause = self.last_seq();
        for (fd, file) in process.table.iter() {
            self.close_descriptor(fd, file);
        }
        // Children without a parent are the first process's of the system, which waits for all of them.
        self.zombies -= process.zombies.len();
        for child in process.children {
            if let Some(child) = self.processes.get_mut(child) {
                child.parent = None;
            }
        }
        let Some(parent) = process.parent.and_then(|parent| self.processes.get_mut(parent)) else { return };
        parent.children.retain(|child| *child != id);
        parent.zombies.push_back((id, status));
        self.zombies += 1;
        for task in std::mem::take(&mut parent.waiting) {
            self.wake_task(task);
        }
    }

    fn check_task_limit(&self) -> Result<(), Errno> {
        // A zombie still has its number and its entry.
        if self.tasks.len() + self.zombies >= self.tasks_max { Err(Errno::EAGAIN) } else { Ok(()) }
    }
}
