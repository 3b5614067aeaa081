//! Turns of event loops: what a wait reported, whichever interface it waited with.

use crate::event::{Call, Ret, list_in};
use crate::findings::Evidence;
use crate::findings::look::Made;
use crate::ids::{Fd, FileId};
use crate::kernel::{
    CtlOp, EpollEvent, FdSets, Filter, Kevent, KeventFlags, Mask, PollFd, PortEvent, Timeout,
};
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Nanos;
use crate::world::{FileKind, World};

/// From the return of a wait until the task waits again.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    /// The wait; `None` before the first one.
    pub(super) wait: Option<Evidence>,
    /// When it returned.
    pub(super) left: Nanos,
    /// What it reported, each descriptor once.
    pub(super) reports: Vec<Report>,
    /// It waits for more than one descriptor.
    pub(super) several: bool,
}

/// One descriptor that a wait has reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) fd: Fd,
    /// What is so of it.
    pub(super) ready: Mask,
    /// How it was to be reported: of [`Mask::ET`], [`Mask::ONESHOT`] and [`Mask::EXCLUSIVE`], those that apply.
    pub(super) how: Mask,
    /// What is registered under this number in the interest list is not what the number names now: it was
    /// closed, and lives on elsewhere.
    pub(super) ghost: Option<(FileId, FileId)>,
}

impl Report {
    /// Reported again and again while it is so.
    pub(super) fn is_level(&self) -> bool {
        !self.how.intersects(Mask::ET | Mask::ONESHOT)
    }

    /// There is something to read, or to be learned by reading.
    pub(super) fn reads(&self) -> bool {
        self.ready.intersects(Mask::IN | Mask::PRI | Mask::RDHUP | Mask::HUP | Mask::ERR)
    }
}

impl Turn {
    pub(super) fn new(made: &Made<'_>, up: &[u8], world: &World, registrations: &Registrations) -> Self {
        let reports = match made.ret {
            Some(Ok(_)) => reports(made, up, world, registrations),
            _ => Vec::new(),
        };
        let several = waits_for_several(made, world);
        Self { wait: Some(made.evidence()), left: made.now, reports, several }
    }

    /// What it reported of a descriptor.
    pub(super) fn report(&self, fd: Fd) -> Option<&Report> {
        self.reports.iter().find(|report| report.fd == fd)
    }
}

/// How long a wait may take.
pub(super) fn timeout_of(call: Call) -> Option<Timeout> {
    match call {
        Call::Select { timeout, .. }
        | Call::Poll { timeout, .. }
        | Call::EpollWait { timeout, .. }
        | Call::Kevent { timeout, .. }
        | Call::PortGetn { timeout, .. }
        | Call::DevPollWait { timeout, .. }
        | Call::RingEnter { timeout, .. }
        | Call::CompletionPortGet { timeout, .. } => Some(timeout),
        _ => None,
    }
}

/// Whether it waits for more than one descriptor.
fn waits_for_several(made: &Made<'_>, world: &World) -> bool {
    match made.call {
        Call::Poll { count, .. } => count > 1,
        Call::Select { .. } => {
            let sets = FdSets::from_bytes(made.down);
            let all = [&sets.read, &sets.write, &sets.except];
            all.iter().flat_map(|set| set.iter().take(2)).collect::<SortedSet<_>>().len() > 1
        }
        call => call.fd().and_then(|fd| world.files.get(&world.file_of(made.task, fd)?)).is_some_and(
            |file| matches!(&file.kind, FileKind::Registry(registry) if registry.interest.len() > 1),
        ),
    }
}

fn reports(made: &Made<'_>, up: &[u8], world: &World, known: &Registrations) -> Vec<Report> {
    let plain = |fd, ready| Report { fd, ready, how: Mask::empty(), ghost: None };
    match made.call {
        Call::Select { .. } => {
            let sets = FdSets::from_bytes(up);
            let reads = sets.read.iter().map(|fd| plain(fd, Mask::IN));
            let writes = sets.write.iter().map(|fd| plain(fd, Mask::OUT));
            merged(reads.chain(writes).chain(sets.except.iter().map(|fd| plain(fd, Mask::PRI))))
        }
        Call::Poll { .. } => {
            let entries = up.as_chunks::<{ PollFd::SIZE }>().0.iter();
            let entries = entries.filter_map(|entry| PollFd::from_bytes(entry));
            merged(
                entries.filter(|entry| !entry.revents.is_empty()).map(|entry| plain(entry.fd, entry.revents)),
            )
        }
        Call::EpollWait { epoll, .. } => {
            let Some(epoll) = world.file_of(made.task, epoll) else { return Vec::new() };
            let events = up.as_chunks::<{ EpollEvent::SIZE }>().0.iter();
            let events = events.filter_map(|event| EpollEvent::from_bytes(event));
            merged(events.filter_map(|event| known.report(made, epoll, event, world)))
        }
        Call::Kevent { kqueue, .. } => {
            let events = list_in::<Kevent>(up).into_iter();
            merged(events.filter(|event| !event.flags.contains(KeventFlags::ERROR)).map(|event| {
                let (fd, ready) = (event.fd, kevent_mask(&event));
                let how = world.file_of(made.task, kqueue).map(|kqueue| asked(world, made, kqueue, fd));
                Report { how: how.unwrap_or_default(), ..plain(fd, ready) }
            }))
        }
        // An association is used up by its event.
        Call::PortGetn { .. } => {
            let events = list_in::<PortEvent>(up).into_iter();
            merged(events.map(|event| Report { how: Mask::ONESHOT, ..plain(event.fd, event.events) }))
        }
        Call::DevPollWait { .. } => {
            let entries = up.as_chunks::<{ PollFd::SIZE }>().0.iter();
            merged(
                entries
                    .filter_map(|entry| PollFd::from_bytes(entry))
                    .map(|entry| plain(entry.fd, entry.revents)),
            )
        }
        // Completions are no reports: what they are about is done.
        _ => Vec::new(),
    }
}

