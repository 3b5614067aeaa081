//! Scripts made by chance: one thread, small sends, no call that sleeps, nothing that waits for a timer. Of such
//! scripts the real kernel's answers do not depend on time, since loopback delivers at once.
//!
//! A script is a function of seed and number, everywhere.

use oorandom::Rand64;

use super::names::{Bits, Name, SocketOption};
use super::step::{Act, Asked, How, Op, Step};
use crate::kernel::{Mask, MsgFlags, Opt};

/// The fewest steps that follow the beginning of a script.
const STEPS_MIN: u64 = 15;

/// And the most.
const STEPS_MAX: u64 = 60;

/// What is asked of descriptors, from the plain to the odd.
const MASKS: &[Mask] = &[
    Mask::IN,
    Mask::IN,
    Mask::OUT,
    Mask::IN.union(Mask::OUT),
    Mask::IN.union(Mask::RDHUP),
    Mask::IN.union(Mask::OUT).union(Mask::RDHUP).union(Mask::PRI),
    Mask::RDHUP,
    Mask::IN.union(Mask::RDNORM),
    Mask::OUT.union(Mask::WRNORM),
    Mask::IN.union(Mask::OUT).union(Mask::RDBAND).union(Mask::WRBAND),
    Mask::empty(),
];

/// How a registration with epoll is to report, beside what.
const STYLES: &[Mask] = &[
    Mask::empty(),
    Mask::empty(),
    Mask::ET,
    Mask::ET,
    Mask::ONESHOT,
    Mask::ET.union(Mask::ONESHOT),
    Mask::EXCLUSIVE,
    Mask::EXCLUSIVE.union(Mask::ET),
];

/// Script number `number` of this seed.
pub fn script(seed: u64, number: u64) -> Vec<Step> {
    // Two numbers next to each other must not give scripts that are alike.
    let mixed = u128::from(seed) << 64 | u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut maker = Maker { chance: Rand64::new(mixed), names: Names::default(), steps: Vec::new() };
    maker.begin();
    let length = maker.chance.rand_range(STEPS_MIN..STEPS_MAX);
    for _ in 0..length {
        maker.step();
    }
    maker.steps
}

/// The names that a script has given so far. That a name was given does not say that it is still open, or ever
/// was: that, too, is a question to the kernel.
#[derive(Default)]
struct Names {
    listeners: Vec<String>,
    bound: Vec<String>,
    sockets: Vec<String>,
    epolls: Vec<String>,
    pipes: Vec<String>,
    /// Registrations that were asked for: the epoll instance, and what was added.
    added: Vec<(Name, Name)>,
    given: u32,
}

struct Maker {
    chance: Rand64,
    names: Names,
    steps: Vec<Step>,
}

impl Maker {
    /// A listener or two, some connections, and an epoll instance or two.
    fn begin(&mut self) {
        for _ in 0..self.up_to(1, 2) {
            self.listen();
        }
        for _ in 0..self.up_to(1, 3) {
            self.connect();
            self.accept();
        }
        for _ in 0..self.up_to(0, 2) {
            self.epoll_create();
            self.epoll_ctl();
        }
    }

    fn step(&mut self) {
        match self.chance.rand_range(0..100) {
            0..4 => self.connect(),
            4..9 => self.accept(),
            9..11 => self.odd_socket(),
            11..25 => self.send(),
            25..38 => self.recv(),
            38..44 => self.shutdown(),
            44..50 => self.close(),
            50..53 => self.dup(),
            53..58 => self.ask(),
            58..66 => self.poll(),
            66..72 => self.select(),
            72..73 => self.epoll_create(),
            73..86 => self.epoll_ctl(),
            86..98 => self.epoll_wait(),
            _ => self.pipe(),
        }
    }

    fn listen(&mut self) {
        let name = self.new_name("L");
        let backlog = [0, 1, 2, 16, 16][self.below(5)];
        self.add(Op::Listen { name: Some(name.clone()), on: None, backlog, nonblocking: true });
        self.names.listeners.push(name);
    }

    fn connect(&mut self) {
        let refused = self.one_in(8) && !self.names.bound.is_empty();
        let to = if refused { self.one_of(Group::Bound) } else { self.one_of(Group::Listeners) };
        let name = self.new_name("c");
        self.add(Op::Connect { name: Some(name.clone()), on: None, to: Name::Named(to), nonblocking: true });
        self.names.sockets.push(name);
    }

