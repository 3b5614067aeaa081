//! The state of the simulated machine, the list of what is due, and the only place where time moves.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Event, Inside, What};
use crate::ids::{Fd, FileId, PeerId, Seq, TaskId};
use crate::probe::{Level, Sink};
use crate::scenario::{Costs, HostSpec, Injection, Network, Scenario, TIME_MAX};
use crate::sim::addresses::{self, Ports};
use crate::sim::agenda::Agenda;
use crate::sim::files::{File, Kind};
use crate::sim::iocp::Ties;
use crate::sim::kernel::SimKernel;
use crate::sim::peers::Peer;
use crate::sim::process::Process;
use crate::sim::rules::Flip;
use crate::sim::sched::{Sched, Task};
use crate::sim::slab::Slab;
use crate::sim::tcp::{Listener, State};
use crate::sim::waits::Waits;
use crate::time::Nanos;
use crate::trace::Batch;

/// What is to be done next.
pub(super) enum Step {
    /// Something was due, and is done.
    Done,
    /// This task makes its next move.
    Poll(TaskId),
    /// The run is over: nothing is due and everybody sleeps, or its time has passed.
    Over,
}

/// How an attempt at a call ends.
pub(super) enum Attempt<T> {
    /// With a result.
    Done(Result<T, Errno>),
    /// The task has to sleep first; it has been put on the wait queues of what it waits for.
    Sleep,
    /// Never: the process has ended in it.
    Gone,
}

/// Something that will happen at an instant.
#[derive(Debug)]
pub(super) enum Due {
    /// A client begins to connect.
    Connect(PeerId),
    /// A SYN comes to whom it is for.
    Syn { client: FileId },
    /// None of the SYNs was answered.
    SynsInVain { client: FileId },
    /// Whoever connects learns that it is connected, and with whom.
    SynAck { client: FileId, child: FileId },
    /// The handshake is complete.
    Open { child: FileId },
    /// Bytes come to one end, and word of how many of its own have arrived.
    Segment { from: FileId, to: FileId, bytes: u32, ack: Option<(u32, bool)> },
    /// One end learns that so many of its bytes have arrived, and its FIN, too.
    Ack { to: FileId, bytes: u32, fin: bool },
    /// What came to one end is acknowledged now at the latest.
    AckTimer { file: FileId },
    /// One end learns that there is room at the other.
    Window { to: FileId },
    /// One end learns that the other sends no more.
    Fin { from: FileId, to: FileId },
    /// One end learns that the other threw the connection away.
    Rst { to: FileId },
    /// What a call changed at its own end is told, after what it sent.
    Changed { file: FileId, cause: Seq },
    /// A sleep has lasted as long as it may.
    Timeout { task: TaskId, sleep: u64 },
    /// A client has thought enough.
    Thought(PeerId),
    /// A client that reads slowly may read again.
    ReadAgain(PeerId),
    /// What the reader of the page has added.
    Inject(Injection),
}

/// A program that has tried every file this often, and made so many calls beside, without any change and with
/// nothing due, will go on like that: it goes through its files, looks at the clock, and tries again.
const ROUNDS: usize = 4;
const CALLS: usize = 64;

/// What a task does, from its beginning to its end: its exit status.
pub(super) type Life = Pin<Box<dyn Future<Output = i32>>>;

/// Starts a new task with its handle of the kernel.
pub(super) type Start = Box<dyn FnOnce(SimKernel) -> Life>;

/// The machine.
pub(crate) struct Machine {
    pub(super) log: SharedLog,
    /// Virtual time. It moves in `sched::step` and in `do_due`, and nowhere else.
    pub(super) clock: Nanos,
    pub(super) due: Agenda<Due>,
    /// How many calls have been made since anything changed.
    pub(super) futile: usize,
    /// When the last call that changed something did so.
    changed_at: Nanos,
    /// The run goes on for as long as calls are made, whether they change anything or not.
    pub(super) patient: bool,
    pub(super) network: Network,
    pub(super) costs: Costs,
    /// When the run ends, if something still happens then.
    pub(super) end: Nanos,
    pub(super) sched: Sched,
    /// The task whose call is being carried out.
    pub(super) current: TaskId,
    /// Every task that has not ended.
    pub(super) tasks: Slab<TaskId, Task>,
    /// Every process that has not ended, by its first task.
    pub(super) processes: Slab<TaskId, Box<Process>>,
    /// How many processes have ended and were not waited for.
    pub(super) zombies: usize,
    /// How many tasks there may be.
    pub(super) tasks_max: usize,
    /// How many descriptors a process may have.
    pub(super) descriptors_max: usize,
    /// The event that what happens now follows from.
    pub(super) cause: Seq,
    pub(super) files: Slab<FileId, Box<File>>,
    pub(super) ports: Ports,
    /// Rules that are not kept: none, unless a negative control says so.
    pub(super) flip: Flip,
    pub(super) next_file: u32,
    /// Which socket and which thread belongs to which completion port.
    pub(super) ties: Ties,
    pub(super) listener: FileId,
    pub(super) peers: Slab<PeerId, Box<Peer>>,
    /// How long the clients of each entry of the scenario's list waited so far.
    pub(super) waits: Vec<Waits>,
    /// The status with which the first process has ended.
    pub(super) ended: Option<i32>,
    /// The hosts that the program can call.
    pub(super) hosts: Vec<HostSpec>,
    /// Tasks to be started once the call that made them is over.
    pub(super) spawned: Vec<(TaskId, Start)>,
    /// Tasks that were ended from outside: what they were doing is to be thrown away.
    pub(super) dead: Vec<TaskId>,
    /// The number of the task that was begun last.
    last_task: TaskId,
}

