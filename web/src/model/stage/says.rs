//! One sentence on the instant: what a newcomer is to see in the picture.

mod ready;

use loopscope_shared::errno::Errno;
use loopscope_shared::event::Call;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::Mask;
use loopscope_shared::world::Task;

use super::names::Names;
use super::words::listed;
use super::{Answer, Card, Crossing, Finished, Kind, Phase, Queue, Registry, Thread, Wait, Whereabouts};
use crate::model::text::{counted, grouped};

/// What the sentence is about.
pub(super) struct Scene<'a> {
    pub(super) task: &'a Task,
    pub(super) threads: &'a [Thread],
    pub(super) wait: Option<&'a Wait>,
    pub(super) crossing: Option<&'a Crossing>,
    pub(super) cards: &'a [Card],
    pub(super) registries: &'a [Registry],
    pub(super) queues: &'a [Queue],
    pub(super) names: &'a Names<'a>,
}

impl Scene<'_> {
    /// Says what is to be seen. What moves comes first, then who sleeps and why.
    pub(super) fn says(&self) -> String {
        let whereabouts = self.threads.iter().find(|thread| thread.focus).map(|thread| thread.whereabouts);
        match whereabouts {
            Some(Whereabouts::Ended) => "The program has ended.".to_owned(),
            Some(Whereabouts::Zombie) => zombie(),
            Some(Whereabouts::Runnable) => "The thread is woken, and waits for the CPU.".to_owned(),
            Some(Whereabouts::Asleep) => self.sleeps(),
            Some(Whereabouts::Waiting) => waiting(self.task),
            _ => match (self.wait, self.crossing) {
                (_, Some(_)) => self.crossed(),
                (Some(wait), None) => self.waited(wait),
                (None, None) => "The program runs. Nobody is connected yet.".to_owned(),
            },
        }
    }

    /// Who sleeps, and what it would take to wake it.
    fn sleeps(&self) -> String {
        let call = self.task.call.as_ref().map(|open| open.call);
        let name = |fd: Fd| self.names.name(fd);
        match call {
            Some(Call::RingEnter { .. } | Call::CompletionPortGet { .. }) => {
                let under_way: usize = self.queues.iter().map(|queue| queue.pending.len()).sum();
                let under_way = counted(under_way as u64, "operation");
                format!("The thread sleeps: {under_way} under way, and nothing is done. No work, no CPU.")
            }
            Some(Call::Accept { fd }) => {
                format!(
                    "The thread sleeps in accept, until a client comes to {}: it does nothing else.",
                    name(fd)
                )
            }
            Some(Call::Recv { fd, .. }) => {
                let others = self.cards.iter().filter(|card| card.fd != fd && card.stream().is_some());
                let ready = others.filter(|card| card.stream().is_some_and(|stream| stream.recv.level > 0));
                let ready: Vec<String> = ready.map(Card::name).collect();
                match ready.as_slice() {
                    [] => format!("The thread sleeps in recv, until {} sends something.", name(fd)),
                    ready => format!(
                        "The thread sleeps in recv on {}, while data waits in {}.",
                        name(fd),
                        listed(ready)
                    ),
                }
            }
            Some(Call::Send { fd, .. }) => {
                format!("The thread sleeps in send, until there is room in the send tube of {}.", name(fd))
            }
            Some(Call::Wait { .. }) => "The process sleeps until one of its children has ended.".to_owned(),
            Some(Call::Sleep { span }) => format!("The thread sleeps for {span}."),
            Some(Call::Connect { .. }) => "The program sleeps until the handshake is over.".to_owned(),
            Some(Call::Resolve { .. }) => "The program sleeps until the name is looked up.".to_owned(),
            _ => asleep(self.task, self.cards),
        }
    }

    fn waited(&self, wait: &Wait) -> String {
        let name = wait.name;
        if let Some(errno) = wait.failed {
            return format!("{name} failed with {errno}: {}.", errno.meaning());
        }
        match (wait.phase, &wait.answer) {
            (Phase::Open, Answer::Sets(_)) if wait.woken => {
                "Woken: the kernel looks at every bit again.".to_owned()
            }
            (Phase::Open, Answer::Sets(sets)) => format!(
                "Three sets go down: the kernel goes through {}, and asks {}.",
                counted(sets.nfds as u64, "number"),
                counted(sets.asked().len() as u64, "descriptor")
            ),
            (Phase::Open, Answer::Array(entries)) if wait.woken => {
                format!("Woken: the kernel asks all {} again.", counted(entries.len() as u64, "descriptor"))
            }
            (Phase::Open, Answer::Array(entries)) => format!(
                "The array goes down whole: the kernel goes through {}, and asks each.",
                counted(entries.len() as u64, "descriptor")
            ),
            (Phase::Open, Answer::Done(finished)) if wait.woken || finished.started.is_empty() => {
                match wait.woken {
                    true => "Woken: what is done is about to come up.".to_owned(),
                    false => "Nothing new goes down: the program asks what is done.".to_owned(),
                }
            }
            (Phase::Open, Answer::Done(finished)) => format!(
                "{} {} down, and the kernel carries on by itself.",
                capitalised_count(finished.started.len(), "operation"),
                if finished.started.len() == 1 { "goes" } else { "go" }
            ),
            (_, Answer::Done(finished)) => done(wait, finished),
            (Phase::Open, Answer::Slip(slip)) if slip.changes > 0 && !wait.woken => format!(
                "{} of what to watch {} down with the wait, and the kernel remembers.",
                capitalised_count(slip.changes, "change"),
                if slip.changes == 1 { "goes" } else { "go" }
            ),
            (Phase::Open, Answer::Slip(_)) if wait.woken => match self.is_anything_listed() {
                true => "Woken: what is on the ready list is about to come up.".to_owned(),
                false => "Woken: the answer is about to come up.".to_owned(),
            },
            (Phase::Open, Answer::Slip(_)) => {
                "Nothing goes down: the kernel knows already what to watch.".to_owned()
            }
            (_, answer) => match ready::sentence(wait, self.cards, self.names) {
                None if wait.only_a_look => format!("{name} was only a look: nothing is ready now."),
                None => format!("{name} comes back with nothing: the time was over first."),
                Some(ready) => {
                    let what = match (answer, wait.ready().len()) {
                        (Answer::Sets(_), _) => "Three whole sets come back",
                        (Answer::Array(_), _) => "The whole array comes back",
                        (_, 1) => "One token comes up",
                        _ => "Only tokens come up",
                    };
                    format!("{what}: {ready}")
                }
            },
        }
    }

    /// Whether the ready list of the wait that is under way holds anything, as far as that can be seen.
    fn is_anything_listed(&self) -> bool {
        let of = match self.task.call.as_ref().map(|open| open.call) {
            Some(Call::EpollWait { .. } | Call::Kevent { .. } | Call::PortGetn { .. }) => {
                self.task.call.as_ref().and_then(|open| open.call.fd())
            }
            _ => None,
        };
        let registry = self.registries.iter().find(|registry| Some(registry.fd) == of);
        registry.and_then(|registry| registry.ready.as_ref()).is_none_or(|ready| !ready.is_empty())
    }

    fn crossed(&self) -> String {
        let name = |fd: Fd| self.names.name(fd);
        if let Some(open) = &self.task.call {
            return match open.call {
                Call::Send { fd, len } => {
                    format!("The program gives {} to descriptor {}.", counted(len.into(), "byte"), name(fd))
                }
                Call::Recv { fd, .. } => {
                    format!("The program goes to fetch what waits in descriptor {}.", name(fd))
                }
                call => format!("The program crosses the line: {}.", call.name()),
            };
        }
        let Some(last) = &self.task.last else { return "The program runs.".to_owned() };
        match last.ret {
            Ok(value) => succeeded(last.call, value, self.names),
            Err(errno) => failed(last.call, errno, self.names),
        }
    }
}

