//! The guided tour: one station a program, in the order in which each cures what ailed the one before.
//!
//! A station sets a scene, and asks a question whose answer is read off the run: no figure is written down here.

mod stations;

use crate::model::text::decimal;
use loopscope_shared::language::grouped;
use loopscope_shared::servers::{Program, Quirks};
use loopscope_shared::world::{Tally, World};

use crate::messages as m;
use crate::model::text::figure;
use crate::store::State;
use crate::store::tuning::Tuning;

pub use stations::STATIONS;

/// A text in the current language.
type Text = fn() -> &'static str;

/// A stop of the tour.
#[derive(Clone, Copy, Debug)]
pub struct Station {
    /// The program, whose name also names the station in links.
    pub program: Program,
    /// What is to be seen.
    pub scene: Scene,
    /// What the station is called.
    pub title: Text,
    /// What there is to be told.
    pub text: Text,
    /// Where to look.
    pub watch: Text,
    /// What can be found out by trying.
    pub question: Text,
    /// What answers it.
    pub measure: Measure,
    /// What the answer means.
    pub told: Text,
    /// A mistake that the chapter prints, if it prints one that shows.
    pub exhibit: Option<Exhibit>,
}

/// What is set for a station, beside its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The preset.
    pub scenario: &'static str,
    /// What is set otherwise than the preset has it.
    pub tuning: Tuning,
}

/// A mistake, and where it shows.
#[derive(Clone, Copy, Debug)]
pub struct Exhibit {
    /// The preset.
    pub scenario: &'static str,
    /// The mistake.
    pub quirks: Quirks,
    /// What to see.
    pub text: Text,
    /// What differs with and without it.
    pub measure: Measure,
}

/// Which of a station's scenes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// The station's own.
    Scene,
    /// The exhibit, with its mistake.
    Printed,
    /// The exhibit, without.
    Cured,
}

impl Station {
    /// What is set for one of its scenes.
    pub fn scene(&self, show: Show) -> Scene {
        let quirks = |quirks| Tuning { quirks: Some(quirks), ..Tuning::default() };
        match (show, self.exhibit) {
            (Show::Printed, Some(exhibit)) => {
                Scene { scenario: exhibit.scenario, tuning: quirks(exhibit.quirks) }
            }
            (Show::Cured, Some(exhibit)) => {
                Scene { scenario: exhibit.scenario, tuning: quirks(Quirks::empty()) }
            }
            _ => self.scene,
        }
    }

    /// Which of its scenes the page shows, if it shows one.
    pub fn shown(&self, state: &State) -> Option<Show> {
        [Show::Scene, Show::Printed, Show::Cured].into_iter().find(|show| {
            let scene = self.scene(*show);
            (*show == Show::Scene || self.exhibit.is_some())
                && state.run.program == self.program
                && state.run.load.scenario == scene.scenario
                && state.run.load.own.is_none()
                && state.run.tuning == scene.tuning
        })
    }
}

/// Something that is read off a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// System calls.
    Calls,
    /// System calls for a line.
    CallsPerLine,
    /// The 99th percentile of the time that a line takes, in milliseconds.
    P99,
    /// Processes that have ended unnoticed.
    Zombies,
    /// Threads that were started.
    Threads,
    /// Of a hundred calls, those that asked in vain.
    Eagain,
    /// Descriptors gone through for a line.
    ScannedPerLine,
    /// Bytes that crossed for a line.
    BytesPerLine,
    /// Lines that were answered.
    Lines,
    /// Open descriptors.
    Open,
    /// The most bytes that the program held at once.
    Held,
}

impl Measure {
    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::Calls => m::tour_measure_calls(),
            Self::CallsPerLine => m::tour_measure_calls_line(),
            Self::P99 => m::tour_measure_p99(),
            Self::Zombies => m::tour_measure_zombies(),
            Self::Threads => m::tour_measure_threads(),
            Self::Eagain => m::tour_measure_eagain(),
            Self::ScannedPerLine => m::tour_measure_scanned_line(),
            Self::BytesPerLine => m::tour_measure_bytes_line(),
            Self::Lines => m::tour_measure_lines(),
            Self::Open => m::tour_measure_open(),
            Self::Held => m::tour_measure_held(),
        }
    }

    /// Its value; `None` where there is nothing to divide by.
    pub fn of(self, world: &World) -> Option<f64> {
        let tally: &Tally = &world.tally;
        let whole = |count: u64| Some(count as f64);
        match self {
            Self::Calls => whole(tally.calls),
            Self::CallsPerLine => tally.calls_per_line(),
            Self::P99 => tally.latency.quantile(0.99).map(|span| span.0 as f64 / 1e6),
            Self::Zombies => whole(tally.zombies),
            Self::Threads => whole(tally.threads),
            Self::Eagain => tally.eagain_share().map(|share| share * 100.0),
            Self::ScannedPerLine => tally.scanned_per_line(),
            Self::BytesPerLine => tally.bytes_per_line(),
            Self::Lines => whole(tally.lines),
            Self::Open => whole(world.tables.values().map(|table| table.fds.len() as u64).sum()),
            Self::Held => whole(tally.held_most),
        }
    }

    /// Its value as text.
    pub fn text(self, world: &World) -> String {
        match self.of(world) {
            None => "–".to_owned(),
            Some(value) if value.fract() == 0.0 => grouped(value as u64),
            Some(value) => figure(value),
        }
    }
}

