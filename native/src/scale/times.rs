//! What lines cost in time: nobody watches the server, and the kernel says for how long it had a CPU.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use loopscope_shared::probe::Level;
use loopscope_shared::servers::Program;
use rustix::process::{Pid, Signal, kill_process};

use super::{DRAIN, REST, Wish, talk};
use crate::config::Watched;
use crate::supervisor;

/// How much longer than it asked for a server may take to end before it is killed.
const END_GRACE: Duration = Duration::from_secs(2);

/// How often it is asked whether it has ended.
const END_PERIOD: Duration = Duration::from_millis(2);

/// The times of one round, in nanoseconds: that of all CPUs for all lines, and what a client saw of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) cpu_ns: u64,
    pub(super) p99_ns: u64,
}

/// One round.
pub(super) fn measure(wish: Wish) -> Result<Times> {
    let (server, to) = Running::start(wish)?;
    let (before, after, p99_ns) = talk(wish, to, || {
        // Who sleeps is done when it waits again; the way there is a part of a line.
        if wish.program != Program::BusyPoll {
            thread::sleep(REST);
        }
        cpu_ns(server.0.id())
    })?;
    Ok(Times { cpu_ns: after.saturating_sub(before), p99_ns })
}

/// A server's process, which ends with this.
struct Running(Child);

impl Running {
    fn start(wish: Wish) -> Result<(Self, SocketAddr)> {
        let program = std::env::current_exe().context("cannot find the program that is running")?;
        let child = Command::new(program)
            .args(supervisor::arguments(&wish.server(Watched::No), Level::Off))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the server's process")?;
        let mut running = Self(child);
        let mut line = String::new();
        if let Some(stdout) = running.0.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).context("cannot read the server's output")?;
        }
        if let Some(to) = line.trim_end().strip_prefix("listening on ").and_then(|to| to.parse().ok()) {
            return Ok((running, to));
        }
        let mut words = String::new();
        if let Some(stderr) = &mut running.0.stderr {
            stderr.read_to_string(&mut words).context("cannot read the server's output")?;
        }
        bail!("the server did not start: {}", words.trim_end())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            // It may be gone already.
            let _ = kill_process(pid, Signal::TERM);
        }
        let began = Instant::now();
        while began.elapsed() < DRAIN + END_GRACE {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(END_PERIOD);
        }
        // What does not end is ended; if that fails, it has.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// For how long all threads of a process, and of its children, had a CPU so far, in nanoseconds.
fn cpu_ns(pid: u32) -> Result<u64> {
    let own = clock_of(pid).with_context(|| format!("cannot read the clock of process {pid}"))?;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    // A child that has ended meanwhile has nothing to say any more.
    let children = children.split_whitespace().filter_map(|child| cpu_ns(child.parse().ok()?).ok());
    Ok(own + children.sum::<u64>())
}

/// The CPU-time clock of a process (`clock_getcpuclockid(3)`): unlike what `/proc` says, it is exact while it runs.
fn clock_of(pid: u32) -> io::Result<u64> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: both write to what they are given, which is ours, and nothing else.
    let failed = unsafe {
        match libc::clock_getcpuclockid(pid, &raw mut clock) {
            0 if libc::clock_gettime(clock, &raw mut time) == 0 => 0,
            0 => return Err(io::Error::last_os_error()),
            error => error,
        }
    };
    match failed {
        0 => Ok(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_of_a_cpu() {
        let own = std::process::id();
        let before = cpu_ns(own).unwrap();
        let mut sum = 0_u64;
        for number in 0..3_000_000_u64 {
            sum = std::hint::black_box(sum.wrapping_add(number * number));
        }
        assert!(cpu_ns(own).unwrap() > before + 100_000, "{sum}");
    }
}
