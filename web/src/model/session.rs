//! What has come from a source: its events, and how it is itself.

use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::{Injection, Scenario, preset};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::trace::Batch;
use loopscope_shared::trace::wire::{ClientEvent, ClientId, ServerState, ServerStatus};
use loopscope_shared::world::World;

use crate::model::conversation::Conversation;
use crate::model::recording::Recording;
use crate::model::text::grouped;
use crate::store::{Mode, State};

/// What a source is asked for. A session answers one of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// A simulation.
    Simulation {
        /// The program.
        program: Program,
        /// What is set of it.
        settings: Settings,
        /// The scenario, with its seed.
        scenario: Box<Scenario>,
        /// What is added to it.
        injections: Vec<Injection>,
    },
    /// The native server.
    Live,
}

impl Wanted {
    /// What the page's state asks for.
    pub fn by(state: &State) -> Self {
        if state.mode == Mode::Live {
            return Self::Live;
        }
        let mut scenario = preset(&state.scenario)
            .or_else(|| preset(&crate::store::default_scenario()))
            .expect("the first preset is found by its name: a test of `scenario` holds that");
        scenario.seed = state.seed.unwrap_or(scenario.seed);
        Self::Simulation {
            program: state.program,
            settings: state.tuning.over(scenario.settings.clone()),
            scenario: Box::new(scenario),
            injections: state.injections.clone(),
        }
    }

    /// Whether it is the native server.
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }
}

/// How the way to a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// It is being made.
    #[default]
    Connecting,
    /// It stands.
    Connected,
    /// It broke, or it was never there.
    Lost,
}

impl Connection {
    /// The value of `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }
}

/// What a source tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The way to it has changed, for this reason if there is one to say.
    Connection(Connection, Option<String>),
    /// Events go on from this world.
    Begin(Box<World>),
    /// What happened next.
    Batch(Batch),
    /// All is told.
    Complete {
        /// The run was longer than is kept.
        cut_short: bool,
    },
    /// How the native server is.
    Server(ServerStatus),
    /// What became of one of the reader's connections.
    Client(ClientId, ClientEvent),
    /// Events from this one on were skipped, and a new beginning follows.
    Gap(Seq),
    /// Something to be told to the reader.
    Problem(String),
}

/// What is said while a halted picture is not of what has begun since.
const HALTED_BEFORE: &str = " The picture that you halted is of the time before; Go live leaves it.";

/// All that has come from a source.
#[derive(Clone, Debug)]
pub struct Session {
    /// What it is a session of.
    pub wanted: Wanted,
    /// The events.
    pub recording: Recording,
    /// How often the recording has begun anew: cursors of another beginning mean nothing.
    pub beginnings: u32,
    /// Whether there is a whole picture to show.
    pub ready: bool,
    /// How the way to the source is.
    pub connection: Connection,
    /// How the native server is.
    pub server: Option<ServerStatus>,
    /// The reader's connections to it.
    pub conversation: Conversation,
    /// What the reader must know, until it is put away.
    pub notice: Option<String>,
    gap_from: Option<Seq>,
    /// How the last server ended, until the next one begins.
    ended: Option<String>,
    /// Whether the reader has halted the picture, so that nothing may take it away.
    held: bool,
    /// What has come since the source began anew while the picture was halted.
    fresh: Option<Recording>,
}

