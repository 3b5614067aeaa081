//! The lessons of the presets, as shapes: what grows with what, who waits for whom, what is done for nothing.
//! Not a number of them is exact, since costs are another machine's tomorrow.

use std::collections::BTreeMap;

use loopscope_shared::event::{Call, Doing, Event, Inside, What};
use loopscope_shared::ids::{PeerId, TaskId};
use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::{Scenario, preset};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

/// More than any of these needs: a run that goes on beyond it does not end.
const EVENTS_MAX: usize = 3_000_000;

/// What a run came to.
#[derive(Debug, Default)]
struct Outcome {
    world: World,
    complaints: Vec<String>,
    /// How long each client waited for its connection.
    connects: BTreeMap<PeerId, Nanos>,
    /// How long each client waited for answers at most.
    waits: BTreeMap<PeerId, Nanos>,
    /// The calls in which the first task slept, in order.
    slept_in: Vec<&'static str>,
    /// Descriptors gone through before the first line was answered: letting clients in is not what a line costs.
    scanned_before: u64,
    /// The most tasks that there were at once.
    tasks: usize,
}

impl Outcome {
    /// How long a client waited for an answer, the unluckiest at its worst.
    fn longest_wait(&self) -> Nanos {
        self.waits.values().copied().max().unwrap_or_default()
    }

    fn longest_connect(&self) -> Nanos {
        self.connects.values().copied().max().unwrap_or_default()
    }

    fn calls(&self, name: &str) -> u64 {
        self.world.tally.calls_by_name.get(name).copied().unwrap_or_default()
    }

    fn scanned_per_line(&self) -> f64 {
        (self.world.tally.scanned - self.scanned_before) as f64 / self.world.tally.lines as f64
    }
}

fn run(program: Program, scenario: &Scenario) -> Outcome {
    let mut simulation = Simulation::new(program, &scenario.settings, scenario, &[]);
    let mut outcome = Outcome { world: World::new(), ..Outcome::default() };
    let mut since = BTreeMap::new();
    let (mut events, mut call, mut alive) = (0, None, 0_usize);
    loop {
        let batch = simulation.run(4_096);
        if batch.is_empty() {
            break;
        }
        events += batch.events.len();
        assert!(events < EVENTS_MAX, "{} on {} goes on and on", program.name(), scenario.name);
        for (event, payload) in batch.iter() {
            match event.what {
                What::TaskBegin { .. } => alive += 1,
                What::TaskEnd { .. } => alive -= 1,
                What::Enter { call: entered, .. } if event.task == TaskId::FIRST => call = Some(entered),
                What::Inside(Inside::Blocked) if event.task == TaskId::FIRST => {
                    outcome.slept_in.extend(call.map(Call::name));
                }
                _ => {}
            }
            outcome.tasks = outcome.tasks.max(alive);
            if outcome.world.tally.lines == 0 {
                outcome.scanned_before = outcome.world.tally.scanned;
            }
            outcome.world.apply(event, payload);
            if let What::Inside(Inside::Peer { peer, doing }) = event.what {
                note(&mut outcome, &mut since, event, peer, doing);
            }
        }
    }
    assert_eq!(outcome.world.violations, [], "{} on {}", program.name(), scenario.name);
    outcome.complaints = simulation.complaints();
    outcome
}

/// Takes the time that clients wait: for a connection, and until all that they have said is answered.
fn note(
    outcome: &mut Outcome,
    since: &mut BTreeMap<(PeerId, bool), Nanos>,
    event: &Event,
    peer: PeerId,
    doing: Doing,
) {
    let connecting = matches!(doing, Doing::Connecting | Doing::Connected);
    let answered = outcome.world.peers.get(&peer).is_some_and(|peer| peer.received == peer.sent);
    match doing {
        Doing::Connecting | Doing::Awaiting => {
            since.insert((peer, connecting), event.at);
        }
        Doing::Received { .. } if !answered => {}
        Doing::Connected | Doing::Received { .. } => {
            let list = if connecting { &mut outcome.connects } else { &mut outcome.waits };
            if let Some(began) = since.remove(&(peer, connecting)) {
                let longest = list.entry(peer).or_default();
                *longest = (*longest).max(event.at - began);
            }
        }
        _ => {}
    }
}

