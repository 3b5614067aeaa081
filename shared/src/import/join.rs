//! Lines of several logs and many tasks, joined: which task a line is about, which rest belongs to which
//! beginning, who has begun whom.

mod threads;

use crate::errno::Errno;
use crate::event::Call;
use crate::ids::TaskId;
use crate::sorted::SortedSet;
use crate::trace::Batch;
use crate::world::World;

use super::clock::{Clock, Stamp, Times};
use super::decode::{self, Back, Meant};
use super::emit::Emitter;
use super::label::Seen;
use super::line::{self, Body, Line, Parsed, Reason};
use super::order::{Order, Told};
use super::report::Report;
use threads::{Begun, Open, Threads};

/// Joins lines, and makes events of what they tell.
#[derive(Debug)]
pub(super) struct Join {
    logs: Vec<Log>,
    threads: Threads,
    order: Order,
    emitter: Emitter,
    report: Report,
}

/// A log.
#[derive(Debug, Default)]
struct Log {
    /// The task that all lines are about that do not name one.
    pid: Option<u32>,
    /// The tasks that it tells of and that live.
    alive: SortedSet<u32>,
    clock: Clock,
    lines: u64,
    ended: bool,
    /// A task in whose call strace told of itself, so that the rest of it is the next line.
    interrupted: Option<u32>,
    /// A call that has returned, when is not known yet.
    returning: Option<(u32, u64, Box<Back>)>,
}

impl Join {
    pub(super) fn new() -> Self {
        Self {
            logs: Vec::new(),
            threads: Threads::default(),
            order: Order::default(),
            emitter: Emitter::new(),
            report: Report::default(),
        }
    }

    pub(super) fn add_source(&mut self, name: &str) {
        let pid = name.rsplit_once('.').and_then(|(_, pid)| pid.parse().ok());
        self.report.sources.push(name.to_owned());
        self.logs.push(Log { pid, ..Log::default() });
    }

    /// How far a log has been read.
    pub(super) fn now(&self, source: usize) -> u64 {
        self.logs.get(source).map_or(0, |log| if log.lines == 0 { 0 } else { log.clock.now() })
    }

    pub(super) fn take(&mut self) -> Batch {
        self.emitter.take()
    }

    pub(super) fn world(&self) -> &World {
        self.emitter.world()
    }

    pub(super) fn report(&self) -> &Report {
        &self.report
    }

    /// A line that was not kept.
    pub(super) fn too_long(&mut self, source: usize) {
        self.logs[source].lines += 1;
        self.report.lines += 1;
        self.report.unread(source, self.logs[source].lines, Reason::TooLong);
    }

    /// A line, without its line feed.
    pub(super) fn line(&mut self, source: usize, text: &[u8]) {
        self.logs[source].lines += 1;
        self.report.lines += 1;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let read = match self.logs[source]
            .interrupted
            .take()
            .filter(|_| text.starts_with(b",") || text.starts_with(b")"))
        {
            Some(pid) => self.goes_on(source, pid, text),
            None => line::read(text).and_then(|line| self.read(source, line)),
        };
        if let Err(reason) = read {
            self.report.unread(source, self.logs[source].lines, reason);
        }
        self.give_out();
    }

    /// A log is at its end.
    pub(super) fn end_source(&mut self, source: usize) {
        let at = self.logs[source].clock.now();
        self.has_returned(source, at);
        self.logs[source].ended = true;
        self.give_out();
    }

    /// All logs are at their end: what is not known will not be.
    pub(super) fn finish(mut self) -> (Batch, Report) {
        for open in self.threads.unreturned() {
            fill(&mut self.order, open);
        }
        self.give_out_before(u64::MAX);
        (self.emitter.take(), self.report)
    }

    fn give_out(&mut self) {
        // What comes before the last line of every log cannot change any more.
        let open = self.logs.iter().enumerate().filter(|(_, log)| !log.ended);
        let before = open.map(|(source, _)| self.now(source)).min();
        // When all have ended, `finish` gives out the rest.
        if let Some(before) = before {
            self.give_out_before(before);
        }
    }

    fn give_out_before(&mut self, before: u64) {
        while let Some((at, task, told)) = self.order.next(before, |at| self.threads.parent(at)) {
            self.emitter.tell(at, task, told);
        }
        self.report.began = self.emitter.base().filter(|_| self.report.times == Times::Epoch);
    }

    /// A call that has returned, when was not known: by now it has.
    fn has_returned(&mut self, source: usize, at: u64) {
        if let Some((pid, entered, back)) = self.logs[source].returning.take() {
            self.returned(pid, entered.max(at), back, Vec::new());
        }
    }