impl Session {
    /// A session that has just been asked for.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            recording: Recording::default(),
            beginnings: 0,
            ready: false,
            connection: Connection::default(),
            server: None,
            conversation: Conversation::default(),
            notice: None,
            gap_from: None,
            ended: None,
            held: false,
            fresh: None,
        }
    }

    /// Halts the picture, or follows the source again. A source that begins anew does not take a halted picture
    /// away. Whether what is shown has changed.
    pub fn hold(&mut self, held: bool) -> bool {
        self.held = held;
        match self.fresh.take_if(|_| !held) {
            Some(fresh) => {
                self.show(fresh);
                true
            }
            None => false,
        }
    }

    /// How many events came after the cursor: those of a new beginning that is not shown are among them.
    pub fn behind(&self, at: Seq) -> u64 {
        let fresh = self.fresh.as_ref().map_or(0, |fresh| fresh.timeline.len() as u64);
        self.recording.timeline.next().0.saturating_sub(at.0) + fresh
    }

    /// The program that runs, as far as it is known.
    pub fn program(&self) -> Option<Program> {
        match &self.wanted {
            Wanted::Simulation { program, .. } => Some(*program),
            Wanted::Live => self.server.as_ref().map(|server| server.setup.program),
        }
    }

    /// Takes in what the source tells.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Connection(connection, reason) => {
                self.connection = connection;
                if connection == Connection::Lost {
                    self.conversation.all_lost();
                }
                // What was said of the loss stays until there is a connection again.
                if reason.is_some() || connection == Connection::Connected {
                    self.notice = reason;
                }
            }
            Update::Begin(world) => self.begin(*world),
            Update::Batch(batch) => self.fresh.as_mut().unwrap_or(&mut self.recording).extend(&batch),
            Update::Complete { cut_short } => {
                self.ready = true;
                if cut_short {
                    let kept = grouped(self.recording.timeline.len() as u64);
                    self.notice = Some(format!("This run is longer than the {kept} events that are shown."));
                }
            }
            Update::Server(status) => {
                if let ServerState::Ended { reason, .. } = &status.state {
                    self.ended = Some(reason.clone());
                }
                self.server = Some(status);
            }
            Update::Client(client, event) => self.conversation.apply(client, event),
            Update::Gap(from) => self.gap_from = Some(from),
            Update::Problem(problem) => self.notice = Some(problem),
        }
    }

    fn begin(&mut self, world: World) {
        let held = self.held && self.ready;
        // What was said of another recording ends with it.
        self.notice = self.why_anew(&world, held);
        let recording = Recording::starting_with(world);
        if held {
            self.fresh = Some(recording);
        } else {
            self.show(recording);
        }
    }

    fn show(&mut self, recording: Recording) {
        self.recording = recording;
        self.beginnings += 1;
        self.ready = self.wanted.is_live();
    }

    /// What is to be said of a new beginning at this world; nothing of the first.
    fn why_anew(&mut self, world: &World, held: bool) -> Option<String> {
        let (ended, gap) = (self.ended.take(), self.gap_from.take());
        match (ended, gap) {
            (Some(reason), _) if self.beginnings > 0 => {
                Some(format!("The server {reason} and was started again: a new recording begins."))
            }
            (_, Some(from)) => {
                let (from, to) = (grouped(from.next().0), grouped(world.seq.0));
                Some(format!(
                    "A gap: this page was too slow for the server, so events {from} to {to} were skipped. \
                     The counts are still exact."
                ))
            }
            _ => held.then(|| "The source began anew.".to_owned()),
        }
    }

    /// What the reader must know now: that the server is not there, else the latest notice.
    pub fn message(&self) -> Option<String> {
        let ended = self.connection != Connection::Lost
            && self.server.as_ref().is_some_and(|server| matches!(server.state, ServerState::Ended { .. }));
        if ended {
            return Some(format!("The server {}.", self.server_text()));
        }
        let before = self.fresh.as_ref().map_or("", |_| HALTED_BEFORE);
        self.notice.as_ref().map(|notice| format!("{notice}{before}"))
    }

    /// How the native server is, in words; empty while nothing is known of it.
    pub fn server_text(&self) -> String {
        let Some(server) = &self.server else { return String::new() };
        let name = server.setup.program.name();
        match &server.state {
            ServerState::Starting => format!("{name} is being started"),
            ServerState::Running { pid, listen } => format!("{name} at {listen}, process {pid}"),
            ServerState::Stopping => format!("{name} was told to stop, and answers those that it has"),
            ServerState::Ended { reason, restart_ms } => {
                format!("{name} {reason}; it is started again in {} ms", grouped(*restart_ms))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::servers::{Settings, Setup};
    use loopscope_shared::time::Nanos;

    use super::*;
    use crate::store::Action;
    use crate::store::link::Link;

    #[test]
    fn a_link_with_a_seed_asks_for_that_simulation() {
        let state = State::opened(&Link { seed: Some(7), scenario: "burst".into(), ..Link::default() });
        let Wanted::Simulation { scenario, .. } = Wanted::by(&state) else { panic!("not a simulation") };
        assert_eq!((scenario.name.as_str(), scenario.seed), ("burst", 7));
        assert!(Wanted::by(&state.after(Action::SetMode(Mode::Live))).is_live());
    }

    #[test]
    fn live_is_ready_with_its_snapshot_and_a_simulation_when_all_is_told() {
        let mut live = Session::new(Wanted::Live);
        live.apply(Update::Begin(Box::default()));
        assert!(live.ready);
        let mut simulated = Session::new(Wanted::by(&State::opened(&Link::default())));
        simulated.apply(Update::Begin(Box::default()));
        assert!(!simulated.ready);
        simulated.apply(Update::Complete { cut_short: false });
        assert!(simulated.ready);
    }

    #[test]
    fn a_server_that_has_ended_is_told_until_it_runs_again() {
        let mut live = Session::new(Wanted::Live);
        let setup = Setup { program: Program::Mio, settings: Settings::default() };
        let status =
            |state| ServerStatus { setup: setup.clone(), offered: vec![], version: "0.1.0".into(), state };
        let ended = ServerState::Ended { reason: "was killed by signal 9".into(), restart_ms: 500 };
        live.apply(Update::Server(status(ended)));
        assert!(live.message().unwrap().contains("mio was killed by signal 9; it is started again"));
        live.apply(Update::Server(status(ServerState::Starting)));
        assert_eq!(live.message(), None);
    }

    /// A session that has recorded `events` events, whose server is then killed and started again.
    fn restarted(held: bool, events: u64) -> Session {
        let mut live = Session::new(Wanted::Live);
        live.apply(Update::Begin(Box::default()));
        live.apply(Update::Batch(batch(events)));
        live.hold(held);
        let reason = "was killed by signal 9 (SIGKILL)".to_owned();
        for state in [ServerState::Ended { reason, restart_ms: 500 }, ServerState::Starting] {
            let setup = Setup { program: Program::Mio, settings: Settings::default() };
            let status = ServerStatus { setup, offered: vec![], version: "0.1.0".into(), state };
            live.apply(Update::Server(status));
        }
        live.apply(Update::Begin(Box::default()));
        live
    }

    fn batch(events: u64) -> Batch {
        let mut batch = Batch::default();
        for at in 0..events {
            let what = What::TaskEnd { status: 0 };
            batch.push(Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        batch
    }

    #[test]
    fn a_server_that_was_started_again_is_told_until_the_notice_is_put_away() {
        let mut live = restarted(false, 5);
        assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(0), 2));
        live.apply(Update::Batch(batch(3)));
        let message = live.message().unwrap();
        assert!(message.contains("was killed by signal 9 (SIGKILL) and was started again"), "{message}");
        live.notice = None;
        assert_eq!(live.message(), None);
    }

    #[test]
    fn a_halted_picture_stays_when_the_server_begins_anew() {
        let mut live = restarted(true, 5);
        live.apply(Update::Batch(batch(3)));
        assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(5), 1));
        assert_eq!(live.behind(Seq(4)), 1 + 3);
        assert!(live.message().unwrap().contains("Go live"));
        assert!(live.hold(false), "following again shows the new recording");
        assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(3), 2));
        assert_eq!(live.behind(Seq(3)), 0);
        assert!(!live.message().unwrap().contains("Go live"));
        assert!(!live.hold(true));
    }

    #[test]
    fn a_gap_is_told_when_the_picture_goes_on() {
        let mut live = Session::new(Wanted::Live);
        live.apply(Update::Begin(Box::default()));
        live.apply(Update::Gap(Seq(100)));
        let mut world = World::new();
        world.seq = Seq(250);
        live.apply(Update::Begin(Box::new(world)));
        let notice = live.notice.unwrap();
        assert!(notice.contains("events 101 to 250 were skipped"), "{notice}");
        assert_eq!(live.beginnings, 2);
    }
}
