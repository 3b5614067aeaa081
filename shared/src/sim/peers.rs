//! The clients at the far end: each follows its script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::event::{Doing, Inside};
use crate::ids::{FileId, PeerId};
use crate::rot13;
use crate::scenario::{Injection, Scenario, Step};
use crate::sim::addresses::OWN;
use crate::sim::files::{File, Kind};
use crate::sim::hosts::Requests;
use crate::sim::machine::{Due, Machine};
use crate::sim::script::Script;
use crate::sim::tcp::State;
use crate::sim::waits::{Waiting, Waits};
use crate::time::Nanos;

/// The text of the lines of `Step::SendLines`.
const FILLER: &[u8] = b"the quick brown fox jumps over the lazy dog ";

/// How many bytes a client takes out of its receive buffer at once.
const READ_MAX: usize = 4_096;

/// How many pauses a client that reads at a certain speed makes in a second, if it reads more than one byte
/// at a time.
const PAUSES_PER_S: u64 = 1_000;

/// A client, or a host that the program has called.
#[derive(Debug)]
pub(super) struct Peer {
    /// Its end of the connection, once it has begun to connect.
    pub(super) file: Option<FileId>,
    pub(super) connected: bool,
    /// Whether it holds small segments back (Nagle's algorithm).
    pub(super) nagle: bool,
    pub(super) script: Script,
    /// It is a host, and has heard so many requests.
    pub(super) requests: Option<Requests>,
    /// What it has said and could not send yet.
    unsent: VecDeque<u8>,
    /// It waits for a time to pass.
    pub(super) thinking: bool,
    /// It has said that it waits for answers.
    awaiting: bool,
    reading: bool,
    /// How many bytes a second it reads at most.
    reads: Option<u64>,
    /// It has read, and waits until it may again.
    pausing: bool,
    lines_sent: u64,
    lines_heard: u64,
    pub(super) waiting: Waiting,
    /// The answers that are still to come: all that it said, rotated.
    expected: VecDeque<u8>,
    /// What was wrong with what it heard, if something was.
    complaint: Option<&'static str>,
    /// It sends no more.
    half_closed: bool,
    /// It went away by itself, and need not have heard everything.
    left: bool,
    /// The server has ended its direction, or the connection is over.
    ended: bool,
}

impl Peer {
    pub(super) fn new(script: Script) -> Self {
        Self {
            file: None,
            connected: false,
            nagle: false,
            script,
            requests: None,
            unsent: VecDeque::new(),
            thinking: false,
            awaiting: false,
            reading: true,
            reads: None,
            pausing: false,
            lines_sent: 0,
            lines_heard: 0,
            waiting: Waiting::default(),
            expected: VecDeque::new(),
            complaint: None,
            half_closed: false,
            left: false,
            ended: false,
        }
    }

    /// How much it reads at once, and how long it pauses then.
    fn reads(&self) -> (usize, Option<Nanos>) {
        let Some(rate) = self.reads else { return (READ_MAX, None) };
        let bytes = (rate / PAUSES_PER_S).clamp(1, READ_MAX as u64);
        (bytes as usize, Some(Nanos(bytes * 1_000_000_000 / rate.max(1))))
    }

    /// Hears bytes, and compares them with what it should.
    fn hears(&mut self, bytes: &[u8]) {
        self.lines_heard += memchr::memchr_iter(b'\n', bytes).count() as u64;
        if let Some(requests) = &mut self.requests {
            return requests.hears(bytes);
        }
        let fits = bytes.len() <= self.expected.len();
        if !fits || !self.expected.drain(..bytes.len()).eq(bytes.iter().copied()) {
            self.complaint = Some("it got bytes that are no answer to what it said");
        }
    }

    /// Whether what it waits for has come.
    fn has_heard_enough(&mut self) -> bool {
        match &mut self.requests {
            Some(requests) => requests.take(),
            None => self.lines_heard >= self.lines_sent,
        }
    }

    /// What is wrong for this client, now that nothing more will happen: a wrong answer, or none to a complete
    /// line, if it stayed and listened.
    fn complains(&self) -> Option<&'static str> {
        if self.requests.is_some() {
            let unsaid = !self.left && (!self.unsent.is_empty() || self.script.front().is_some());
            return self.complaint.or_else(|| unsaid.then_some("it could not say all that it had to say"));
        }
        let waits = self.file.is_some() && !self.connected && !self.ended;
        let listens = self.connected && self.reading && !self.left;
        let unanswered = listens && self.expected.contains(&b'\n');
        let not_closed = listens && self.half_closed && !self.ended;
        self.complaint
            .or_else(|| waits.then_some("it was never connected"))
            .or_else(|| unanswered.then_some("a complete line of it was not answered"))
            .or_else(|| not_closed.then_some("it sent its last, and the server did not close"))
    }
}

