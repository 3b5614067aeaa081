//! One program, two kernels: every server goes through the same scripted exchange on the simulated kernel and
//! on the real one, and makes the same calls with the same results.
//!
//! What may differ is left out of the comparison: numbers of descriptors (compared by what they name) and of tasks,
//! clients' addresses, and instants. Each action of a client comes when the server has nothing left to do from the one
//! before, so that little depends on how fast either kernel is. What does is left out, too: between calls of different
//! tasks there is no order, and which of several equal threads serves a client is chance, so calls are compared task
//! by task; how often `busy-poll` asks for nothing (`EAGAIN`); and when the parent of `fork` sees that a child has
//! ended (`wait4`).

mod process;
mod transcript;

use std::borrow::Cow;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use loopscope::catalogue;
use loopscope::os::{self, Os};
use loopscope_shared::event::{Event, What};
use loopscope_shared::ids::{Fd, PeerId, TaskId};
use loopscope_shared::probe::{Level, Sink, Traced};
use loopscope_shared::scenario::{ClientSpec, Scenario, Step};
use loopscope_shared::servers::{self, Backend, Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

use transcript::Transcript;

/// How long the real server may take for what follows from one action. It takes microseconds; this only
/// turns a hang into a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time between two actions in the simulation: far more than a server needs for one.
const APART: Nanos = Nanos::from_millis(10);

/// What a client does, one action at a time.
#[derive(Clone, Copy)]
enum Act {
    Connect,
    Send(&'static str),
    HalfClose,
    Reset,
}

/// Who does what, in order. The clients are called 1 and 2.
const SCRIPT: &[(usize, Act)] = &[
    (1, Act::Connect),
    (1, Act::Send("Hello, World!\n")),
    (2, Act::Connect),
    (2, Act::Send("wor")),
    (2, Act::Send("ld\nand ")),
    (1, Act::Send("one\ntwo\nthree\nunfinished")),
    (1, Act::HalfClose),
    (2, Act::Send("more\n")),
    (2, Act::Reset),
];

/// What the clients get.
const ANSWERS: [&str; 2] = ["Uryyb, Jbeyq!\nbar\ngjb\nguerr\n", "jbeyq\nnaq zber\n"];

#[test]
fn sequential_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Sequential);
}

#[test]
fn select_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Select);
}

#[test]
fn poll_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Poll);
}

#[test]
#[cfg(target_os = "linux")]
fn epoll_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Epoll);
}

#[test]
#[cfg(target_os = "linux")]
fn epoll_et_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::EpollEt);
}

#[test]
#[cfg(target_os = "linux")]
fn io_uring_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::IoUring);
}

#[test]
#[cfg(target_os = "linux")]
fn mio_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Mio);
}

#[test]
#[cfg(target_os = "linux")]
fn event_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Event);
}

#[test]
#[cfg(target_os = "linux")]
fn bufferevent_makes_the_same_calls_on_both_kernels() {
    both_kernels(Program::Bufferevent);
}

#[test]
fn event_and_bufferevent_make_the_same_calls_over_poll_and_select() {
    for backend in [Backend::Poll, Backend::Select] {
        both_kernels_with(Program::Event, backend);
        both_kernels_with(Program::Bufferevent, backend);
    }
}

#[test]
fn threads_make_the_same_calls_on_both_kernels() {
    both_kernels(Program::Threads);
}

#[test]
fn the_threads_of_a_pool_make_the_same_calls_on_both_kernels() {
    both_kernels(Program::Pool);
}

#[test]
fn busy_poll_makes_the_same_calls_on_both_kernels_but_for_those_in_vain() {
    both_kernels(Program::BusyPoll);
}

#[test]
#[cfg(target_os = "linux")]
fn fork_and_its_children_make_the_same_calls_on_both_kernels() {
    both_kernels(Program::Fork);
}

#[test]
fn every_program_is_compared() {
    let names: Vec<&str> = catalogue::run_here().map(Program::name).collect();
    assert_eq!(
        names.join(" "),
        "sequential fork threads pool busy-poll select poll epoll epoll-et io-uring event bufferevent mio",
        "a new program needs its test above"
    );
}

#[track_caller]
fn both_kernels(program: Program) {
    both_kernels_with(program, Backend::Best);
}

#[track_caller]
fn both_kernels_with(program: Program, backend: Backend) {
    // As many clients as the script has.
    let settings = Settings { clients: 2, backend, ..Settings::default() };
    let simulated = on_the_simulated_kernel(program, &settings);
    let real = on_the_real_kernel(program, settings, &simulated.calls_after_each_act);
    assert_eq!(real.calls, simulated.calls, "left: the real kernel; right: the simulated one");
    for (index, answer) in ANSWERS.iter().enumerate() {
        assert_eq!(real.answers[index], *answer, "client {} on the real kernel", index + 1);
        assert_eq!(simulated.answers[index], *answer, "client {} on the simulated kernel", index + 1);
    }
}

struct Outcome {
    calls: String,
    answers: Vec<String>,
    /// How many calls had been made when each action had had its effect. Simulated only.
    calls_after_each_act: Vec<usize>,
}