fn scenario(name: &str) -> Scenario {
    preset(name).unwrap()
}

/// The preset with the mistakes that it shows, and without.
fn with_and_without(program: Program, name: &str) -> (Outcome, Outcome) {
    let with = scenario(name);
    assert!(!with.settings.quirks.is_empty(), "{name} shows a mistake");
    let settings = Settings { quirks: Quirks::empty(), ..with.settings.clone() };
    let without = run(program, &Scenario { settings, ..with.clone() });
    assert_eq!(without.complaints, [] as [String; 0], "{name} without its mistake");
    (run(program, &with), without)
}

#[test]
fn select_and_poll_pay_for_every_idle_client_and_epoll_does_not() {
    let outcome = |program, idle: u32| {
        let mut scenario = scenario("long-march");
        scenario.clients[0].count = idle;
        run(program, &scenario)
    };
    for program in [Program::Select, Program::Poll] {
        let [few, more, most] = [250, 500, 1_000].map(|idle| outcome(program, idle));
        let [few, more, most] = [&few, &more, &most].map(Outcome::scanned_per_line);
        let (first, second) = ((more - few) / 250.0, (most - more) / 500.0);
        assert!((first / second - 1.0).abs() < 0.1, "{program:?} goes through {few}, {more}, {most} a line");
        assert!(second >= 1.0, "{program:?} goes through {second} for each idle client");
    }
    for program in [Program::Epoll, Program::EpollEt, Program::Mio] {
        let (few, most) = (outcome(program, 250), outcome(program, 1_000));
        assert_eq!(few.scanned_per_line(), most.scanned_per_line(), "{program:?}");
        assert!(most.scanned_per_line() < 4.0, "{program:?}");
        assert_eq!(few.longest_wait(), most.longest_wait(), "{program:?}");
    }
    let (march, epoll) = (outcome(Program::Select, 1_000), outcome(Program::Epoll, 1_000));
    assert!(march.longest_wait() > epoll.longest_wait());
}

#[test]
fn sequential_waits_for_the_silent_client() {
    let silence = Nanos::from_millis(49);
    let wait = |outcome: &Outcome, peer| outcome.waits[&PeerId(peer)];
    let waiting = run(Program::Sequential, &scenario("head-of-line"));
    assert!(wait(&waiting, 2) > silence && wait(&waiting, 3) > silence, "{:?}", waiting.waits);
    assert_eq!(waiting.complaints, [] as [String; 0]);
    for program in [Program::Fork, Program::Threads, Program::Pool, Program::Select, Program::Epoll] {
        let served = run(program, &scenario("head-of-line"));
        assert!(wait(&served, 2) < Nanos::from_millis(2), "{program:?}: {:?}", served.waits);
    }
}

#[test]
fn a_process_a_client_is_paid_by_the_clients() {
    let forking = run(Program::Fork, &scenario("fork-bomb"));
    assert_eq!((forking.world.tally.forks, forking.tasks), (200, 201));
    let threads = run(Program::Threads, &scenario("fork-bomb"));
    assert_eq!((threads.world.tally.threads, threads.tasks), (200, 201));
    let one = run(Program::Epoll, &scenario("fork-bomb"));
    assert_eq!(one.tasks, 1);
    assert!(forking.longest_wait().0 > 3 * threads.longest_wait().0, "a process costs more than a thread");
    assert!(threads.longest_wait() > one.longest_wait());
}

