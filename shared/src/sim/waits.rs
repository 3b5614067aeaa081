//! How long the clients wait, which only they know: for their connections, and from the send of a line to the
//! receipt of its answer.

use std::collections::VecDeque;

use crate::ids::PeerId;
use crate::sim::machine::Machine;
use crate::time::{Latency, Nanos};

/// How long the clients of one entry of a scenario's list waited.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// How many clients they are.
    pub clients: u32,
    /// How long each was about to connect.
    pub connects: Latency,
    /// How long lines took: from the send that took the line feed until the client had read that of the answer.
    pub answers: Latency,
    /// Lines to which there is no answer.
    pub unanswered: u64,
}

/// What one client waits for.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Which of the scenario's entries it belongs to; a host, and a client that was added, to none.
    pub(super) group: Option<usize>,
    connecting: Nanos,
    /// When lines were sent that are not answered, and how many at once.
    lines: VecDeque<(Nanos, u64)>,
}

impl Machine {
    /// How long the clients waited, for each entry of the scenario's list.
    pub(crate) fn waits(&self) -> Vec<Waits> {
        let mut waits = self.waits.clone();
        for (_, peer) in self.peers.iter() {
            let unanswered: u64 = peer.waiting.lines.iter().map(|(_, count)| count).sum();
            if let Some(waits) = peer.waiting.group.and_then(|group| waits.get_mut(group)) {
                waits.unanswered += unanswered;
            }
        }
        waits
    }

    /// A client begins to connect.
    pub(super) fn wait_for_connection(&mut self, id: PeerId) {
        let now = self.clock;
        if let Some(peer) = self.peers.get_mut(id) {
            peer.waiting.connecting = now;
        }
    }

    /// A client is connected.
    pub(super) fn has_connection(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(id) else { return };
        if let Some(waits) = peer.waiting.group.and_then(|group| self.waits.get_mut(group)) {
            waits.connects.add(self.clock - peer.waiting.connecting, 1);
        }
    }

    /// A client has sent so many lines to their ends.
    pub(super) fn wait_for_answers(&mut self, id: PeerId, lines: u64) {
        let now = self.clock;
        if let Some(peer) = self.peers.get_mut(id)
            && lines > 0
            && peer.waiting.group.is_some()
        {
            peer.waiting.lines.push_back((now, lines));
        }
    }

    /// A client has read so many answers to their ends. Answers come in the order of the lines.
    pub(super) fn has_answers(&mut self, id: PeerId, lines: u64) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(waits) = peer.waiting.group.and_then(|group| self.waits.get_mut(group)) else { return };
        let mut left = lines;
        while left > 0
            && let Some((since, count)) = peer.waiting.lines.front_mut()
        {
            let answered = left.min(*count);
            waits.answers.add(self.clock - *since, answered);
            left -= answered;
            *count -= answered;
            if *count == 0 {
                peer.waiting.lines.pop_front();
            }
        }
    }
}
