//! What is said of a file that is open.

use loopscope_shared::language::grouped;
use loopscope_shared::servers::Program;
use loopscope_shared::trace::file::{Header, Origin};

use crate::messages as m;
use crate::model::recording::Recording;
use crate::model::text::instant;
use crate::worker::open::About;

/// What a file is, for its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where its events come from, in a sentence.
    pub origin: String,
    /// What else it says of itself: what, and its value.
    pub facts: Vec<(&'static str, String)>,
    /// Its parts, if it has several: from when to when.
    pub parts: Vec<String>,
    /// The index of the one that is shown.
    pub part: usize,
}

/// What a file says of itself.
pub fn file(about: &About) -> File {
    let header = &about.header;
    let origin = match &header.origin {
        Origin::Unknown => m::file_origin_unknown().to_owned(),
        Origin::Simulated => m::file_origin_simulated(&header.program),
        Origin::Recorded => m::file_origin_recorded(&header.program),
        Origin::Imported { tool, .. } => m::file_origin_imported(&header.program, tool),
    };
    let mut facts = vec![(m::file_events(), grouped(about.events)), (m::file_bytes(), grouped(about.bytes))];
    if let Origin::Imported { command, .. } = &header.origin {
        facts.push((m::file_command(), command.clone()));
    }
    if let Some(machine) = &header.machine {
        let text = format!("{} {}, {}", machine.system, machine.kernel, machine.architecture);
        facts.push((m::file_machine(), text));
    }
    if let Some(scenario) = &header.scenario {
        facts.push((m::file_scenario(), scenario.title.clone()));
    }
    facts.extend([(m::file_clock(), header.clock.clone()), (m::file_by(), header.written_by.clone())]);
    facts.extend(about.notes.iter().map(|note| (m::file_guessed(), note.clone())));
    facts.retain(|(_, value)| !value.is_empty());
    let several = about.parts.len() > 1;
    let parts = about.parts.iter().filter(|_| several);
    let parts = parts.map(|part| m::file_part(instant(part.from), instant(part.to))).collect();
    File { origin, facts, parts, part: about.part }
}

/// Where the events of a file come from, in a word.
pub fn origin(header: &Header) -> &'static str {
    match header.origin {
        Origin::Unknown => m::status_unknown(),
        Origin::Simulated => m::status_simulated(),
        Origin::Recorded => m::status_recorded(),
        Origin::Imported { .. } => m::status_imported(),
    }
}

/// The program of the catalogue whose picture fits a trace: its own, and for a program that is not ours, the one
/// that waits as it does.
pub fn resembles(header: &Header, recording: &Recording) -> Program {
    if let Some(program) = header.of_catalogue() {
        return program;
    }
    let calls = &recording.timeline.latest().tally.calls_by_name;
    let count = |names: &[&str]| names.iter().filter_map(|name| calls.get(*name)).sum::<u64>();
    let waits = [
        (Program::Epoll, count(&["epoll_wait", "epoll_pwait", "epoll_pwait2"])),
        (Program::Poll, count(&["poll", "ppoll"])),
        (Program::Select, count(&["select", "pselect6", "_newselect"])),
        (Program::IoUring, count(&["io_uring_enter"])),
        (Program::Kqueue, count(&["kevent"])),
    ];
    let most = waits.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    most.map_or(Program::Threads, |(program, _)| program)
}

/// How much of the part of a file that is being opened has come, in percent: so many events have.
pub fn opened_percent(about: &About, come: usize) -> u64 {
    let seq = |part: usize| about.parts.get(part).map(|part| part.seq.0);
    let first = seq(about.part).unwrap_or(0);
    let end = seq(about.part + 1).unwrap_or_else(|| seq(0).unwrap_or(0) + about.events);
    let of = end.saturating_sub(first).clamp(1, about.events.max(1));
    (come as u64 * 100 / of).min(99)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::ids::{Seq, TaskId};
    use loopscope_shared::servers::Settings;
    use loopscope_shared::time::Nanos;
    use loopscope_shared::trace::Batch;
    use loopscope_shared::world::World;

    use super::*;
    use crate::worker::open::Part;

    #[test]
    fn a_foreign_program_has_the_picture_of_how_it_waits() {
        let header = Header::named(Origin::Unknown, "nginx");
        let mut world = World::new();
        world.tally.calls_by_name.insert("epoll_wait".into(), 9);
        world.tally.calls_by_name.insert("poll".into(), 2);
        assert_eq!(resembles(&header, &Recording::starting_with(world)), Program::Epoll);
        assert_eq!(resembles(&header, &Recording::default()), Program::Threads);
        let own = Header::of(Origin::Recorded, Program::Mio, &Settings::default());
        assert_eq!(resembles(&own, &Recording::default()), Program::Mio);
    }

    #[test]
    fn a_file_of_several_parts_names_them() {
        let header =
            Header::named(Origin::Imported { tool: "strace".into(), command: "nginx".into() }, "nginx");
        let parts = vec![Part::default(), Part { to: Nanos(5_000), ..Part::default() }];
        let about = About { header, events: 12_345, parts, ..About::default() };
        let file = file(&about);
        assert_eq!(file.parts.len(), 2);
        assert!(file.origin.contains("nginx") && file.origin.contains("strace"));
        assert!(file.facts.iter().any(|(_, value)| value == "12\u{202f}345"));
    }

    #[test]
    fn a_recording_goes_on_where_the_file_does() {
        let mut recording = Recording::default();
        let mut batch = Batch::default();
        let what = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
        batch.push(Event { at: Nanos(5), task: TaskId::FIRST, what, payload_len: 0 }, b"one");
        recording.extend(&batch);
        let mut later = World::new();
        (later.seq, later.now) = (Seq(100), Nanos(1_000));
        recording.jump(later);
        assert_eq!(recording.timeline.first(), Seq(0));
        assert_eq!(recording.timeline.next(), Seq(100));
        assert!(recording.lanes.whole().holds(Nanos(5)));
    }

    #[test]
    fn it_is_told_how_much_of_a_part_has_come() {
        let part = |seq| Part { seq: Seq(seq), ..Part::default() };
        let about = About { events: 900, parts: vec![part(0), part(600)], ..About::default() };
        assert_eq!([0, 150, 599, 700].map(|come| opened_percent(&about, come)), [0, 25, 99, 99]);
        let second = About { part: 1, ..about };
        assert_eq!(opened_percent(&second, 150), 50);
    }
}
