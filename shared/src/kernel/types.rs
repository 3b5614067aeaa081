//! What goes into and comes out of the calls of [`super`].

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::ids::Fd;
use crate::time::Nanos;

bitflags::bitflags! {
    /// The events of a descriptor: what is asked, and what is so. The bits are those of Linux's `poll(2)` and
    /// `epoll_ctl(2)`, where `POLLIN` and `EPOLLIN` are the same.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub struct Mask: u32 {
        /// A read would not block.
        const IN = 0x001;
        /// Urgent data.
        const PRI = 0x002;
        /// A write would not block.
        const OUT = 0x004;
        /// An error is pending. Reported even if not asked for.
        const ERR = 0x008;
        /// Both directions are over. Reported even if not asked for.
        const HUP = 0x010;
        /// The other end has ended its direction.
        const RDHUP = 0x2000;
        /// One report only, to one of several waiters (`EPOLLEXCLUSIVE`).
        const EXCLUSIVE = 1 << 28;
        /// One report, then silence until re-armed (`EPOLLONESHOT`).
        const ONESHOT = 1 << 30;
        /// Edge-triggered (`EPOLLET`).
        const ET = 1 << 31;
    }
}

impl Mask {
    /// The bits that say what may be so of a descriptor, as against how it is to be reported.
    pub const READINESS: Self =
        Self::IN.union(Self::PRI).union(Self::OUT).union(Self::ERR).union(Self::HUP).union(Self::RDHUP);

    /// The bits that are reported whether asked for or not.
    pub const ALWAYS: Self = Self::ERR.union(Self::HUP);

    /// Whether `select(2)` sets the bit of the read set.
    pub fn select_reads(self) -> bool {
        self.intersects(Self::IN | Self::HUP | Self::ERR)
    }

    /// Whether `select(2)` sets the bit of the write set.
    pub fn select_writes(self) -> bool {
        self.intersects(Self::OUT | Self::ERR)
    }

    /// Whether `select(2)` sets the bit of the except set: urgent data only, never an error.
    pub fn select_excepts(self) -> bool {
        self.contains(Self::PRI)
    }
}

/// The names without prefix, joined by `|`; `0` for none.
impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("0");
        }
        for (index, (name, _)) in self.iter_names().enumerate() {
            let bar = if index == 0 { "" } else { "|" };
            write!(f, "{bar}{name}")?;
        }
        Ok(())
    }
}

/// How long a call may wait. `None` is for ever, zero is not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeout(pub Option<Nanos>);

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("for ever"),
            Some(span) => span.fmt(f),
        }
    }
}

/// What `accept4(2)` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The descriptor of the new connection.
    pub fd: Fd,
    /// The client's address.
    pub from: SocketAddr,
}

/// Which direction `shutdown(2)` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shutdown {
    /// `SHUT_RD`: nothing more will be received. The other end is not told.
    Read,
    /// `SHUT_WR`: nothing more will be sent; the other end sees the end of input.
    Write,
    /// `SHUT_RDWR`: both.
    Both,
}

/// What `epoll_ctl(2)` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CtlOp {
    /// `EPOLL_CTL_ADD`.
    Add,
    /// `EPOLL_CTL_MOD`.
    Mod,
    /// `EPOLL_CTL_DEL`.
    Del,
}

/// `struct epoll_event`: a mask, and a number of the program's own that comes back with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpollEvent {
    /// Asked for, or ready.
    pub events: Mask,
    /// `epoll_data_t`, not looked at by the kernel.
    pub data: u64,
}

impl EpollEvent {
    /// The size of the structure where it crosses into the kernel, in bytes (x86-64 packs it).
    pub const SIZE: usize = 12;

    /// An event that carries the number of its own descriptor, as most programs do it.
    pub fn of(fd: Fd, events: Mask) -> Self {
        Self { events, data: fd.0 as u64 }
    }

    /// The descriptor of an event made by [`EpollEvent::of`].
    pub fn fd(self) -> Fd {
        Fd(self.data as i32)
    }

    /// The bytes of the structure as they cross (little-endian, packed).
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.events.bits().to_le_bytes());
        bytes[4..].copy_from_slice(&self.data.to_le_bytes());
        bytes
    }

    /// Reads what [`EpollEvent::to_bytes`] wrote; `None` if there are too few bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let events = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        let data = u64::from_le_bytes(bytes.get(4..Self::SIZE)?.try_into().ok()?);
        Some(Self { events: Mask::from_bits_retain(events), data })
    }
}

/// The number by which a program knows a registration with a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token(pub u64);

/// What a program wants to hear from a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interest {
    /// When it becomes readable.
    Read,
    /// When it becomes readable, and when it becomes writable.
    ReadWrite,
}

impl Interest {
    /// What mio asks of epoll for it: always edge-triggered, and with the other end's end of input.
    pub fn epoll_mask(self) -> Mask {
        match self {
            Self::Read => Mask::IN | Mask::RDHUP | Mask::ET,
            Self::ReadWrite => Mask::IN | Mask::OUT | Mask::RDHUP | Mask::ET,
        }
    }
}

/// The interface under a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectorKind {
    /// `epoll(7)`, on Linux.
    Epoll,
    /// `kqueue(2)`, on the BSDs and macOS.
    Kqueue,
}

/// How full the buffers of a stream socket are, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Received and not yet read by the program (`FIONREAD`).
    pub recv: u32,
    /// Sent by the program and not yet acknowledged by the other end (`SIOCOUTQ`).
    pub send: u32,
    /// How many of the waiting bytes were copied out for the observer.
    pub peeked: u32,
}

