//! How trace files do when they are large: `cargo run --release --package loopscope --example trace_file`.
//!
//! A simulated server is recorded for ten million events, or as many as are given as the argument; then the file is
//! opened, checked, and entered at random places. The figures are in `docs/trace-format.md`.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::{ClientSpec, Scenario, Step};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{Closing, Header, Origin, Reader, Writer};
use loopscope_shared::world::World;

/// How many events, unless told otherwise.
const EVENTS: u64 = 10_000_000;

/// How many places are entered.
const SEEKS: usize = 200;

/// How many events are simulated at once.
const PIECE: usize = 4_096;

fn main() -> Result<()> {
    let events = match std::env::args().nth(1) {
        Some(number) => number.parse().context("the argument is the number of events")?,
        None => EVENTS,
    };
    for clients in [200, 5_000] {
        let path = std::env::temp_dir().join(format!("loopscope-trace-{}.loopscope", std::process::id()));
        let measured = record(&path, events, clients).and_then(|()| read(&path));
        std::fs::remove_file(&path)?;
        measured?;
    }
    Ok(())
}

/// So many clients that come at once and ask again and again, more than enough times.
fn scenario(clients: u32) -> Scenario {
    let round = [Step::SendLines { lines: 5, bytes: 64 }, Step::Await, Step::Think(Nanos::from_millis(2))];
    let rounds = round.iter().cloned().cycle().take(3 * 4_000).collect();
    let spec = ClientSpec::many(clients, Nanos::ZERO, Nanos::from_micros(20), rounds);
    let mut scenario = Scenario { name: "trace-file".to_owned(), clients: vec![spec], ..Scenario::default() };
    scenario.machine.descriptors_max = 20_000;
    scenario
}

fn record(path: &std::path::Path, events: u64, clients: u32) -> Result<()> {
    let scenario = scenario(clients);
    let settings = Settings::default();
    let header = Header::of(Origin::Simulated, Program::Epoll, &settings);
    // The events are made before, piece by piece, so that the writer alone is timed.
    let mut run = Simulation::new(Program::Epoll, &settings, &scenario, &[]);
    let mut writer = Writer::new(File::create(path)?, &header, World::new())?;
    let (mut writing, mut made, mut largest) = (Duration::ZERO, 0, 0);
    while made < events {
        let batch = run.run(PIECE);
        ensure!(!batch.is_empty(), "the run was over after {made} events");
        made += batch.events.len() as u64;
        let began = Instant::now();
        writer.extend(&batch)?;
        writing += began.elapsed();
        largest = largest.max(writer.pending(0));
    }
    let began = Instant::now();
    writer.finish(&Closing { why: "enough".to_owned() })?;
    writing += began.elapsed();
    let bytes = std::fs::metadata(path)?.len();
    println!("{made} events of {clients} connections");
    println!(
        "  recorded in {:.2} s, {:.0} a second",
        writing.as_secs_f64(),
        made as f64 / writing.as_secs_f64()
    );
    println!("  {bytes} bytes, {:.2} an event", bytes as f64 / made as f64);
    println!("  at most {:.1} MB were held back before they were written", largest as f64 / 1e6);
    println!("  the process, simulation included, had {:.0} MB at most", peak()? / 1e6);
    Ok(())
}

fn read(path: &std::path::Path) -> Result<()> {
    let began = Instant::now();
    let mut reader = Reader::open(File::open(path)?)?;
    println!("  opened in {:.2} ms ({} spans)", millis(began), reader.spans().len());
    let began = Instant::now();
    reader.check()?;
    println!("  every checksum compared in {:.0} ms", millis(began));
    ensure!(reader.damage().is_empty(), "the file is damaged");
    let (first, next) = reader.numbers();
    let mut seeks = Vec::with_capacity(SEEKS);
    let mut random = oorandom::Rand64::new(7);
    for _ in 0..SEEKS {
        let seq = Seq(random.rand_range(first.0..next.0));
        let began = Instant::now();
        let world = reader.world_at(seq)?;
        seeks.push(millis(began));
        ensure!(world.seq >= seq, "event {seq} was not reached");
    }
    seeks.sort_by(f64::total_cmp);
    println!("  entered anywhere in {:.1} ms (median), {:.1} ms at most", seeks[SEEKS / 2], seeks[SEEKS - 1]);
    let began = Instant::now();
    let mut events = 0;
    for index in 0..reader.spans().len() {
        events += reader.batch(index)?.events.len();
    }
    println!("  all {events} events read in {:.2} s", millis(began) / 1e3);
    let len = reader.bytes();
    drop(reader);
    File::options().write(true).open(path)?.set_len(len - 1)?;
    let began = Instant::now();
    let reader = Reader::open(File::open(path)?)?;
    println!("  opened without its index in {:.2} ms", millis(began));
    ensure!(reader.events() == events as u64, "events are missing");
    Ok(())
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The most memory that the process has had, in bytes.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is told by Linux alone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0)
}
