//! A search for well-known trouble in what is recorded, in steps, so that nobody has to wait for it.

use loopscope_shared::findings::{Finding, Search, Settings, Severity};
use loopscope_shared::ids::Seq;
use loopscope_shared::language::grouped;
use loopscope_shared::trace::Timeline;

use crate::messages as m;
use crate::model::text::instant;

/// A search that is under way.
#[derive(Debug)]
pub struct Review {
    search: Search,
    next: Seq,
    end: Seq,
    begun: Seq,
}

impl Review {
    /// A search through all that is recorded now.
    pub fn of(timeline: &Timeline) -> Self {
        let begun = timeline.first();
        let search = Search::beginning_with(timeline.world_at(begun), &Settings::default());
        Self { search, next: begun, end: timeline.next(), begun }
    }

    /// Looks at some more events. Whether there is more to be looked at. If what comes next has been let go
    /// meanwhile, it begins again with what is left.
    pub fn step(&mut self, timeline: &Timeline, most: usize) -> bool {
        if timeline.first() > self.next {
            *self = Self::of(timeline);
        }
        for (seq, event, payload) in timeline.iter_from(self.next).take(most) {
            if seq >= self.end {
                break;
            }
            self.search.event(event, payload);
            self.next = seq.next();
        }
        let on = timeline.iter_from(self.next).next();
        on.is_some_and(|(seq, ..)| seq < self.end)
    }

    /// How much is done, of a hundred.
    pub fn percent(&self) -> u64 {
        let (done, all) = (self.next.0 - self.begun.0, self.end.0 - self.begun.0);
        (done * 100).checked_div(all).unwrap_or(100)
    }

    /// What was found, the gravest first.
    pub fn finish(self) -> Vec<Finding> {
        self.search.finish(&Settings::default())
    }
}

/// A finding as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name, for machines.
    pub name: &'static str,
    /// How grave it is, for machines.
    pub severity: &'static str,
    /// The same, for readers.
    pub grave: &'static str,
    /// What was found.
    pub sentence: String,
    /// What to do about it.
    pub advice: &'static str,
    /// Where to look: when it happened for the first time, and when it was worst.
    pub places: Vec<(String, Seq)>,
    /// The calls that show it, with their events.
    pub calls: Vec<(String, Seq)>,
}

/// How findings are shown.
pub fn shown(found: &[Finding]) -> Vec<Shown> {
    found.iter().map(one).collect()
}

fn one(finding: &Finding) -> Shown {
    let mut places = vec![(m::findings_first(instant(finding.first.at)), finding.first.seq)];
    if finding.worst.seq != finding.first.seq {
        places.push((m::findings_worst(instant(finding.worst.at)), finding.worst.seq));
    }
    // The event after which the call has begun.
    let calls = finding.worst.evidence.iter().map(|call| {
        (format!("#{} {} {}", grouped(call.seq.0), instant(call.at), call.text()), call.seq.next())
    });
    Shown {
        name: finding.kind.name(),
        severity: finding.severity.name(),
        grave: match finding.severity {
            Severity::Waste => m::findings_waste(),
            Severity::Delay => m::findings_delay(),
            Severity::Fault => m::findings_fault(),
        },
        sentence: finding.sentence(),
        advice: finding.kind.advice(),
        places,
        calls: calls.collect(),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::findings::Kind;
    use loopscope_shared::scenario::preset;
    use loopscope_shared::servers::Program;
    use loopscope_shared::sim::Simulation;

    use super::*;

    fn timeline(program: Program, name: &str) -> Timeline {
        let scenario = preset(name).unwrap();
        let mut simulation = Simulation::new(program, &scenario.settings, &scenario, &[]);
        let mut timeline = Timeline::default();
        loop {
            let batch = simulation.run(4096);
            if batch.is_empty() {
                return timeline;
            }
            timeline.extend(&batch);
        }
    }

    fn reviewed(timeline: &Timeline, most: usize) -> Vec<Finding> {
        let mut review = Review::of(timeline);
        while review.step(timeline, most) {}
        assert_eq!(review.percent(), 100);
        review.finish()
    }

    #[test]
    fn a_storm_is_found_and_leads_to_its_place() {
        let timeline = timeline(Program::BusyPoll, "eagain-storm");
        let found = reviewed(&timeline, 1000);
        assert!(found.iter().any(|finding| finding.kind == Kind::EagainStorm), "{found:?}");
        for finding in shown(&found) {
            for (_, seq) in finding.places.iter().chain(&finding.calls) {
                assert!(*seq > timeline.first() && *seq <= timeline.next(), "{finding:?}");
            }
        }
    }

    #[test]
    fn the_size_of_a_step_changes_nothing() {
        let timeline = timeline(Program::Select, "drop-overflow");
        assert_eq!(reviewed(&timeline, 7), reviewed(&timeline, usize::MAX));
    }

    #[test]
    fn where_nothing_is_recorded_nothing_is_found() {
        assert!(reviewed(&Timeline::default(), 10).is_empty());
    }
}
