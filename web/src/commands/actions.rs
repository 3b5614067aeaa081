//! What a command does to the state of the page.

use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

use crate::commands::Command;
use crate::model::follow::{self, Lane};
use crate::model::lanes::{Lanes, Span};
use crate::model::recording::Recording;
use crate::model::search;
use crate::model::selection::Selection;
use crate::model::steps;
use crate::model::window::Window;
use crate::store::{Action, Cursor, Mode, State};

/// What a command is given in: what is shown, and where the cursor is in it.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The events.
    pub recording: &'a Recording,
    /// So many have happened.
    pub at: Seq,
    /// The machine at that instant.
    pub world: &'a World,
    /// The task that acted last.
    pub acting: TaskId,
    /// What the timeline shows.
    pub window: Window,
}

/// How much one key press zooms and pans.
const ZOOM: f64 = 0.7;
const PAN: f64 = 0.2;

/// What a command does to the state of the page.
pub fn actions(command: Command, state: &State, around: &Around<'_>) -> Vec<Action> {
    let Around { recording, at, world, window, .. } = *around;
    let timeline = &recording.timeline;
    let live = state.mode == Mode::Live;
    let stopped = |to: Seq| vec![Action::SetPlaying(false), Action::Seek(Cursor::At(to))];
    let gone = |to: Option<Seq>| to.map(stopped).unwrap_or_default();
    let lane = || Lane::chosen(state.selected, around.acting, world);
    match command {
        Command::Play if live && state.moves() => vec![Action::Seek(Cursor::At(at))],
        Command::Play if live => vec![Action::Seek(Cursor::End)],
        Command::Play if state.playing => vec![Action::SetPlaying(false), Action::Commit],
        // At the end, playing begins again.
        Command::Play if at == timeline.next() => {
            vec![Action::Seek(Cursor::At(timeline.first())), Action::SetPlaying(true)]
        }
        Command::Play => vec![Action::Seek(Cursor::At(at)), Action::SetPlaying(true)],
        Command::Forward(step) => stopped(steps::forward(timeline, at, step)),
        Command::Back(step) => stopped(steps::back(timeline, at, step)),
        Command::First => [stopped(timeline.first()), vec![Action::Commit]].concat(),
        Command::Last => vec![Action::SetPlaying(false), Action::Seek(Cursor::End), Action::Commit],
        Command::NextInLane => gone(follow::next_in(timeline, at, lane())),
        Command::PreviousInLane => gone(follow::previous_in(timeline, at, lane())),
        Command::ToCause => gone(follow::to_cause(timeline, at, world)),
        Command::ToEffect => gone(follow::to_effect(timeline, at, world)),
        Command::NextHit => gone(searched(state, around, search::next_hit)),
        Command::PreviousHit => gone(searched(state, around, search::previous_hit)),
        Command::Mark => vec![Action::Mark(at)],
        Command::NextMark => {
            let next = state.marks.range(at.next()..).next().or_else(|| state.marks.first());
            gone(next.copied())
        }
        Command::ZoomIn | Command::ZoomOut | Command::PanLeft | Command::PanRight | Command::ResetZoom => {
            vec![Action::SetWindow(looked(command, recording, world.now, window))]
        }
        Command::SpanFrom | Command::SpanTo => {
            vec![Action::SetSpan(span(command, state, recording, world.now))]
        }
        Command::Fit => vec![Action::SetWindow(Some(chosen_stretch(state, recording, world)))],
        Command::Search if state.search.is_some() => vec![Action::Search(None)],
        Command::Search => vec![Action::Search(Some(String::new()))],
        Command::Findings => vec![Action::ShowFindings(!state.findings)],
        // It concerns the browser alone.
        Command::Save => Vec::new(),
        Command::Palette => vec![Action::ShowPalette(!state.palette)],
        Command::Help => vec![Action::ShowHelp(!state.help)],
        Command::Leave => vec![leave(state)],
    }
}

/// What is open is closed first, and then what is chosen is let go, the narrower choice first.
fn leave(state: &State) -> Action {
    match state {
        State { palette: true, .. } => Action::ShowPalette(false),
        State { help: true, .. } => Action::ShowHelp(false),
        State { findings: true, .. } => Action::ShowFindings(false),
        State { editor: true, .. } => Action::ShowEditor(false),
        State { search: Some(_), .. } => Action::Search(None),
        State { span: Some(_), .. } => Action::SetSpan(None),
        State { selected: None, tour: Some(_), .. } => Action::Tour(None),
        _ => Action::Select(None),
    }
}

