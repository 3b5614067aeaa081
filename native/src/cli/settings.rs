//! What can be set of a program, as it is typed.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use loopscope_shared::quirks::Quirks;
use loopscope_shared::servers::{Backend, Settings};

/// What can be set of a program. Each takes what concerns it, and leaves the rest.
#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// How many clients `sequential` takes before it serves the first
    #[arg(long, value_name = "COUNT", default_value_t = Settings::default().clients,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub clients: u32,
    /// How many threads `pool` has, and how many loops `mio`
    #[arg(long, value_name = "COUNT", default_value_t = Settings::default().workers,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub workers: u32,
    /// What the event loop of `event` and `bufferevent` waits with
    #[arg(long, value_enum, default_value_t = BackendArg::Best)]
    pub backend: BackendArg,
    /// Mistakes of the chapter's printed programs to make on purpose: names with commas between, or `all`
    #[arg(long, value_name = "NAMES", default_value_t = Quirks::empty(), hide_default_value = true)]
    pub quirks: Quirks,
}

impl SettingsArgs {
    /// What they mean.
    pub fn settings(&self) -> Settings {
        let Self { clients, workers, backend, quirks } = *self;
        Settings { clients, workers, backend: backend.into(), quirks, ..Settings::default() }
    }
}

/// The arguments that mean these settings.
pub fn arguments(settings: &Settings) -> Vec<OsString> {
    let backend = BackendArg::from(settings.backend).to_possible_value();
    let options = [
        ("--clients", settings.clients.to_string()),
        ("--workers", settings.workers.to_string()),
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

    #[test]
    fn what_is_passed_on_means_the_same() {
        let quirks = Quirks::all();
        let all = Settings { clients: 7, workers: 2, backend: Backend::Poll, quirks, ..Settings::default() };
        for settings in [Settings::default(), all] {
            let typed = std::iter::once("x".into()).chain(arguments(&settings));
            let line = Line::try_parse_from::<_, OsString>(typed).unwrap();
            assert_eq!(line.settings.settings(), settings);
        }
    }
}
