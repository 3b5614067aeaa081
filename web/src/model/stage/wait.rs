//! The notification: what a wait takes down across the line, and what it brings up.

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Ret, call_text};
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{FdSet, FdSets, Mask};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::{FileKind, Taken, Task, TaskState, World};

use super::answer;

/// How far a wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The task is in the call.
    Open,
    /// It has just returned.
    Returned,
    /// The program makes other calls, with the answer in hand.
    InHand,
}

/// A wait, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// The name of the call's man page.
    pub name: &'static str,
    /// The call with its result, as a programmer writes it, without its sets.
    pub title: String,
    /// How far it is.
    pub phase: Phase,
    /// When it was made: the same wait has the same instant, at every step.
    pub entered: Nanos,
    /// The task has slept in it and was woken; it has not returned yet.
    pub woken: bool,
    /// It may not sleep: its time is zero.
    pub only_a_look: bool,
    /// How it failed.
    pub failed: Option<Errno>,
    /// The bytes below are those of structures; the payload of other waits only stands for them.
    pub sized: bool,
    /// Bytes of structures that go down, and that come up; the latter once it has returned.
    pub down_bytes: usize,
    /// See `down_bytes`.
    pub up_bytes: Option<usize>,
    /// What is drawn.
    pub answer: Answer,
}

/// What a wait asks and answers with.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Three sets of bits, down and up (`select`).
    Sets(Sets),
    /// An array of questions, down, and the same array with the answers, up (`poll`).
    Array(Vec<Entry>),
    /// Only what is ready, up (`epoll_wait`, `kevent`, `port_getn`, `/dev/poll`).
    Slip(Slip),
    /// What is done, up (`io_uring_enter`, `GetQueuedCompletionStatusEx`); operations may go down.
    Done(Finished),
}

/// A `struct pollfd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The descriptor.
    pub fd: Fd,
    /// What is asked.
    pub asked: Mask,
    /// What came back; `None` while the call is under way or if it failed.
    pub back: Option<Mask>,
}

/// What a wait for completions takes down, and what it brings up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The operations that go down with it, each in a few words.
    pub started: Vec<String>,
    /// The completions, each in a few words; `None` while the call is under way or if it failed.
    pub done: Option<Vec<String>>,
    /// Whether bytes came with them.
    pub data: bool,
}

/// The three sets of `select`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sets {
    /// One more than the highest descriptor: so many bits of each set are tested.
    pub nfds: usize,
    /// The bytes of one set that cross: whole words of 64 bits.
    pub set_bytes: usize,
    /// Read, write, except.
    pub rows: [SetRow; 3],
    /// How many bits came back; `None` while the call is under way or if it failed.
    pub found: Option<usize>,
}

/// One of the sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRow {
    /// `read`, `write` or `except`.
    pub name: &'static str,
    /// The bits that went down.
    pub asked: Vec<usize>,
    /// The bits that came back in their place; `None` while the call is under way or if it failed.
    pub back: Option<Vec<usize>>,
}

/// The events that a wait brings up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The changes of what is watched that go down with the wait (`kevent`), each as a programmer writes it.
    pub changes: Vec<String>,
    /// `None` while the call is under way or if it failed.
    pub tokens: Option<Vec<Token>>,
}

/// One event: the notification itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The descriptor, as the program's own number says it.
    pub fd: Fd,
    /// What is ready.
    pub mask: Mask,
    /// What it carries besides: the count of a kevent, and that no more will come.
    pub carries: String,
}

impl Token {
    /// `7:IN`, `7:IN 14 B` of a kqueue.
    pub fn text(&self) -> String {
        format!("{}:{}{}", self.fd, self.mask, self.carries)
    }
}

impl Sets {
    /// The descriptors that the kernel asks: those whose bit is in one of the sets, each once.
    pub fn asked(&self) -> Vec<usize> {
        merged(self.rows.iter().map(|row| &row.asked))
    }

    /// The descriptors that came back, each once.
    pub fn back(&self) -> Vec<usize> {
        merged(self.rows.iter().filter_map(|row| row.back.as_ref()))
    }

    /// In which of the read and the write set a descriptor's bit is, in those bits that `of` chooses.
    fn mask_of(&self, fd: Fd, of: impl Fn(&SetRow) -> Option<&Vec<usize>>) -> Option<Mask> {
        let bit = usize::try_from(fd.0).ok()?;
        let [read, write, _] = &self.rows;
        let mut mask = Mask::empty();
        mask.set(Mask::IN, of(read)?.binary_search(&bit).is_ok());
        mask.set(Mask::OUT, of(write)?.binary_search(&bit).is_ok());
        Some(mask)
    }
}

