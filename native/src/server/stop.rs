//! How a server is told to stop, and what happens if it does not.

use std::io::Write as _;
use std::net::TcpListener;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use loopscope_shared::servers::Program;
use rustix::net::Shutdown;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::farewell;

/// The order to stop. Every copy gives the same one.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    listener: Arc<TcpListener>,
    /// How long clients may take to read what they are still owed, and to end if something is under way with them.
    drain: Duration,
    /// The program waits for one client at a time, and does not hear of the order while it does.
    blocks: bool,
    given: Arc<AtomicBool>,
}

impl Stop {
    /// The order for the server of that listener.
    pub(super) fn new(listener: TcpListener, program: Program, drain: Duration) -> Self {
        let blocks =
            matches!(program, Program::Sequential | Program::Fork | Program::Threads | Program::Pool);
        Self { listener: Arc::new(listener), drain, blocks, given: Arc::default() }
    }

    /// Gives the order on `SIGTERM` and on `SIGINT`. The second one ends the process at once.
    ///
    /// # Errors
    /// If the signals cannot be handled or no thread can be started.
    pub(super) fn on_signals(&self) -> Result<()> {
        let mut signals = Signals::new([SIGTERM, SIGINT]).context("cannot handle signals")?;
        let stop = self.clone();
        start("signals", move || {
            for signal in signals.forever() {
                if !stop.give() {
                    process::exit(128 + signal);
                }
            }
        })
    }

    /// Gives the order: no more clients are taken, those that are there get what they are owed, and then the
    /// server returns. If that takes longer than the time there is for it, the process ends all the same.
    /// False if the order was given before.
    pub(super) fn give(&self) -> bool {
        if self.given.swap(true, Ordering::AcqRel) {
            return false;
        }
        farewell::wait_for_accepts();
        // On Linux this makes `accept` fail with EINVAL, which every program takes as the order to stop.
        // Elsewhere a listener cannot be shut down (ENOTCONN); there the deadline ends the process.
        let _ = rustix::net::shutdown(&*self.listener, Shutdown::Both);
        let (drain, blocks) = (self.drain, self.blocks);
        let deadline = start("farewell", move || {
            farewell::let_go(drain, blocks);
            let _ = writeln!(
                std::io::stderr(),
                "loopscope: some clients did not end within {} ms (--drain-ms): ending without them",
                drain.as_millis()
            );
            process::exit(0);
        });
        if deadline.is_err() {
            process::exit(0);
        }
        true
    }
}

/// Starts a thread that is never waited for: it ends with the process.
fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).context("cannot start a thread")
}
