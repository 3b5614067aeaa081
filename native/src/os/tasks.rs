//! Threads and processes on the real kernel: `pthread_create(3)`, `fork(2)`, `wait4(2)`.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::Write as _;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::TaskId;
use loopscope_shared::kernel::{Mode, Tasks};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use super::{Os, errno, gauge, retry, run};

/// How many threads and children a server may have at once, unless told otherwise. Far below what a system
/// allows, so that a crowd of clients makes a refusal and not a machine that answers nobody.
pub const TASKS_MAX: u32 = 4_096;

/// The limit.
static MOST: AtomicU32 = AtomicU32::new(TASKS_MAX);

/// How many children this process has started and not yet waited for.
static CHILDREN: AtomicU32 = AtomicU32::new(0);

/// The children that this process has started and not yet waited for, by the system's numbers.
static PIDS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// How many threads run beside the first one, of those that a program has started.
static THREADS: Mutex<u32> = Mutex::new(0);

/// Rings when a thread has ended.
static ENDED: Condvar = Condvar::new();

/// Threads have numbers of ours: the system's are not portable, and nobody asks for them.
static NEXT_THREAD: AtomicU32 = AtomicU32::new(1);

/// Whether a task was refused, and said so, since there was last room for one.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Sets how many threads and children a server may have at once.
pub fn limit(most: u32) {
    MOST.store(most, Ordering::Relaxed);
}

/// Tells the children that they are to stop: each ends the input of its client when nothing is under way with it.
/// One that is busy is to be told again.
pub(crate) fn tell_children_to_stop() {
    for pid in &*pids() {
        if let Some(pid) = Pid::from_raw(*pid) {
            // It may have ended already: then its number is not given to another before it was waited for.
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
    }
}

fn pids() -> MutexGuard<'static, BTreeSet<i32>> {
    PIDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The signals by which a server is told to stop.
const STOPS: [libc::c_int; 2] = [libc::SIGTERM, libc::SIGINT];

/// Has a child of this process stop by itself when it is told to. What its parent does at these signals is not for
/// it: a child would hand them on to the parent.
fn stop_by_itself() {
    let handler: extern "C" fn(libc::c_int) = end_idle_inputs;
    for signal in STOPS {
        // SAFETY: the handler makes system calls alone, which are safe at any instant (signal-safety(7)), and the
        // structure is one of plain numbers, for which zeroes are values.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as libc::sighandler_t;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal, &raw const action, std::ptr::null_mut());
        }
    }
}

/// Holds the signals by which a server is told to stop back from this thread, or lets them through: a child is not
/// to get one before it knows what to do.
fn hold_stops_back(hold: bool) {
    let how = if hold { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
    // SAFETY: a set of signals is made of plain numbers, for which zeroes are values, and the calls write to it alone.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in STOPS {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut());
    }
}

/// The highest descriptor at which a child looks for its client: it has one, beside what its parent had open.
const CHILD_FDS_MAX: i32 = 255;

/// Ends the input of the connections of this process on which nothing is under way.
extern "C" fn end_idle_inputs(_signal: libc::c_int) {
    for number in 0..=CHILD_FDS_MAX {
        // SAFETY: the number is not -1. If it is not open, the calls say so.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        let idle = gauge::is_tcp(fd)
            && gauge::connection(fd)
                .is_some_and(|connection| connection.unread == 0 && connection.unsent == 0);
        if idle {
            let _ = rustix::net::shutdown(fd, rustix::net::Shutdown::Read);
        }
    }
}