impl SetRow {
    /// The bits that were asked for and did not come back: the kernel has overwritten them.
    pub fn cleared(&self) -> Vec<usize> {
        let back = self.back.as_deref().unwrap_or(&self.asked);
        self.asked.iter().copied().filter(|bit| back.binary_search(bit).is_err()).collect()
    }
}

impl Wait {
    /// The descriptors that the answer names, in its order, each once.
    pub fn ready(&self) -> Vec<Fd> {
        match &self.answer {
            Answer::Sets(sets) => sets.back().into_iter().map(|bit| Fd(bit as i32)).collect(),
            Answer::Array(entries) => {
                let ready = entries.iter().filter(|entry| entry.back.is_some_and(|back| !back.is_empty()));
                ready.map(|entry| entry.fd).collect()
            }
            Answer::Slip(slip) => {
                let mut fds: Vec<Fd> = Vec::new();
                for token in slip.tokens.iter().flatten().filter(|token| !token.mask.is_empty()) {
                    // A kqueue may report two filters of one descriptor.
                    if !fds.contains(&token.fd) {
                        fds.push(token.fd);
                    }
                }
                fds
            }
            // What is done is not ready: it is over.
            Answer::Done(_) => Vec::new(),
        }
    }

    /// What the answer says of one descriptor, and what was asked about it, if the wait itself says that;
    /// `None` if the wait has no answer or none about it.
    pub(super) fn answer_for(&self, fd: Fd) -> Option<Said> {
        match &self.answer {
            Answer::Sets(sets) => {
                let asked = sets.mask_of(fd, |row| Some(&row.asked))?;
                let back = sets.mask_of(fd, |row| row.back.as_ref())?;
                (!asked.is_empty()).then_some((back, Some(asked)))
            }
            Answer::Array(entries) => {
                let entry = entries.iter().find(|entry| entry.fd == fd)?;
                Some((entry.back?, Some(entry.asked)))
            }
            Answer::Slip(slip) => {
                let of = slip.tokens.as_ref()?.iter().filter(|token| token.fd == fd);
                of.map(|token| token.mask).reduce(|all, mask| all | mask).map(|mask| (mask, None))
            }
            Answer::Done(_) => None,
        }
    }

    /// What a wait that is under way asks of each descriptor in its sets or its array; the kernel keeps nothing of
    /// it afterwards.
    pub(super) fn asks(&self) -> SortedMap<Fd, Mask> {
        match (&self.answer, self.phase) {
            (Answer::Sets(sets), Phase::Open) => {
                let fds = sets.asked().into_iter().map(|bit| Fd(bit as i32));
                fds.filter_map(|fd| Some((fd, sets.mask_of(fd, |row| Some(&row.asked))?))).collect()
            }
            (Answer::Array(entries), Phase::Open) => {
                entries.iter().map(|entry| (entry.fd, entry.asked)).collect()
            }
            _ => SortedMap::new(),
        }
    }

    /// What a wait that has just returned says of each descriptor.
    pub(super) fn says(&self) -> SortedMap<Fd, Said> {
        if self.phase != Phase::Returned {
            return SortedMap::new();
        }
        let fds: Vec<Fd> = match &self.answer {
            Answer::Sets(sets) => sets.asked().into_iter().map(|bit| Fd(bit as i32)).collect(),
            Answer::Array(entries) => {
                let said =
                    entries.iter().filter_map(|entry| Some((entry.fd, (entry.back?, Some(entry.asked)))));
                return said.collect();
            }
            Answer::Slip(slip) => slip.tokens.iter().flatten().map(|token| token.fd).collect(),
            Answer::Done(_) => Vec::new(),
        };
        fds.into_iter().filter_map(|fd| Some((fd, self.answer_for(fd)?))).collect()
    }
}

/// What an answer says of a descriptor, and what was asked about it, if the wait itself says that.
pub(super) type Said = (Mask, Option<Mask>);

/// The wait that the task is in, else the last one that returned.
pub(super) fn wait_of(world: &World, task: &Task) -> Option<Wait> {
    let taken = taken_of(world, task);
    let open = task.call.as_ref().filter(|open| open.call.is_wait());
    if let Some(open) = open {
        let woken = open.slept && task.state == TaskState::Running;
        let wait = wait(Phase::Open, open.call, open.entered, &open.down, None, taken);
        return Some(Wait { woken, ..wait });
    }
    let waited = task.waited()?;
    let latest = task.call.is_none() && task.last.as_ref() == Some(waited);
    let phase = if latest { Phase::Returned } else { Phase::InHand };
    Some(wait(phase, waited.call, waited.entered, &waited.down, Some((waited.ret, &waited.up)), taken))
}