    fn accept(&mut self) {
        let on = self.mostly(Group::Listeners, 20);
        let name = self.new_name("s");
        self.add(Op::Accept { on, name: name.clone(), nonblocking: true });
        self.names.sockets.push(name);
    }

    /// A socket that is not connected, a second attempt, or a listener that listens again.
    fn odd_socket(&mut self) {
        match self.below(5) {
            0 => {
                let name = self.new_name("f");
                self.add(Op::Socket { name: name.clone(), nonblocking: true });
                self.names.sockets.push(name);
            }
            1 => {
                let name = self.new_name("B");
                self.add(Op::Socket { name: name.clone(), nonblocking: true });
                self.add(Op::Bind { on: Name::of(&name) });
                self.names.bound.push(name);
            }
            2 => {
                let on = Name::Named(self.one_of(Group::Listeners));
                self.add(Op::Listen { name: None, on: Some(on), backlog: 1, nonblocking: true });
            }
            3 => self.listen(),
            _ => {
                let (on, to) = (self.one_of(Group::Sockets), self.one_of(Group::Listeners));
                let (on, to) = (Some(Name::Named(on)), Name::Named(to));
                self.add(Op::Connect { name: None, on, to, nonblocking: true });
            }
        }
    }

    fn send(&mut self) {
        let on = self.socket();
        let data = ["a", "bc", "def", "g", "h", ""][self.below(6)].to_owned();
        match self.one_in(10) {
            true => self.add(Op::Write { on, data: Some(data), size: None }),
            false => self.add(Op::Send { on, data: Some(data), size: None, flags: Bits(MsgFlags::empty()) }),
        }
    }

    fn recv(&mut self) {
        let (on, len) = (self.socket(), [0, 1, 2, 64, 64, 64][self.below(6)]);
        let flags = match self.below(12) {
            0 => MsgFlags::PEEK,
            1 => MsgFlags::DONTWAIT,
            2 => MsgFlags::TRUNC,
            3 => MsgFlags::WAITALL,
            _ => MsgFlags::empty(),
        };
        match self.one_in(10) {
            true => self.add(Op::Read { on, len }),
            false => self.add(Op::Recv { on, len, flags: Bits(flags) }),
        }
    }

    fn shutdown(&mut self) {
        let on = self.mostly(Group::Sockets, 8);
        let how = [How::Rd, How::Wr, How::Wr, How::Rdwr][self.below(4)];
        self.add(Op::Shutdown { on, how });
    }

    fn close(&mut self) {
        let on = self.mostly(Group::Sockets, 5);
        let reset = self.one_in(4);
        self.add(if reset { Op::Reset { on } } else { Op::Close { on } });
    }

    fn dup(&mut self) {
        let on = self.mostly(Group::Sockets, 4);
        let name = self.new_name("d");
        self.add(Op::Dup { on, name: name.clone() });
        self.names.sockets.push(name);
    }

    fn ask(&mut self) {
        let on = self.socket();
        let op = match self.below(6) {
            0 | 1 => Op::SoError { on },
            2 => Op::Fionread { on },
            3 => Op::Getopt { on, opt: SocketOption(Opt::AcceptConn) },
            4 => Op::Setopt { on, opt: SocketOption(Opt::RcvLowat), value: self.up_to(1, 4) as i32 },
            _ => Op::SameFd { a: on, b: Name::Named(self.one_of(Group::Any)) },
        };
        self.add(op);
    }

    fn poll(&mut self) {
        let count = self.up_to(1, 4);
        let mut fds = Vec::new();
        for _ in 0..count {
            let on = if self.one_in(30) { Name::Raw(-1) } else { self.socket_or_any() };
            fds.push(Asked { on, events: Bits(MASKS[self.below(MASKS.len())]) });
        }
        self.add(Op::Poll { fds, timeout_ms: Some(0) });
    }

    fn select(&mut self) {
        let mut set = || {
            let count = self.up_to(0, 2);
            (0..count).map(|_| self.socket_or_any()).collect::<Vec<_>>()
        };
        let (read, write, except) = (set(), set(), set());
        self.add(Op::Select { read, write, except, timeout_ms: Some(0), nfds: None });
    }

    fn epoll_create(&mut self) {
        let name = self.new_name("E");
        self.add(Op::EpollCreate { name: name.clone() });
        self.names.epolls.push(name);
    }

