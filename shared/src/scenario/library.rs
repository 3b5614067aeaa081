//! The presets: workloads that each show one thing.

mod many;
mod mistakes;
mod one;
mod tasks;

use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::Program;
use crate::time::Nanos;

/// The names of the presets, in the order in which the page offers them.
pub const PRESETS: &[&str] = &[
    "three-clients",
    "head-of-line",
    "fork-bomb",
    "zombies",
    "eagain-storm",
    "many-idle",
    "long-march",
    "missed-edge",
    "ghost",
    "herd",
    "herd-exclusive",
    "slow-reader",
    "starvation",
    "nagle",
    "burst",
    "backlog-overflow",
    "emfile",
    "c10k",
    "fetch",
    "drop-overflow",
    "creeping-indices",
    "reset-to-one",
    "read-on",
    "unlimited-output",
    "free-on-eof",
    "leak-descriptor",
    "off-by-one",
    "byte-reads",
    "write-interest-first",
    "flush-overlong",
    "sigpipe",
];

/// The preset of that name.
pub fn preset(name: &str) -> Option<Scenario> {
    let scenario = match name {
        "three-clients" => one::three_clients(),
        "head-of-line" => one::head_of_line(),
        "fork-bomb" => tasks::fork_bomb(),
        "zombies" => tasks::zombies(),
        "eagain-storm" => many::eagain_storm(),
        "many-idle" => many::many_idle(),
        "long-march" => many::long_march(),
        "missed-edge" => one::missed_edge(),
        "ghost" => one::ghost(),
        "herd" => tasks::herd(),
        "herd-exclusive" => tasks::herd_exclusive(),
        "slow-reader" => one::slow_reader(),
        "starvation" => one::starvation(),
        "nagle" => one::nagle(),
        "burst" => many::burst(),
        "backlog-overflow" => many::backlog_overflow(),
        "emfile" => many::emfile(),
        "c10k" => many::c10k(),
        "fetch" => one::fetch(),
        "drop-overflow" => mistakes::drop_overflow(),
        "creeping-indices" => mistakes::creeping_indices(),
        "reset-to-one" => mistakes::reset_to_one(),
        "read-on" => mistakes::read_on(),
        "unlimited-output" => mistakes::unlimited_output(),
        "free-on-eof" => mistakes::free_on_eof(),
        "leak-descriptor" => mistakes::leak_descriptor(),
        "off-by-one" => mistakes::off_by_one(),
        "byte-reads" => mistakes::byte_reads(),
        "write-interest-first" => mistakes::write_interest_first(),
        "flush-overlong" => mistakes::flush_overlong(),
        "sigpipe" => mistakes::sigpipe(),
        _ => return None,
    };
    Some(Scenario { name: name.to_owned(), seed: 1, ..scenario })
}

/// When what a preset is there to show can be seen, under the program that it is best seen with; nothing for one that
/// is looked at from where it opens.
pub fn telling(name: &str) -> Option<Nanos> {
    let at_us = match name {
        "burst" => 400,
        "byte-reads" | "write-interest-first" | "starvation" | "herd" | "herd-exclusive" => 1_300,
        "eagain-storm" => 1_600,
        "ghost" => 2_000,
        "slow-reader" => 3_000,
        "missed-edge" | "head-of-line" | "emfile" => 5_000,
        "many-idle" => 6_900,
        "flush-overlong" | "backlog-overflow" => 2_000,
        "sigpipe" | "reset-to-one" | "free-on-eof" => 10_000,
        "zombies" | "leak-descriptor" => 15_000,
        "fork-bomb" | "nagle" | "read-on" | "unlimited-output" => 20_000,
        "drop-overflow" => 25_000,
        "off-by-one" => 30_000,
        "fetch" => 50_000,
        "long-march" => 201_000,
        "creeping-indices" => 300_000,
        "c10k" => 310_000,
        _ => return None,
    };
    Some(micros(at_us))
}

/// The programs that wait for many at once.
const LOOPS: &[Program] = &[
    Program::Select,
    Program::Poll,
    Program::Epoll,
    Program::EpollEt,
    Program::Kqueue,
    Program::EventPorts,
    Program::DevPoll,
    Program::IoUring,
    Program::Iocp,
    Program::Event,
    Program::Bufferevent,
    Program::Mio,
];

/// The programs of one task for each client.
const TASKS: &[Program] = &[Program::Fork, Program::Threads];

fn micros(micros: u64) -> Nanos {
    Nanos::from_micros(micros)
}

fn millis(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

fn send(text: &str) -> Step {
    Step::Send(text.to_owned())
}

/// A scenario with its title, the sentence of what to look for, the program that it is best seen with, and its
/// clients.
fn scenario(title: &str, look_for: &str, program: Program, clients: Vec<ClientSpec>) -> Scenario {
    let (title, look_for) = (title.to_owned(), look_for.to_owned());
    Scenario { title, look_for, program: Some(program), clients, ..Scenario::default() }
}

impl Scenario {
    fn suits(mut self, groups: &[&[Program]]) -> Self {
        self.suits = groups.concat();
        self
    }

    /// With mistakes that are to be seen.
    fn with(mut self, quirks: Quirks) -> Self {
        self.settings.quirks = quirks;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name_and_says_what_to_look_for() {
        for name in PRESETS {
            let scenario = preset(name).expect("every name has its preset");
            assert_eq!(scenario.name, *name);
            assert_eq!(scenario.check(), Ok(()), "{name}");
            assert!(scenario.look_for.ends_with('.') && !scenario.title.is_empty(), "{name}");
            let best = scenario.program.expect("a preset is best seen with a program");
            assert!(scenario.programs().any(|program| program == best), "{name} does not suit {best:?}");
            let its = Quirks::of(best.name());
            assert!(its.contains(scenario.settings.quirks), "{name}: {best:?} makes other mistakes");
        }
        assert_eq!(preset("nothing"), None);
    }

    #[test]
    fn what_can_be_seen_is_of_presets_that_there_are() {
        let without: Vec<_> = PRESETS.iter().filter(|name| telling(name).is_none()).collect();
        assert_eq!(without, [&"three-clients"]);
        assert_eq!(telling("nothing"), None);
    }
}