/// The completions that the task has taken in its last wait, if it waits for such.
fn taken_of<'a>(world: &'a World, task: &Task) -> &'a [Taken] {
    let queue = task.waited().and_then(|waited| waited.call.fd());
    let table = world.tables.get(&task.process);
    let file = queue.and_then(|queue| table?.fds.get(&queue)).and_then(|open| world.files.get(&open.file));
    match file.map(|file| &file.kind) {
        Some(FileKind::Operations(operations)) => &operations.taken,
        _ => &[],
    }
}

fn wait(
    phase: Phase,
    call: Call,
    entered: Nanos,
    down: &[u8],
    back: Option<(Ret, &[u8])>,
    taken: &[Taken],
) -> Wait {
    // A wait that failed left the program's sets and its list of events as they were.
    let up = back.and_then(|(ret, up)| ret.is_ok().then_some(up));
    let answer = match call {
        Call::Select { nfds, .. } => Answer::Sets(sets(nfds as usize, down, up)),
        Call::Poll { .. } => Answer::Array(answer::entries(down, up)),
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } => {
            Answer::Done(answer::finished(down, up.map(|_| taken)))
        }
        Call::Kevent { .. } => Answer::Slip(Slip {
            changes: answer::changes(down),
            tokens: up.map(|up| answer::tokens(call, up)),
        }),
        _ => Answer::Slip(Slip { changes: Vec::new(), tokens: up.map(|up| answer::tokens(call, up)) }),
    };
    let asked = match call {
        // The sets are drawn below, bit by bit.
        Call::Select { nfds, timeout } => {
            let timeout = timeout.0.map_or_else(|| "NULL".to_owned(), |span| span.to_string());
            format!("select({nfds}, …, {timeout})")
        }
        // So is the array.
        Call::Poll { count, timeout } => {
            let timeout = timeout.0.map_or_else(|| "-1".to_owned(), |span| span.to_string());
            format!("poll(…, {count}, {timeout})")
        }
        Call::RingEnter { ring, submit, at_least, timeout } => {
            format!("io_uring_enter({ring}, {submit}, {at_least}, {timeout})")
        }
        Call::Kevent { kqueue, changes, most, timeout } => {
            format!("kevent({kqueue}, …, {changes}, …, {most}, {timeout})")
        }
        _ => call_text(call, &[]),
    };
    let title = match back {
        None => asked,
        Some((Ok(count), _)) => format!("{asked} = {count}"),
        Some((Err(errno), _)) => format!("{asked} = {errno}"),
    };
    let timeout = match call {
        Call::Select { timeout, .. }
        | Call::Poll { timeout, .. }
        | Call::EpollWait { timeout, .. }
        | Call::Kevent { timeout, .. }
        | Call::PortGetn { timeout, .. }
        | Call::DevPollWait { timeout, .. }
        | Call::RingEnter { timeout, .. }
        | Call::CompletionPortGet { timeout, .. } => timeout.0,
        _ => None,
    };
    Wait {
        name: call.name(),
        title,
        phase,
        entered,
        woken: false,
        only_a_look: timeout == Some(Nanos(0)),
        failed: back.and_then(|(ret, _)| ret.err()),
        sized: matches!(
            call,
            Call::Select { .. } | Call::Poll { .. } | Call::EpollWait { .. } | Call::DevPollWait { .. }
        ),
        down_bytes: down.len(),
        up_bytes: up.map(<[u8]>::len),
        answer,
    }
}

fn sets(nfds: usize, down: &[u8], up: Option<&[u8]>) -> Sets {
    let asked = FdSets::from_bytes(down);
    let back = up.map(FdSets::from_bytes);
    let row = |name, of: fn(&FdSets) -> &FdSet| SetRow {
        name,
        asked: bits(of(&asked)),
        back: back.as_ref().map(|back| bits(of(back))),
    };
    Sets {
        nfds,
        set_bytes: nfds.div_ceil(64) * 8,
        rows: [
            row("read", |sets| &sets.read),
            row("write", |sets| &sets.write),
            row("except", |sets| &sets.except),
        ],
        found: back.map(|back| back.bits()),
    }
}

fn merged<'a>(rows: impl Iterator<Item = &'a Vec<usize>>) -> Vec<usize> {
    let mut bits: Vec<usize> = rows.flatten().copied().collect();
    bits.sort_unstable();
    bits.dedup();
    bits
}

fn bits(set: &FdSet) -> Vec<usize> {
    set.iter().filter_map(|fd| usize::try_from(fd.0).ok()).collect()
}

#[cfg(test)]
mod tests;
