//! Whatever the clients do, and however small the buffers are: no program loses, adds or reorders a byte.

use std::ops::Range;

use loopscope_shared::scenario::{ClientSpec, MachineSpec, Network, Scenario, Step};
use loopscope_shared::servers::{Backend, PROGRAMS, Program, Serves, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;
use proptest::prelude::*;

/// More than any of these scenarios needs: a run that goes on beyond it does not end.
const EVENTS_MAX: usize = 300_000;

/// A step that sends at most so many lines at once, each of at most so many bytes.
fn step(lines: u32, bytes: u32) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => "[a-zA-Z \n]{0,40}".prop_map(Step::Send),
        3 => (1..=lines, 1..=bytes).prop_map(|(lines, bytes)| Step::SendLines { lines, bytes }),
        1 => (bytes / 2..=bytes * 100).prop_map(|bytes| Step::SendLines { lines: 1, bytes }),
        3 => (0u64..300_000).prop_map(|nanos| Step::Think(Nanos(nanos))),
        2 => Just(Step::Await),
        1 => any::<bool>().prop_map(Step::Read),
        1 => Just(Step::HalfClose),
        1 => Just(Step::Close),
        1 => Just(Step::Reset),
    ]
}

fn client(lines: u32, bytes: u32) -> impl Strategy<Value = ClientSpec> {
    let steps = proptest::collection::vec(step(lines, bytes), 0..12);
    let times = (0u64..500_000, 0u64..2_000, 0u64..1_000);
    let habits = (proptest::option::of(200_000u64..20_000_000), any::<bool>());
    (1u32..4, times, habits, steps).prop_map(
        |(count, (start, stagger, jitter), (reads, nagle), mut steps)| {
            // Nothing can be said after the last word.
            if let Some(last) = steps.iter().position(|step| matches!(step, Step::Close | Step::Reset)) {
                steps.truncate(last + 1);
            }
            if let Some(end) = steps.iter().position(|step| *step == Step::HalfClose) {
                let mut index = 0;
                steps.retain(|step| {
                    index += 1;
                    index <= end + 1
                        || !matches!(step, Step::Send(_) | Step::SendLines { .. } | Step::HalfClose)
                });
            }
            let spec = ClientSpec::many(count, Nanos(start), Nanos(stagger), steps);
            ClientSpec { jitter: Nanos(jitter), reads, nagle, ..spec }
        },
    )
}

/// Tiny buffers with little to carry, or larger ones with much.
fn scenario() -> impl Strategy<Value = Scenario> {
    prop_oneof![sized(8..200, 4, 12), sized(1_000..70_000, 200, 300)]
}

fn sized(buffer: Range<u32>, lines: u32, bytes: u32) -> impl Strategy<Value = Scenario> {
    let bandwidth = proptest::option::of(1_000_000u64..1_000_000_000);
    let network = (0u64..200_000, bandwidth, 0u32..20, buffer.clone(), buffer);
    let machine = (1u32..5, 1_000u64..100_000);
    let clients = proptest::collection::vec(client(lines, bytes), 1..6);
    (clients, network, machine, any::<u64>()).prop_map(|(clients, network, (cpus, slice), seed)| {
        let (latency, bandwidth, backlog, recv_buffer, send_buffer) = network;
        let latency = Nanos(latency);
        let network = Network { latency, bandwidth, backlog, recv_buffer, send_buffer, ..Network::default() };
        let machine = MachineSpec { cpus, time_slice: Nanos(slice), ..MachineSpec::default() };
        Scenario { clients, network, machine, seed, ..Scenario::default() }
    })
}

/// Every server, those over a loop of ours with each thing that it can wait with.
fn programs() -> Vec<(Program, Settings)> {
    let servers = PROGRAMS.iter().filter(|entry| entry.serves != Serves::Nobody);
    let usual = servers.map(|entry| (entry.program, Settings::default()));
    let with = |backend| Settings { backend, ..Settings::default() };
    let backends = [Backend::Kqueue, Backend::Poll, Backend::Select].map(with);
    let others = backends.into_iter().flat_map(|settings| {
        [Program::Event, Program::Bufferevent].map(|program| (program, settings.clone()))
    });
    usual.chain(others).collect()
}

/// What suits a program of such a scenario. One that serves a client at a time, or a few, needs clients that go
/// when they are done and do not forget to read.
fn suited(program: Program, settings: &mut Settings, scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    settings.clients = scenario.clients.iter().map(|spec| spec.count).sum();
    settings.workers = 1 + (scenario.seed % 3) as u32;
    settings.loops = 1 + (scenario.seed / 3 % 3) as u32;
    if program.entry().serves != Serves::Everyone {
        for spec in &mut scenario.clients {
            spec.steps.retain(|step| !matches!(step, Step::Read(_)));
            if !matches!(spec.steps.last(), Some(Step::Close | Step::Reset)) {
                spec.steps.push(Step::Close);
            }
        }
    }
    if program.entry().serves == Serves::InTurn {
        // It waits for exactly so many: one that gives up while the queue is full would never come.
        scenario.network.backlog = 64;
    }
    if program == Program::BusyPoll {
        // It makes its calls for as long as something is due: a second of waiting is millions of them.
        scenario.network.backlog = 64;
        scenario.network.latency = scenario.network.latency.min(Nanos::from_micros(2));
        scenario.network.delayed_ack = Nanos::ZERO;
        scenario.network.bandwidth = None;
        scenario.clients.iter_mut().for_each(|spec| (spec.reads, spec.nagle) = (None, false));
    }
    scenario
}

proptest! {
    #[test]
    fn no_byte_is_lost_added_or_out_of_order(scenario in scenario()) {
        for (program, mut settings) in programs() {
            let who = format!("{} over {}", program.name(), settings.backend.name());
            let scenario = suited(program, &mut settings, &scenario);
            let mut simulation = Simulation::new(program, &settings, &scenario, &[]);
            let mut world = World::new();
            let mut events = 0;
            loop {
                let batch = simulation.run(1_000);
                if batch.is_empty() {
                    break;
                }
                events += batch.events.len();
                prop_assert!(events < EVENTS_MAX, "{} goes on and on", who);
                for (event, payload) in batch.iter() {
                    world.apply(event, payload);
                }
                prop_assert_eq!(world.check(), [] as [String; 0], "{}", who);
            }
            prop_assert_eq!(&world.violations, &[], "{}", who);
            prop_assert_eq!(world.tally.unasked, 0, "{}", who);
            prop_assert_eq!(simulation.complaints(), [] as [String; 0], "{}", who);
        }
    }
}