#[test]
fn zombies_pile_up_if_nobody_waits() {
    let (with, without) = with_and_without(Program::Fork, "zombies");
    let open = |outcome: &Outcome| outcome.world.table_of(TaskId::FIRST).map_or(0, |table| table.fds.len());
    assert_eq!((with.world.tally.zombies, open(&with)), (20, 21));
    assert_eq!(open(&without), 1);
    // The last may have ended after the parent looked for the last time.
    assert!(without.world.tally.zombies <= 1, "{}", without.world.tally.zombies);
}

#[test]
fn who_asks_for_ever_hears_eagain() {
    let storm = run(Program::BusyPoll, &scenario("eagain-storm"));
    let share = storm.world.tally.eagain_share().unwrap();
    assert!(share > 0.95, "{share}");
    assert_eq!(storm.world.tally.wakeups, 0, "it never slept");
    let calm = run(Program::Epoll, &scenario("eagain-storm"));
    assert_eq!(calm.world.tally.lines, storm.world.tally.lines);
    assert!(storm.world.tally.calls > 50 * calm.world.tally.calls);
}

#[test]
fn the_edge_that_is_stopped_early_hangs() {
    let (with, _) = with_and_without(Program::EpollEt, "missed-edge");
    assert_eq!(with.complaints.len(), 1, "{:?}", with.complaints);
    let peer = &with.world.peers[&PeerId(1)];
    assert!(peer.received > 0 && peer.received < peer.sent, "{} of {}", peer.received, peer.sent);
    // Nothing else is to blame: told of a level, the same program would have gone on.
    assert_eq!(run(Program::Epoll, &scenario("missed-edge")).complaints, [] as [String; 0]);
}

#[test]
fn a_dup_haunts_the_interest_list() {
    let (with, without) = with_and_without(Program::Epoll, "ghost");
    assert!(with.calls("epoll_wait") > 100 * without.calls("epoll_wait"));
    assert_eq!(with.world.tally.lines, 3);
}

#[test]
fn the_herd_wakes_all_and_exclusive_wakes_one() {
    let herd = run(Program::Epoll, &scenario("herd"));
    let one = run(Program::Epoll, &scenario("herd-exclusive"));
    assert_eq!((herd.world.tally.accepted, one.world.tally.accepted), (10, 10));
    // Beside the one that was accepted, three in vain.
    assert!(herd.calls("accept") >= one.calls("accept") + 10 * 3, "{}", herd.calls("accept"));
    assert!(herd.world.tally.wakeups >= one.world.tally.wakeups + 10 * 3);
    assert!(herd.world.tally.wakeups_idle >= 10 * 3, "{}", herd.world.tally.wakeups_idle);
    assert_eq!(one.world.tally.wakeups_idle, 0);
}

#[test]
fn a_slow_reader_holds_nobody_else_up() {
    let outcome = run(Program::Epoll, &scenario("slow-reader"));
    assert!(outcome.waits[&PeerId(2)] < Nanos::from_millis(1), "{:?}", outcome.waits);
}

#[test]
fn one_fast_sender_starves_the_others_if_it_is_read_from_until_there_is_no_more() {
    let greedy = run(Program::EpollEt, &scenario("starvation"));
    let fair = run(Program::Epoll, &scenario("starvation"));
    let wait = |outcome: &Outcome| outcome.waits[&PeerId(2)];
    assert!(wait(&greedy).0 > 10 * wait(&fair).0, "{} and {}", wait(&greedy), wait(&fair));
}

#[test]
fn small_answers_and_delayed_acknowledgements_cost_40_ms() {
    for program in [Program::Fork, Program::Bufferevent] {
        let (with, without) = with_and_without(program, "nagle");
        let waits = (with.longest_wait(), without.longest_wait());
        assert!(
            waits.0 >= Nanos::from_millis(39) && waits.0 < Nanos::from_millis(60),
            "{program:?}: {waits:?}"
        );
        assert!(waits.1 < Nanos::from_millis(5), "{program:?}: {waits:?}");
    }
}

