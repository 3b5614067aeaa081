//! Rounds, medians, differences, and the state that the process has to be in.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Resource, Rlimit};
use rustix::thread::CpuSet;

/// What many rounds gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) median: f64,
    /// A quarter of the rounds gave less.
    pub(super) low: f64,
    /// A quarter gave more.
    pub(super) high: f64,
}

impl Sample {
    /// The sample in a unit of which the old one has so many.
    pub(super) fn times(self, factor: f64) -> Self {
        Self { median: self.median * factor, low: self.low * factor, high: self.high * factor }
    }
}

/// Does so many rounds, of which each gives several numbers, and one more that is thrown away: it warms the
/// caches.
pub(super) fn rounds<const N: usize>(
    count: u32,
    mut round: impl FnMut() -> Result<[f64; N]>,
) -> Result<[Sample; N]> {
    round()?;
    let mut columns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..count.max(1) {
        for (column, value) in columns.iter_mut().zip(round()?) {
            column.push(value);
        }
    }
    Ok(columns.map(sample))
}

fn sample(mut values: Vec<f64>) -> Sample {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values[((values.len() - 1) as f64 * part).round() as usize];
    Sample { median: at(0.5), low: at(0.25), high: at(0.75) }
}

/// How many nanoseconds each of so many turns takes.
pub(super) fn each(count: usize, mut turn: impl FnMut() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    for _ in 0..count {
        turn()?;
    }
    Ok(began.elapsed().as_nanos() as f64 / count as f64)
}

/// As [`each`], in nanoseconds of a CPU: for what happens in the call itself. What the network does on the way is
/// none of the process's time to some kernels.
pub(super) fn each_of_cpu(count: usize, mut turn: impl FnMut() -> Result<()>) -> Result<f64> {
    let began = cpu_time();
    for _ in 0..count {
        turn()?;
    }
    Ok((cpu_time() - began) / count as f64)
}

/// How many nanoseconds something takes, and what it gives. The clock itself costs some 30 of them: for what
/// takes long, or for differences.
pub(super) fn once<T>(act: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let began = Instant::now();
    let result = act();
    Ok((began.elapsed().as_nanos() as f64, result?))
}

/// How many nanoseconds of a CPU this process has used. Unlike the clock on the wall it stands still while
/// another process has the CPU.
pub(super) fn cpu_time() -> f64 {
    nanos(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime))
}

/// How many nanoseconds of a CPU the children have used that were taken notice of.
pub(super) fn cpu_time_of_children() -> Result<f64> {
    // SAFETY: all of it may be zero, and `getrusage` fills it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is writable and outlives the call.
    let result = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage) };
    ensure!(result == 0, "cannot ask for the children's time: {}", std::io::Error::last_os_error());
    let nanos = |time: libc::timeval| time.tv_sec as f64 * 1e9 + time.tv_usec as f64 * 1e3;
    Ok(nanos(usage.ru_utime) + nanos(usage.ru_stime))
}

fn nanos(time: rustix::time::Timespec) -> f64 {
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Keeps this thread, and all that it starts from now on, on the CPU where it is.
pub(super) fn pin_to_one_cpu() -> Result<()> {
    let mut set = CpuSet::new();
    set.set(rustix::thread::sched_getcpu());
    rustix::thread::sched_setaffinity(None, &set).context("cannot stay on one CPU")
}

/// How many descriptors the measurements open at once, and some to spare.
const DESCRIPTORS: u64 = 2_048;

/// Raises the limit of descriptors as far as is needed and the system allows.
pub(super) fn allow_many_descriptors() -> Result<()> {
    let Rlimit { current, maximum } = rustix::process::getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= DESCRIPTORS) {
        return Ok(());
    }
    let raised = maximum.map_or(DESCRIPTORS, |maximum| maximum.min(DESCRIPTORS));
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum })
        .context("cannot raise the limit of open descriptors")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_the_middle_half() {
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0].into_iter().cycle();
        let [sample] = rounds(5, || Ok([values.next().unwrap()])).unwrap();
        assert_eq!(sample, Sample { median: 3.0, low: 2.0, high: 4.0 });
    }
}