/// A search of the timeline.
type Search = fn(&loopscope_shared::trace::Timeline, Seq, &search::Query, &World) -> Option<Seq>;

fn searched(state: &State, around: &Around<'_>, search: Search) -> Option<Seq> {
    let query = search::read(state.search.as_deref()?)?;
    search(&around.recording.timeline, around.at, &query, around.world)
}

/// What the timeline shows after a command for it; `None` lets it choose.
fn looked(command: Command, recording: &Recording, now: Nanos, window: Window) -> Option<Window> {
    let zoomed = |factor| {
        let around = if window.holds(now) { now } else { window.at(0.5) };
        Some(window.zoomed(around, factor, recording.lanes.whole().span))
    };
    match command {
        Command::ZoomIn => zoomed(ZOOM),
        Command::ZoomOut => zoomed(1.0 / ZOOM),
        Command::PanLeft => Some(window.moved(-PAN)),
        Command::PanRight => Some(window.moved(PAN)),
        _ => None,
    }
}

/// The chosen stretch of time with its beginning or its end at the cursor; what is not chosen yet is the beginning
/// or the end of all. `None` if nothing lies between.
fn span(command: Command, state: &State, recording: &Recording, now: Nanos) -> Option<Window> {
    let whole = recording.lanes.whole();
    let (begin, end) = state.span.map_or_else(|| (whole.start, whole.end()), |span| (span.start, span.end()));
    let (begin, end) = match command {
        Command::SpanFrom if now < end => (now, end),
        Command::SpanFrom => (now, whole.end()),
        _ if now > begin => (begin, now),
        _ => (whole.start, now),
    };
    (begin < end).then(|| Window::between(begin, end))
}

/// The stretch of time of what is chosen: the stretch itself, or else all that is known of the descriptor or the
/// task; of nothing chosen, the whole recording.
fn chosen_stretch(state: &State, recording: &Recording, world: &World) -> Window {
    let lanes = &recording.lanes;
    let spans = match state.selected {
        Some(Selection::Task(task)) => lanes.tasks.get(&task).map(|lane| &lane.spans),
        Some(Selection::Descriptor(name)) => of_descriptor(lanes, name.fd),
        Some(client) => client.fd(world).and_then(|fd| of_descriptor(lanes, fd)),
        None => None,
    };
    let known = || {
        let (first, last) = (spans?.first()?, spans?.last()?);
        Some(Window::between(first.start, last.end.unwrap_or(lanes.end).max(world.now.min(lanes.end))))
    };
    state.span.or_else(known).unwrap_or_else(|| lanes.whole())
}