/// Waits until every thread that the program has started has ended: the process lives as long as they do.
pub fn wait_for_threads() {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    while *threads > 0 {
        threads = ENDED.wait(threads).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Whether there may be one task more beside so many. If not, it says so, once until there is room again: a
/// program tries again and again for as long as a client waits for it.
fn room_beside(tasks: u32) -> bool {
    let most = MOST.load(Ordering::Relaxed);
    let room = tasks < most;
    if !REFUSED.swap(!room, Ordering::Relaxed) && !room {
        // If even standard error is closed, nobody wants to know.
        let _ = writeln!(
            std::io::stderr(),
            "loopscope: {tasks} threads or children run, as many as there may be (--tasks-max {most}): the next \
             client waits until one of them ends"
        );
    }
    room
}

/// One thread more, for as long as this lives.
struct Counted;

impl Counted {
    /// # Errors
    /// `EAGAIN` beyond the limit, as beyond the system's own (`RLIMIT_NPROC`).
    fn new() -> Result<Self, Errno> {
        let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        if !room_beside(*threads + CHILDREN.load(Ordering::Relaxed)) {
            return Err(Errno::EAGAIN);
        }
        *threads += 1;
        Ok(Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *THREADS.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_all();
    }
}

impl Tasks for Os {
    async fn spawn_thread<F, Fut>(&self, start: F) -> Result<TaskId, Errno>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let began = self.start;
        let counted = Counted::new()?;
        let number = NEXT_THREAD.fetch_add(1, Ordering::Relaxed);
        let thread = std::thread::Builder::new().spawn(move || {
            // However it ends, it counts until then.
            let _counted = counted;
            run(start(Self::since(began)));
        });
        thread.map(|_| TaskId(number)).map_err(|error| errno::of_io(&error))
    }

    async fn fork<F, Fut>(&self, child: F) -> Result<TaskId, Errno>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        if !room_beside(CHILDREN.load(Ordering::Relaxed)) {
            return Err(Errno::EAGAIN);
        }
        let parent = rustix::process::getpid();
        hold_stops_back(true);
        // SAFETY: the child has a copy of this thread alone. Of what other threads may have held locked at this
        // instant it uses nothing: memory is allocated through the C library, whose locks are free in a child
        // (malloc of glibc and musl), the taps of the parent are left alone, and it ends without running what
        // was registered to run at the end.
        let forked = unsafe { libc::fork() };
        if forked != 0 {
            hold_stops_back(false);
        }
        match forked {
            -1 => Err(errno::of_io(&std::io::Error::last_os_error())),
            0 => {
                end_with(parent);
                stop_by_itself();
                hold_stops_back(false);
                CHILDREN.store(0, Ordering::Relaxed);
                let status = run(child(Self::since(self.start)));
                // SAFETY: it does not return and touches no memory.
                unsafe { libc::_exit(status) }
            }
            pid => {
                CHILDREN.fetch_add(1, Ordering::Relaxed);
                pids().insert(pid);
                Ok(TaskId(pid.cast_unsigned()))
            }
        }
    }

    async fn wait(&self, mode: Mode) -> Result<Option<(TaskId, i32)>, Errno> {
        let options = match mode {
            Mode::Blocking => WaitOptions::empty(),
            Mode::NonBlocking => WaitOptions::NOHANG,
        };
        let ended = retry(|| rustix::process::wait(options))?;
        Ok(ended.map(|(pid, status)| {
            CHILDREN.fetch_sub(1, Ordering::Relaxed);
            pids().remove(&pid.as_raw_nonzero().get());
            (TaskId(pid.as_raw_nonzero().get().cast_unsigned()), status_of(status))
        }))
    }

    async fn raise(&self, signal: i32) {
        // SAFETY: both touch no memory of ours; the default of a signal is to end the process, or to ignore it.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            libc::raise(signal);
        }
    }
}

/// The exit status, as a shell counts it: 128 and its number for a signal.
fn status_of(status: WaitStatus) -> i32 {
    let signal = || status.terminating_signal().map(|signal| 128 + signal);
    status.exit_status().or_else(signal).unwrap_or(-1)
}

/// A child does not outlive the server that it belongs to, however that ends.
#[cfg(target_os = "linux")]
fn end_with(parent: Pid) {
    use rustix::process::{getppid, set_parent_process_death_signal};
    let asked = set_parent_process_death_signal(Some(Signal::KILL));
    // It may have ended before it was asked.
    if asked.is_err() || getppid() != Some(parent) {
        // SAFETY: it does not return and touches no memory.
        unsafe { libc::_exit(1) }
    }
}

/// Other systems have no such order: a child there ends when its client does.
#[cfg(not(target_os = "linux"))]
fn end_with(_parent: Pid) {}
