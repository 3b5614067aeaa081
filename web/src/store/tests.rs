//! What actions make of the state, and which link names it.

use loopscope_shared::scenario::{Injection, PRESETS, Step, preset, telling};
use loopscope_shared::time::Nanos;

use super::*;
use crate::model::selection::Name;
use loopscope_shared::ids::Fd;

fn chosen(fd: i32) -> Selection {
    Selection::Descriptor(Name { fd: Fd(fd), life: 1 })
}

fn state() -> State {
    State::opened(&Link::default())
}

#[test]
fn another_program_begins_its_own_recording_on_the_same_scenario() {
    let state = state()
        .after(Action::SetScenario("burst".into()))
        .after(Action::Seek(Cursor::At(Seq(7))))
        .after(Action::Select(Some(chosen(5))))
        .after(Action::SetPlaying(true))
        .after(Action::SetProgram(Program::Epoll));
    assert_eq!(state.run.load.scenario, "burst");
    assert_eq!((state.at, state.selected, state.playing), (Cursor::Home, None, false));
}

#[test]
fn program_and_scenario_suit_each_other() {
    for name in PRESETS {
        let state = state().after(Action::SetScenario((*name).to_owned()));
        let scenario = preset(&state.run.load.scenario).unwrap();
        assert!(scenario.programs().any(|suited| suited == state.run.program), "{name}");
    }
}

#[test]
fn a_scenario_opens_where_there_is_something_to_be_seen_and_so_does_a_comparison() {
    let state = state().after(Action::SetScenario("many-idle".into()));
    let Cursor::Time(at) = state.at else { panic!("it opens at {:?}", state.at) };
    assert_eq!(state.after(Action::SetMode(Mode::Compare)).race.at, at.0);
    let compared = state.after(Action::SetMode(Mode::Compare)).after(Action::SetScenario("burst".into()));
    assert_eq!(Some(compared.race.at), telling("burst").map(|at| at.0));
    assert_eq!(state.after(Action::SetScenario("three-clients".into())).at, Cursor::Home);
}

#[test]
fn what_is_added_to_a_scenario_leaves_the_cursor_where_it_is() {
    let injection = Injection { at: Nanos(9), client: 4, step: Step::Close };
    let state = state().after(Action::Inject(injection.clone(), Seq(12)));
    assert_eq!(state.at, Cursor::At(Seq(12)));
    assert_eq!(state.run.load.injections, [injection]);
    assert_eq!(state.after(Action::SetScenario("burst".into())).run.load.injections, []);
}

#[test]
fn a_state_is_found_again_by_its_link() {
    let state = state()
        .after(Action::SetProgram(Program::Mio))
        .after(Action::Seek(Cursor::At(Seq(41))))
        .after(Action::Select(Some(chosen(6))));
    assert_eq!(State::opened(&state.link()), state);
}

#[test]
fn live_data_never_goes_into_a_link() {
    let live = state().after(Action::SetMode(Mode::Live));
    assert!(live.moves(), "Live follows the server from the start");
    let live = live.after(Action::Seek(Cursor::At(Seq(99)))).after(Action::Select(Some(chosen(8))));
    assert_eq!(live.link().to_string(), "#/v2/live");
}

#[test]
fn what_is_changed_in_the_middle_of_a_run_makes_a_branch_and_both_stay() {
    let state = state().after(Action::SetScenario("burst".into()));
    let before = state.run.clone();
    let mut own = before.load.scenario();
    own.network.backlog = 99;
    let own = Rc::new(own);
    let at_the_start = state.after(Action::Change(own.clone(), Nanos::ZERO));
    assert_eq!((at_the_start.beside.len(), at_the_start.at), (0, Cursor::Home));
    let changed = state.after(Action::Change(own.clone(), Nanos(7)));
    assert_eq!(
        (changed.beside.as_slice(), changed.at),
        ([before.clone()].as_slice(), Cursor::Time(Nanos(7)))
    );
    assert_eq!(changed.run.load.own, Some(own));
    let back = changed.after(Action::Branch(0, Nanos(9)));
    assert_eq!((&back.run, &back.beside[0]), (&before, &changed.run));
    assert_eq!(
        changed.after(Action::SetMode(Mode::Compare)).beside,
        [before],
        "that is what it is compared with"
    );
    assert_eq!(changed.after(Action::SetScenario("herd".into())).beside, []);
}

#[test]
fn what_is_added_makes_a_branch_once_and_taken_back_ends_it() {
    let injection = Injection { at: Nanos(9), client: 4, step: Step::Close };
    let state = state().after(Action::Inject(injection.clone(), Seq(12)));
    assert_eq!(state.beside.len(), 1);
    let state = state.after(Action::Inject(injection, Seq(14)));
    assert_eq!(state.beside.len(), 1);
    assert_eq!(state.after(Action::ClearInjections).beside, []);
}

#[test]
fn of_too_many_branches_the_oldest_goes() {
    let mut state = state();
    for backlog in 1..10 {
        let mut own = state.run.load.scenario();
        own.network.backlog = backlog;
        state = state.after(Action::Change(Rc::new(own), Nanos(1)));
    }
    let backlogs: Vec<u32> = state.beside.iter().map(|run| run.load.scenario().network.backlog).collect();
    assert_eq!(backlogs, [6, 7, 8]);
}

#[test]
fn compared_with_itself_is_nobody() {
    for name in PRESETS {
        let state = state().after(Action::SetScenario((*name).into())).after(Action::SetMode(Mode::Compare));
        for run in &state.beside {
            assert!(run.program != state.run.program && run.load == state.run.load, "{name}");
        }
        assert!(
            state.beside.len() == 1 || *name == "fetch" || preset(name).unwrap().programs().count() == 1,
            "{name}"
        );
    }
}