/// How far from the truth an answer may be: what the page shows is rounded.
const TOLERANCE: f64 = 0.03;

/// Whether a reader's answer is right. `None` if it is no number.
pub fn is_right(answer: &str, truth: f64) -> Option<bool> {
    let text: String =
        answer.chars().filter(|c| !c.is_whitespace() && *c != ',' && *c != '\u{202f}').collect();
    let number = decimal(&text)?;
    Some((number - truth).abs() <= (truth.abs() * TOLERANCE).max(0.051))
}

/// The station of that name.
pub fn station(name: &str) -> Option<usize> {
    STATIONS.iter().position(|station| station.program.name() == name)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::language::{self, Language};
    use loopscope_shared::scenario::{Scenario, preset};
    use loopscope_shared::sim::Simulation;

    use super::*;
    use crate::store::{Load, Run};

    /// The world at the end of a run.
    fn run(program: Program, scene: &Scene) -> World {
        let scenario: Scenario = preset(scene.scenario).unwrap();
        let settings = scene.tuning.over(scenario.settings.clone());
        let mut simulation = Simulation::new(program, &settings, &scenario, &[]);
        let mut world = World::new();
        loop {
            let batch = simulation.run(4096);
            if batch.is_empty() {
                return world;
            }
            batch.iter().for_each(|(event, payload)| world.apply(event, payload));
        }
    }

    #[test]
    fn every_question_has_an_answer_in_its_run() {
        for station in STATIONS {
            let scenario = preset(station.scene.scenario).unwrap();
            let name = station.program.name();
            assert!(scenario.programs().any(|suited| suited == station.program), "{name}");
            let world = run(station.program, &station.scene);
            let truth = station.measure.of(&world).unwrap();
            assert!(truth > 0.0, "{name}: there is nothing to be found");
            assert_eq!(
                is_right(&station.measure.text(&world), truth),
                Some(true),
                "{name}: as the page writes it"
            );
        }
    }

    #[test]
    fn every_exhibit_shows_its_mistake() {
        for station in STATIONS {
            let Some(exhibit) = station.exhibit else { continue };
            let name = station.program.name();
            assert!(Quirks::of(name).contains(exhibit.quirks), "{name} can make it");
            let read = |show| exhibit.measure.of(&run(station.program, &station.scene(show))).unwrap();
            let (printed, cured) = (read(Show::Printed), read(Show::Cured));
            let ratio = printed.max(cured) / printed.min(cured).max(1.0);
            assert!(ratio > 2.0, "{name}: {printed} with the mistake, {cured} without");
        }
    }

    #[test]
    fn select_and_epoll_are_asked_the_same_on_the_same_scene() {
        let of = |program: Program| STATIONS[station(program.name()).unwrap()];
        let (select, epoll) = (of(Program::Select), of(Program::Epoll));
        assert_eq!(select.scene.scenario, epoll.scene.scenario);
        let value = |one: &Station| one.measure.of(&run(one.program, &one.scene)).unwrap();
        assert!(value(&select) > 20.0 * value(&epoll));
    }

    #[test]
    fn an_answer_may_be_written_as_the_page_writes_it() {
        assert_eq!(is_right("457", 456.6), Some(true));
        assert_eq!(is_right("1\u{202f}025", 1025.0), Some(true));
        assert_eq!(is_right(" 3.5 ", 3.5), Some(true));
        assert_eq!(is_right("12", 14.0), Some(false));
        assert_eq!(is_right("many", 14.0), None);
    }

    #[test]
    fn a_station_knows_its_own_scenes() {
        let station = STATIONS[station("select").unwrap()];
        let mut state = State::opened(&crate::store::link::Link::default());
        for show in [Show::Scene, Show::Printed, Show::Cured] {
            let scene = station.scene(show);
            let load = Load::preset(scene.scenario.to_owned());
            state.run = Run { program: station.program, tuning: scene.tuning, load };
            assert_eq!(station.shown(&state), Some(show));
        }
        state.run.program = Program::Poll;
        assert_eq!(station.shown(&state), None);
    }

    #[test]
    fn the_tour_speaks_both_languages() {
        for language in Language::ALL {
            language::set(language);
            for station in STATIONS {
                let chinese = (station.text)().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert_eq!(chinese, language == Language::Chinese, "{}", station.program.name());
            }
        }
        language::set(Language::English);
    }
}
