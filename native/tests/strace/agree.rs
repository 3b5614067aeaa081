//! An import of a log, and whether it agrees with others who have looked.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use loopscope_shared::event::{Call, Event, Thing, What};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::trace::file::Reader;
use loopscope_shared::world::{FileKind, World};
use serde_json::Value;

use crate::traced::{LOOPSCOPE, Open, descriptors_of, fresh};

/// The numbers below were open before the program began.
const FIRST_OF_ITS_OWN: i32 = 3;

/// The signal by which programs are told to end.
const SIGTERM: i32 = 15;

/// An imported log.
pub(crate) struct Imported {
    /// Its events with their payloads.
    pub(crate) events: Vec<(Event, Vec<u8>)>,
    report: Value,
}

/// Imports a log: every line is read.
pub(crate) fn import(log: &Path, name: &str) -> Imported {
    let out = fresh(&format!("{name}.loopscope"));
    let mut command = Command::new(LOOPSCOPE);
    let output = command.arg("import").arg(log).arg("-o").arg(&out).arg("--json").output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(report["unread_count"], 0, "{}", report["unread"]);
    Imported { events: events(&out), report }
}

/// The events of a trace, with their payloads.
pub(crate) fn events(trace: &Path) -> Vec<(Event, Vec<u8>)> {
    let mut reader = Reader::open(File::open(trace).expect("it was written")).expect("it is a trace");
    let mut events = Vec::new();
    for piece in reader.pieces() {
        let piece = piece.expect("it is whole");
        events.extend(piece.batch.iter().map(|(event, payload)| (*event, payload.to_vec())));
    }
    events
}

impl Imported {
    /// Checks that the script counts what was imported, and that the world has no contradiction.
    pub(crate) fn agrees_with_the_script(&self, log: &Path) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strace/count.py");
        let output = Command::new("python3").arg(script).arg(log).output().expect("python3 runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let counted: Value = serde_json::from_slice(&output.stdout).expect("the script writes JSON");
        let mut world = World::new();
        let (mut made, mut closed) = (0, 0);
        for (event, payload) in &self.events {
            if let What::Exit { ret: Ok(_), .. } = event.what {
                let open = world.tasks.get(&event.task).and_then(|task| task.call.as_ref());
                let call = open.expect("what returns was called").call;
                made += descriptors_made(call);
                closed += u64::from(matches!(call, Call::Close { .. }));
            }
            world.apply(event, payload);
        }
        assert_eq!(world.violations, []);
        assert_eq!(world.check(), [""; 0]);
        let calls: SortedMap<String, u64> =
            serde_json::from_value(counted["calls"].clone()).expect("the calls are counted");
        assert_eq!(world.tally.calls_by_name, calls);
        let due = |name: &str| counted[name].as_u64().unwrap_or(0);
        let tally = &world.tally;
        assert_eq!(tally.accepted, due("accepted"), "connections");
        assert_eq!((made, closed), (due("made"), due("closed")), "descriptors");
        assert_eq!((tally.received, tally.sent), (due("received"), due("sent")), "bytes");
        assert_eq!(tally.eagain, due("eagain"));
        assert_eq!(tally.signals, due("signals"));
        assert_eq!(self.report["lines"].as_u64(), Some(due("lines")));
        assert_eq!(self.report["tasks"].as_array().map(|tasks| tasks.len() as u64), Some(due("tasks")));
    }

    /// Checks that at the instant at which the program was told to end, its descriptors were those that the system
    /// listed, and named what the system says.
    pub(crate) fn agrees_with_the_system(&self, open: &Open) {
        let mut world = World::new();
        for (event, payload) in &self.events {
            if event.what == (What::Signal { number: SIGTERM }) {
                break;
            }
            world.apply(event, payload);
        }
        // What the test itself was given, its children are given too.
        let inherited = descriptors_of(std::process::id());
        for (process, listed_all) in open {
            // A zombie has none.
            if listed_all.is_empty() {
                continue;
            }
            let table = world.table_of(TaskId(*process)).unwrap_or_else(|| panic!("no process {process}"));
            let listed = listed_all.range(FIRST_OF_ITS_OWN..);
            let own = |fd: i32| listed_all.get(&fd).is_none_or(|named| inherited.get(&fd) != Some(named));
            let known = table.fds.range(Fd(FIRST_OF_ITS_OWN)..).map(|(fd, _)| fd.0);
            let listed = listed.filter(|(fd, _)| own(**fd));
            let listed: Vec<(i32, &str)> = listed.map(|(fd, named)| (*fd, named.as_str())).collect();
            let known: Vec<i32> = known.filter(|fd| own(*fd)).collect();
            let numbers: Vec<i32> = listed.iter().map(|(fd, _)| *fd).collect();
            assert_eq!(known, numbers, "descriptors of process {process}: {listed:?}");
            for (fd, named) in listed {
                let file = world.file_of(TaskId(*process), Fd(fd)).expect("it is open");
                let file = &world.files[&file];
                assert!(
                    is_named(&file.kind, file.label.as_deref(), named),
                    "descriptor {fd} of process {process} is {named}, not {:?} {:?}",
                    file.kind,
                    file.label
                );
            }
        }
    }
}

/// How many descriptors a call makes when it succeeds.
fn descriptors_made(call: Call) -> u64 {
    match call {
        Call::Accept { .. }
        | Call::Open
        | Call::Socket
        | Call::EpollCreate
        | Call::Create { .. }
        | Call::Dup { .. } => 1,
        Call::Pipe | Call::SocketPair => 2,
        _ => 0,
    }
}

/// Whether a file is what `/proc` names so.
fn is_named(kind: &FileKind, label: Option<&str>, named: &str) -> bool {
    let is = |prefix: &str| named.starts_with(prefix);
    match kind {
        FileKind::Socket { .. }
        | FileKind::Listener { .. }
        | FileKind::Stream(_)
        | FileKind::Other(Thing::Datagrams) => is("socket:"),
        FileKind::Pipe { .. } => is("pipe:"),
        FileKind::Registry(_) => named == "anon_inode:[eventpoll]",
        FileKind::Operations(_) => named == "anon_inode:[io_uring]",
        FileKind::Other(Thing::EventFd) => named == "anon_inode:[eventfd]",
        FileKind::Other(Thing::TimerFd) => named == "anon_inode:[timerfd]",
        FileKind::Other(Thing::SignalFd) => named == "anon_inode:[signalfd]",
        FileKind::Other(Thing::Inotify) => named == "anon_inode:inotify",
        FileKind::Regular | FileKind::Other(_) => label == Some(named.trim_end_matches(" (deleted)")),
        FileKind::Unknown => false,
    }
}
