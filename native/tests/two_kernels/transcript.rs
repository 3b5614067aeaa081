//! Calls as lines of text in which nothing differs from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Done, Event, Ret, What};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::{CtlOp, EpollEvent, FdSet, FdSets};
use loopscope_shared::servers::Program;

/// The calls of a server, told so that both kernels can be compared.
#[derive(Default)]
pub(crate) struct Transcript {
    /// How many calls have returned, of those that are compared.
    pub(crate) calls: usize,
    /// The calls of each task, a line for each that has returned.
    tasks: BTreeMap<TaskId, Vec<String>>,
    open: BTreeMap<TaskId, (Call, Vec<u8>)>,
    /// What descriptors name in each process, which is called by its first task.
    names: BTreeMap<TaskId, BTreeMap<Fd, String>>,
    processes: BTreeMap<TaskId, TaskId>,
    clients: usize,
}

/// Whether it is chance that a call was made, and how often: one that asked for nothing, by a program that asks
/// again and again, and a look whether a child has ended.
fn is_chance(program: Program, call: Call, ret: Ret) -> bool {
    match program {
        Program::BusyPoll => ret == Err(Errno::EAGAIN),
        Program::Fork => matches!(call, Call::Wait { .. }),
        _ => false,
    }
}

impl Transcript {
    /// Takes notice of what was told.
    pub(crate) fn record(&mut self, program: Program, event: &Event, payload: &[u8]) {
        let task = event.task;
        match event.what {
            What::TaskBegin { parent, thread } => {
                let family = self.processes.get(&parent).copied().unwrap_or(task);
                let process = if thread { family } else { task };
                self.processes.insert(task, process);
                // A child has copies of all descriptors.
                let names = self.names.get(&family).cloned().unwrap_or_default();
                self.names.entry(process).or_insert(names);
            }
            What::Listening { fd, .. } => self.give_name(task, fd, "listener".to_owned()),
            What::Enter { call, .. } => {
                self.open.insert(task, (call, payload.to_vec()));
            }
            What::Exit { ret, lines } => {
                let (call, down) = self.open.remove(&task).expect("a return follows a call");
                if !is_chance(program, call, ret) {
                    let line = self.told(task, call, &down, ret, payload);
                    self.calls += 1;
                    self.tasks.entry(task).or_default().push(format!("{line} ({lines} line feeds)"));
                }
            }
            _ => {}
        }
    }

    /// The calls, task by task. Which of several equal tasks does what is chance, so they are in the order of what
    /// they did.
    pub(crate) fn text(&self) -> String {
        let mut tasks: Vec<String> = self.tasks.values().map(|lines| lines.join("\n")).collect();
        tasks.sort();
        tasks.join("\n\nanother task\n")
    }

    fn give_name(&mut self, task: TaskId, fd: Fd, name: String) {
        let process = self.processes.get(&task).copied().unwrap_or(task);
        self.names.entry(process).or_default().insert(fd, name);
    }

    fn told(&mut self, task: TaskId, call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
        let name = call.fd().map(|fd| self.name(task, fd)).unwrap_or_default();
        let mut line = match call {
            Call::Recv { len, .. } => {
                format!("recv({name}, {len}) = {ret:?} {:?}", up.escape_ascii().to_string())
            }
            Call::Send { len, .. } => {
                format!("send({name}, {len} {:?}) = {ret:?}", down.escape_ascii().to_string())
            }
            Call::Select { timeout, .. } => {
                format!("select({}, {timeout}) = {ret:?} {}", self.sets(task, down), self.sets(task, up))
            }
            Call::EpollCtl { op, events, .. } if op != CtlOp::Del => {
                format!("epoll_ctl({op:?}, {name}, {events})")
            }
            Call::EpollWait { most, timeout, .. } => {
                format!("epoll_wait({most}, {timeout}) = {ret:?}{}", self.events(task, up))
            }
            Call::RingEnter { submit, at_least, timeout, .. } => {
                let taken = self.completions(task, up);
                format!("io_uring_enter({submit}, {at_least}, {timeout}) = {ret:?}{taken}")
            }
            Call::Accept { .. } | Call::EpollCreate | Call::RingSetup { .. } => {
                format!("{}({name}) = {:?}", call.name(), ret.map(|_| "fd"))
            }
            // Tasks have other numbers from kernel to kernel.
            Call::Fork | Call::SpawnThread => format!("{}() = {:?}", call.name(), ret.map(|_| "task")),
            _ => format!("{}({name}) = {ret:?}", call.name()),
        };
        match (call, ret) {
            (Call::Accept { .. }, Ok(fd)) => {
                self.clients += 1;
                let _ = write!(line, " client {}", self.clients);
                self.give_name(task, Fd(fd as i32), format!("client {}", self.clients));
            }
            (Call::EpollCreate, Ok(fd)) => self.give_name(task, Fd(fd as i32), "epoll".to_owned()),
            (Call::RingSetup { .. }, Ok(fd)) => self.give_name(task, Fd(fd as i32), "ring".to_owned()),
            _ => {}
        }
        line
    }

    /// What was done, with a name for each client that is new.
    fn completions(&mut self, task: TaskId, bytes: &[u8]) -> String {
        let mut told = String::new();
        for Done { ret, more, head, from, .. } in postcard::from_bytes::<Vec<Done>>(bytes).unwrap() {
            match (ret, from) {
                (Ok(fd), Some(_)) => {
                    self.clients += 1;
                    self.give_name(task, Fd(fd as i32), format!("client {}", self.clients));
                    let _ = write!(told, " client {} more={more}", self.clients);
                }
                _ => {
                    let _ = write!(told, " {ret:?} {:?} more={more}", head.escape_ascii().to_string());
                }
            }
        }
        told
    }

    fn name(&self, task: TaskId, fd: Fd) -> String {
        let process = self.processes.get(&task).copied().unwrap_or(task);
        let name = self.names.get(&process).and_then(|names| names.get(&fd)).cloned();
        name.unwrap_or_else(|| format!("unknown {fd}"))
    }

    fn sets(&self, task: TaskId, bytes: &[u8]) -> String {
        let sets = FdSets::from_bytes(bytes);
        let told = |set: &FdSet| {
            // In the order in which the program met them: numbers mean nothing here.
            let mut names: Vec<String> = set.iter().map(|fd| self.name(task, fd)).collect();
            names.sort();
            names.join(", ")
        };
        format!(
            "read {{{}}} write {{{}}} except {{{}}}",
            told(&sets.read),
            told(&sets.write),
            told(&sets.except)
        )
    }

    fn events(&self, task: TaskId, bytes: &[u8]) -> String {
        let events = bytes.chunks(EpollEvent::SIZE).filter_map(EpollEvent::from_bytes);
        events.map(|event| format!(" {}: {}", self.name(task, event.fd()), event.events)).collect()
    }
}