fn on_the_simulated_kernel(program: Program, settings: &Settings) -> Outcome {
    let clients = [1, 2].map(|client| {
        let mut steps = Vec::new();
        let mut start = None;
        let mut last = 0;
        for (index, (_, act)) in SCRIPT.iter().enumerate().filter(|(_, (who, _))| *who == client) {
            let think = Step::Think(Nanos(APART.0 * (index - last) as u64));
            last = index;
            steps.extend(match act {
                Act::Connect => {
                    start = Some(at(index));
                    continue;
                }
                Act::Send(text) => [think, Step::Send((*text).to_owned())],
                Act::HalfClose => [think, Step::HalfClose],
                Act::Reset => [think, Step::Reset],
            });
        }
        ClientSpec::one(start.expect("each client connects"), steps)
    });
    let scenario =
        Scenario { name: "two-kernels".to_owned(), clients: clients.to_vec(), ..Scenario::default() };
    let batch = Simulation::new(program, settings, &scenario, &[]).run(usize::MAX);
    let mut transcript = Transcript::default();
    let mut world = World::new();
    let mut calls_after_each_act = Vec::new();
    for (event, payload) in batch.iter() {
        while event.at >= at(calls_after_each_act.len() + 1) {
            calls_after_each_act.push(transcript.calls);
        }
        transcript.record(program, event, payload);
        world.apply(event, payload);
    }
    calls_after_each_act.resize(SCRIPT.len(), transcript.calls);
    let heard = |peer: u32| String::from_utf8_lossy(&world.peers[&PeerId(peer)].heard).into_owned();
    Outcome { calls: transcript.text(), answers: vec![heard(1), heard(2)], calls_after_each_act }
}

fn at(index: usize) -> Nanos {
    Nanos(APART.0 * (index as u64 + 1))
}

fn on_the_real_kernel(program: Program, settings: Settings, calls_after_each_act: &[usize]) -> Outcome {
    // A process that has threads, as one that tests has, is not to be forked.
    if program == Program::Fork {
        let server = process::Server::start(program);
        let outcome = exchange(server.address, &server.shared, calls_after_each_act);
        server.end();
        return outcome;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let fd = Fd(listener.as_raw_fd());
    let shared = Arc::new(Shared::default());
    let sink = Recorder { program, shared: shared.clone(), last_task: Arc::new(AtomicU32::new(1)) };
    let server = std::thread::spawn(move || {
        let k = Traced::new(Os::new(), sink, TaskId::FIRST);
        k.begin(TaskId::KERNEL, false, program.name());
        k.listening(fd, 0);
        os::run(servers::serve(program, &k, fd, &settings))
    });
    let outcome = exchange(address, &shared, calls_after_each_act);
    // A listener that is shut down is how a server is told to stop.
    rustix::net::shutdown(&listener, rustix::net::Shutdown::Both).unwrap();
    assert_eq!(server.join().unwrap(), Ok(()));
    outcome
}

/// Goes through the script with a server, each action when it has made so many calls because of the one before.
fn exchange(address: SocketAddr, shared: &Shared, calls_after_each_act: &[usize]) -> Outcome {
    let mut clients: [Option<TcpStream>; 2] = [None, None];
    let mut answers = vec![String::new(), String::new()];
    for ((who, act), calls) in SCRIPT.iter().zip(calls_after_each_act) {
        act_on(&mut clients[who - 1], &mut answers[who - 1], *act, address);
        shared.wait_for(*calls);
    }
    if let Some(first) = &mut clients[0] {
        first.set_read_timeout(Some(PATIENCE)).unwrap();
        first.read_to_string(&mut answers[0]).unwrap();
    }
    let calls = shared.transcript.lock().unwrap().text();
    Outcome { calls, answers, calls_after_each_act: Vec::new() }
}

fn act_on(client: &mut Option<TcpStream>, answer: &mut String, act: Act, address: SocketAddr) {
    match (act, client.as_mut()) {
        (Act::Connect, _) => {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            *client = Some(stream);
        }
        (Act::Send(text), Some(stream)) => stream.write_all(text.as_bytes()).unwrap(),
        (Act::HalfClose, Some(stream)) => stream.shutdown(Shutdown::Write).unwrap(),
        (Act::Reset, Some(stream)) => {
            // What was answered is read first: a reset throws it away.
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut bytes = vec![0; ANSWERS[1].len()];
            stream.read_exact(&mut bytes).unwrap();
            answer.push_str(std::str::from_utf8(&bytes).unwrap());
            rustix::net::sockopt::set_socket_linger(&*stream, Some(Duration::ZERO)).unwrap();
            *client = None;
        }
        (_, None) => unreachable!("each client connects first"),
    }
}

/// Keeps what a server on the real kernel tells.
#[derive(Default)]
struct Shared {
    transcript: Mutex<Transcript>,
    more: Condvar,
}

impl Shared {
    fn wait_for(&self, calls: usize) {
        let transcript = self.transcript.lock().unwrap();
        let (transcript, waited) = self
            .more
            .wait_timeout_while(transcript, PATIENCE, |transcript| transcript.calls < calls)
            .unwrap();
        let made = transcript.text();
        assert!(
            !waited.timed_out(),
            "{calls} calls are made on the simulated kernel, on the real one:\n{made}"
        );
    }
}

struct Recorder {
    program: Program,
    shared: Arc<Shared>,
    last_task: Arc<AtomicU32>,
}

impl Sink for Recorder {
    fn level(&self) -> Level {
        Level::Calls
    }

    fn record<'a>(
        &self,
        task: TaskId,
        what: What,
        payload: impl FnOnce() -> Cow<'a, [u8]>,
        now: impl Fn() -> Nanos,
    ) {
        let event = Event { at: now(), task, what, payload_len: 0 };
        self.shared.transcript.lock().unwrap().record(self.program, &event, &payload());
        self.shared.more.notify_all();
    }

    fn thread(&self) -> (TaskId, Self) {
        let task = TaskId(self.last_task.fetch_add(1, Ordering::Relaxed) + 1);
        let (shared, last_task) = (self.shared.clone(), self.last_task.clone());
        (task, Self { program: self.program, shared, last_task })
    }

    fn process(&self) -> (TaskId, impl FnOnce() -> Self + 'static) {
        let never: fn() -> Self = || unreachable!("these servers start no processes");
        (TaskId::KERNEL, never)
    }
}
