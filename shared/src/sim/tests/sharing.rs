//! Several listeners at one address, and the program that makes them: `mio` with several loops and with limits.

use std::net::{Ipv4Addr, SocketAddr};

use super::pairs::{listener, try_out};
use super::*;
use crate::kernel::{Connect, Descriptors, Opt};
use crate::servers::Program;
use crate::sorted::SortedMap;

/// How many clients come. With so many it would be an odd chance that a loop gets none.
const CLIENTS: u32 = 40;

#[test]
fn a_port_is_shared_only_by_listeners_that_both_say_so() {
    try_out(async |k, _| {
        let (first, address) = listener(&k).await?;
        let second = k.socket(address, Mode::Blocking).await?;
        assert_eq!(k.bind(second, address).await, Err(Errno::EADDRINUSE));
        k.set_option(second, Opt::ReusePort, 1).await?;
        assert_eq!(k.bind(second, address).await, Err(Errno::EADDRINUSE));
        k.set_option(first, Opt::ReusePort, 1).await?;
        assert_eq!(k.bind(second, address).await, Ok(address));
        assert_eq!(k.local_address(second).await, Ok(address));
        k.listen(second, 16).await
    });
}

#[test]
fn a_port_given_up_by_one_listener_is_still_the_others() {
    try_out(async |k, own| {
        let address = k.local_address(own).await?;
        k.set_option(own, Opt::ReusePort, 1).await?;
        let other = k.socket(address, Mode::NonBlocking).await?;
        k.set_option(other, Opt::ReusePort, 1).await?;
        k.bind(other, address).await?;
        k.listen(other, 16).await?;
        k.close(own).await?;
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        for _ in 0..8 {
            let client = k.socket(from, Mode::Blocking).await?;
            k.connect(client, address).await?;
            k.accept(other, Mode::NonBlocking).await?;
        }
        Ok(())
    });
}

/// Runs `mio` on these clients and tells it to stop at that time.
fn run_mio(settings: Settings, clients: Vec<ClientSpec>, stop: Nanos) -> World {
    let scenario = Scenario { clients, ..nobody() };
    let mut simulation = Simulation::of(&scenario, &[], "mio", async move |k, listener| {
        k.spawn_thread(async move |own: TracedSim| {
            own.sleep(stop).await;
            let _ = own.shutdown(listener, Shutdown::Both).await;
        })
        .await?;
        servers::serve(Program::Mio, &k, listener, &settings).await
    });
    let mut world = World::new();
    for (event, payload) in simulation.run(1_000_000).iter() {
        world.apply(event, payload);
    }
    assert_eq!(world.violations, []);
    for (task, told) in &world.tasks {
        assert_eq!(told.state, TaskState::Ended(0), "task {task:?}");
    }
    world
}

fn heard(world: &World) -> SortedMap<u32, String> {
    let heard = |heard: &[u8]| String::from_utf8_lossy(heard).into_owned();
    world.peers.iter().map(|(peer, told)| (peer.0, heard(&told.heard))).collect()
}

fn one_line() -> Vec<Step> {
    vec![Step::Send("Hello\n".to_owned()), Step::Await, Step::Close]
}

#[test]
fn several_loops_share_the_clients_and_end_together() {
    let client = |number: u32| ClientSpec::one(Nanos::from_micros(u64::from(number) * 10), one_line());
    let clients: Vec<ClientSpec> = (1..=CLIENTS).map(client).collect();
    let settings = Settings { loops: 3, ..Settings::default() };
    let mut simulation =
        Simulation::new(Program::Mio, &settings, &Scenario { clients: clients.clone(), ..nobody() }, &[]);
    let (mut accepting, mut accepted) = (SortedMap::new(), SortedMap::<u32, u32>::new());
    for (event, _) in simulation.run(1_000_000).iter() {
        match event.what {
            What::Enter { call: Call::Accept { .. }, .. } => drop(accepting.insert(event.task, ())),
            What::Enter { .. } => drop(accepting.remove(&event.task)),
            What::Exit { ret: Ok(_), .. } if accepting.contains_key(&event.task) => {
                *accepted.entry(event.task.0).or_default() += 1;
            }
            _ => {}
        }
    }
    assert_eq!(accepted.len(), 3, "every loop has clients: {accepted:?}");
    assert_eq!(accepted.values().sum::<u32>(), CLIENTS);

    let world = run_mio(settings, clients, Nanos::from_millis(50));
    assert!(heard(&world).values().all(|answer| answer == "Uryyb\n"), "{:?}", heard(&world));
    assert_eq!(world.peers.len(), CLIENTS as usize);
}

#[test]
fn a_client_beyond_the_most_is_served_when_another_has_left() {
    let staying = vec![
        Step::Send("one\n".to_owned()),
        Step::Await,
        Step::Think(Nanos::from_millis(20)),
        Step::Send("two\n".to_owned()),
        Step::Await,
        Step::Close,
    ];
    let clients =
        vec![ClientSpec::one(Nanos(1), staying), ClientSpec::one(Nanos::from_millis(1), one_line())];
    let settings = Settings { connections_max: 1, ..Settings::default() };
    // At 10 ms the second one still waits: it was not accepted, and learns of the stop.
    let stopped = run_mio(settings.clone(), clients.clone(), Nanos::from_millis(10));
    assert_eq!(heard(&stopped)[&1], "bar\n");
    assert_eq!(heard(&stopped)[&2], "");
    let world = run_mio(settings, clients, Nanos::from_millis(50));
    assert_eq!(heard(&world)[&1], "bar\ngjb\n");
    assert_eq!(heard(&world)[&2], "Uryyb\n");
}

#[test]
fn who_is_silent_for_too_long_is_let_go_and_who_is_not_stays() {
    let silent = vec![
        Step::Send("one\n".to_owned()),
        Step::Await,
        Step::Think(Nanos::from_millis(200)),
        Step::Send("too late\n".to_owned()),
        Step::Close,
    ];
    let talking = (0..5).flat_map(|_| {
        let pause = Step::Think(Nanos::from_millis(20));
        [Step::Send("two\n".to_owned()), Step::Await, pause]
    });
    let talking = talking.chain([Step::Close]).collect();
    let clients = vec![ClientSpec::one(Nanos(1), silent), ClientSpec::one(Nanos(2), talking)];
    let settings = Settings { idle_timeout_ms: 30, ..Settings::default() };
    let world = run_mio(settings, clients, Nanos::from_millis(300));
    assert_eq!(heard(&world)[&1], "bar\n");
    assert_eq!(heard(&world)[&2], "gjb\n".repeat(5));
}
