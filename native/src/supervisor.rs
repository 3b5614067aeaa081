//! Starts the watched server as a process of its own, says how it is, and starts it again if it ends.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use loopscope_shared::probe::Level;
use loopscope_shared::servers::Setup;
use loopscope_shared::trace::wire::{End as Way, Reason, ServerState};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::catalogue;
use crate::cli::settings;
use crate::collector::{self, Because, Hub};
use crate::config::{Server, Watched};
use crate::{frame, listener};

/// How long a server that ended is left alone before it is started again, the first time.
const RESTART_FIRST: Duration = Duration::from_millis(250);

/// The longest such pause; each is twice the one before.
const RESTART_MOST: Duration = Duration::from_secs(8);

/// A server that ran for so long has started well: the next pause is short again.
const RAN_WELL: Duration = Duration::from_secs(10);

/// How much longer than it asked for a server may take to end before it is killed.
const END_GRACE: Duration = Duration::from_secs(1);

/// What ends the supervisor when it says so.
pub type Ending = watch::Receiver<bool>;

/// Runs the server, again and again, until `ending` says that it is over. Where it listens is told through
/// `listening` once it does so for the first time; a server that never gets so far is an error.
///
/// # Errors
/// If the server cannot be started at all.
pub async fn supervise(
    hub: Arc<Hub>,
    mut server: Server,
    listening: oneshot::Sender<SocketAddr>,
    mut ending: Ending,
) -> Result<()> {
    let mut first = Some(listening);
    let mut pause = RESTART_FIRST;
    let mut because = Because::First;
    let mut setup = hub.setup().subscribe();
    // A port that the system chose is kept, too, so that clients find the next server.
    let reservation = listener::reserve(server.listen)?;
    server.listen = reservation.address();
    loop {
        let wanted = setup.borrow_and_update().clone();
        let (runs, why) = catalogue::next_best(&wanted);
        if let Some(why) = why {
            tracing::warn!("{why}");
        }
        Setup { program: server.program, settings: server.settings } = runs;
        hub.begin(server.setup(), because);
        let began = Instant::now();
        let level = hub.wanted();
        let reason = match start(&server, level).await {
            Ok((running, listen)) => {
                tracing::info!(program = server.program.name(), pid = running.pid, %listen, "the server runs");
                hub.set_state(ServerState::Running { pid: running.pid, listen });
                if let Some(first) = first.take() {
                    let _ = first.send(listen);
                }
                match running.watch(&hub, &server, &mut setup, &mut ending).await {
                    End::Ordered => return Ok(()),
                    End::Switched => {
                        (pause, because) = (RESTART_FIRST, Because::Switch);
                        continue;
                    }
                    End::Alone(reason) => reason,
                }
            }
            Err(error) if first.is_some() => return Err(error.into()),
            Err(Unstarted::Ended(reason)) => reason,
            Err(Unstarted::Failed(error)) => failed(format!("{error:#}")),
        };
        if began.elapsed() >= RAN_WELL {
            pause = RESTART_FIRST;
        }
        let restart_ms = pause.as_millis() as u64;
        tracing::warn!(
            program = server.program.name(),
            restart_ms,
            "the server {reason}; it is started again in {restart_ms} ms"
        );
        hub.set_state(ServerState::Ended { reason, restart_ms });
        tokio::select! {
            () = tokio::time::sleep(pause) => because = Because::Restart,
            // Another program may have better luck.
            Ok(()) = setup.changed() => (pause, because) = (RESTART_FIRST, Because::Switch),
            _ = ending.wait_for(|over| *over) => return Ok(()),
        }
        pause = (pause * 2).min(RESTART_MOST);
    }
}

/// A server's process.
struct Running {
    child: Child,
    pid: u32,
    channel: UnixStream,
    /// How much it tells at first.
    level: Level,
    /// Gives the last line that the server wrote to standard error, when there will be no more.
    last_words: JoinHandle<Option<String>>,
}

/// How a server came to its end.
enum End {
    /// It was told to, because all ends.
    Ordered,
    /// It was told to, because another takes its place.
    Switched,
    /// It was not; this is what happened.
    Alone(Reason),
}

/// Why a server does not run.
enum Unstarted {
    /// It was started, and ended before it listened.
    Ended(Reason),
    /// It was not.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Unstarted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Unstarted {
    fn into(self) -> anyhow::Error {
        match self {
            Self::Ended(reason) => anyhow!(reason.to_string()),
            Self::Failed(error) => error,
        }
    }
}

/// The end of a server of which nothing more is known.
fn failed(said: String) -> Reason {
    Reason { how: Way::Failed, said }
}

/// Starts the server and waits until it listens.
async fn start(server: &Server, level: Level) -> Result<(Running, SocketAddr), Unstarted> {
    let (ours, theirs) = channel().context("cannot make a channel to the server")?;
    ours.set_nonblocking(true)?;
    let program = std::env::current_exe().context("cannot find the program that is running")?;
    let mut child = Command::new(program)
        .args(arguments(server, level))
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C in a terminal reaches the whole group: this process alone decides when the server ends.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the server's process")?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (Some(stdout), Some(stderr), Some(pid)) = (stdout, stderr, child.id()) else {
        return Err(Unstarted::Failed(anyhow!("the server's process has no output")));
    };
    let last_words = tokio::spawn(pass_on(stderr, pid));
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await.context("cannot read the server's output")?;
    match line.trim_end().strip_prefix("listening on ").map(str::parse) {
        Some(Ok(listen)) => {
            let running = Running { child, pid, channel: UnixStream::from_std(ours)?, level, last_words };
            Ok((running, listen))
        }
        _ => {
            drop(ours);
            let status = child.wait().await?;
            Err(Unstarted::Ended(why(status, last_words.await.unwrap_or_default())))
        }
    }
}

