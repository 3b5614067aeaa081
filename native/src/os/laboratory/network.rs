//! What is under way on the network between sockets of this machine, as `/proc/net/tcp` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use super::wait;

/// So many looks in a row must find the same. Few, because the times that calls were given pass meanwhile.
const SAME_LOOKS: u32 = 2;

/// How long the network may take to come to rest. A delayed acknowledgement takes up to 200 ms.
const QUIET_WITHIN: Duration = Duration::from_millis(300);

/// How long it may take until a sender has looked whether a full receiver has room after all: the first such
/// probe goes out after 200 ms, each further one after twice the time.
const PROBED_WITHIN: Duration = Duration::from_millis(1_500);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Everything that left has arrived and is acknowledged.
    Quiet,
    /// That, and every sender that a full receiver holds back has asked once more in vain. What fits is then in
    /// the buffers, even if the receiver had room for less than a segment left.
    Probed,
}

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// Its two addresses.
    ends: String,
    /// The state of the connection, as the kernel numbers it.
    state: u8,
    /// The bytes in its buffers.
    queues: String,
}

/// The timer of a socket.
#[derive(Clone, Copy, Debug)]
struct Timer {
    kind: u8,
    /// When it goes off, in ticks from now.
    when: u64,
    /// How often something was sent again.
    again: u64,
}

/// A connection that has been asked for.
const SYN_SENT: u8 = 2;

/// Something has left and is not acknowledged.
const RETRANSMISSION: u8 = 1;

/// The other end has no room: it will be asked again.
const PROBE: u8 = 4;

/// Waits until the sockets of these ports are at rest and `asleep` says that nobody is at work on them.
pub(super) fn settle(ports: &[u16], until: Until, asleep: impl Fn() -> bool) {
    let most = if until == Until::Quiet { QUIET_WITHIN } else { PROBED_WITHIN };
    let mut seen: Vec<Row> = Vec::new();
    let mut looks = 0;
    // Of each connection that waits for a probe: when that was due at the last look.
    let mut probes: BTreeMap<String, u64> = BTreeMap::new();
    let mut probed: BTreeSet<String> = BTreeSet::new();
    wait(most, || {
        let sockets = look(ports);
        let rows: Vec<Row> = sockets.iter().map(|(row, _)| row.clone()).collect();
        if rows != seen {
            probed.clear();
            looks = 0;
        }
        let mut waits = !asleep();
        for (row, timer) in &sockets {
            waits |= row.state != SYN_SENT && timer.kind == RETRANSMISSION && timer.again == 0;
            if timer.kind == PROBE && until == Until::Probed {
                // The time left only falls until the timer has gone off and is set anew.
                let before = probes.insert(row.ends.clone(), timer.when);
                if before.is_some_and(|before| timer.when > before) {
                    probed.insert(row.ends.clone());
                }
                waits |= !probed.contains(&row.ends);
            }
        }
        looks = if waits { 0 } else { looks + 1 };
        seen = rows;
        looks >= SAME_LOOKS
    });
}

/// The sockets of these ports, in the order of their addresses.
fn look(ports: &[u16]) -> Vec<(Row, Timer)> {
    if ports.is_empty() {
        return vec![];
    }
    let text = fs::read_to_string("/proc/self/net/tcp").unwrap_or_default();
    let mut sockets: Vec<(Row, Timer)> = text.lines().skip(1).filter_map(|line| parse(line, ports)).collect();
    sockets.sort_by(|(a, _), (b, _)| a.ends.cmp(&b.ends));
    sockets
}

/// A line of the table: number, local address, remote address, state, queues, timer, retransmissions, …
fn parse(line: &str, ports: &[u16]) -> Option<(Row, Timer)> {
    let mut words = line.split_whitespace().skip(1);
    let (local, remote) = (words.next()?, words.next()?);
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    if !ports.contains(&port(local)?) && !ports.contains(&port(remote)?) {
        return None;
    }
    let state = u8::from_str_radix(words.next()?, 16).ok()?;
    let queues = words.next()?.to_owned();
    let (kind, when) = words.next()?.split_once(':')?;
    let timer = Timer {
        kind: u8::from_str_radix(kind, 16).ok()?,
        when: u64::from_str_radix(when, 16).ok()?,
        again: u64::from_str_radix(words.next()?, 16).ok()?,
    };
    Some((Row { ends: format!("{local} {remote}"), state, queues }, timer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_is_read() {
        let line = "  3: 0100007F:9BF0 0100007F:E33B 01 003F0800:00000000 04:00000012 00000001  0 0 1 2 0 20";
        let (row, timer) = parse(line, &[0xE33B]).unwrap();
        assert_eq!((row.state, row.queues.as_str()), (1, "003F0800:00000000"));
        assert_eq!((timer.kind, timer.when, timer.again), (PROBE, 0x12, 1));
        assert!(parse(line, &[80]).is_none());
    }
}