#[test]
fn a_burst_costs_a_second_and_an_overflow_several() {
    let burst = run(Program::Epoll, &scenario("burst"));
    assert!(burst.longest_connect() >= Nanos::from_millis(1_000));
    let (with, overflow) = with_and_without(Program::Event, "backlog-overflow");
    assert!(with.calls("epoll_wait") > overflow.calls("epoll_wait"), "each client waits a round");
    // After one second, then after two, then after four.
    assert!(overflow.longest_connect() >= Nanos::from_millis(7_000), "{}", overflow.longest_connect());
    assert_eq!(overflow.complaints, [] as [String; 0]);
    assert!(overflow.world.tally.syns_dropped > 100, "{}", overflow.world.tally.syns_dropped);
    let mut roomy = scenario("backlog-overflow");
    roomy.network.backlog = 1_024;
    let roomy = run(Program::Epoll, &roomy);
    assert_eq!(roomy.world.tally.syns_dropped, 0);
    assert!(roomy.longest_connect() < Nanos::from_millis(10), "{}", roomy.longest_connect());
}

#[test]
fn without_descriptors_a_loop_spins_or_pauses() {
    let (spinning, pausing) = with_and_without(Program::Event, "emfile");
    let refused = (spinning.world.tally.accepts_refused, pausing.world.tally.accepts_refused);
    assert!(refused.1 > 0 && refused.0 > 100 * refused.1, "{refused:?}");
    assert_eq!(pausing.world.tally.accepted, 30);
}

#[test]
fn ten_thousand_clients_cost_what_they_say() {
    let mut scenario = scenario("c10k");
    let all = run(Program::Epoll, &scenario);
    assert_eq!((all.world.tally.accepted, all.world.tally.lines), (10_000, 20_000));
    assert_eq!(all.complaints, [] as [String; 0]);
    scenario.clients[0].count = 1_000;
    let tenth = run(Program::Epoll, &scenario);
    let per_line = |outcome: &Outcome| outcome.world.tally.calls as f64 / outcome.world.tally.lines as f64;
    assert!(per_line(&all) < 1.2 * per_line(&tenth), "{} and {}", per_line(&all), per_line(&tenth));
}

#[test]
fn a_client_that_blocks_waits_in_one_place_after_the_other() {
    let outcome = run(Program::Client, &scenario("fetch"));
    assert_eq!(outcome.complaints, [] as [String; 0]);
    let mut places = outcome.slept_in.clone();
    places.dedup();
    assert_eq!(places, ["getaddrinfo", "connect", "send", "recv"]);
    assert!(outcome.slept_in.len() >= 5, "the answer comes in parts: {:?}", outcome.slept_in);
    assert!(outcome.world.now > Nanos::from_millis(20 + 2 * 10 + 25), "{}", outcome.world.now);
}

#[test]
fn three_clients_and_many_idle_ones_are_served_by_one_task() {
    for name in ["three-clients", "many-idle"] {
        let outcome = run(Program::Select, &scenario(name));
        assert_eq!(outcome.tasks, 1);
        assert_eq!(outcome.complaints, [] as [String; 0]);
    }
}

#[test]
fn what_connecting_costs_is_charged_to_no_line() {
    // Three hundred connect, and five lines come: each line is one wait through all of the set, and two calls more.
    let scenario = preset("many-idle").unwrap();
    let [select, epoll] = [Program::Select, Program::Epoll].map(|program| run(program, &scenario).world);
    let scanned = select.tally.scanned_per_line().unwrap();
    let open = select.tally.accepted as f64;
    assert!((open..open + 8.0).contains(&scanned), "{scanned} of {open}");
    assert_eq!(epoll.tally.scanned_per_line(), Some(1.0));
    for world in [&select, &epoll] {
        let calls = world.tally.calls_per_line().unwrap();
        assert!((2.5..4.0).contains(&calls), "{calls}");
    }
}
