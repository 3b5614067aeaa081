//! `loopscope fetch`: the blocking HTTP client of the catalogue, on the real kernel.

mod bounded;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use loopscope_shared::errno::Errno;
use loopscope_shared::ids::TaskId;
use loopscope_shared::probe::{Level, Traced};
use loopscope_shared::servers::{Program, client};

use crate::config::Fetch;
use crate::os;
use crate::server::InWords;
use crate::tap::{Room, Taps};
use bounded::Bounded;

/// What ends the head of an answer.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// From this status on, an answer says that something went wrong (RFC 9110, 15).
const FAILURE: u16 = 400;

/// Fetches what is meant and prints it.
///
/// # Errors
/// If there is no answer, or one that is too long, comes too late, is not of HTTP, or tells of a failure.
pub fn run(config: &Fetch) -> Result<()> {
    let kernel = Bounded::new(Instant::now() + config.timeout, config.bytes_max);
    let answer = match config.trace {
        true => watched(kernel, &config.url)?,
        false => os::run(client::fetch(&kernel, &config.url)),
    };
    let answer = answer.map_err(|errno| explain(config, errno))?;
    let Some(status) = client::status(&answer) else {
        bail!("{} answered with something that is not HTTP", config.url)
    };
    let head = answer.windows(HEAD_END.len()).position(|bytes| bytes == HEAD_END);
    let body = head.map_or(answer.len(), |head| head + HEAD_END.len());
    let shown = if config.head { &answer[..] } else { &answer[body..] };
    let mut out = io::stdout().lock();
    match out.write_all(shown).and_then(|()| out.flush()) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        other => other.context("cannot write to standard output")?,
    }
    if head.is_none() {
        bail!("the answer ended before its head did");
    }
    if status >= FAILURE {
        let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
        bail!("the server answered {}", String::from_utf8_lossy(line));
    }
    Ok(())
}

/// Runs the client with all its calls told on standard error.
fn watched(kernel: Bounded, url: &str) -> Result<Result<Vec<u8>, Errno>> {
    let outlet = || Ok(Box::new(InWords::new(io::stderr())) as Box<_>);
    let taps =
        Taps::new(Level::Calls, Room::default(), Arc::new(outlet)).context("cannot tell what happens")?;
    let (task, tap) = taps.tap();
    let forwarding = taps.forward().context("cannot tell what happens")?;
    let traced = Traced::new(kernel, tap, task);
    traced.begin(TaskId::KERNEL, false, Program::Client.name());
    let answer = os::run(client::fetch(&traced, url));
    traced.end(i32::from(answer.is_err()));
    drop(traced);
    // If standard error is closed, there is nobody to tell.
    let _ = forwarding.join();
    Ok(answer)
}

fn explain(config: &Fetch, errno: Errno) -> anyhow::Error {
    let Fetch { url, timeout, bytes_max, .. } = config;
    match errno {
        Errno::ENOENT => anyhow!("{url}: no address is known for this host"),
        Errno::ECONNREFUSED => anyhow!("{url}: nobody listens there"),
        Errno::ETIMEDOUT => anyhow!(
            "{url}: no answer, or not all of it, within {} s (--timeout), or no address of it could be reached",
            timeout.as_secs_f64()
        ),
        Errno::EMSGSIZE => anyhow!("{url}: the answer has more than {bytes_max} bytes (--max-bytes)"),
        other => anyhow!("{url}: {other} ({})", other.meaning()),
    }
}
