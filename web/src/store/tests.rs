//! What actions make of the state, and which link names it.

use loopscope_shared::scenario::Step;
use loopscope_shared::time::Nanos;

use super::*;

fn state() -> State {
    State::opened(&Link::default())
}

#[test]
fn another_program_begins_its_own_recording_on_the_same_scenario() {
    let state = state()
        .after(Action::SetScenario("burst".into()))
        .after(Action::Seek(Cursor::At(Seq(7))))
        .after(Action::Select(Some(Fd(5))))
        .after(Action::SetPlaying(true))
        .after(Action::SetProgram(Program::Epoll));
    assert_eq!(state.scenario, "burst");
    assert_eq!((state.at, state.selected, state.playing), (Cursor::Home, None, false));
}

#[test]
fn program_and_scenario_suit_each_other() {
    for name in PRESETS {
        let state = state().after(Action::SetScenario((*name).to_owned()));
        let scenario = preset(&state.scenario).unwrap();
        assert!(scenario.programs().any(|suited| suited == state.program), "{name}");
    }
}

#[test]
fn what_is_added_to_a_scenario_leaves_the_cursor_where_it_is() {
    let injection = Injection { at: Nanos(9), client: 4, step: Step::Close };
    let state = state().after(Action::Inject(injection.clone(), Seq(12)));
    assert_eq!(state.at, Cursor::At(Seq(12)));
    assert_eq!(state.injections, [injection]);
    assert_eq!(state.after(Action::SetScenario("burst".into())).injections, []);
}

#[test]
fn a_state_is_found_again_by_its_link() {
    let state = state()
        .after(Action::SetProgram(Program::Mio))
        .after(Action::Seek(Cursor::At(Seq(41))))
        .after(Action::Select(Some(Fd(6))));
    assert_eq!(State::opened(&state.link()), state);
}

#[test]
fn live_data_never_goes_into_a_link() {
    let live = state().after(Action::SetMode(Mode::Live));
    assert!(live.moves(), "Live follows the server from the start");
    let live = live.after(Action::Seek(Cursor::At(Seq(99)))).after(Action::Select(Some(Fd(8))));
    assert_eq!(live.link().to_string(), "#/v1/live");
}