    fn read(&mut self, source: usize, line: Line<'_>) -> Result<(), Reason> {
        match line.body {
            Body::Aside => return Ok(()),
            Body::Attached(pid) => {
                self.logs[source].alive.insert(pid);
                return Ok(());
            }
            _ => {}
        }
        let pid = self.pid_of(source, line.pid);
        let at = self.logs[source].clock.at(line.stamp);
        self.report.times = self.report.times.max(line.stamp.kind());
        self.has_returned(source, at);
        let name = line.comm.map(|comm| String::from_utf8_lossy(comm).into_owned());
        self.begins(source, pid, at, name);
        let free_at = self.threads.of(pid).free_at;
        let told = self.body(source, pid, at.max(free_at), line.body);
        if line.stamp == Stamp::None {
            // What comes without a time comes behind what is known.
            let free_at = self.threads.of(pid).free_at;
            self.logs[source].clock.not_before(free_at);
        }
        told
    }

    fn body(&mut self, source: usize, pid: u32, at: u64, body: Body<'_>) -> Result<(), Reason> {
        match body {
            Body::Call(text) => self.call(source, pid, at, text),
            Body::Unfinished(head) => {
                self.unfinished(pid, at, head);
                Ok(())
            }
            Body::Interrupted(head, child) => {
                self.unfinished(pid, at, head);
                self.logs[source].alive.insert(child);
                self.logs[source].interrupted = Some(pid);
                Ok(())
            }
            Body::Resumed(name, rest) => self.resumed(pid, at, name, rest),
            Body::Signal(text) => {
                self.report.signals += 1;
                let name = text.split(|byte| *byte == b' ').next().unwrap_or_default();
                // What stops a task (`--- stopped by SIGSTOP ---`) is no signal that it gets.
                let number = super::signals::number(name);
                self.tell(at, pid, Told::Signal(number, text.to_vec()));
                Ok(())
            }
            Body::Ended(status) => {
                self.ended(source, pid, at, status);
                Ok(())
            }
            Body::Superseded(by) => {
                self.superseded(source, pid, by, at);
                Ok(())
            }
            Body::Aside | Body::Attached(_) => Ok(()),
        }
    }

    /// The rest of a call in which strace told of itself, without a time of its own.
    fn goes_on(&mut self, source: usize, pid: u32, rest: &[u8]) -> Result<(), Reason> {
        let at = self.logs[source].clock.now();
        self.resumed(pid, at, b"", rest)
    }

    fn tell(&mut self, at: u64, pid: u32, told: Told) {
        self.order.push(at, TaskId(pid), told);
    }

    /// The task that a line is about.
    fn pid_of(&mut self, source: usize, said: Option<u32>) -> u32 {
        let log = &self.logs[source];
        match said {
            Some(pid) => self.threads.named(pid, log.alive.contains(&pid)),
            // Without a number, it is about the only one that there is.
            None => match (log.alive.first(), log.pid) {
                (Some(only), _) if log.alive.len() == 1 => *only,
                (_, Some(pid)) => pid,
                (first, None) => first.copied().unwrap_or_else(|| self.threads.nameless()),
            },
        }
    }

    fn begins(&mut self, source: usize, pid: u32, at: u64, name: Option<String>) {
        self.logs[source].alive.insert(pid);
        self.report.tasks.insert(pid);
        let parent = match self.threads.begin(pid) {
            Begun::Before => return,
            Begun::By(parent, shares) => Some((TaskId(parent), shares)),
            Begun::Unknown => None,
        };
        let key = self.order.push(at, TaskId(pid), Told::Begin { parent, name });
        self.threads.of(pid).begun_at = parent.is_none().then_some(key);
    }

    fn call(&mut self, source: usize, pid: u32, at: u64, text: &[u8]) -> Result<(), Reason> {
        let Some(parsed) = Parsed::of(text) else {
            let whole = Parsed::head(text).is_some_and(|head| head.written.len() < text.len());
            return Err(if whole { Reason::NoResult } else { Reason::Cut });
        };
        self.abandon(pid);
        let meant = self.meaning(pid, &parsed);
        self.report.made(&parsed, &meant);
        let Meant { call, down, before, back } = meant;
        let sleeps = decode::may_sleep(call);
        let enter = Meant { call, down, before, back: None };
        self.tell(at, pid, Told::Enter(Box::new(enter)));
        let Some(back) = back.map(Box::new) else {
            self.threads.of(pid).open = Some(Open::told(text.to_vec(), at, call));
            return Ok(());
        };
        match parsed.took {
            Some(took) => self.returned(pid, at.saturating_add(took), back, Vec::new()),
            None if sleeps => {
                self.threads.of(pid).free_at = at;
                self.logs[source].returning = Some((pid, at, back));
            }
            None => self.returned(pid, at, back, Vec::new()),
        }
        Ok(())
    }

    fn unfinished(&mut self, pid: u32, at: u64, head: &[u8]) {
        self.abandon(pid);
        let meant = Parsed::head(head).and_then(|parsed| decode::meaning(&parsed));
        let open = match meant {
            Some(meant) => {
                let call = meant.call;
                self.tell(at, pid, Told::Enter(Box::new(Meant { back: None, ..meant })));
                Open::told(head.to_vec(), at, call)
            }
            None => {
                let key = self.order.push(at, TaskId(pid), Told::Hole);
                Open::untold(head.to_vec(), at, key)
            }
        };
        self.threads.of(pid).open = Some(open);
    }