impl Machine {
    /// A machine on which nothing has happened: one task, a listener, and clients that are to come.
    pub(super) fn new(log: SharedLog, scenario: &Scenario, injections: &[Injection]) -> Self {
        let mut machine = Self {
            log,
            clock: Nanos::ZERO,
            due: Agenda::default(),
            futile: 0,
            changed_at: Nanos::ZERO,
            patient: false,
            network: scenario.network,
            costs: scenario.machine.costs,
            end: scenario.until.unwrap_or(TIME_MAX).min(TIME_MAX),
            sched: Sched::new(scenario.machine.cpus as usize, scenario.machine.time_slice),
            current: TaskId::FIRST,
            tasks: Slab::default(),
            processes: Slab::default(),
            zombies: 0,
            tasks_max: scenario.machine.tasks_max as usize,
            descriptors_max: scenario.machine.descriptors_max as usize,
            cause: Seq(0),
            files: Slab::default(),
            ports: Ports::default(),
            flip: Flip::empty(),
            next_file: 1,
            ties: Ties::default(),
            listener: FileId(0),
            peers: Slab::default(),
            waits: Vec::new(),
            ended: None,
            hosts: scenario.hosts.clone(),
            spawned: Vec::new(),
            dead: Vec::new(),
            last_task: TaskId::FIRST,
        };
        let backlog = scenario.network.backlog;
        let mut tcp = machine.new_tcp();
        tcp.local = Some(addresses::OWN);
        tcp.state = State::Listening;
        tcp.listener = Some(Box::new(Listener { backlog, ..Listener::default() }));
        machine.listener = machine.add_file(File::new(Kind::Socket(Box::new(tcp)), None));
        machine.add_peers(scenario);
        for injection in injections {
            machine.schedule(injection.at, Due::Inject(injection.clone()));
        }
        machine.add_first_process();
        machine
    }

    pub(super) fn now(&self) -> Nanos {
        self.clock
    }

    /// Gives the listener, which there is from the start, its descriptor.
    pub(super) fn install_listener(&mut self) -> Fd {
        self.install(self.listener).expect("the table of a new process is empty")
    }

    /// The number for a task that is being started. Whoever traces the calls has drawn it already, for the
    /// new task's sink; without tracing it is the next.
    pub(super) fn next_task(&mut self) -> TaskId {
        let mut log = self.log.lock();
        self.last_task = log.last_task.max(TaskId(self.last_task.0 + 1));
        log.last_task = self.last_task;
        self.last_task
    }

    pub(super) fn schedule(&mut self, at: Nanos, due: Due) {
        self.changed();
        self.due.push(at.max(self.clock), due);
    }

    /// Schedules something that crosses the network, and is hardly due before what crosses it already.
    pub(super) fn schedule_crossing(&mut self, at: Nanos, due: Due) {
        self.changed();
        self.due.push_in_row(at, due);
    }

    pub(super) fn next_due(&self) -> Option<Nanos> {
        self.due.next()
    }

    /// Something is not as it was before the call that is under way.
    pub(super) fn changed(&mut self) {
        self.futile = 0;
        self.changed_at = self.clock;
    }

    /// Whether nothing will ever happen any more, though tasks still make calls: nothing is due, and every call
    /// of several rounds through all files has changed nothing. Whoever waits for a CPU must have had it since.
    pub(super) fn is_in_vain(&self) -> bool {
        let enough = ROUNDS * self.files.len() + CALLS;
        !self.patient && self.futile > enough && self.clock.since(self.changed_at) >= self.a_turn_of_all()
    }

