//! How fast the simulated kernel is: events a second, and ten thousand clients for a second.
//!
//! `cargo bench -p loopscope-shared` measures, and compares with the last time.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use loopscope_shared::scenario::{ClientSpec, MachineSpec, Network, Scenario, Step};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

/// How many events are asked for at once: as many as fit a processor's cache.
const PIECE: usize = 4_096;

/// Fifty clients that send a line and wait for the answer, over and over.
fn busy() -> Scenario {
    let turn = vec![Step::SendLines { lines: 1, bytes: 64 }, Step::Await];
    let clients = ClientSpec::many(50, Nanos(1_000), Nanos(7_000), turn);
    scenario(vec![ClientSpec { repeat: 400, ..clients }])
}

/// Ten thousand clients, of which each comes in the first half of the second and says a line every 100 ms.
fn ten_thousand() -> Scenario {
    let turn =
        vec![Step::SendLines { lines: 1, bytes: 64 }, Step::Await, Step::Think(Nanos::from_millis(100))];
    let clients = ClientSpec::many(10_000, Nanos(1_000), Nanos(50_000), turn);
    let machine = MachineSpec { descriptors_max: 20_000, ..MachineSpec::default() };
    let until = Some(Nanos::from_millis(1_000));
    Scenario { machine, until, ..scenario(vec![ClientSpec { repeat: 10, ..clients }]) }
}

fn scenario(clients: Vec<ClientSpec>) -> Scenario {
    Scenario { clients, network: Network { backlog: 4_096, ..Network::default() }, ..Scenario::default() }
}

fn start(program: Program, scenario: &Scenario) -> Simulation {
    Simulation::new(program, &Settings::default(), scenario, &[])
}

/// Runs to the end and throws the events away: how many there were.
fn run(mut simulation: Simulation) -> u64 {
    let mut events = 0;
    loop {
        let batch = simulation.run(PIECE);
        if batch.is_empty() {
            return events;
        }
        events += batch.events.len() as u64;
        black_box(&batch);
    }
}

/// Runs to the end and folds the events, as the page does.
fn fold(mut simulation: Simulation) -> World {
    let mut world = World::new();
    loop {
        let batch = simulation.run(PIECE);
        if batch.is_empty() {
            return world;
        }
        for (event, payload) in batch.iter() {
            world.apply(event, payload);
        }
    }
}

fn events_a_second(c: &mut Criterion) {
    let mut group = c.benchmark_group("events");
    let busy = busy();
    for program in [Program::Epoll, Program::Select] {
        group.throughput(Throughput::Elements(run(start(program, &busy))));
        group.bench_function(program.name(), |b| {
            b.iter_batched(|| start(program, &busy), run, BatchSize::PerIteration);
        });
        group.bench_function(format!("{}, folded", program.name()), |b| {
            b.iter_batched(|| start(program, &busy), fold, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn a_second_of_ten_thousand(c: &mut Criterion) {
    let mut group = c.benchmark_group("ten thousand clients, one second");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    let scenario = ten_thousand();
    group.throughput(Throughput::Elements(run(start(Program::Epoll, &scenario))));
    group.bench_function("epoll", |b| {
        b.iter_batched(|| start(Program::Epoll, &scenario), run, BatchSize::PerIteration);
    });
    group.bench_function("epoll, folded", |b| {
        b.iter_batched(|| start(Program::Epoll, &scenario), fold, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, events_a_second, a_second_of_ten_thousand);
criterion_main!(benches);