/// The address of a client: one of a private network, so that it is not taken for a real one.
pub(super) fn address(peer: PeerId) -> SocketAddr {
    let [_, high, middle, low] = peer.0.to_be_bytes();
    SocketAddr::from(([10, high, middle, low], 40_000 + (peer.0 % 20_000) as u16))
}

impl Machine {
    /// Makes the clients of a scenario, each with the instant at which it comes.
    pub(super) fn add_peers(&mut self, scenario: &Scenario) {
        let mut random = oorandom::Rand64::new(u128::from(scenario.seed));
        let mut next = 1;
        for (group, spec) in scenario.clients.iter().enumerate() {
            self.waits.push(Waits { clients: spec.count, ..Waits::default() });
            let steps: Rc<[Step]> = spec.steps.as_slice().into();
            for index in 0..spec.count {
                let by_chance = if spec.jitter.0 > 0 { random.rand_range(0..spec.jitter.0) } else { 0 };
                let start =
                    spec.start + Nanos(spec.stagger.0.saturating_mul(index.into())) + Nanos(by_chance);
                let mut peer = Peer::new(Script::new(steps.clone(), spec.repeat));
                peer.nagle = spec.nagle;
                peer.reads = spec.reads;
                peer.waiting.group = Some(group);
                self.add_peer(PeerId(next), start, peer);
                next += 1;
            }
        }
    }

    fn add_peer(&mut self, id: PeerId, start: Nanos, peer: Peer) {
        self.peers.insert(id, Box::new(peer));
        self.schedule(start, Due::Connect(id));
    }

