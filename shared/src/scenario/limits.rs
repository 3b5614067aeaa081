//! How much a scenario may ask for. A run is held in memory, so what would not fit is refused by name before
//! it begins.

use thiserror::Error;

use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::{Settings, client};
use crate::time::Nanos;

/// How many clients may come: ten times the famous ten thousand.
pub const CLIENTS_MAX: u64 = 100_000;

/// How many steps all clients together may take, repetitions counted.
pub const STEPS_MAX: u64 = 10_000_000;

/// How many bytes all clients together may send: the run is some ten times that long in memory.
pub const BYTES_MAX: u64 = 1 << 30;

/// How many CPUs a machine may have: more than a picture can show.
pub const CPUS_MAX: u32 = 64;

/// How many hosts there may be: as many as have an address in a block for documentation.
pub const HOSTS_MAX: u64 = 254;

/// How many threads `pool` may have: as many as the famous ten thousand clients.
pub const WORKERS_MAX: u32 = 10_000;

/// How many loops there may be: four for each CPU of the largest machine.
pub const LOOPS_MAX: u32 = 256;

/// Where virtual time ends, whatever a scenario asks for: after a hundred years. In nanoseconds it could be
/// counted for nearly six times as long.
pub const TIME_MAX: Nanos = Nanos(100 * 365 * 86_400 * 1_000_000_000);

/// The longest that anything may take once, in the network and on the machine: a minute, which is more than is
/// needed to see it, and little beside [`TIME_MAX`].
pub const SPAN_MAX: Nanos = Nanos(60 * 1_000_000_000);

/// The smallest buffer and the smallest segment, in bytes: nothing can be sent through less.
const BYTES_MIN: u32 = 1;

/// The smallest limit of descriptors: three are taken from the start, the listener is the fourth, and the first
/// client the fifth.
const DESCRIPTORS_MIN: u32 = 5;

/// A scenario asks for more than there is, or for less than works.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{what}` is {is}: {limit}")]
pub struct TooMuch {
    /// The place in the scenario.
    what: &'static str,
    /// What it says there, or what that comes to.
    is: String,
    /// What is allowed, and the name of the limit.
    limit: String,
}

impl TooMuch {
    /// The same of what was typed: the name of the option in place of that of the setting.
    pub fn of_option(&self) -> String {
        let name = self.what.strip_prefix("settings.").unwrap_or(self.what).replace('_', "-");
        format!("--{name} {}: {}", self.is, self.limit)
    }
}

impl TooMuch {
    /// What is allowed, and the name of the limit.
    pub fn limit(&self) -> &str {
        &self.limit
    }
}

fn at_most(what: &'static str, is: u64, name: &str, limit: u64) -> Result<(), TooMuch> {
    match is <= limit {
        true => Ok(()),
        false => Err(TooMuch { what, is: is.to_string(), limit: format!("the limit {name} is {limit}") }),
    }
}

fn at_least(what: &'static str, is: u64, least: u32) -> Result<(), TooMuch> {
    match is >= u64::from(least) {
        true => Ok(()),
        false => Err(TooMuch { what, is: is.to_string(), limit: format!("at least {least} is needed") }),
    }
}

fn no_longer(what: &'static str, is: Nanos, name: &str, limit: Nanos) -> Result<(), TooMuch> {
    match is <= limit {
        true => Ok(()),
        false => Err(TooMuch { what, is: is.to_string(), limit: format!("the limit {name} is {limit}") }),
    }
}

impl Settings {
    /// Checks that there can be such a program.
    ///
    /// # Errors
    /// The first limit that it goes beyond, by name.
    pub fn check(&self) -> Result<(), TooMuch> {
        at_least("settings.clients", self.clients.into(), 1)?;
        at_most("settings.clients", self.clients.into(), "CLIENTS_MAX", CLIENTS_MAX)?;
        at_least("settings.workers", self.workers.into(), 1)?;
        at_most("settings.workers", self.workers.into(), "WORKERS_MAX", WORKERS_MAX.into())?;
        at_least("settings.loops", self.loops.into(), 1)?;
        at_most("settings.loops", self.loops.into(), "LOOPS_MAX", LOOPS_MAX.into())?;
        let idle = Nanos(self.idle_timeout_ms.saturating_mul(1_000_000));
        no_longer("settings.idle_timeout_ms", idle, "TIME_MAX", TIME_MAX)?;
        match client::parts(&self.url).is_some() {
            true => Ok(()),
            false => {
                let limit = "it has to be http://host[:port][/path]".to_owned();
                Err(TooMuch { what: "settings.url", is: format!("{:?}", self.url), limit })
            }
        }
    }
}

