//! Links are read as they were written, old and damaged ones included.

use std::rc::Rc;

use loopscope_shared::scenario::{Injection, Step, preset};

use crate::store::{Load, tuning::Tuning};

use loopscope_shared::ids::Fd;

use super::*;

/// A link of each version that there has been, and which descriptor it names: these open for good.
const VERSIONS: &[(&str, Name)] = &[
    // Which life of the number was meant, it did not say.
    (
        "#/v1/simulate/epoll?scenario=slow-reader&seed=7&at=123&fd=7&add=1834000:4:send:hi%0A",
        Name { fd: Fd(7), life: 0 },
    ),
    (
        "#/v2/simulate/epoll?scenario=slow-reader&seed=7&at=123&fd=7.2&add=1834000:4:send:hi%0A",
        Name { fd: Fd(7), life: 2 },
    ),
];

#[test]
fn a_link_of_each_version_is_read_and_upgraded() {
    for (hash, name) in VERSIONS {
        let load = Load {
            seed: Some(7),
            injections: vec![Injection { at: Nanos(1_834_000), client: 4, step: Step::Send("hi\n".into()) }],
            ..Load::preset("slow-reader".into())
        };
        let link = Link {
            run: Run { program: Program::Epoll, load, ..Run::default() },
            at: Cursor::At(Seq(123)),
            selected: Some(Selection::Descriptor(*name)),
            ..Link::default()
        };
        let upgraded = link.to_string();
        assert!(upgraded.starts_with(&format!("#/{VERSION}/")), "{upgraded}");
        assert_eq!(open(hash), Opened { link, says_mode: true, warning: None }, "{hash}");
        assert_eq!(open(&upgraded), open(hash), "nothing is lost on the way to {upgraded}");
    }
    assert!(
        VERSIONS.last().is_some_and(|(hash, _)| hash.contains(VERSION)),
        "the one that is written is among them"
    );
}

#[test]
fn every_mode_has_its_link() {
    for mode in Mode::ALL {
        let link = Link { mode, ..Link::default() };
        assert_eq!(open(&link.to_string()).link, link);
        assert_eq!(open(&format!("#/v1/{}", mode.name())).link.mode, mode);
    }
    let tour = open("#/v2/simulate/select?scenario=many-idle&tour=select").link;
    assert_eq!(tour.tour.map(|at| STATIONS[at].program), Some(Program::Select));
    assert_eq!(open(&tour.to_string()).link, tour);
}

#[test]
fn several_servers_are_compared_by_their_names() {
    let opened = open("#/v2/compare/select,epoll,nonesuch?scenario=many-idle");
    assert_eq!(opened.link.run.program, Program::Select);
    let beside: Vec<Program> = opened.link.beside.iter().map(|run| run.program).collect();
    assert_eq!(beside, [Program::Epoll]);
    assert_eq!(opened.link.beside[0].load, Load::preset("many-idle".into()));
    assert!(opened.warning.unwrap().contains("nonesuch"));
}

#[test]
fn what_is_as_usual_is_left_out() {
    assert_eq!(Link::default().to_string(), "#/v2/simulate/select");
    assert_eq!(open("#/v2/simulate/select").link, Link::default());
    assert!(!open("").says_mode);
    let end = Link { at: Cursor::End, ..Link::default() };
    assert_eq!(open(&end.to_string()).link, end);
}

#[test]
fn every_step_comes_back_from_its_link() {
    let steps = [
        Step::Send("a:b & c=d?\n%é".into()),
        Step::SendLines { lines: 3, bytes: 64 },
        Step::Think(Nanos(5)),
        Step::Await,
        Step::Read(true),
        Step::Read(false),
        Step::HalfClose,
        Step::Close,
        Step::Reset,
    ];
    let inject = |step: &Step| Injection { at: Nanos(10), client: 2, step: step.clone() };
    let mut link = Link::default();
    link.run.load.injections = steps.iter().map(inject).collect();
    assert_eq!(open(&link.to_string()).link, link);
}

#[test]
fn a_field_that_cannot_be_read_is_as_usual() {
    let opened = open("#/v2/simulate/select?at=many&fd=-&add=1:2&add=x&colour=red&seed=9&&=");
    let mut link = Link::default();
    link.run.load.seed = Some(9);
    assert_eq!(opened.link, link);
    let warning = opened.warning.unwrap();
    assert!(warning.contains("at=many, fd=-, add=1:2 and 1 more"), "{warning}");
    assert!(warning.contains("does not know: colour."), "{warning}");
}

