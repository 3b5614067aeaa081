//! Traced completion: io_uring and completion ports.

use std::future::Future;
use std::panic::Location;

use super::{Sink, Traced, count, head, line_feeds, nothing, number, told, written};
use crate::errno::Errno;
use crate::event::{Call, Done, Handed, Submitted};
use crate::ids::Fd;
use crate::kernel::{Clock, Completed, CompletionPort, Operation, Rings, Submission, Timeout};

impl<K: Rings + Clock, S: Sink> Rings for Traced<K, S> {
    #[track_caller]
    fn ring_setup(&self, entries: u32) -> impl Future<Output = Result<Fd, Errno>> {
        let made = self.0.kernel.ring_setup(entries);
        self.plain(Call::RingSetup { entries }, Location::caller(), made, number)
    }

    #[track_caller]
    fn ring_enter(
        &self,
        ring: Fd,
        submissions: &mut Vec<Submission>,
        completions: &mut Vec<Completed>,
        at_least: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            let (submit, least) = (submissions.len() as u32, at_least as u32);
            let call = Call::RingEnter { ring, submit, at_least: least, timeout };
            let down = || written(&submissions.iter().map(handed).collect::<Vec<Handed>>()).into();
            self.enter_with(call, location, down);
            let result = self.0.kernel.ring_enter(ring, submissions, completions, at_least, timeout).await;
            self.taken(&result, completions);
            result
        }
    }
}

impl<K: CompletionPort + Clock, S: Sink> CompletionPort for Traced<K, S> {
    #[track_caller]
    fn completion_port_create(&self, concurrency: u32) -> impl Future<Output = Result<Fd, Errno>> {
        let made = self.0.kernel.completion_port_create(concurrency);
        self.plain(Call::CompletionPortCreate, Location::caller(), made, number)
    }

    #[track_caller]
    fn completion_port_associate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.completion_port_associate(port, fd);
        self.plain(Call::CompletionPortAssociate { port, fd }, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn completion_port_start(&self, submission: Submission) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            if self.is_watched() {
                let Handed { submitted, head } = handed(&submission);
                self.enter(Call::CompletionPortStart { submitted }, location, &head);
            }
            let result = self.0.kernel.completion_port_start(submission).await;
            self.exit(told(&result, nothing), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn completion_port_get(
        &self,
        port: Fd,
        completions: &mut Vec<Completed>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            let call = Call::CompletionPortGet { port, most: most as u32, timeout };
            self.enter(call, location, &[]);
            let result = self.0.kernel.completion_port_get(port, completions, most, timeout).await;
            self.taken(&result, completions);
            result
        }
    }
}

impl<K: Clock, S: Sink> Traced<K, S> {
    /// Tells that a call returned with completions: the last of the list, as many as it says.
    fn taken(&self, result: &Result<usize, Errno>, completions: &[Completed]) {
        let first = completions.len().saturating_sub(result.unwrap_or(0));
        let up = || written(&completions[first..].iter().map(done).collect::<Vec<Done>>()).into();
        self.exit_with(told(result, count), 0, up);
    }
}

fn handed(submission: &Submission) -> Handed {
    let submitted = Submitted { user: submission.user, kind: submission.operation.kind() };
    let bytes = match &submission.operation {
        Operation::Send { bytes, .. } => head(bytes),
        _ => &[],
    };
    Handed { submitted, head: bytes.to_vec() }
}

fn done(completed: &Completed) -> Done {
    // A receive brings as many bytes as it says; a send brings back all that it was given, and says how many
    // of them it sent.
    let moved = &completed.bytes[..completed.bytes.len().min(completed.result.unwrap_or(0) as usize)];
    Done {
        user: completed.user,
        ret: completed.result,
        lines: line_feeds(moved),
        more: completed.more,
        head: head(moved).to_vec(),
        from: completed.accepted.map(|accepted| accepted.from),
    }
}