impl Scenario {
    /// Checks that what it asks for can be had.
    ///
    /// # Errors
    /// The first limit that it goes beyond, by name.
    pub fn check(&self) -> Result<(), TooMuch> {
        self.settings.check()?;
        self.check_times()?;
        let (mut clients, mut steps, mut bytes) = (0_u64, 0_u64, 0_u64);
        for spec in &self.clients {
            let times = u64::from(spec.count).saturating_mul(u64::from(spec.repeat));
            clients = clients.saturating_add(u64::from(spec.count));
            steps = steps.saturating_add(times.saturating_mul(spec.steps.len() as u64));
            let each = spec.steps.iter().map(bytes_of).fold(0, u64::saturating_add);
            bytes = bytes.saturating_add(times.saturating_mul(each));
            check_sends(&spec.steps, "clients.steps (send)", "clients.steps (send_lines)")?;
            at_least("clients.repeat", spec.repeat.into(), 1)?;
            at_least("clients.reads_bytes_per_s", spec.reads.unwrap_or(1), 1)?;
        }
        at_most("clients.count", clients, "CLIENTS_MAX", CLIENTS_MAX)?;
        at_most("clients.steps", steps, "STEPS_MAX", STEPS_MAX)?;
        at_most("clients.steps (bytes sent)", bytes, "BYTES_MAX", BYTES_MAX)?;
        at_most("hosts", self.hosts.len() as u64, "HOSTS_MAX", HOSTS_MAX)?;
        for host in &self.hosts {
            check_sends(&host.steps, "hosts.steps (send)", "hosts.steps (send_lines)")?;
            at_most("hosts.steps", host.steps.len() as u64, "STEPS_MAX", STEPS_MAX)?;
            let each = host.steps.iter().map(bytes_of).fold(0, u64::saturating_add);
            at_most("hosts.steps (bytes sent)", each, "BYTES_MAX", BYTES_MAX)?;
        }
        let network = &self.network;
        at_least("network.recv_buffer_bytes", network.recv_buffer.into(), BYTES_MIN)?;
        at_least("network.send_buffer_bytes", network.send_buffer.into(), BYTES_MIN)?;
        at_least("network.segment_bytes", network.segment.into(), BYTES_MIN)?;
        at_least("network.bandwidth_bytes_per_s", network.bandwidth.unwrap_or(1), 1)?;
        at_least("network.syn_retry_us", network.syn_retry.0, 1)?;
        at_least("machine.cpus", self.machine.cpus.into(), 1)?;
        at_most("machine.cpus", self.machine.cpus.into(), "CPUS_MAX", CPUS_MAX.into())?;
        at_least("machine.time_slice_us", self.machine.time_slice.0, 1)?;
        at_least("machine.descriptors_max", self.machine.descriptors_max.into(), DESCRIPTORS_MIN)?;
        at_least("machine.tasks_max", self.machine.tasks_max.into(), 1)
    }

    /// Checks that virtual time does not come to its end.
    fn check_times(&self) -> Result<(), TooMuch> {
        for spec in &self.clients {
            no_longer(
                "clients (start_us, stagger_us, jitter_us, think_us)",
                span_of(spec),
                "TIME_MAX",
                TIME_MAX,
            )?;
        }
        for host in &self.hosts {
            no_longer("hosts.lookup_us", host.lookup, "SPAN_MAX", SPAN_MAX)?;
            no_longer("hosts.steps (think_us)", thought(&host.steps), "TIME_MAX", TIME_MAX)?;
        }
        let network = &self.network;
        no_longer("network.latency_us", network.latency, "SPAN_MAX", SPAN_MAX)?;
        no_longer("network.syn_retry_us", network.syn_retry, "SPAN_MAX", SPAN_MAX)?;
        no_longer("network.delayed_ack_us", network.delayed_ack, "SPAN_MAX", SPAN_MAX)?;
        no_longer("machine.time_slice_us", self.machine.time_slice, "SPAN_MAX", SPAN_MAX)?;
        no_longer("until_us", self.until.unwrap_or_default(), "TIME_MAX", TIME_MAX)
    }
}

