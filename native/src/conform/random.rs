//! Random scripts on both kernels: the same results, errors, readiness and order are demanded.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use loopscope_shared::conformance::random::script;
use loopscope_shared::conformance::shrink::shrink;
use loopscope_shared::conformance::{self, Case, Reply, Step};
use loopscope_shared::sim::lab;

use crate::os::{self, Os};

/// So many more times a script is run on the real kernel before a difference is believed.
const LOOK_AGAIN: u32 = 20;

/// So many differing scripts are shrunk and kept; the rest is only counted.
const KEPT_MOST: u64 = 10;

/// How often progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Random {
    /// How many scripts.
    pub scripts: u64,
    /// The seed that they are made from.
    pub seed: u64,
    /// The number of the first one.
    pub first: u64,
    /// Where differing scripts are kept, as cases.
    pub keep: PathBuf,
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Scripts that were run.
    pub scripts: u64,
    /// Calls that were compared.
    pub calls: u64,
    /// Scripts of which the real kernel gave two accounts at once.
    pub dropped: u64,
    /// Scripts of which it did so only when a difference was looked at again.
    pub dropped_late: u64,
    /// Scripts in which a socket calls itself, which the simulated kernel leaves out.
    pub left_out: u64,
    /// Scripts on which the kernels differ.
    pub differ: u64,
}

/// What became of a script.
enum Compared {
    Same,
    Dropped,
    DroppedLate,
    LeftOut,
    Differ,
}

/// Runs random scripts on both kernels and says what came of it. The exit code is 1 if the kernels differ.
///
/// # Errors
/// If a differing script cannot be kept, or standard output takes no more.
pub fn run(config: &Random) -> Result<ExitCode> {
    let mut bench = Bench::new();
    let mut sums = Sums::default();
    let began = Instant::now();
    let mut shown = began;
    for number in config.first..config.first + config.scripts {
        let steps = script(config.seed, number);
        let (compared, calls) = bench.compare(&steps);
        sums.scripts += 1;
        match compared {
            Compared::Same => sums.calls += calls,
            Compared::Dropped => sums.dropped += 1,
            Compared::DroppedLate => sums.dropped_late += 1,
            Compared::LeftOut => sums.left_out += 1,
            Compared::Differ => {
                sums.differ += 1;
                if sums.differ <= KEPT_MOST {
                    let path = bench.keep(config, number, &steps)?;
                    say(&format!("script {number} differs, see {}", path.display()))?;
                }
            }
        }
        if io::stderr().is_terminal() && shown.elapsed() >= PROGRESS_EVERY {
            shown = Instant::now();
            // Progress is a courtesy.
            let _ = write!(io::stderr(), "\r{} scripts, {} differ ", sums.scripts, sums.differ);
        }
    }
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r");
    }
    say(&summary(config, &sums, began.elapsed()))?;
    Ok(ExitCode::from(u8::from(sums.differ > 0)))
}

fn summary(config: &Random, sums: &Sums, took: Duration) -> String {
    let Sums { scripts, calls, dropped, dropped_late, left_out, differ } = sums;
    let mut text = String::new();
    let system = rustix::system::uname();
    let (name, release) = (system.sysname().to_string_lossy(), system.release().to_string_lossy());
    let _ = writeln!(text, "kernel   {name} {release}, {}", system.machine().to_string_lossy());
    let _ = writeln!(
        text,
        "seed     {}, scripts {} to {}",
        config.seed,
        config.first,
        config.first + scripts - 1
    );
    let _ = writeln!(text, "scripts  {scripts}, in {:.1} s", took.as_secs_f64());
    let _ = writeln!(text, "calls    {calls} compared");
    let _ = writeln!(
        text,
        "dropped  {}: on them the real kernel disagrees with itself ({dropped} at once, {dropped_late} when a difference was looked at again)",
        dropped + dropped_late
    );
    let _ = writeln!(text, "left out {left_out}: in them a socket calls itself");
    let _ = write!(text, "differ   {differ}");
    text
}

fn say(text: &str) -> Result<()> {
    writeln!(io::stdout(), "{text}").context("cannot write to standard output")
}

/// What the real kernel answered.
#[derive(PartialEq)]
struct Answers {
    replies: Vec<Reply>,
    /// A socket called itself.
    calls_itself: bool,
}

/// Where scripts are run.
struct Bench {
    /// The address that the next run gets to itself.
    next: u32,
}

impl Bench {
    fn new() -> Self {
        // Two of them at a time should not meet: each begins somewhere else in the loopback network.
        Self { next: (std::process::id() % 200 + 16) << 16 }
    }

    /// Runs a script on both kernels. Returns the number of calls, too.
    fn compare(&mut self, steps: &[Step]) -> (Compared, u64) {
        let real = self.on_this_system(steps);
        if real.calls_itself {
            return (Compared::LeftOut, 0);
        }
        if self.on_this_system(steps) != real {
            return (Compared::Dropped, 0);
        }
        let calls = real.replies.iter().filter(|reply| !matches!(reply, Reply::Impossible(_))).count() as u64;
        let setup = lab::Setup { own_ports: true, ..lab::Setup::default() };
        if lab::run(steps, setup) == real.replies {
            return (Compared::Same, calls);
        }
        let steady = (0..LOOK_AGAIN).all(|_| self.on_this_system(steps) == real);
        (if steady { Compared::Differ } else { Compared::DroppedLate }, calls)
    }

    /// Carries a script out on the real kernel, on an address of its own: ports that earlier scripts have used
    /// may be taken for a minute.
    fn on_this_system(&mut self, steps: &[Step]) -> Answers {
        self.next = (self.next + 1) % (1 << 24);
        let [_, a, b, c] = self.next.to_be_bytes();
        let os = Os::on_address(Ipv4Addr::new(127, a, b, c));
        let mut replies = Vec::with_capacity(steps.len());
        let calls_itself = os::run(conformance::run(&os, steps, |reply| replies.push(reply)));
        Answers { replies, calls_itself }
    }

    /// Shrinks a script on which the kernels differ, and keeps it as a case that expects what the real kernel
    /// answers.
    fn keep(&mut self, config: &Random, number: u64, steps: &[Step]) -> Result<PathBuf> {
        let mut steps = shrink(steps, |steps| matches!(self.compare(steps).0, Compared::Differ));
        let replies = self.on_this_system(&steps).replies;
        for (step, reply) in steps.iter_mut().zip(&replies) {
            step.expect = Some(reply.to_json());
        }
        let case = Case {
            name: format!("random-{}-{number}", config.seed),
            topic: "random".to_owned(),
            why: "a random script on which the kernels differed".to_owned(),
            source: format!("loopscope conform --random 1 --seed {} --first {number}", config.seed),
            observed: None,
            steps,
        };
        write_case(&config.keep, &case)
    }
}

fn write_case(folder: &Path, case: &Case) -> Result<PathBuf> {
    let path = folder.join(format!("{}.json", case.name));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, case.to_text()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