/// What has come up of what was started.
fn done(wait: &Wait, finished: &Finished) -> String {
    let done = finished.done.as_deref().unwrap_or_default();
    match (done.len(), finished.data) {
        (0, _) if !finished.started.is_empty() => {
            format!("{} has taken the operations: nothing is done yet.", wait.name)
        }
        (0, _) => format!("{} comes back with nothing: nothing was done in time.", wait.name),
        (1, false) => "One completion comes up: what was asked for has been done.".to_owned(),
        (_, false) => "Completions come up: what was asked for has been done.".to_owned(),
        (1, true) => "One completion comes up, and the data with it: nobody has to fetch it.".to_owned(),
        (_, true) => "Completions come up, and the data with them: nobody has to fetch it.".to_owned(),
    }
}

fn zombie() -> String {
    "The process has ended; a zombie is left until its parent asks how.".to_owned()
}

/// `One operation`, `3 operations`, to begin a sentence with.
fn capitalised_count(count: usize, of: &str) -> String {
    if count == 1 { format!("One {of}") } else { counted(count as u64, of) }
}

fn succeeded(call: Call, value: u32, names: &Names<'_>) -> String {
    let count = u64::from(value);
    match call {
        Call::Recv { .. } if count == 0 => "The client sends no more: recv says so with 0 bytes.".to_owned(),
        Call::Recv { fd, .. } => format!(
            "{} {} across the line, out of the tube of {}, into the program.",
            counted(count, "byte"),
            if count == 1 { "comes" } else { "come" },
            names.name(fd)
        ),
        Call::Send { fd, len } if value < len => format!(
            "The send tube of {} has room for {} of {} bytes; the rest waits above.",
            names.name(fd),
            grouped(count),
            grouped(len.into())
        ),
        Call::Send { fd, .. } => {
            format!("The answer lies in the send tube of {}: the kernel takes it from here.", names.name(fd))
        }
        Call::Accept { .. } => format!(
            "A connection leaves the accept queue, and is descriptor {} now.",
            names.name(Fd(value as i32))
        ),
        Call::EpollCtl { .. } => "The kernel is told once what to watch, and remembers it.".to_owned(),
        Call::EpollCreate | Call::Kqueue => format!(
            "The kernel keeps a list of what to watch from now on: descriptor {}.",
            names.name(Fd(value as i32))
        ),
        Call::Close { fd } => format!("Descriptor {fd} is closed; its number is free again."),
        Call::SetNodelay { fd } => {
            format!("Answers of {} will leave at once, however short (TCP_NODELAY).", names.name(fd))
        }
        Call::Shutdown { fd, .. } => {
            format!("The program has said on {} that it is done.", names.name(fd))
        }
        Call::SpawnThread => "A new thread begins: it shares every descriptor.".to_owned(),
        Call::Fork => "A new process begins, with copies of every descriptor.".to_owned(),
        Call::Wait { .. } if value > 0 => format!("Task {value} is taken notice of: its zombie is gone."),
        Call::Wait { .. } => "No child has ended since.".to_owned(),
        Call::PortCreate | Call::DevPollOpen => format!(
            "The kernel keeps a list of what to watch from now on: descriptor {}.",
            names.name(Fd(value as i32))
        ),
        Call::Kevent { .. } | Call::DevPollWrite { .. } => {
            "The kernel is told once what to watch, and remembers it.".to_owned()
        }
        Call::PortAssociate { fd, .. } => {
            format!("The port will tell of {} once; then it must be associated again.", names.name(fd))
        }
        Call::RingSetup { .. } | Call::CompletionPortCreate => format!(
            "The kernel will carry out operations, and say what is done: descriptor {}.",
            names.name(Fd(value as i32))
        ),
        Call::CompletionPortStart { submitted } => match submitted.kind.fd() {
            Some(fd) => {
                format!("An operation on {} is started: the kernel carries on by itself.", names.name(fd))
            }
            None => "An operation is called off.".to_owned(),
        },
        Call::SetNonblocking { fd, on: true } => {
            format!("Calls on {} will never sleep from now on (O_NONBLOCK).", names.name(fd))
        }
        call => format!("{} has returned.", call.name()),
    }
}