    fn epoll_ctl(&mut self) {
        if self.names.epolls.is_empty() {
            return self.epoll_create();
        }
        let act = match self.below(20) {
            0..11 => Act::Add,
            11..17 => Act::Mod,
            17..19 => Act::Del,
            _ => Act::Bad,
        };
        let (on, fd) = self.registration(act);
        if act == Act::Add {
            self.names.added.push((on.clone(), fd.clone()));
        }
        let events = MASKS[self.below(MASKS.len())] | STYLES[self.below(STYLES.len())];
        // A label of its own, so that it is seen which registration reports.
        let data = Some(Name::Named(self.new_name("r")));
        self.add(Op::EpollCtl { on, act, fd, events: Bits(events), data });
    }

    /// What an interest list is changed about: to change or to end a registration, mostly one that there may be.
    fn registration(&mut self, act: Act) -> (Name, Name) {
        let added = self.names.added.len();
        if act != Act::Add && added > 0 && !self.one_in(5) {
            let place = self.below(added);
            return self.names.added[place].clone();
        }
        let on = self.mostly(Group::Epolls, 40);
        let nested = self.one_in(12);
        let fd = if nested { Name::Named(self.one_of(Group::Epolls)) } else { self.socket_or_any() };
        (on, fd)
    }

    fn epoll_wait(&mut self) {
        if self.names.epolls.is_empty() {
            return self.poll();
        }
        let on = self.mostly(Group::Epolls, 40);
        let max = [1, 2, 8, 8, 8][self.below(5)];
        self.add(Op::EpollWait { on, max, timeout_ms: Some(0), ordered: true });
    }

    fn pipe(&mut self) {
        let names = [self.new_name("p"), self.new_name("q")];
        self.names.pipes.extend(names.clone());
        self.add(Op::Pipe { names });
    }

    fn socket(&mut self) -> Name {
        self.mostly(Group::Sockets, 12)
    }

    fn socket_or_any(&mut self) -> Name {
        self.mostly(Group::Sockets, 4)
    }

    /// A name of this group, but once in so many times of any.
    fn mostly(&mut self, group: Group, many: u64) -> Name {
        let group = if self.one_in(many) { Group::Any } else { group };
        Name::Named(self.one_of(group))
    }

    fn one_of(&mut self, group: Group) -> String {
        let names = &self.names;
        let lists: &[&Vec<String>] = match group {
            Group::Listeners => &[&names.listeners],
            Group::Bound => &[&names.bound],
            Group::Sockets => &[&names.sockets],
            Group::Epolls => &[&names.epolls],
            Group::Any => &[&names.listeners, &names.bound, &names.sockets, &names.epolls, &names.pipes],
        };
        let total: usize = lists.iter().map(|list| list.len()).sum();
        // Without such a name, the first listener serves: there always is one.
        let place = self.chance.rand_range(0..total.max(1) as u64) as usize;
        lists.iter().flat_map(|list| list.iter()).nth(place).unwrap_or(&names.listeners[0]).clone()
    }

    fn new_name(&mut self, prefix: &str) -> String {
        self.names.given += 1;
        format!("{prefix}{}", self.names.given)
    }

    fn add(&mut self, op: Op) {
        self.steps.push(Step::of(op));
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance.rand_range(0..bound as u64) as usize
    }

    fn up_to(&mut self, least: u64, most: u64) -> u64 {
        self.chance.rand_range(least..most + 1)
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.chance.rand_range(0..many) == 0
    }
}

/// Which names are chosen from.
#[derive(Clone, Copy)]
enum Group {
    Listeners,
    Bound,
    Sockets,
    Epolls,
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_function_of_seed_and_number() {
        assert_eq!(script(1, 2), script(1, 2));
        assert_ne!(script(1, 2), script(1, 3));
        assert_ne!(script(1, 2), script(2, 2));
    }

    #[test]
    fn no_step_of_a_script_can_sleep() {
        for step in (0..200).flat_map(|number| script(7, number)) {
            let sleeps = match step.op {
                Op::Select { timeout_ms, .. }
                | Op::Poll { timeout_ms, .. }
                | Op::EpollWait { timeout_ms, .. } => timeout_ms != Some(0),
                Op::Socket { nonblocking, .. }
                | Op::Listen { nonblocking, .. }
                | Op::Connect { nonblocking, .. }
                | Op::Accept { nonblocking, .. } => !nonblocking,
                _ => false,
            };
            assert!(!sleeps, "{step:?}");
        }
    }
}