/// When the last of these clients has thought its last, if nothing else takes time.
fn span_of(spec: &ClientSpec) -> Nanos {
    let last = spec.stagger.0.saturating_mul(spec.count.into());
    let thinks = thought(&spec.steps).0.saturating_mul(spec.repeat.into());
    spec.start + Nanos(last) + spec.jitter + Nanos(thinks)
}

/// How long one who does these steps thinks.
fn thought(steps: &[Step]) -> Nanos {
    let spans = steps.iter().map(|step| if let Step::Think(span) = step { *span } else { Nanos::ZERO });
    spans.fold(Nanos::ZERO, |sum, span| sum + span)
}

/// Checks that steps that send do send something.
fn check_sends(steps: &[Step], text: &'static str, lines: &'static str) -> Result<(), TooMuch> {
    for step in steps {
        match step {
            Step::Send(said) => at_least(text, said.len() as u64, 1)?,
            Step::SendLines { bytes, .. } => at_least(lines, (*bytes).into(), 1)?,
            _ => {}
        }
    }
    Ok(())
}

/// How many bytes a step sends.
fn bytes_of(step: &Step) -> u64 {
    match step {
        Step::Send(text) => text.len() as u64,
        Step::SendLines { lines, bytes } => u64::from(*lines) * u64::from(*bytes),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::preset;

    fn refused(change: impl FnOnce(&mut Scenario)) -> String {
        let mut scenario = preset("three-clients").expect("it is a preset");
        assert_eq!(scenario.check(), Ok(()));
        change(&mut scenario);
        scenario.check().expect_err("it is too much").to_string()
    }

    #[test]
    fn what_is_too_much_is_refused_by_the_name_of_its_limit() {
        let many = |count, repeat, steps| ClientSpec {
            repeat,
            ..ClientSpec::many(count, Nanos::ZERO, Nanos::ZERO, steps)
        };
        let clients = refused(|scenario| scenario.clients = vec![many(1_000_000_000, 1, vec![])]);
        assert_eq!(clients, "`clients.count` is 1000000000: the limit CLIENTS_MAX is 100000");
        let await_often = vec![many(100, 1_000_000, vec![Step::Await])];
        assert!(refused(|scenario| scenario.clients = await_often).contains("STEPS_MAX"));
        let lines = vec![many(100, u32::MAX, vec![Step::SendLines { lines: u32::MAX, bytes: u32::MAX }])];
        assert!(refused(|scenario| scenario.clients = lines).contains("MAX"));
        assert!(refused(|scenario| scenario.machine.cpus = 1_000).contains("CPUS_MAX"));
        let loops = refused(|scenario| scenario.settings.loops = 4_000_000_000);
        assert_eq!(loops, "`settings.loops` is 4000000000: the limit LOOPS_MAX is 256");
        assert!(refused(|scenario| scenario.settings.workers = 0).contains("settings.workers"));
        assert!(refused(|scenario| scenario.settings.clients = 0).contains("settings.clients"));
        assert!(refused(|scenario| scenario.settings.url = "x".to_owned()).contains("settings.url"));
        for nothing in [Step::Send(String::new()), Step::SendLines { lines: 1, bytes: 0 }] {
            let nothing = vec![many(1, 1, vec![nothing])];
            assert!(refused(|scenario| scenario.clients = nothing).contains("clients.steps (send"));
        }
        let none = refused(|scenario| scenario.network.recv_buffer = 0);
        assert_eq!(none, "`network.recv_buffer_bytes` is 0: at least 1 is needed");
    }

    #[test]
    fn times_that_add_up_to_more_than_there_is_are_refused() {
        let year = Nanos(TIME_MAX.0 / 100);
        let thinks = refused(|scenario| {
            let often = ClientSpec { repeat: 101, ..ClientSpec::one(Nanos::ZERO, vec![Step::Think(year)]) };
            scenario.clients = vec![often];
        });
        assert!(thinks.contains("think_us") && thinks.contains("TIME_MAX"), "{thinks}");
        let late = refused(|scenario| {
            scenario.clients = vec![ClientSpec::many(101, Nanos::ZERO, year, Vec::new())];
        });
        assert!(late.contains("stagger_us") && late.contains("TIME_MAX"), "{late}");
        let far = refused(|scenario| scenario.network.latency = year);
        assert!(far.contains("network.latency_us") && far.contains("SPAN_MAX"), "{far}");
    }
}
