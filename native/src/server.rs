//! One server in the foreground: what `loopscope server` does, and what the gateway starts as its child.
//!
//! There is no async runtime here. The server is one future, polled once, on the main thread; beside it is a
//! thread that waits for the order to stop and, if the server is watched, one that carries its events away.

mod farewell;
mod room;
mod stop;
mod watch;

use std::io::{self, Write as _};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::errno::Errno;
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::probe::Traced;
use loopscope_shared::servers::{self, Settings, Setup};

pub(crate) use watch::InWords;

use crate::catalogue;
use crate::config::{Server, Watched};
use crate::listener;
use crate::os::{self, Os};
use crate::tap::Taps;

/// Runs a server until it is told to stop.
///
/// # Errors
/// If it cannot listen, or if a call fails in a way that the program has no answer to.
pub fn run(config: &Server) -> Result<()> {
    let (runs, why) = catalogue::next_best(&config.setup());
    if let Some(why) = why {
        // If even standard error is closed, nobody wants to know.
        let _ = writeln!(io::stderr(), "loopscope: {why}");
    }
    let Setup { program, settings: its } = runs;
    let config = &Server { program, settings: its, ..config.clone() };
    room::make(config.settings.connections_max)?;
    os::tasks::limit(config.tasks_max);
    room::give_memory_back();
    let listener = listener::listen(config.listen, config.backlog)?;
    let address = listener.local_addr().context("the listener has no address")?;
    let stop = stop::Stop::new(listener.try_clone()?, config.program, config.drain);
    stop.on_signals()?;
    // Whoever reads this may tell it to stop.
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on {address}")
        .and_then(|()| stdout.flush())
        .context("cannot write to stdout")?;
    drop(stdout);

    let fd = Fd(listener.as_raw_fd());
    let result = match &config.watched {
        Watched::No => {
            let result = os::run(servers::serve(config.program, &Os::new(), fd, &settings(config)));
            os::wait_for_threads();
            result
        }
        Watched::InWords => {
            let outlet = || Ok(Box::new(InWords::new(io::stderr())) as Box<_>);
            let taps = Taps::new(config.level, config.room, Arc::new(outlet))?;
            watched(config, &taps, fd)?
        }
        Watched::ByGateway => {
            let channel = watch::channel()?;
            let orders = channel.try_clone()?;
            let outlet = move || Ok(Box::new(watch::Records::new(channel.try_clone()?)) as Box<_>);
            let taps = Taps::new(config.level, config.room, Arc::new(outlet))?;
            watch::obey(orders, taps.clone(), stop)?;
            watched(config, &taps, fd)?
        }
    };
    match result {
        Ok(()) => Ok(()),
        Err(errno) => bail!("{} failed: {errno} ({})", config.program.name(), errno.meaning()),
    }
}

/// What is set of the program. The listeners that it makes are like the first.
fn settings(config: &Server) -> Settings {
    Settings { backlog: config.backlog, ..config.settings.clone() }
}

/// Runs the program with all its calls told.
fn watched(config: &Server, taps: &Arc<Taps>, fd: Fd) -> Result<Result<(), Errno>> {
    // The beginning is told whatever the level: it is what everything after it refers to.
    let level = taps.level();
    taps.set_level(level.max(loopscope_shared::probe::Level::Calls));
    let (task, tap) = taps.tap();
    let forwarding = taps.forward().context("cannot tell what happens")?;

    let traced = Traced::new(Os::since(taps.start()), tap, task);
    traced.begin(TaskId::KERNEL, false, config.program.name());
    traced.listening(fd, config.backlog);
    taps.set_level(level);
    let result = os::run(servers::serve(config.program, &traced, fd, &settings(config)));
    os::wait_for_threads();
    traced.end(i32::from(result.is_err()));
    drop(traced);
    // If nobody watches any longer, that is no failure of the server.
    let _ = forwarding.join();
    Ok(result)
}
