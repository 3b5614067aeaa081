//! How much a scenario may ask for. A run is held in memory, so what would not fit is refused by name before
//! it begins.

use thiserror::Error;

use crate::scenario::{Scenario, Step};

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
    is: u64,
    /// What is allowed, and the name of the limit.
    limit: String,
}

fn at_most(what: &'static str, is: u64, name: &str, limit: u64) -> Result<(), TooMuch> {
    match is <= limit {
        true => Ok(()),
        false => Err(TooMuch { what, is, limit: format!("the limit {name} is {limit}") }),
    }
}

fn at_least(what: &'static str, is: u64, least: u32) -> Result<(), TooMuch> {
    match is >= u64::from(least) {
        true => Ok(()),
        false => Err(TooMuch { what, is, limit: format!("at least {least} is needed") }),
    }
}

impl Scenario {
    /// Checks that what it asks for can be had.
    ///
    /// # Errors
    /// The first limit that it goes beyond, by name.
    pub fn check(&self) -> Result<(), TooMuch> {
        let (mut clients, mut steps, mut bytes) = (0_u64, 0_u64, 0_u64);
        for spec in &self.clients {
            let times = u64::from(spec.count).saturating_mul(u64::from(spec.repeat));
            clients = clients.saturating_add(u64::from(spec.count));
            steps = steps.saturating_add(times.saturating_mul(spec.steps.len() as u64));
            let each = spec.steps.iter().map(bytes_of).fold(0, u64::saturating_add);
            bytes = bytes.saturating_add(times.saturating_mul(each));
            at_least("clients.repeat", spec.repeat.into(), 1)?;
            at_least("clients.reads_bytes_per_s", spec.reads.unwrap_or(1), 1)?;
        }
        at_most("clients.count", clients, "CLIENTS_MAX", CLIENTS_MAX)?;
        at_most("clients.steps", steps, "STEPS_MAX", STEPS_MAX)?;
        at_most("clients.steps (bytes sent)", bytes, "BYTES_MAX", BYTES_MAX)?;
        at_most("hosts", self.hosts.len() as u64, "HOSTS_MAX", HOSTS_MAX)?;
        for host in &self.hosts {
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
    use crate::scenario::{ClientSpec, preset};
    use crate::time::Nanos;

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
        let none = refused(|scenario| scenario.network.recv_buffer = 0);
        assert_eq!(none, "`network.recv_buffer_bytes` is 0: at least 1 is needed");
    }
}