    /// What the clients have to complain of, now that nothing more will happen.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let complaint = |(id, peer): (PeerId, &Peer)| {
            let who = if peer.requests.is_some() { "host" } else { "client" };
            Some(format!("{who} {id}: {}", peer.complains()?))
        };
        self.peers.iter().map(|(id, peer)| (id, &**peer)).filter_map(complaint).collect()
    }

    /// A client begins to connect.
    pub(super) fn peer_connects(&mut self, id: PeerId) {
        let mut tcp = self.new_tcp();
        tcp.state = State::SynSent;
        (tcp.local, tcp.remote) = (Some(address(id)), Some(OWN));
        tcp.nodelay = self.peers.get(id).is_some_and(|peer| !peer.nagle);
        let file = self.add_file(File::new(Kind::Socket(Box::new(tcp)), Some(id)));
        if let Some(peer) = self.peers.get_mut(id) {
            peer.file = Some(file);
        }
        self.wait_for_connection(id);
        self.tell_doing(id, Doing::Connecting, &[]);
        self.cross_from(file, Due::Syn { client: file });
    }

    /// A client learns that it is connected, and begins its script.
    pub(super) fn peer_connected(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.connected = true;
        self.has_connection(id);
        self.tell_doing(id, Doing::Connected, &[]);
        self.peer_goes_on(id);
    }

    /// A client has thought enough.
    pub(super) fn peer_thought(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.thinking = false;
        }
        self.peer_goes_on(id);
    }

    /// A client that reads slowly may read again.
    pub(super) fn peer_reads_again(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.pausing = false;
        }
        self.peer_hears(id);
    }

    /// Something came for a client: it reads, if it does read, and goes on.
    pub(super) fn peer_hears(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(id) else { return };
        let (Some(file), true) = (peer.file, peer.reading && !peer.pausing) else { return };
        let mut buffer = [0; READ_MAX];
        let (most, pause) = peer.reads();
        while let Ok(count) = self.take(file, &mut buffer[..most]) {
            let Some(peer) = self.peers.get_mut(id) else { return };
            if count == 0 {
                let first = !std::mem::replace(&mut peer.ended, true);
                if first {
                    self.tell_doing(id, Doing::SawEnd, &[]);
                }
                break;
            }
            peer.hears(&buffer[..count]);
            let lines = memchr::memchr_iter(b'\n', &buffer[..count]).count() as u32;
            peer.pausing = pause.is_some();
            self.has_answers(id, lines.into());
            self.tell_doing(id, Doing::Received { bytes: count as u32, lines }, &buffer[..count]);
            if let Some(pause) = pause {
                self.schedule(self.clock + pause, Due::ReadAgain(id));
                break;
            }
        }
        self.peer_goes_on(id);
    }

    /// A client learns that the server threw its connection away. Its script ends there.
    pub(super) fn peer_was_reset(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if !peer.left {
            peer.complaint = Some("the server threw its connection away");
        }
        peer.ended = true;
        peer.script.end();
        peer.unsent.clear();
        self.tell_doing(id, Doing::WasReset, &[]);
    }

    /// What the reader of the page adds: done at once by a client that is connected, before all else by one
    /// that is still to be; a client that the scenario lacks comes for it.
    pub(super) fn inject(&mut self, injection: Injection) {
        let id = PeerId(injection.client);
        match self.peers.get_mut(id) {
            None => self.add_peer(id, self.clock, Peer::new(Script::new([injection.step].into(), 1))),
            Some(peer) if !peer.connected => peer.script.add(injection.step),
            Some(_) => {
                self.begin_step(id, injection.step);
                self.peer_goes_on(id);
            }
        }
    }

    /// A client does what it can of its script.
    pub(super) fn peer_goes_on(&mut self, id: PeerId) {
        loop {
            self.flush(id);
            let Some(peer) = self.peers.get_mut(id) else { return };
            if !peer.connected || peer.thinking {
                return;
            }
            // What was said goes out while the script goes on, but nobody leaves in the middle of a word.
            let next = peer.script.front();
            if matches!(next, Some(Step::HalfClose | Step::Close)) && !peer.unsent.is_empty() {
                return;
            }
            if next == Some(&Step::Await) {
                if !peer.ended && !peer.has_heard_enough() {
                    if !std::mem::replace(&mut peer.awaiting, true) {
                        self.tell_doing(id, Doing::Awaiting, &[]);
                    }
                    return;
                }
                peer.awaiting = false;
            }
            let Some(step) = peer.script.next() else { return };
            self.begin_step(id, step);
        }
    }

    fn begin_step(&mut self, id: PeerId, step: Step) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(file) = peer.file else { return };
        match step {
            Step::Send(text) => self.say(id, text.as_bytes()),
            Step::SendLines { lines, bytes } => {
                let length = bytes.max(1) as usize - 1;
                let mut line: Vec<u8> = FILLER.iter().copied().cycle().take(length).collect();
                line.push(b'\n');
                self.say(id, &line.repeat(lines as usize));
            }
            Step::Think(span) => {
                peer.thinking = true;
                self.tell_doing(id, Doing::Thinking, &[]);
                self.schedule(self.clock + span, Due::Thought(id));
            }
            Step::Await => {}
            Step::Read(reading) => {
                peer.reading = reading;
                self.tell_doing(id, if reading { Doing::Reading } else { Doing::NotReading }, &[]);
                self.peer_hears(id);
            }
            Step::HalfClose => {
                peer.half_closed = true;
                self.tell_doing(id, Doing::HalfClosed, &[]);
                // It fails only on a connection that is over, where there is nothing to end.
                let _ = self.shutdown(file, crate::kernel::Shutdown::Write);
            }
            Step::Close => {
                self.leave(id, Doing::Closed);
                self.close_stream(file);
            }
            Step::Reset => {
                self.leave(id, Doing::Reset);
                self.reset_stream(file);
            }
        }
    }

    /// A client has something to say: it is sent as far as there is room for it.
    fn say(&mut self, id: PeerId, text: &[u8]) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.lines_sent += memchr::memchr_iter(b'\n', text).count() as u64;
        peer.unsent.extend(text);
        peer.expected.extend(text.iter().map(|byte| rot13::rotate(*byte)));
        self.flush(id);
    }

    fn flush(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let (Some(file), true) = (peer.file, peer.connected) else { return };
        if peer.unsent.is_empty() {
            return;
        }
        let mut unsent = std::mem::take(&mut peer.unsent);
        let bytes = unsent.make_contiguous();
        let sent = match self.put(file, bytes) {
            Ok(count) => count,
            Err(crate::errno::Errno::EAGAIN) => 0,
            // The connection is over: what was to be said is not.
            Err(_) => bytes.len(),
        };
        if sent > 0 {
            self.wait_for_answers(id, memchr::memchr_iter(b'\n', &bytes[..sent]).count() as u64);
            self.tell_doing(id, Doing::Sent { bytes: sent as u32 }, &bytes[..sent]);
        }
        unsent.drain(..sent);
        if let Some(peer) = self.peers.get_mut(id) {
            peer.unsent = unsent;
        }
    }

    fn leave(&mut self, id: PeerId, doing: Doing) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.ended = true;
            peer.left = true;
            peer.reading = false;
        }
        self.tell_doing(id, doing, &[]);
    }

    fn tell_doing(&mut self, peer: PeerId, doing: Doing, payload: &[u8]) {
        self.tell_cause(Inside::Peer { peer, doing }, payload);
    }
}