fn failed(call: Call, errno: Errno, names: &Names<'_>) -> String {
    match (call, errno) {
        (Call::Send { fd, .. }, Errno::EAGAIN) => format!(
            "send gave nothing (EAGAIN): the send tube of {} is full, and the rest waits above the line.",
            names.name(fd)
        ),
        (Call::Accept { .. }, Errno::EAGAIN) => {
            "accept came back with nothing (EAGAIN): nobody else waits.".to_owned()
        }
        (call, Errno::EAGAIN) => {
            format!("{} came back with nothing (EAGAIN): so there is no more.", call.name())
        }
        (call, errno) => format!("{} failed with {errno}: {}.", call.name(), errno.meaning()),
    }
}

fn asleep(task: &Task, cards: &[Card]) -> String {
    if let Some(card) = cards.iter().find(|card| card.stranded) {
        return format!(
            "Bytes wait in {}, and no edge will tell of them again: they are stranded.",
            card.name()
        );
    }
    let readable: Vec<&Card> = cards.iter().filter(|card| card.readiness.readable() == Some(true)).collect();
    let held: Vec<String> = readable.iter().filter(|card| card.held_back).map(|card| card.name()).collect();
    match readable.as_slice() {
        [] => {
            let call = task.call.as_ref().map_or("its call", |open| open.call.name());
            format!("The thread sleeps in {call}: nothing is ready. No work, no CPU.")
        }
        [card] if matches!(card.kind, Kind::Listener { .. }) => {
            format!("A client waits in the accept queue: descriptor {} is readable now.", card.name())
        }
        [_] if held.len() == 1 => {
            format!(
                "Descriptor {} is held back until its answers are taken: room to send brings an edge for it.",
                held[0]
            )
        }
        many if held.len() == many.len() => format!(
            "Descriptors {} are held back until their answers are taken: room to send brings an edge for each.",
            listed(&held)
        ),
        [card] if !card.watched.is_some_and(|mask| mask.contains(Mask::IN)) => format!(
            "Descriptor {} is readable, but not asked about: its answers have to be taken first.",
            card.name()
        ),
        [card] => {
            format!(
                "Descriptor {} is readable: a read now would not block. Nobody has read it yet.",
                card.name()
            )
        }
        many => {
            let names: Vec<String> = many.iter().map(|card| card.name()).collect();
            format!("Descriptors {} are readable: a read now would not block.", listed(&names))
        }
    }
}

/// From outside it is not seen whether anything is ready already.
fn waiting(task: &Task) -> String {
    let call = task.call.as_ref().map_or("its call", |open| open.call.name());
    format!("The thread waits in {call}: nothing has come up yet.")
}

#[cfg(test)]
mod tests;
