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
use crate::messages as m;
use crate::model::text::grouped;

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
    /// How many lines were answered so far.
    pub(super) served: u64,
}

impl Scene<'_> {
    /// Says what is to be seen. What moves comes first, then who sleeps and why.
    pub(super) fn says(&self) -> String {
        let whereabouts = self.threads.iter().find(|thread| thread.focus).map(|thread| thread.whereabouts);
        match whereabouts {
            Some(Whereabouts::Ended) => m::stage_says_ended().to_owned(),
            Some(Whereabouts::Zombie) => m::stage_says_zombie().to_owned(),
            Some(Whereabouts::Runnable) => m::stage_says_runnable().to_owned(),
            Some(Whereabouts::Asleep) => self.sleeps(),
            Some(Whereabouts::Waiting) => m::stage_says_waits(self.call_name()),
            _ => match (self.wait, self.crossing) {
                (_, Some(_)) => self.crossed(),
                (Some(wait), None) => self.waited(wait),
                (None, None) => m::stage_says_begins().to_owned(),
            },
        }
    }

    fn call_name(&self) -> &'static str {
        self.task.call.as_ref().map_or_else(m::stage_its_call, |open| open.call.name())
    }

    /// Who sleeps, and what it would take to wake it.
    fn sleeps(&self) -> String {
        let call = self.task.call.as_ref().map(|open| open.call);
        let name = |fd: Fd| self.names.name(fd);
        match call {
            Some(Call::RingEnter { .. } | Call::CompletionPortGet { .. }) => {
                let landed = |queue: &Queue| queue.landed.as_ref().is_some_and(|landed| !landed.is_empty());
                if self.queues.iter().any(landed) {
                    return m::stage_done_waits().to_owned();
                }
                let under_way: usize = self.queues.iter().map(|queue| queue.pending.len()).sum();
                m::stage_sleeps_under_way(under_way as u64)
            }
            Some(Call::Accept { fd }) => m::stage_sleeps_accept(name(fd)),
            Some(Call::Recv { fd, .. }) => {
                let others = self.cards.iter().filter(|card| card.fd != fd && card.stream().is_some());
                let ready = others.filter(|card| card.stream().is_some_and(|stream| stream.recv.level > 0));
                let ready: Vec<String> = ready.map(Card::name).collect();
                match ready.as_slice() {
                    [] => m::stage_sleeps_recv(name(fd)),
                    ready => m::stage_sleeps_recv_while(name(fd), listed(ready)),
                }
            }
            Some(Call::Send { fd, .. }) => m::stage_sleeps_send(name(fd)),
            Some(Call::Wait { .. }) => m::stage_sleeps_wait().to_owned(),
            Some(Call::Sleep { span }) => m::stage_sleeps_for(span),
            Some(Call::Connect { .. }) => m::stage_sleeps_connect().to_owned(),
            Some(Call::Resolve { .. }) => m::stage_sleeps_resolve().to_owned(),
            _ => self.asleep(),
        }
    }

    fn waited(&self, wait: &Wait) -> String {
        let name = wait.name;
        if let Some(errno) = wait.failed {
            return m::stage_call_failed(name, errno, errno.meaning());
        }
        match (wait.phase, &wait.answer) {
            (Phase::Open, Answer::Sets(_)) if wait.woken => m::stage_woken_sets().to_owned(),
            (Phase::Open, Answer::Sets(sets)) => {
                m::stage_down_sets(sets.nfds as u64, sets.asked().len() as u64)
            }
            (Phase::Open, Answer::Array(entries)) if wait.woken => m::stage_woken_array(entries.len() as u64),
            (Phase::Open, Answer::Array(entries)) => m::stage_down_array(entries.len() as u64),
            (Phase::Open, Answer::Done(_)) if wait.woken => m::stage_woken_done().to_owned(),
            (Phase::Open, Answer::Done(finished)) => match finished.started.len() {
                0 => m::stage_down_no_operation().to_owned(),
                some => m::stage_down_operations(some as u64),
            },
            (_, Answer::Done(finished)) => done(wait, finished),
            (Phase::Open, Answer::Slip(slip)) if !slip.changes.is_empty() && !wait.woken => {
                m::stage_down_changes(slip.changes.len() as u64)
            }
            (Phase::Open, Answer::Slip(_)) if wait.woken => match self.is_anything_listed() {
                true => m::stage_woken_listed().to_owned(),
                false => m::stage_woken_slip().to_owned(),
            },
            (Phase::Open, Answer::Slip(_)) => m::stage_down_nothing().to_owned(),
            (_, answer) => match ready::sentence(wait, self.cards, self.names) {
                None if wait.only_a_look => m::stage_back_only_a_look(name),
                None => m::stage_back_nothing(name),
                Some(ready) => {
                    let what = match (answer, wait.ready().len()) {
                        (Answer::Sets(_), _) => m::stage_back_sets(),
                        (Answer::Array(_), _) => m::stage_back_array(),
                        (_, 1) => m::stage_back_token(),
                        _ => m::stage_back_tokens(),
                    };
                    m::stage_back(what, ready)
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
                Call::Send { fd, len } => m::stage_gives(len.into(), name(fd)),
                Call::Recv { fd, .. } => m::stage_fetches(name(fd)),
                call => m::stage_crosses(call.name()),
            };
        }
        let Some(last) = &self.task.last else { return m::stage_says_runs().to_owned() };
        match last.ret {
            Ok(value) => succeeded(last.call, value, self.names),
            Err(errno) => failed(last.call, errno, self.names),
        }
    }

    fn asleep(&self) -> String {
        let cards = self.cards;
        if let Some(card) = cards.iter().find(|card| card.stranded) {
            return m::stage_stranded(card.name());
        }
        let readable: Vec<&Card> =
            cards.iter().filter(|card| card.readiness.readable() == Some(true)).collect();
        let held: Vec<String> =
            readable.iter().filter(|card| card.held_back).map(|card| card.name()).collect();
        match readable.as_slice() {
            // The circle has closed for the first time.
            [] if self.served == 1 => m::stage_sleeps_again(self.call_name()),
            [] => m::stage_sleeps_idle(self.call_name()),
            [card] if matches!(card.kind, Kind::Listener { .. }) => m::stage_readable_listener(card.name()),
            many if held.len() == many.len() => m::stage_held_back(held.len() as u64, listed(&held)),
            [card] if !card.watched.is_some_and(|mask| mask.contains(Mask::IN)) => {
                m::stage_readable_unasked(card.name())
            }
            [card] => m::stage_readable(card.name()),
            many => {
                let names: Vec<String> = many.iter().map(|card| card.name()).collect();
                m::stage_readable_many(listed(&names))
            }
        }
    }
}

