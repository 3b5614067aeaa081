//! What threads, processes and switches between them cost.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use rustix::io::dup;
use rustix::pipe::pipe;
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitOptions};

use super::Cost;
use super::measure::{cpu_time, cpu_time_of_children, each, once, rounds};

/// How many turns of two threads make a round.
const TURNS: usize = 400;

/// How many threads and processes are started in a round.
const STARTS: usize = 10;

/// How many more descriptors the process has that is forked to see what they cost.
const DESCRIPTORS: usize = 600;

pub(super) fn costs(count: u32) -> Result<Vec<Cost>> {
    let mut costs = switches(count)?;
    costs.push(threads(count)?);
    costs.extend(processes(count)?);
    Ok(costs)
}

/// Two ends of two pipes, by which two threads wake each other.
struct Ends {
    to: File,
    from: File,
}

impl Ends {
    fn two() -> Result<(Self, Self)> {
        let ((from_one, to_one), (from_two, to_two)) = (pipe()?, pipe()?);
        let ends = |to, from| Self { to: File::from(to), from: File::from(from) };
        Ok((ends(to_one, from_two), ends(to_two, from_one)))
    }

    fn wake(&mut self) -> Result<()> {
        Ok(self.to.write_all(b"x")?)
    }

    /// False at the end.
    fn sleep(&mut self) -> Result<bool> {
        Ok(self.from.read(&mut [0])? == 1)
    }
}

/// One thread wakes the other and goes to sleep. The other does not take the CPU away from one that runs
/// (`SCHED_BATCH`), so that what waking costs, and what switching, can be told apart.
fn switches(count: u32) -> Result<Vec<Cost>> {
    let (mut own, mut other) = Ends::two()?;
    let (to_self, from_self) = {
        let (from, to) = pipe()?;
        (File::from(to), File::from(from))
    };
    let mut alone = Ends { to: to_self, from: from_self };
    let partner = thread::spawn(move || -> Result<()> {
        be_batch()?;
        while other.sleep()? {
            other.wake()?;
        }
        Ok(())
    });
    let [wake, switch] = rounds(count, || {
        // A write that wakes nobody, and the read that gets it.
        let (mut write, mut read) = (0.0, 0.0);
        for _ in 0..TURNS {
            write += once(|| alone.wake())?.0;
            read += once(|| alone.sleep())?.0;
        }
        let mut waking = 0.0;
        let began = cpu_time();
        for _ in 0..TURNS {
            waking += once(|| own.wake())?.0;
            own.sleep()?;
        }
        let turn = (cpu_time() - began) / TURNS as f64;
        let [write, read, waking] = [write, read, waking].map(|sum| sum / TURNS as f64);
        let wake = waking - write;
        // Each turn has two of everything.
        Ok([wake, turn / 2.0 - write - read - wake])
    })?;
    drop(own);
    partner.join().map_err(|_| anyhow::anyhow!("the other thread panicked"))??;
    Ok(vec![
        Cost::new(
            "wake_ns",
            wake,
            "a write to a pipe in which another thread sleeps, less one that wakes nobody",
        ),
        Cost::new(
            "switch_ns",
            switch,
            "half a turn of two threads that wake each other by pipes on one CPU, less the write, the read and \
             the waking",
        ),
    ])
}

/// From now on this thread does not take the CPU away from one that runs.
fn be_batch() -> Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the structure is whole and outlives the call; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &parameters) };
    ensure!(result == 0, "cannot change the scheduling of a thread: {}", std::io::Error::last_os_error());
    Ok(())
}

fn threads(count: u32) -> Result<Cost> {
    let [start] = rounds(count, || {
        let mut threads = Vec::with_capacity(STARTS);
        let start = each(STARTS, || {
            threads.push(thread::Builder::new().spawn(|| {})?);
            Ok(())
        })?;
        threads.into_iter().for_each(|thread| drop(thread.join()));
        Ok([start])
    })?;
    Ok(Cost::new("thread_ns", start, "starting a thread with a stack of its own, as pthread_create does"))
}

/// What one child took: to be made, and to be taken notice of.
fn child() -> Result<[f64; 2]> {
    // SAFETY: the child calls nothing but _exit, which is allowed after a fork whatever other threads did.
    let (made, pid) = once(|| match unsafe { libc::fork() } {
        // SAFETY: it ends the process and does not return.
        0 => unsafe { libc::_exit(0) },
        pid => Pid::from_raw(pid.max(0)).context("cannot fork"),
    })?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    rustix::process::waitid(WaitId::Pid(pid), options)?.context("the child has not ended")?;
    let (noticed, child) = once(|| Ok(rustix::process::waitpid(Some(pid), WaitOptions::NOHANG)?))?;
    child.context("the child has not ended")?;
    Ok([made, noticed])
}

/// What each of several children took: to be made, to be taken notice of, and of a CPU by itself.
fn children() -> Result<[f64; 3]> {
    let mut sums = [0.0; 2];
    let before = cpu_time_of_children()?;
    for _ in 0..STARTS {
        for (sum, took) in sums.iter_mut().zip(child()?) {
            *sum += took;
        }
    }
    let lived = cpu_time_of_children()? - before;
    let [made, noticed] = sums;
    Ok([made, noticed, lived].map(|sum| sum / STARTS as f64))
}

fn processes(count: u32) -> Result<Vec<Cost>> {
    let nothing = File::open("/dev/null")?;
    let [fork, descriptor, exit, wait] = rounds(count, || {
        let [made, noticed, lived] = children()?;
        let more = (0..DESCRIPTORS).map(|_| Ok(dup(&nothing)?)).collect::<Result<Vec<_>>>()?;
        let [made_with_more, ..] = children()?;
        drop(more);
        Ok([made, (made_with_more - made) / DESCRIPTORS as f64, lived, noticed])
    })?;
    Ok(vec![
        Cost::new("fork_ns", fork, "a fork of this process, which has few descriptors and little memory"),
        Cost::new(
            "fork_descriptor_ns",
            descriptor,
            "a fork with 600 more descriptors, less one without, each",
        ),
        Cost::new(
            "exit_ns",
            exit,
            "the CPU time of a child that ends at once, its first page faults included",
        ),
        Cost::new("wait_ns", wait, "a wait4 for a child that has ended"),
    ])
}