fn kevent_mask(event: &Kevent) -> Mask {
    let mut ready = match event.filter {
        Filter::Read => Mask::IN,
        Filter::Write => Mask::OUT,
    };
    ready.set(Mask::RDHUP, event.flags.contains(KeventFlags::EOF));
    ready
}

/// How a descriptor is reported by a registry.
fn asked(world: &World, made: &Made<'_>, registry: FileId, fd: Fd) -> Mask {
    let (Some(file), Some(by)) = (world.file_of(made.task, fd), world.files.get(&registry)) else {
        return Mask::empty();
    };
    let FileKind::Registry(registry) = &by.kind else { return Mask::empty() };
    registry.interest.get(&(fd, file)).map_or(Mask::empty(), |entry| ways(entry.event.events))
}

fn ways(events: Mask) -> Mask {
    events & (Mask::ET | Mask::ONESHOT | Mask::EXCLUSIVE)
}

/// Each descriptor once, in the order in which they came.
fn merged(reports: impl Iterator<Item = Report>) -> Vec<Report> {
    let mut merged: Vec<Report> = Vec::new();
    let mut places = SortedMap::new();
    for report in reports {
        match places.get(&report.fd).and_then(|place: &usize| merged.get_mut(*place)) {
            Some(known) => known.ready |= report.ready,
            None => {
                places.insert(report.fd, merged.len());
                merged.push(report);
            }
        }
    }
    merged
}

/// Which descriptor the program's own number in an event of epoll stands for, as it was said when that was
/// registered: some programs put the descriptor there, others a pointer.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    /// By the epoll instance and the number. As many as descriptors were registered at one time.
    fds: SortedMap<(FileId, u64), Fd>,
    /// The other way round, to forget what is registered anew.
    numbers: SortedMap<(FileId, Fd), u64>,
}

impl Registrations {
    /// Notes what a call has registered.
    pub(super) fn follow(&mut self, made: &Made<'_>, world: &World) {
        let (Call::EpollCtl { epoll, op, fd, .. }, Some(Ok(_))) = (made.call, made.ret) else {
            return self.forget(made, world);
        };
        let Some(epoll) = world.file_of(made.task, epoll) else { return };
        if op == CtlOp::Del {
            if let Some(number) = self.numbers.remove(&(epoll, fd)) {
                self.fds.remove(&(epoll, number));
            }
        } else if let Some(event) = EpollEvent::from_bytes(made.down) {
            if let Some(before) = self.numbers.insert((epoll, fd), event.data)
                && before != event.data
            {
                self.fds.remove(&(epoll, before));
            }
            self.fds.insert((epoll, event.data), fd);
        }
    }

    /// An epoll instance that is closed takes its list with it.
    fn forget(&mut self, made: &Made<'_>, world: &World) {
        if !matches!((made.call, made.ret), (Call::Close { .. }, Some(Ok(_)))) {
            return;
        }
        let Some(gone) = made.file.filter(|file| !world.files.contains_key(file)) else { return };
        let its = (gone, Fd(i32::MIN))..=(gone, Fd(i32::MAX));
        let its: Vec<_> = self.numbers.range(its).map(|((_, fd), number)| (*fd, *number)).collect();
        for (fd, number) in its {
            self.numbers.remove(&(gone, fd));
            self.fds.remove(&(gone, number));
        }
    }

    fn report(&self, made: &Made<'_>, epoll: FileId, event: EpollEvent, world: &World) -> Option<Report> {
        let fd = *self.fds.get(&(epoll, event.data))?;
        let FileKind::Registry(registry) = &world.files.get(&epoll)?.kind else { return None };
        // If what the number names is listed too, nobody can tell which of the two is meant: it has the benefit of
        // the doubt.
        let now = world.file_of(made.task, fd);
        let live = now.and_then(|file| registry.interest.get(&(fd, file)).map(|entry| (file, entry)));
        let mut listed = registry.interest.range((fd, FileId(0))..=(fd, FileId(u32::MAX)));
        let (file, entry) = live.filter(|(_, entry)| entry.event.data == event.data).or_else(|| {
            listed.find(|(_, entry)| entry.event.data == event.data).map(|((_, file), entry)| (*file, entry))
        })?;
        let ghost = (now != Some(file)).then_some((epoll, file));
        Some(Report { fd, ready: event.events, how: ways(entry.event.events), ghost })
    }
}

/// Whether a call that waits returned because its time was over.
pub(super) fn timed_out(call: Call, ret: Option<Ret>) -> bool {
    match (call, ret) {
        (Call::PortGetn { .. }, Some(Err(crate::errno::Errno::ETIME))) => true,
        (call, Some(Ok(0))) => call.is_wait(),
        _ => false,
    }
}
