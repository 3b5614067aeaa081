//! What can be set of a program, as it is typed.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use loopscope_shared::quirks::Quirks;
use loopscope_shared::servers::{Backend, Program, Settings};

use crate::config::{LOOPS_MAX, Misuse};

/// What can be set of a program, in place of what it is otherwise. Each takes what concerns it.
#[derive(Clone, Debug, Default, Args)]
pub struct SettingsArgs {
    /// How many clients `sequential` takes before it serves the first [default: 3, or what the scenario says]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub clients: Option<u32>,
    /// How many threads `pool` has [default: 4, or what the scenario says]; of `mio`, the same as --loops
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub workers: Option<u32>,
    /// How many loops `epoll` and `mio` have, each in a thread of its own [default: 1, or what the scenario
    /// says; `loopscope server mio` has one a processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=i64::from(LOOPS_MAX)))]
    pub loops: Option<u32>,
    /// How many clients `mio` has at once; others wait to be accepted.
    /// Every program has room made for so many descriptors (0, unless told otherwise: as many as there are)
    #[arg(long, value_name = "COUNT")]
    pub connections_max: Option<u32>,
    /// After how long `mio` ends a connection on which nothing has moved (0, unless told otherwise: never)
    #[arg(long, value_name = "MS")]
    pub idle_timeout_ms: Option<u64>,
    /// What the event loop of `event` and `bufferevent` waits with [default: best, or what the scenario says]
    #[arg(long, value_enum)]
    pub backend: Option<BackendArg>,
    /// Mistakes of the chapter's printed programs to make on purpose: names with commas between, or `all`
    #[arg(long, value_name = "NAMES")]
    pub quirks: Option<Quirks>,
}

impl SettingsArgs {
    /// What is set of a program: what was typed, over what it is otherwise.
    ///
    /// # Errors
    /// If a mistake is asked for that the program does not make, with those that it does.
    pub fn over(&self, program: Program, otherwise: Settings) -> Result<Settings, Misuse> {
        let its = Quirks::of(program.name());
        let quirks = match self.quirks {
            Some(quirks) if quirks.is_all() => its,
            Some(quirks) if its.contains(quirks) => quirks,
            Some(quirks) => return Err(not_its_own(program, quirks - its, its)),
            None => otherwise.quirks & its,
        };
        // A worker of mio is a loop.
        let workers = self.workers.filter(|_| program == Program::Mio);
        if workers.is_some_and(|workers| workers > LOOPS_MAX) {
            return Err(Misuse(format!("--workers: mio has at most {LOOPS_MAX} loops")));
        }
        Ok(Settings {
            clients: self.clients.unwrap_or(otherwise.clients),
            workers: self.workers.unwrap_or(otherwise.workers),
            loops: self.loops.or(workers).unwrap_or(otherwise.loops),
            connections_max: self.connections_max.unwrap_or(otherwise.connections_max),
            idle_timeout_ms: self.idle_timeout_ms.unwrap_or(otherwise.idle_timeout_ms),
            backlog: otherwise.backlog,
            backend: self.backend.map_or(otherwise.backend, Backend::from),
            url: otherwise.url,
            quirks,
        })
    }
}

fn not_its_own(program: Program, asked: Quirks, its: Quirks) -> Misuse {
    let name = program.name();
    Misuse(match its.is_empty() {
        true => format!("--quirks {asked}: the chapter's mistakes are not made by {name}"),
        false => format!("--quirks {asked}: that is no mistake of {name}; its own are {its}"),
    })
}

/// The arguments that mean these settings.
pub fn arguments(settings: &Settings) -> Vec<OsString> {
    let backend = BackendArg::from(settings.backend).to_possible_value();
    let options = [
        ("--clients", settings.clients.to_string()),
        ("--workers", settings.workers.to_string()),
        ("--loops", settings.loops.to_string()),
        ("--connections-max", settings.connections_max.to_string()),
        ("--idle-timeout-ms", settings.idle_timeout_ms.to_string()),
        ("--backend", backend.map_or_else(String::new, |value| value.get_name().to_owned())),
    ];
    let mut arguments: Vec<OsString> =
        options.into_iter().flat_map(|(name, value)| [name.into(), value.into()]).collect();
    if !settings.quirks.is_empty() {
        arguments.extend(["--quirks".into(), settings.quirks.to_string().into()]);
    }
    arguments
}

/// What an event loop waits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendArg {
    /// The first that the system has of the others, in their order
    Best,
    /// epoll, of Linux
    Epoll,
    /// kqueue, of the BSDs and macOS
    Kqueue,
    /// poll
    Poll,
    /// select
    Select,
}

impl From<BackendArg> for Backend {
    fn from(backend: BackendArg) -> Self {
        match backend {
            BackendArg::Best => Self::Best,
            BackendArg::Epoll => Self::Epoll,
            BackendArg::Kqueue => Self::Kqueue,
            BackendArg::Poll => Self::Poll,
            BackendArg::Select => Self::Select,
        }
    }
}

impl From<Backend> for BackendArg {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Best => Self::Best,
            Backend::Epoll => Self::Epoll,
            Backend::Kqueue => Self::Kqueue,
            Backend::Poll => Self::Poll,
            Backend::Select => Self::Select,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: SettingsArgs,
    }

    fn meant(typed: impl IntoIterator<Item = OsString>, program: Program) -> Result<Settings, Misuse> {
        let line = Line::try_parse_from(std::iter::once("x".into()).chain(typed)).unwrap();
        line.settings.over(program, Settings::default())
    }

    #[test]
    fn what_is_passed_on_means_the_same() {
        let quirks = Quirks::of("select");
        let all = Settings {
            clients: 7,
            workers: 2,
            loops: 3,
            connections_max: 10_000,
            idle_timeout_ms: 60_000,
            backend: Backend::Poll,
            quirks,
            ..Settings::default()
        };
        for settings in [Settings::default(), all] {
            assert_eq!(meant(arguments(&settings), Program::Select), Ok(settings));
        }
    }

    #[test]
    fn a_worker_of_mio_is_a_loop() {
        let two = meant(["--workers".into(), "2".into()], Program::Mio).unwrap();
        assert_eq!(two.loops, 2);
        let both = ["--workers".into(), "2".into(), "--loops".into(), "3".into()];
        assert_eq!(meant(both, Program::Mio).unwrap().loops, 3);
        assert_eq!(meant(["--workers".into(), "2".into()], Program::Epoll).unwrap().loops, 1);
        let Misuse(why) = meant(["--workers".into(), "65".into()], Program::Mio).unwrap_err();
        assert!(why.contains("at most 64"), "{why}");
    }

    #[test]
    fn only_the_mistakes_of_a_program_can_be_made() {
        let all = meant(["--quirks".into(), "all".into()], Program::Select).unwrap();
        assert_eq!(all.quirks, Quirks::of("select"));
        let Misuse(why) = meant(["--quirks".into(), "sigpipe".into()], Program::Select).unwrap_err();
        assert!(why.contains("no mistake of select") && why.contains("drop-overflow"), "{why}");
    }
}
