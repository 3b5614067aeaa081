//! Room for a crowd: descriptors while it is there, and its memory back when it has left.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a server has open beside its connections: standard streams, a listener and a selector for each of at
/// most 64 loops, signals, what it tells a watcher.
const BESIDE: u64 = 256;

/// Makes room for so many connections, each of which is a descriptor: raises the limit that the process has
/// (`RLIMIT_NOFILE`, `getrlimit(2)`) as far as it may.
///
/// # Errors
/// If the system does not let it have so many, with what to do about it.
pub(super) fn make(connections: u32) -> Result<()> {
    let needed = u64::from(connections) + BESIDE;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if connections == 0 || current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(maximum) = maximum.filter(|maximum| *maximum < needed) {
        bail!(
            "--connections-max {connections} needs {needed} descriptors and the system lets this process have \
             {maximum}: choose at most {}, or raise the hard limit (`ulimit -Hn`, limits.conf(5), \
             LimitNOFILE= of systemd)",
            maximum.saturating_sub(BESIDE)
        );
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })
        .context("cannot raise the limit of open descriptors (RLIMIT_NOFILE)")?;
    // If even standard error is closed, nobody wants to know.
    let _ = writeln!(
        std::io::stderr(),
        "loopscope: up to {needed} descriptors may be open now, for --connections-max {connections}; it were {}",
        current.unwrap_or_default()
    );
    Ok(())
}

/// The least that the allocator asks the system for by itself: what the buffer of a connection takes at first.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OWN_MAPPING: libc::c_int = 16_384;

/// Has the buffer of each connection asked for, and given back, by itself (`mmap(2)`). Otherwise the memory of
/// ten thousand that have left stays with the process, for the sake of a few that are left in between: of 165 MB,
/// 10 to 165 were seen to. The other allocators need not be told.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn give_memory_back() {
    // SAFETY: it sets a number that the allocator looks at. If it does not take it, all works as before.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, OWN_MAPPING) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn give_memory_back() {}