/// All that is known of a descriptor.
fn of_descriptor(lanes: &Lanes, fd: Fd) -> Option<&Vec<Span>> {
    lanes.fds.iter().find(|((_, of), _)| *of == fd).map(|(_, spans)| spans)
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::trace::Batch;

    use super::*;
    use crate::model::steps::Step;
    use crate::store::link::Link;

    fn recording() -> Recording {
        let mut batch = Batch::default();
        for at in 0..5 {
            let what = What::TaskEnd { status: 0 };
            batch.push(Event { at: Nanos(at * 1_000), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        let mut recording = Recording::default();
        recording.extend(&batch);
        recording
    }

    fn state() -> State {
        State::opened(&Link::default())
    }

    fn after(state: &State, command: Command) -> State {
        let recording = recording();
        let at = recording.cursor(state.at);
        let (world, window) = (recording.timeline.world_at(at), Window::between(Nanos(0), Nanos(1000)));
        let around = Around { recording: &recording, at, world: &world, acting: TaskId::FIRST, window };
        actions(command, state, &around).into_iter().fold(state.clone(), |state, action| state.after(action))
    }

    #[test]
    fn a_step_stops_the_playing() {
        let state = after(&state(), Command::Play);
        assert!(state.playing);
        let state = after(&state, Command::Forward(Step::Event));
        assert_eq!((state.playing, state.at), (false, Cursor::At(Seq(1))));
    }

    #[test]
    fn playing_at_the_end_begins_again() {
        let state = after(&after(&state(), Command::Last), Command::Play);
        assert_eq!((state.playing, state.at), (true, Cursor::At(Seq(0))));
    }

    #[test]
    fn in_live_the_picture_is_halted_where_it_is_and_followed_again() {
        let live = State::opened(&Link { mode: Mode::Live, ..Link::default() });
        let halted = after(&live, Command::Play);
        assert_eq!((halted.moves(), halted.at), (false, Cursor::At(Seq(5))));
        assert!(after(&halted, Command::Play).moves());
        assert!(after(&halted, Command::Last).moves());
    }

    #[test]
    fn marks_are_set_visited_in_a_round_and_taken_away() {
        let marked = after(&state().after(Action::Seek(Cursor::At(Seq(2)))), Command::Mark);
        let marked = after(&marked.after(Action::Seek(Cursor::At(Seq(4)))), Command::Mark);
        let next = after(&marked, Command::NextMark);
        assert_eq!(next.at, Cursor::At(Seq(2)), "from the last to the first");
        assert_eq!(after(&next, Command::NextMark).at, Cursor::At(Seq(4)));
        assert_eq!(after(&next, Command::Mark).marks.into_iter().collect::<Vec<_>>(), [Seq(4)]);
    }

    #[test]
    fn a_stretch_of_time_is_chosen_by_its_beginning_and_its_end() {
        let at = |state: &State, at: u64| state.after(Action::Seek(Cursor::At(Seq(at))));
        // The event of that number has the same instant.
        let begun = after(&at(&state(), 2), Command::SpanFrom);
        assert_eq!(begun.span.map(|span| span.start), Some(Nanos(1_000)));
        let ended = after(&at(&begun, 4), Command::SpanTo);
        assert_eq!(ended.span, Some(Window::between(Nanos(1_000), Nanos(3_000))));
        let moved = after(&at(&ended, 3), Command::SpanFrom);
        assert_eq!(moved.span, Some(Window::between(Nanos(2_000), Nanos(3_000))));
        assert_eq!(
            after(&at(&moved, 2), Command::SpanTo).span,
            Some(Window::between(Nanos(0), Nanos(1_000)))
        );
        assert_eq!(after(&at(&state(), 0), Command::SpanTo).span, None, "nothing lies before the beginning");
    }

    #[test]
    fn leaving_closes_one_thing_after_the_other() {
        let mut state = state()
            .after(Action::Select(Some(Selection::Task(TaskId(4)))))
            .after(Action::SetSpan(Some(Window::between(Nanos(0), Nanos(900)))))
            .after(Action::Search(Some("recv".into())))
            .after(Action::ShowEditor(true))
            .after(Action::ShowPalette(true));
        assert!(state.palette);
        state.tour = Some(0);
        let open = |state: &State| {
            [state.editor, state.search.is_some(), state.span.is_some(), state.selected.is_some()]
        };
        for left in [0b1111, 0b0111, 0b0011, 0b0001] {
            let so = [3, 2, 1, 0].map(|bit| left >> bit & 1 == 1);
            state = after(&state, Command::Leave);
            assert_eq!(open(&state), so);
        }
        let left = after(&state, Command::Leave);
        assert_eq!((left.selected, left.tour), (None, Some(0)), "the tour stays until all else is left");
        assert_eq!(after(&left, Command::Leave).tour, None);
    }

    #[test]
    fn the_next_hit_of_a_search_is_gone_to() {
        let searching = state().after(Action::Search(Some("ends".into())));
        assert_eq!(after(&searching, Command::NextHit).at, Cursor::At(Seq(1)));
        let nothing = state().after(Action::Search(Some("nonesuch".into())));
        assert_eq!(after(&nothing, Command::NextHit).at, nothing.at);
    }

    #[test]
    fn the_chosen_stretch_is_fitted_or_else_everything() {
        let span = Window::between(Nanos(100), Nanos(700));
        let chosen = state().after(Action::SetSpan(Some(span)));
        assert_eq!(after(&chosen, Command::Fit).window, Some(span));
        assert_eq!(after(&state(), Command::Fit).window, Some(recording().lanes.whole()));
    }
}