#[test]
fn what_a_link_asks_for_in_vain_is_said() {
    assert!(open("#/v9/simulate/select").warning.unwrap().contains("v9"));
    assert!(open("#/v2/simulate/nonesuch").warning.unwrap().contains("nonesuch"));
    let recorded = open("#/v2/recorded/foo");
    assert!(
        recorded.warning.unwrap().contains("asks for recorded, and this page knows simulate, live, trace")
    );
    assert_eq!((recorded.link, recorded.says_mode), (Link::default(), false));
    let opened = open("#/v2/simulate/mio?scenario=nonsense");
    assert_eq!(opened.link.run.program, Program::Mio);
    assert!(opened.warning.unwrap().contains("nonsense"));
}

#[test]
fn a_link_brings_no_more_than_the_limit() {
    let many = "&add=1:2:close".repeat(INJECTIONS_MAX + 10);
    let opened = open(&format!("#/v2/simulate/select?at=1{many}"));
    assert_eq!(opened.link.run.load.injections.len(), INJECTIONS_MAX);
    assert!(opened.warning.unwrap().contains("and 7 more"));
}

#[test]
fn a_changed_scenario_travels_in_its_link() {
    let mut own = preset("many-idle").unwrap();
    own.clients[0].count = 77;
    let mut link = Link::default();
    link.run.load.own = Some(Rc::new(own));
    assert_eq!(open(&link.to_string()).link, link, "{link}");
}

#[test]
fn runs_beside_each_other_come_back_from_their_link() {
    let mut link = Link { mode: Mode::Compare, race: Race { pace: Pace::Line, at: 7 }, ..Link::default() };
    link.run.load = Load::preset("many-idle".into());
    let tuning = Tuning { loops: Some(2), ..Tuning::default() };
    link.beside.push(Run { program: Program::Epoll, tuning, load: link.run.load.clone() });
    let mut added = link.run.clone();
    added.load.seed = Some(5);
    added.load.injections = vec![Injection { at: Nanos(3), client: 1, step: Step::Send("a&b=c?\n".into()) }];
    link.beside.push(added);
    let text = link.to_string();
    assert_eq!(open(&text), Opened { link, says_mode: true, warning: None }, "{text}");
    let more = format!("{text}&with=poll&with=mio&with=nonesuch");
    let opened = open(&more);
    assert_eq!(opened.link.beside.len(), BESIDE_MAX);
    assert!(opened.warning.unwrap().contains("with=mio, with=nonesuch"));
}

#[test]
fn what_is_asked_of_the_costs_comes_back_from_its_link() {
    let scaling = Scaling {
        programs: vec![Program::Poll, Program::Mio],
        cost: loopscope_shared::scale::Cost::Scanned,
        talk: loopscope_shared::scale::Talk::All,
        linear_x: true,
        linear_y: true,
    };
    let link = Link { mode: Mode::Scale, scaling, ..Link::default() };
    assert_eq!(link.to_string(), "#/v2/scale?servers=poll,mio&cost=scanned&talk=all&x=linear&y=linear");
    assert_eq!(open(&link.to_string()).link, link);
    assert_eq!(Link { mode: Mode::Scale, ..Link::default() }.to_string(), "#/v2/scale");
    assert!(open("#/v2/scale?servers=none-such").warning.is_some());
}

#[test]
fn an_instant_is_a_place_too() {
    let link = Link { at: Cursor::Time(Nanos(1_834_000)), ..Link::default() };
    assert_eq!(link.to_string(), "#/v2/simulate/select?at=1834000ns");
    assert_eq!(open(&link.to_string()).link, link);
}

#[test]
fn a_chosen_task_marks_and_the_embedded_page_come_back_from_their_link() {
    let link = Link {
        selected: Some(Selection::Task(TaskId(2))),
        marks: [Seq(4), Seq(123)].into(),
        embedded: true,
        ..Link::default()
    };
    assert_eq!(
        link.to_string(),
        "#/v2/simulate/select?task=2&marks=4%2C123&mode=embedded".replace("%2C", ",")
    );
    assert_eq!(open(&link.to_string()).link, link);
    let live = Link { mode: Mode::Live, embedded: true, ..Link::default() };
    assert_eq!(open(&live.to_string()).link, live);
    let wrong = open("#/v2/simulate/select?task=x&marks=1,,2&mode=large");
    assert_eq!(wrong.link, Link::default());
    assert!(wrong.warning.unwrap().contains("task=x, marks=1,,2, mode=large"));
}

#[test]
fn a_chosen_client_comes_back_from_its_link_and_one_thing_is_chosen_at_a_time() {
    let link = Link { selected: Some(Selection::Client(PeerId(4))), ..Link::default() };
    assert_eq!(link.to_string(), "#/v2/simulate/select?client=4");
    assert_eq!(open(&link.to_string()).link, link);
    assert_eq!(open("#/v2/simulate/select?client=4&fd=7&task=1").link, link);
}
