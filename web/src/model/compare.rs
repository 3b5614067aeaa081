//! Runs beside each other: where each is when all are in step, and by what they differ.

mod table;

use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::preset;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;

use crate::commands::Command;
use crate::messages as m;
use crate::model::playback::Speed;
use crate::model::steps::{self, Step};
use crate::store::{Pace, Race, Run};

pub use table::{Cell, Row, Verdict, csv, rows};

/// How many events of a run have happened when all are so far.
pub fn place(timeline: &Timeline, race: Race) -> Seq {
    match race.pace {
        Pace::Time => steps::at_time(timeline, Nanos(race.at)),
        Pace::Event => Seq(race.at).clamp(timeline.first(), timeline.next()),
        Pace::Line => at_line(timeline, race.at),
    }
}

/// How many events have happened when so many lines are answered: all of them if so many never are.
fn at_line(timeline: &Timeline, lines: u64) -> Seq {
    let (mut low, mut high) = (timeline.first(), timeline.next());
    while low < high {
        let middle = Seq(low.0 + (high.0 - low.0) / 2);
        match timeline.world_at(middle).tally.lines >= lines {
            true => high = middle,
            false => low = middle.next(),
        }
    }
    low
}

/// How far a run goes, in the unit of its pace.
pub fn length(timeline: &Timeline, pace: Pace) -> u64 {
    match pace {
        Pace::Time => timeline.latest().now.0,
        Pace::Event => timeline.next().0,
        Pace::Line => timeline.latest().tally.lines,
    }
}

/// How far all are when one that was in step by another pace is at that place: where a reader who changes the pace
/// goes on.
pub fn converted(timeline: &Timeline, at: Seq, pace: Pace) -> u64 {
    match pace {
        Pace::Time => timeline.world_at(at).now.0,
        Pace::Event => at.0,
        Pace::Line => timeline.world_at(at).tally.lines,
    }
}

/// Where a command takes runs that are in step; `None` if it is none that moves.
pub fn moved(command: Command, race: Race, timelines: &[&Timeline]) -> Option<u64> {
    let end = timelines.iter().map(|timeline| length(timeline, race.pace)).max().unwrap_or(0);
    let to = match command {
        Command::First => 0,
        Command::Last => end,
        Command::Forward(step) => forward(race, timelines, step).unwrap_or(end),
        Command::Back(step) => back(race, timelines, step).unwrap_or(0),
        _ => return None,
    };
    Some(to.min(end))
}

/// By time: to the next instant at which one of them makes that step. Else one event or one line further.
fn forward(race: Race, timelines: &[&Timeline], step: Step) -> Option<u64> {
    if race.pace == Pace::Line || (race.pace == Pace::Event && step == Step::Event) {
        return Some(race.at + 1);
    }
    let next = |timeline: &&Timeline| {
        let at = place(timeline, race);
        let to = steps::forward(timeline, at, step);
        (to > at).then(|| converted(timeline, to, race.pace)).filter(|to| *to > race.at)
    };
    timelines.iter().filter_map(next).min()
}

/// The same the other way.
fn back(race: Race, timelines: &[&Timeline], step: Step) -> Option<u64> {
    if race.pace == Pace::Line || (race.pace == Pace::Event && step == Step::Event) {
        return race.at.checked_sub(1);
    }
    // Several events may have happened at this instant: the first of them is where it begins.
    let first = |timeline: &&Timeline| match race.pace {
        Pace::Time if race.at > 0 => steps::at_time(timeline, Nanos(race.at - 1)),
        _ => place(timeline, race),
    };
    let before = |timeline: &&Timeline| {
        let at = first(timeline);
        let to = match (race.pace, step) {
            (Pace::Time, Step::Event) => at,
            _ => steps::back(timeline, at, step),
        };
        Some(converted(timeline, to, race.pace)).filter(|to| *to < race.at)
    };
    timelines.iter().filter_map(before).max()
}

/// How much further runs are when so many seconds have passed while they play. By time they go by as the speed
/// says, but no stretch in which nothing happens anywhere lasts; else so many events or lines a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Play {
    /// What has passed and was not enough for a step.
    rest: f64,
}

/// How many events or lines a second pass at the usual speed, which is that of [`Speed::default`].
const STEPS_A_SECOND: f64 = 8.0;

/// The longest that nothing happens while playing, in real seconds.
const PATIENCE_S: f64 = 0.8;

impl Play {
    /// Lets real time pass, in seconds, and gives how far all are then.
    pub fn advance(&mut self, race: Race, timelines: &[&Timeline], elapsed_s: f64, speed: Speed) -> u64 {
        let end = timelines.iter().map(|timeline| length(timeline, race.pace)).max().unwrap_or(0);
        let rate = match race.pace {
            Pace::Time => speed.rate(),
            Pace::Event | Pace::Line => STEPS_A_SECOND * speed.rate() / Speed::default().rate(),
        };
        self.rest += elapsed_s * rate;
        let whole = self.rest.floor();
        let mut to = race.at + whole as u64;
        self.rest -= whole;
        if race.pace == Pace::Time {
            let next = forward(race, timelines, Step::Event).unwrap_or(end);
            // What lies before the next event of any of them is passed over, but for a moment.
            if next > to && (next - race.at) as f64 > rate * PATIENCE_S {
                to = to.max(next - (rate * PATIENCE_S / 2.0) as u64);
            }
        }
        to.min(end)
    }
}

/// What a run is called beside others: its program, and in the second text by what else it differs from a preset.
pub fn names(run: &Run) -> (&'static str, String) {
    let load = &run.load;
    let title = preset(&load.scenario).map_or_else(|| load.scenario.clone(), |scenario| scenario.title);
    let mut parts = vec![title];
    if load.own.is_some() {
        parts.push(m::compare_changed().to_owned());
    }
    if !load.injections.is_empty() {
        parts.push(m::compare_added(load.injections.len() as u64));
    }
    parts.extend(load.seed.map(m::compare_seed));
    (run.program.name(), parts.join(" · "))
}

#[cfg(test)]
mod tests;