/// A channel on which each write arrives as a whole, so that several processes can write to it.
fn channel() -> std::io::Result<(StdUnixStream, OwnedFd)> {
    // Apple's systems have no such sockets: the children of a server are not watched there.
    let kind = if cfg!(target_vendor = "apple") { SocketType::STREAM } else { SocketType::SEQPACKET };
    let (ours, theirs) = rustix::net::socketpair(AddressFamily::UNIX, kind, SocketFlags::empty(), None)?;
    // The server's end is for standard input, which is made of it when the process starts.
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::fcntl_setfd(&theirs, rustix::io::FdFlags::CLOEXEC)?;
    Ok((ours.into(), theirs))
}

/// The command line that means the same server.
pub(crate) fn arguments(server: &Server, level: Level) -> Vec<OsString> {
    let level = match level {
        Level::Off => "off",
        Level::Calls => "calls",
        Level::Buffers => "buffers",
    };
    let options = [
        ("--listen", server.listen.to_string()),
        ("--backlog", server.backlog.to_string()),
        ("--drain-ms", server.drain.as_millis().to_string()),
        ("--tasks-max", server.tasks_max.to_string()),
        ("--ring-bytes", server.room.ring_bytes.to_string()),
        ("--burst-bytes", server.room.burst_bytes.to_string()),
        ("--level", level.to_owned()),
    ];
    let mut arguments: Vec<OsString> = vec!["server".into(), server.program.name().into()];
    arguments.extend((server.watched == Watched::ByGateway).then(|| "--tap".into()));
    arguments.extend(options.into_iter().flat_map(|(name, value)| [name.into(), value.into()]));
    arguments.extend(settings::arguments(&server.settings));
    arguments
}

/// Passes on what the server writes to standard error, and returns the last line of it.
async fn pass_on(stderr: ChildStderr, pid: u32) -> Option<String> {
    let mut lines = BufReader::new(stderr).lines();
    let mut last = None;
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::warn!(pid, "server: {line}");
        last = Some(line);
    }
    last
}

impl Running {
    /// Collects what the server tells until it ends, by itself or by order.
    async fn watch(
        mut self,
        hub: &Hub,
        server: &Server,
        setup: &mut watch::Receiver<Setup>,
        ending: &mut Ending,
    ) -> End {
        let (reading, writing) = self.channel.into_split();
        let mut orders = pin!(pass_levels_on(hub, self.level, writing));
        let mut collecting = pin!(collector::collect(hub, reading));
        let order = tokio::select! {
            never = &mut orders => match never {},
            collected = &mut collecting => Err(collected.err()),
            Ok(()) = setup.changed() => Ok(End::Switched),
            _ = ending.wait_for(|over| *over) => Ok(End::Ordered),
        };
        match order {
            Ok(order) => {
                hub.set_state(ServerState::Stopping);
                // What it does to its end is worth seeing, too.
                let gone = end(&mut self.child, self.pid, server.drain + END_GRACE);
                let _ = tokio::join!(gone, tokio::time::timeout(server.drain + END_GRACE, collecting));
                order
            }
            Err(Some(error)) => {
                end(&mut self.child, self.pid, server.drain + END_GRACE).await;
                End::Alone(failed(format!("it sent what cannot be read ({error:#}) and was ended")))
            }
            Err(None) => match self.child.wait().await {
                Ok(status) => End::Alone(why(status, self.last_words.await.unwrap_or_default())),
                Err(error) => End::Alone(failed(error.to_string())),
            },
        }
    }
}

/// Tells the server how much to tell, whenever that is another level than the last.
async fn pass_levels_on(hub: &Hub, mut last: Level, mut server: OwnedWriteHalf) -> Infallible {
    loop {
        last = hub.wanted_other_than(last).await;
        // A server that takes no more orders has ended, which is noticed elsewhere.
        let _ = server.write_all(&[frame::level_to_byte(last)]).await;
    }
}

/// Tells the server to end, and kills it if it does not in time.
async fn end(child: &mut Child, pid: u32, within: Duration) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may be gone already.
        let _ = kill_process(pid, Signal::TERM);
    }
    if tokio::time::timeout(within, child.wait()).await.is_err() {
        tracing::warn!("the server did not end within {} ms and is killed", within.as_millis());
        let _ = child.start_kill();
    }
}

/// Why a process ended, with what it said last.
fn why(status: ExitStatus, last_words: Option<String>) -> Reason {
    let how = match (status.code(), status.signal()) {
        (Some(code), _) => Way::Exit(code),
        (_, Some(signal)) => Way::Signal(format!("{signal}{}", signal_name(signal))),
        _ => Way::Failed,
    };
    let said = last_words.unwrap_or_default();
    Reason { how, said: said.trim_start_matches("error: ").to_owned() }
}

fn signal_name(signal: i32) -> String {
    signal_hook::low_level::signal_name(signal).map_or_else(String::new, |name| format!(" ({name})"))
}
