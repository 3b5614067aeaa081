//! The threads of a program: its process lives until the last of them has ended.

use std::io;
use std::sync::{Condvar, Mutex, PoisonError};

/// How many threads of the program run, its first not counted.
static RUNNING: Mutex<usize> = Mutex::new(0);

/// One of them has ended.
static ENDED: Condvar = Condvar::new();

/// Counts a thread from before it begins until after it has ended, however it ends.
struct Counted;

impl Counted {
    fn new() -> Self {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_all();
    }
}

/// Starts a thread.
///
/// # Errors
/// If the system can start no more.
pub(super) fn start(run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let counted = Counted::new();
    let run = move || {
        let _counted = counted;
        run();
    };
    std::thread::Builder::new().spawn(run).map(drop)
}

/// Waits until every thread that programs of this process have started has ended.
pub fn wait_for_threads() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    drop(ENDED.wait_while(running, |running| *running > 0));
}