/// How many descriptors an `fd_set` has room for (`select(2)`): a set cannot hold 1024 or above.
pub const FD_SETSIZE: usize = 1024;

/// `fd_set`: one bit for each descriptor below [`FD_SETSIZE`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FdSet {
    words: [u64; FD_SETSIZE / 64],
}

impl FdSet {
    /// `FD_ZERO`.
    pub const fn new() -> Self {
        Self { words: [0; FD_SETSIZE / 64] }
    }

    /// `FD_SET`.
    ///
    /// # Errors
    /// `EINVAL` for a number outside `0..FD_SETSIZE`: C's macro would write past the end of the set.
    pub fn insert(&mut self, fd: Fd) -> Result<(), Errno> {
        let (word, bit) = Self::place(fd).ok_or(Errno::EINVAL)?;
        self.words[word] |= bit;
        Ok(())
    }

    /// `FD_CLR`. A number outside the set is not in it anyway.
    pub fn remove(&mut self, fd: Fd) {
        if let Some((word, bit)) = Self::place(fd) {
            self.words[word] &= !bit;
        }
    }

    /// `FD_ISSET`; false for a number outside the set.
    pub fn contains(&self, fd: Fd) -> bool {
        Self::place(fd).is_some_and(|(word, bit)| self.words[word] & bit != 0)
    }

    /// The descriptors of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = Fd> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(Fd((index * 64) as i32 + bit as i32))
            })
        })
    }

    /// How many descriptors are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no descriptor is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The words that the kernel copies for so many descriptors: whole 64-bit words.
    pub fn words(&self, nfds: usize) -> &[u64] {
        &self.words[..nfds.div_ceil(64).min(self.words.len())]
    }

    fn place(fd: Fd) -> Option<(usize, u64)> {
        let number = usize::try_from(fd.0).ok().filter(|number| *number < FD_SETSIZE)?;
        Some((number / 64, 1 << (number % 64)))
    }
}

impl Default for FdSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|fd| fd.0)).finish()
    }
}

/// The three sets of a call of `select(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FdSets {
    /// To be readable.
    pub read: FdSet,
    /// To be writable.
    pub write: FdSet,
    /// To have urgent data.
    pub except: FdSet,
}

impl FdSets {
    /// Three empty sets.
    pub const fn new() -> Self {
        Self { read: FdSet::new(), write: FdSet::new(), except: FdSet::new() }
    }

    /// The first argument of `select(2)`: the highest descriptor of the three sets, plus one.
    pub fn nfds(&self) -> usize {
        let highest = |set: &FdSet| set.iter().last().map_or(0, |fd| fd.0 as usize + 1);
        highest(&self.read).max(highest(&self.write)).max(highest(&self.except))
    }

    /// How many bits are set in all three: what `select(2)` returns.
    pub fn bits(&self) -> usize {
        self.read.len() + self.write.len() + self.except.len()
    }

    /// The bytes that cross into the kernel for `nfds` descriptors: whole words of each set, little-endian.
    pub fn to_bytes(&self, nfds: usize, bytes: &mut Vec<u8>) {
        for set in [&self.read, &self.write, &self.except] {
            bytes.extend(set.words(nfds).iter().flat_map(|word| word.to_le_bytes()));
        }
    }

    /// Reads what [`FdSets::to_bytes`] wrote. Missing bytes are missing descriptors.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut sets = Self::new();
        let third = bytes.len() / 3;
        if third == 0 {
            return sets;
        }
        for (set, part) in
            [&mut sets.read, &mut sets.write, &mut sets.except].into_iter().zip(bytes.chunks(third))
        {
            for (word, bytes) in set.words.iter_mut().zip(part.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_fd_set_ends_at_fd_setsize() {
        let mut set = FdSet::new();
        assert_eq!(set.insert(Fd(1023)), Ok(()));
        assert_eq!(set.insert(Fd(1024)), Err(Errno::EINVAL));
        assert_eq!(set.insert(Fd(-1)), Err(Errno::EINVAL));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Fd(1023)]);
        assert!(!set.contains(Fd(1024)));
    }

    #[test]
    fn the_sets_survive_the_crossing() {
        let mut sets = FdSets::new();
        for fd in [3, 63, 64, 130] {
            sets.read.insert(Fd(fd)).unwrap();
        }
        sets.write.insert(Fd(64)).unwrap();
        assert_eq!(sets.nfds(), 131);
        let mut bytes = Vec::new();
        sets.to_bytes(131, &mut bytes);
        assert_eq!(bytes.len(), 3 * 3 * 8);
        assert_eq!(FdSets::from_bytes(&bytes), sets);
        assert_eq!(FdSets::from_bytes(&[]), FdSets::new());
    }

    #[test]
    fn an_epoll_event_survives_the_crossing() {
        let event = EpollEvent::of(Fd(7), Mask::IN | Mask::ET);
        assert_eq!(EpollEvent::from_bytes(&event.to_bytes()), Some(event));
        assert_eq!(EpollEvent::from_bytes(&[0; 11]), None);
    }

    #[test]
    fn a_mask_is_shown_by_its_names() {
        assert_eq!((Mask::IN | Mask::RDHUP).to_string(), "IN|RDHUP");
        assert_eq!(Mask::empty().to_string(), "0");
    }
}