    /// Does the first thing that is due.
    pub(super) fn do_due(&mut self) {
        let Some((at, due)) = self.due.pop() else { return };
        self.clock = self.clock.max(at);
        // Whatever it is, the program may find something new now.
        self.changed();
        match due {
            Due::Connect(peer) => self.peer_connects(peer),
            Due::Syn { client } => self.syn_arrives(client),
            Due::SynsInVain { client } => self.syns_in_vain(client),
            Due::SynAck { client, child } => self.syn_ack_arrives(client, child),
            Due::Open { child } => self.handshake_ends(child),
            Due::Segment { from, to, bytes, ack } => {
                self.segment_arrives(from, to, bytes as usize, ack);
            }
            Due::Ack { to, bytes, fin } => self.ack_arrives(to, bytes, fin),
            Due::AckTimer { file } => self.ack_timer(file),
            Due::Window { to } => self.window_arrives(to),
            Due::Fin { from, to } => self.fin_arrives(from, to),
            Due::Rst { to } => self.rst_arrives(to),
            Due::Changed { file, cause } => self.own_change(file, cause),
            Due::Timeout { task, sleep } => self.time_is_over(task, sleep),
            Due::Thought(peer) => self.peer_thought(peer),
            Due::ReadAgain(peer) => self.peer_reads_again(peer),
            Due::Inject(injection) => self.inject(injection),
        }
    }

    /// Tells something about a task.
    pub(super) fn tell(&self, task: TaskId, inside: Inside, payload: &[u8]) {
        self.tell_what(task, What::Inside(inside), payload);
    }

    pub(super) fn tell_what(&self, task: TaskId, what: What, payload: &[u8]) {
        let payload = &payload[..payload.len().min(CAPTURE_MAX)];
        let event = Event { at: self.clock, task, what, payload_len: payload.len() as u32 };
        self.log.lock().push(event, payload);
    }

    /// Tells something about the kernel.
    pub(super) fn tell_kernel(&self, inside: Inside, payload: &[u8]) {
        self.tell(TaskId::KERNEL, inside, payload);
    }

    /// Tells something that comes from outside, so that what follows has it for a cause.
    pub(super) fn tell_cause(&mut self, inside: Inside, payload: &[u8]) {
        self.tell_kernel(inside, payload);
        self.cause = self.log.lock().last();
    }
}

/// The events that have not been handed out.
#[derive(Debug)]
pub(crate) struct Log {
    batch: Batch,
    next: Seq,
    /// The number of the task that was begun last.
    pub(super) last_task: TaskId,
}

impl Default for Log {
    fn default() -> Self {
        Self { batch: Batch::default(), next: Seq(0), last_task: TaskId::FIRST }
    }
}

impl Log {
    pub(super) fn len(&self) -> usize {
        self.batch.events.len()
    }

    pub(super) fn take(&mut self) -> Batch {
        let mut next = Batch::starting_at(self.next);
        // The next batch will be of the same size.
        next.events.reserve(self.batch.events.len());
        next.payloads.reserve(self.batch.payloads.len());
        std::mem::replace(&mut self.batch, next)
    }

    pub(super) fn last(&self) -> Seq {
        Seq(self.next.0.saturating_sub(1))
    }

    fn push(&mut self, event: Event, payload: &[u8]) {
        self.batch.push(event, payload);
        self.next = self.next.next();
    }
}

/// The log, as the machine and the program's sinks share it. A sink goes with its task, which natively is a
/// thread, so it must be able to cross threads; here it never does, and the lock is always free.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLog(Arc<Mutex<Log>>);

impl SharedLog {
    pub(super) fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sink through which a simulated program's calls come into the log.
#[derive(Clone, Debug)]
pub(crate) struct SimSink {
    log: SharedLog,
}

impl SimSink {
    pub(super) fn new(log: SharedLog) -> Self {
        Self { log }
    }
}

impl Sink for SimSink {
    fn level(&self) -> Level {
        // Buffers need no looking at: the kernel itself tells of them.
        Level::Calls
    }

    fn record<'a>(
        &self,
        task: TaskId,
        what: What,
        payload: impl FnOnce() -> Cow<'a, [u8]>,
        now: impl Fn() -> Nanos,
    ) {
        let payload = payload();
        let event = Event { at: now(), task, what, payload_len: payload.len() as u32 };
        self.log.lock().push(event, &payload);
    }

    fn thread(&self) -> (TaskId, Self) {
        let mut log = self.log.lock();
        log.last_task = TaskId(log.last_task.0 + 1);
        (log.last_task, self.clone())
    }

    fn process(&self) -> (TaskId, impl FnOnce() -> Self + 'static) {
        let (task, sink) = self.thread();
        (task, move || sink)
    }
}
