//! Threads and processes on the real kernel: `pthread_create(3)`, `fork(2)`, `wait4(2)`.

use std::future::Future;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::TaskId;
use loopscope_shared::kernel::{Mode, Tasks};
use rustix::process::{WaitOptions, WaitStatus};

use super::{Os, errno, retry, run};

/// How many threads and children a server may have at once, unless told otherwise. Far below what a system
/// allows, so that a crowd of clients makes a refusal and not a machine that answers nobody.
pub const TASKS_MAX: u32 = 4_096;

/// The limit.
static MOST: AtomicU32 = AtomicU32::new(TASKS_MAX);

/// How many children this process has started and not yet waited for.
static CHILDREN: AtomicU32 = AtomicU32::new(0);

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
        // SAFETY: the child has a copy of this thread alone. Of what other threads may have held locked at this
        // instant it uses nothing: memory is allocated through the C library, whose locks are free in a child
        // (malloc of glibc and musl), the taps of the parent are left alone, and it ends without running what
        // was registered to run at the end.
        match unsafe { libc::fork() } {
            -1 => Err(errno::of_io(&std::io::Error::last_os_error())),
            0 => {
                end_with(parent);
                CHILDREN.store(0, Ordering::Relaxed);
                let status = run(child(Self::since(self.start)));
                // SAFETY: it does not return and touches no memory.
                unsafe { libc::_exit(status) }
            }
            pid => {
                CHILDREN.fetch_add(1, Ordering::Relaxed);
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
fn end_with(parent: rustix::process::Pid) {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    let asked = set_parent_process_death_signal(Some(Signal::KILL));
    // It may have ended before it was asked.
    if asked.is_err() || getppid() != Some(parent) {
        // SAFETY: it does not return and touches no memory.
        unsafe { libc::_exit(1) }
    }
}

/// Other systems have no such order: a child there ends when its client does.
#[cfg(not(target_os = "linux"))]
fn end_with(_parent: rustix::process::Pid) {}
