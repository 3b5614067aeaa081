//! Findings in words: one sentence each, in the current language.

use crate::findings::Finding;
use crate::messages;
use crate::time::Nanos;

impl Finding {
    /// What was found, in one sentence.
    pub fn sentence(&self) -> String {
        (self.kind.entry().says)(self)
    }
}

/// The program, as a sentence names it: `redis-server`, or `task 7` where it has no name.
fn who(finding: &Finding) -> String {
    match finding.name.as_str() {
        "" => messages::finding_task(finding.program),
        name => name.to_owned(),
    }
}

/// A descriptor of the worst time.
fn fd(fd: Option<crate::ids::Fd>) -> String {
    fd.map_or_else(|| "?".to_owned(), |fd| fd.to_string())
}

fn worst(finding: &Finding) -> u64 {
    finding.worst.weight
}

pub(super) fn idle(finding: &Finding) -> String {
    messages::finding_idle(finding.count, who(finding), finding.of)
}

pub(super) fn storm(finding: &Finding) -> String {
    messages::finding_storm(who(finding), finding.count, finding.of, worst(finding))
}

pub(super) fn emfile(finding: &Finding) -> String {
    messages::finding_emfile(who(finding), finding.count, worst(finding))
}

pub(super) fn needless(finding: &Finding) -> String {
    messages::finding_needless(who(finding), finding.count, finding.of)
}

pub(super) fn bytes(finding: &Finding) -> String {
    messages::finding_bytes(who(finding), finding.count, worst(finding))
}

pub(super) fn room(finding: &Finding) -> String {
    messages::finding_room(who(finding), finding.count, finding.of)
}

pub(super) fn edge(finding: &Finding) -> String {
    messages::finding_edge(who(finding), finding.count, fd(finding.worst.fd), worst(finding))
}

pub(super) fn closed(finding: &Finding) -> String {
    messages::finding_closed(who(finding), finding.count, fd(finding.worst.fd), worst(finding))
}

pub(super) fn turn(finding: &Finding) -> String {
    let took = Nanos(worst(finding));
    messages::finding_turn(who(finding), finding.count, took, fd(finding.worst.fd))
}

pub(super) fn ctl(finding: &Finding) -> String {
    messages::finding_ctl(who(finding), finding.count, finding.of)
}

pub(super) fn leak(finding: &Finding) -> String {
    messages::finding_leak(who(finding), finding.count, fd(finding.worst.fd), Nanos(worst(finding)))
}

pub(super) fn starved(finding: &Finding) -> String {
    let (first, other) = (fd(finding.worst.fd), fd(finding.worst.other));
    messages::finding_starved(who(finding), first, worst(finding), other, finding.count)
}

pub(super) fn herd(finding: &Finding) -> String {
    messages::finding_herd(who(finding), finding.count, finding.tasks)
}

pub(super) fn cloexec(finding: &Finding) -> String {
    messages::finding_cloexec(who(finding), finding.count, fd(finding.worst.fd))
}

pub(super) fn nonblock(finding: &Finding) -> String {
    messages::finding_nonblock(who(finding), finding.count, fd(finding.worst.fd))
}

pub(super) fn lost(finding: &Finding) -> String {
    messages::finding_lost(who(finding), worst(finding), fd(finding.first.fd))
}
