//! What has come from a source: its events, and how it is itself.

use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::{Injection, Scenario, preset};
use loopscope_shared::servers::Program;
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
        /// The scenario, with its seed.
        scenario: Scenario,
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
        Self::Simulation { program: state.program, scenario, injections: state.injections.clone() }
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
    /// What the reader must know.
    pub notice: Option<String>,
    gap_from: Option<Seq>,
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
        }
    }

    /// The program that runs, as far as it is known.
    pub fn program(&self) -> Option<Program> {
        match &self.wanted {
            Wanted::Simulation { program, .. } => Some(*program),
            Wanted::Live => self.server.as_ref().map(|server| server.program),
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
            Update::Batch(batch) => self.recording.extend(&batch),
            Update::Complete { cut_short } => {
                self.ready = true;
                if cut_short {
                    let kept = grouped(self.recording.timeline.len() as u64);
                    self.notice = Some(format!("This run is longer than the {kept} events that are shown."));
                }
            }
            Update::Server(status) => self.server = Some(status),
            Update::Client(client, event) => self.conversation.apply(client, event),
            Update::Gap(from) => self.gap_from = Some(from),
            Update::Problem(problem) => self.notice = Some(problem),
        }
    }

    fn begin(&mut self, world: World) {
        // What was said of another recording ends with it.
        self.notice = self.gap_from.take().map(|from| {
            let (from, to) = (grouped(from.0), grouped(world.seq.0));
            format!(
                "A gap: this page was too slow for the server, so events {from} to {to} were skipped. \
                 The counts are still exact."
            )
        });
        self.recording = Recording::starting_with(world);
        self.beginnings += 1;
        self.ready = self.wanted.is_live();
    }

    /// What the reader must know now: the latest notice, else that the server is not there.
    pub fn message(&self) -> Option<String> {
        let ended =
            self.server.as_ref().is_some_and(|server| matches!(server.state, ServerState::Ended { .. }));
        self.notice.clone().or_else(|| ended.then(|| format!("The server {}.", self.server_text())))
    }

    /// How the native server is, in words; empty while nothing is known of it.
    pub fn server_text(&self) -> String {
        let Some(server) = &self.server else { return String::new() };
        let name = server.program.name();
        match &server.state {
            ServerState::Starting => format!("{name} is being started"),
            ServerState::Running { pid, listen } => format!("{name} at {listen}, process {pid}"),
            ServerState::Ended { reason, restart_ms } => {
                format!("{name} has ended ({reason}); it is started again in {restart_ms} ms")
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
        let status = |state| ServerStatus { program: Program::Mio, version: "0.1.0".into(), state };
        let ended = ServerState::Ended { reason: "signal 9".into(), restart_ms: 500 };
        live.apply(Update::Server(status(ended)));
        assert!(live.message().unwrap().contains("mio has ended (signal 9)"));
        live.apply(Update::Server(status(ServerState::Starting)));
        assert_eq!(live.message(), None);
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
        assert!(notice.contains("events 100 to 250 were skipped"), "{notice}");
        assert_eq!(live.beginnings, 2);
    }
}
