//! Scripts on the real kernel.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use loopscope_shared::conformance::{self, Reply, Step};

use crate::os::{self, Os};

/// How long a case may take on the real kernel. The slowest waits for a second connection request, about a
/// second; one that takes this long waits for something that will never come.
const CASE_WITHIN: Duration = Duration::from_secs(60);

/// Carries a script out, in a thread of its own, which is given up if it takes too long.
pub(super) fn run(steps: Vec<Step>) -> Vec<Reply> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let os = Os::new();
        // Nobody listens any more if this took too long.
        os::run(conformance::run(&os, &steps, |reply| drop(tell.send(reply))));
    });
    let deadline = Instant::now() + CASE_WITHIN;
    let mut replies = Vec::new();
    while let Ok(reply) = told.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        replies.push(reply);
    }
    replies
}
