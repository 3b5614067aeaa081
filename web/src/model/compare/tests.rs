//! Runs are in step, whatever keeps them so.

use loopscope_shared::scenario::{Injection, Step as ClientStep};
use loopscope_shared::servers::Program;
use loopscope_shared::sim::Simulation;
use loopscope_shared::world::World;

use super::*;
use crate::store::Load;

fn timeline(program: Program) -> Timeline {
    let scenario = preset("many-idle").unwrap();
    let mut simulation = Simulation::new(program, &scenario.settings, &scenario, &[]);
    let mut timeline = Timeline::new(World::new());
    loop {
        let batch = simulation.run(4_096);
        if batch.is_empty() {
            return timeline;
        }
        for (event, payload) in batch.iter() {
            timeline.push(event, payload);
        }
    }
}

#[test]
fn in_step_by_line_each_has_answered_as_many() {
    let (select, epoll) = (timeline(Program::Select), timeline(Program::Epoll));
    for lines in [0, 1, 7, 20] {
        let race = Race { pace: Pace::Line, at: lines };
        for timeline in [&select, &epoll] {
            assert_eq!(timeline.world_at(place(timeline, race)).tally.lines, lines);
        }
    }
    assert_eq!(length(&select, Pace::Line), 20);
    assert_eq!(place(&select, Race { pace: Pace::Line, at: 99 }), select.next());
}

#[test]
fn in_step_by_time_a_step_is_the_next_event_of_any() {
    let (select, epoll) = (timeline(Program::Select), timeline(Program::Epoll));
    let both = [&select, &epoll];
    let mut race = Race { pace: Pace::Time, at: 0 };
    for _ in 0..40 {
        let next = moved(Command::Forward(Step::Event), race, &both).unwrap();
        assert!(next > race.at);
        let passed = |timeline: &&Timeline| {
            let before = timeline.iter_from(place(timeline, race));
            before.take_while(|(_, event, _)| event.at.0 < next).count()
        };
        assert_eq!(both.iter().map(passed).sum::<usize>(), 0, "none is passed over");
        race.at = next;
    }
    let mut back = race;
    for _ in 0..40 {
        back.at = moved(Command::Back(Step::Event), back, &both).unwrap();
    }
    assert_eq!(back.at, 0);
    assert_eq!(moved(Command::Last, race, &both), Some(select.latest().now.0.max(epoll.latest().now.0)));
    assert_eq!(moved(Command::First, race, &both), Some(0));
    assert_eq!(moved(Command::Help, race, &both), None);
}

#[test]
fn in_step_by_event_each_has_as_many() {
    let (select, epoll) = (timeline(Program::Select), timeline(Program::Epoll));
    let race = Race { pace: Pace::Event, at: 5 };
    assert_eq!(moved(Command::Forward(Step::Event), race, &[&select, &epoll]), Some(6));
    assert_eq!(moved(Command::Back(Step::Event), race, &[&select, &epoll]), Some(4));
    assert_eq!(place(&select, Race { pace: Pace::Event, at: u64::MAX }), select.next());
    let call = moved(Command::Forward(Step::Call), race, &[&select, &epoll]).unwrap();
    assert!(call > 5);
}

#[test]
fn another_pace_goes_on_where_it_was() {
    let select = timeline(Program::Select);
    let at = place(&select, Race { pace: Pace::Line, at: 3 });
    let time = converted(&select, at, Pace::Time);
    let there = place(&select, Race { pace: Pace::Time, at: time });
    assert_eq!(select.world_at(there).tally.lines, 3);
}

#[test]
fn playing_ends_at_the_end_and_passes_over_silence() {
    let (select, epoll) = (timeline(Program::Select), timeline(Program::Epoll));
    let both = [&select, &epoll];
    for pace in Pace::ALL {
        let (mut race, mut play) = (Race { pace, at: 0 }, Play::default());
        let end = length(&select, pace).max(length(&epoll, pace));
        let mut frames = 0;
        while race.at < end {
            let to = play.advance(race, &both, 0.1, Speed::at(6));
            assert!(to >= race.at);
            race.at = to;
            frames += 1;
            assert!(frames < 20_000, "{} is at {} of {end}", pace.name(), race.at);
        }
    }
}

#[test]
fn a_run_is_called_by_what_it_differs_in() {
    let mut run = Run::default();
    assert_eq!(names(&run), ("select", preset(&run.load.scenario).unwrap().title));
    run.load = Load { seed: Some(7), ..Load::preset("burst".into()) };
    run.load.injections = vec![Injection { at: Nanos(1), client: 1, step: ClientStep::Close }];
    assert!(names(&run).1.ends_with("· 1 thing added · seed 7"), "{}", names(&run).1);
}