/// What has come up of what was started.
fn done(wait: &Wait, finished: &Finished) -> String {
    let done = finished.done.as_deref().unwrap_or_default();
    match (done.len(), finished.data) {
        (0, _) if !finished.started.is_empty() => m::stage_done_taken(wait.name),
        (0, _) => m::stage_done_nothing(wait.name),
        (1, false) => m::stage_done_one().to_owned(),
        (_, false) => m::stage_done_many().to_owned(),
        (1, true) => m::stage_done_one_data().to_owned(),
        (_, true) => m::stage_done_many_data().to_owned(),
    }
}

fn succeeded(call: Call, value: u32, names: &Names<'_>) -> String {
    let count = u64::from(value);
    let new = || names.name(Fd(value as i32));
    match call {
        Call::Recv { .. } if count == 0 => m::stage_recv_end().to_owned(),
        Call::Recv { fd, .. } => m::stage_recv(count, names.name(fd)),
        Call::Send { fd, len } if value < len => {
            m::stage_send_part(names.name(fd), grouped(count), grouped(len.into()))
        }
        Call::Send { fd, .. } => m::stage_send(names.name(fd)),
        Call::Accept { .. } => m::stage_accepted(new()),
        Call::EpollCtl { .. } | Call::Kevent { .. } | Call::DevPollWrite { .. } => {
            m::stage_told_once().to_owned()
        }
        Call::EpollCreate | Call::Kqueue | Call::PortCreate | Call::DevPollOpen => m::stage_keeps_list(new()),
        Call::RingSetup { .. } | Call::CompletionPortCreate => m::stage_carries_out(new()),
        Call::Close { fd } => m::stage_closed(fd),
        Call::SetNodelay { fd } => m::stage_nodelay(names.name(fd)),
        Call::Shutdown { fd, .. } => m::stage_shut(names.name(fd)),
        Call::SpawnThread => m::stage_new_thread().to_owned(),
        Call::Fork => m::stage_new_process().to_owned(),
        Call::Wait { .. } if value > 0 => m::stage_reaped(value),
        Call::Wait { .. } => m::stage_none_ended().to_owned(),
        Call::PortAssociate { fd, .. } => m::stage_associated(names.name(fd)),
        Call::CompletionPortStart { submitted } => match submitted.kind.fd() {
            Some(fd) => m::stage_started(names.name(fd)),
            None => m::stage_called_off().to_owned(),
        },
        Call::SetNonblocking { fd, on: true } => m::stage_nonblocking(names.name(fd)),
        call => m::stage_returned(call.name()),
    }
}

fn failed(call: Call, errno: Errno, names: &Names<'_>) -> String {
    match (call, errno) {
        (Call::Send { fd, .. }, Errno::EAGAIN) => m::stage_send_full(names.name(fd)),
        (Call::Accept { .. }, Errno::EAGAIN) => m::stage_accept_nobody().to_owned(),
        (call, Errno::EAGAIN) => m::stage_came_back(call.name()),
        (call, errno) => m::stage_call_failed(call.name(), errno, errno.meaning()),
    }
}

#[cfg(test)]
mod tests;