    fn resumed(&mut self, pid: u32, at: u64, name: &[u8], rest: &[u8]) -> Result<(), Reason> {
        let thread = self.threads.of(pid);
        let fits = |open: &Open| open.head.starts_with(name) || open.head.starts_with(b"?");
        let Some(open) = thread.open.take_if(|open| fits(open)) else { return Err(Reason::NotBegun) };
        let mut text = open.head.clone();
        text.extend_from_slice(rest);
        let Some(parsed) = Parsed::of(&text) else {
            // It was cut a second time: it goes on when it is resumed again.
            if let Some(head) = text.strip_suffix(b"<unfinished ...>") {
                self.threads.of(pid).open = Some(Open { head: head.to_vec(), ..open });
                return Ok(());
            }
            self.threads.of(pid).open = Some(open);
            return Err(Reason::Cut);
        };
        let mut meant = self.meaning(pid, &parsed);
        self.report.made(&parsed, &meant);
        let back = meant.back.take().map(Box::new);
        let left = parsed.took.map_or(at, |took| open.at.saturating_add(took)).max(open.at);
        let mut before = Vec::new();
        match open.hole {
            Some(key) => match self.order.at(key) {
                Some(hole) => *hole = Told::Enter(Box::new(meant)),
                // It was given up: it comes late.
                None => self.tell(open.at, pid, Told::Enter(Box::new(meant))),
            },
            None => before = meant.before,
        }
        match back {
            Some(back) => self.returned(pid, left, back, before),
            None => self.threads.of(pid).open = Some(Open::told(text, open.at, Call::Fork)),
        }
        Ok(())
    }

    /// What a call means. One that goes on after a signal is the one that it was.
    fn meaning(&mut self, pid: u32, parsed: &Parsed<'_>) -> Meant {
        let meant = decode::meaning(parsed).unwrap_or_else(|| decode::other(parsed));
        let thread = self.threads.of(pid);
        let before = thread.interrupted.take();
        let meant = match before {
            Some((call, down)) if parsed.name == "restart_syscall" => {
                let back = meant.back.map(|back| Back { up: Vec::new(), ..back });
                Meant { call, down, before: Vec::new(), back }
            }
            _ => meant,
        };
        if meant.back.as_ref().is_some_and(|back| back.ret == Err(Errno::ERESTART_RESTARTBLOCK)) {
            thread.interrupted = Some((meant.call, meant.down.clone()));
        }
        meant
    }

    /// A call has returned.
    fn returned(&mut self, pid: u32, at: u64, back: Box<Back>, before: Vec<Seen>) {
        self.threads.of(pid).free_at = at;
        if let Some((child, shares)) = back.begun
            && let Some(key) = self.threads.has_begun(pid, child, shares)
            && let Some(Told::Begin { parent, .. }) = self.order.at(key)
        {
            *parent = Some((TaskId(pid), shares));
        }
        self.tell(at, pid, Told::Exit(back, before));
    }

    /// A task makes a call though its last one has not returned: the rest of that one is missing.
    fn abandon(&mut self, pid: u32) {
        if let Some(open) = self.threads.of(pid).open.take() {
            fill(&mut self.order, &open);
        }
    }

    fn ended(&mut self, source: usize, pid: u32, at: u64, status: i32) {
        self.abandon(pid);
        self.tell(at, pid, Told::End(status));
        self.threads.of(pid).free_at = at;
        self.threads.end(pid);
        self.logs[source].alive.remove(&pid);
    }

    /// A thread has begun another program: it has the number of its process now, and the others are gone.
    fn superseded(&mut self, source: usize, pid: u32, by: u32, at: u64) {
        self.abandon(pid);
        let calling = self.threads.of(by).open.take();
        self.tell(at, pid, Told::End(0));
        self.tell(at, pid, Told::Begin { parent: Some((TaskId(by), true)), name: None });
        self.ended(source, by, at, 0);
        let Some(open) = calling else { return };
        if let Some(parsed) = Parsed::head(&open.head) {
            let meant = decode::meaning(&parsed).unwrap_or_else(|| decode::other(&parsed));
            self.threads.of(pid).open = Some(Open::told(open.head.clone(), at, meant.call));
            self.tell(at, pid, Told::Enter(Box::new(Meant { back: None, ..meant })));
        }
    }
}

/// Of a call that does not return, too little was written for one of ours: it is told as it was written.
fn fill(order: &mut Order, open: &Open) {
    let place = open.hole.and_then(|key| order.at(key));
    if let (Some(place), Some(parsed)) = (place, Parsed::head(&open.head)) {
        *place = Told::Enter(Box::new(decode::other(&parsed)));
    }
}
