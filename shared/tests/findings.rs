//! Each finding has a trace that shows it, and one that must not; and programs without mistakes show none.

use loopscope_shared::findings::{CATALOGUE, Finding, Kind, Search, Settings as Thresholds};
use loopscope_shared::ids::Fd;
use loopscope_shared::line::MAX_LINE;
use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::{PRESETS, Scenario, Step, preset};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;

/// More than most presets need; of what goes on beyond it, so much is enough.
const EVENTS_MAX: usize = 100_000;

fn found(program: Program, scenario: &Scenario, quirks: Quirks) -> Vec<Finding> {
    let settings = Settings { quirks, ..scenario.settings.clone() };
    let mut simulation = Simulation::new(program, &settings, scenario, &[]);
    let thresholds = Thresholds::default();
    let mut search = Search::new(&thresholds);
    let mut events = 0;
    loop {
        let batch = simulation.run(4_096);
        events += batch.events.len();
        if batch.is_empty() || events > EVENTS_MAX {
            return search.finish(&thresholds);
        }
        search.extend(&batch);
    }
}

/// The kinds that were found.
fn kinds(found: &[Finding]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = found.iter().map(|finding| finding.kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// A preset, a program, the mistake, and what that shows. Without the mistake the same must show nothing.
const SHOWN: &[(&str, Program, Quirks, &[Kind])] = &[
    ("herd", Program::Epoll, Quirks::HERD, &[Kind::IdleWakeups, Kind::ThunderingHerd]),
    ("emfile", Program::Select, Quirks::EMFILE_SPIN, &[Kind::EmfileLoop]),
    ("emfile", Program::Event, Quirks::EMFILE_SPIN, &[Kind::EmfileLoop]),
    ("write-interest-first", Program::Select, Quirks::READ_ON, &[Kind::NeedlessEagain]),
    ("write-interest-first", Program::Event, Quirks::READ_ON, &[Kind::NeedlessEagain]),
    ("byte-reads", Program::Fork, Quirks::BYTE_READS, &[Kind::ByteReads]),
    ("missed-edge", Program::EpollEt, Quirks::STOP_EARLY, &[Kind::UndrainedEdge]),
    ("ghost", Program::Epoll, Quirks::DUP_GHOST, &[Kind::ClosedRegistered]),
    ("write-interest-first", Program::Bufferevent, Quirks::WRITE_INTEREST_FIRST, &[Kind::WastedCtl]),
    ("leak-descriptor", Program::Event, Quirks::LEAK_DESCRIPTOR, &[Kind::FdLeak]),
    ("leak-descriptor", Program::Fork, Quirks::LEAK_DESCRIPTOR, &[Kind::FdLeak]),
    ("drop-overflow", Program::Select, Quirks::DROP_OVERFLOW, &[Kind::Lost]),
    ("drop-overflow", Program::Event, Quirks::DROP_OVERFLOW, &[Kind::Lost]),
    ("drop-overflow", Program::Fork, Quirks::DROP_OVERFLOW, &[Kind::Lost]),
    ("free-on-eof", Program::Select, Quirks::FREE_ON_EOF, &[Kind::Lost]),
    ("free-on-eof", Program::Event, Quirks::FREE_ON_EOF, &[Kind::Lost]),
    ("free-on-eof", Program::Bufferevent, Quirks::FREE_ON_EOF, &[Kind::Lost]),
];

#[test]
fn a_mistake_is_found_and_only_when_it_is_made() {
    for (name, program, quirks, expected) in SHOWN {
        let scenario = preset(name).unwrap();
        let who = format!("{} on {name} with {quirks}", program.name());
        assert_eq!(kinds(&found(*program, &scenario, *quirks)), *expected, "{who}");
        assert_eq!(found(*program, &scenario, Quirks::empty()), [], "{who}, without it");
    }
}

/// How many bytes the clients of a preset send, each beyond the longest line: what a program loses of them that
/// reads all there is and has room for one line.
fn beyond_one_line(scenario: &Scenario) -> u64 {
    let sent = scenario.clients.iter().flat_map(|client| &client.steps).map(|step| match step {
        Step::SendLines { lines, bytes } => u64::from(*lines) * u64::from(*bytes),
        _ => 0,
    });
    sent.map(|bytes| bytes.saturating_sub(MAX_LINE as u64)).sum()
}

#[test]
fn what_was_thrown_away_is_counted_to_the_byte() {
    let scenario = preset("drop-overflow").unwrap();
    let lost = beyond_one_line(&scenario);
    let found = found(Program::Select, &scenario, Quirks::DROP_OVERFLOW);
    let told: Vec<_> = found.iter().filter(|finding| finding.kind == Kind::Lost).collect();
    assert_eq!(told.len(), 1, "{found:?}");
    assert_eq!((told[0].worst.weight, lost), (lost, 65_536 + 20_000 - 2 * 16_384));
    assert_eq!(told[0].first.fd, Some(Fd(4)));
    let sentence = told[0].sentence();
    assert!(sentence.contains("threw away") && sentence.contains("(first at descriptor 4)"), "{sentence}");
}

/// What a program does by its nature, which is its lesson.
const BY_NATURE: &[(Program, &str, Kind)] =
    &[(Program::BusyPoll, "", Kind::EagainStorm), (Program::EpollEt, "starvation", Kind::Starvation)];

#[test]
fn programs_without_mistakes_show_nothing_but_their_nature() {
    for name in PRESETS {
        let mut scenario = preset(name).unwrap();
        // A tenth of ten thousand clients shows the same.
        for clients in &mut scenario.clients {
            clients.count = clients.count.min(1_000);
        }
        for program in scenario.programs() {
            let nature = BY_NATURE.iter().filter(|(who, on, _)| *who == program && name.contains(on));
            let nature: Vec<Kind> = nature.map(|(.., kind)| *kind).collect();
            let found = found(program, &scenario, Quirks::empty());
            let told: Vec<String> = found.iter().map(Finding::sentence).collect();
            assert_eq!(kinds(&found), nature, "{} on {name}: {told:?}", program.name());
        }
    }
}

#[test]
fn the_catalogue_has_the_order_of_the_kinds() {
    for (place, entry) in CATALOGUE.iter().enumerate() {
        assert_eq!(entry.kind as usize, place, "{}", entry.name);
        assert_eq!(entry.name.parse(), Ok(entry.kind));
        assert_eq!(serde_json::to_value(entry.kind).unwrap(), entry.name);
    }
}
