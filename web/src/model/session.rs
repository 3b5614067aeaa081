//! What has come from a source: its events, and how it is itself.

mod words;

use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::{Injection, Scenario};
use loopscope_shared::servers::{Program, Settings, Setup};
use loopscope_shared::trace::Batch;
use loopscope_shared::trace::wire::{ClientEvent, ClientId, Reason, ServerState, ServerStatus, ToGateway};
use loopscope_shared::world::World;

use crate::messages as m;
use crate::model::conversation::Conversation;
use crate::model::file;
use crate::model::recording::Recording;
use crate::model::text::grouped;
use crate::store::{Mode, Run, State};
use crate::worker::open::About;
use words::ending_text;

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
    /// A part of a file.
    Trace {
        /// The number of the file.
        id: usize,
        /// The index of the part.
        part: usize,
        /// The name of the file.
        name: String,
    },
    /// Nothing: what is looked at is no single run, or no file is open.
    Nothing,
}

impl Wanted {
    /// What the page's state asks for.
    pub fn by(state: &State) -> Self {
        match state.mode {
            Mode::Simulate => {}
            Mode::Live => return Self::Live,
            Mode::Trace => {
                let file = state.trace.as_ref();
                return file.map_or(Self::Nothing, |file| Self::Trace {
                    id: file.id,
                    part: file.part,
                    name: file.name.clone(),
                });
            }
            Mode::Compare | Mode::Scale => return Self::Nothing,
        }
        Self::simulation(&state.run)
    }

    /// A simulated run.
    pub fn simulation(run: &Run) -> Self {
        let mut scenario = run.load.scenario();
        // What it is called makes no other run of it: a change of the language is none.
        scenario.title.clear();
        scenario.look_for.clear();
        Self::Simulation {
            program: run.program,
            settings: run.tuning.over(scenario.settings.clone()),
            scenario: Box::new(scenario),
            injections: run.load.injections.clone(),
        }
    }

    /// Whether it is the native server.
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }

    /// Whether it is shown before it is whole: the native server as it comes, and nothing at once.
    pub fn is_shown_at_once(&self) -> bool {
        matches!(self, Self::Live | Self::Nothing)
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
    /// It is lost, and tried again in so many seconds.
    Retry(u32),
    /// A file is open, and this is what it is.
    Opened(Box<About>),
    /// Events go on from this world.
    Begin(Box<World>),
    /// Events go on from this world: those that led to it are not known.
    Jump(Box<World>),
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
    /// There is nothing to be shown, for this reason.
    Failed(String),
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
    /// In how many seconds it is made again, while it is lost and that is waited for.
    pub retry_s: Option<u32>,
    /// How the native server is.
    pub server: Option<ServerStatus>,
    /// The reader's connections to it.
    pub conversation: Conversation,
    /// What the reader must know, until it is put away.
    pub notice: Option<String>,
    /// What is said of the file, in a session of one.
    pub about: Option<Box<About>>,
    gap_from: Option<Seq>,
    /// What the reader wants in the place of the native server, until it is there.
    asked: Option<Setup>,
    /// The program of the native server whose recording is shown.
    recorded: Option<Program>,
    /// How the last server ended, until the next one begins.
    ended: Option<Reason>,
    /// Whether the reader has halted the picture, so that nothing may take it away.
    held: bool,
    /// What has come since the source began anew while the picture was halted.
    fresh: Option<Recording>,
}

impl Session {
    /// A session that has just been asked for.
    pub fn new(wanted: Wanted) -> Self {
        let ready = wanted == Wanted::Nothing;
        Self {
            wanted,
            recording: Recording::default(),
            beginnings: 0,
            ready,
            connection: Connection::default(),
            retry_s: None,
            server: None,
            conversation: Conversation::default(),
            notice: None,
            about: None,
            gap_from: None,
            asked: None,
            recorded: None,
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

    /// The program whose recording is shown, as far as it is known.
    pub fn program(&self) -> Option<Program> {
        match &self.wanted {
            Wanted::Simulation { program, .. } => Some(*program),
            Wanted::Trace { .. } => {
                self.about.as_ref().map(|about| file::resembles(&about.header, &self.recording))
            }
            Wanted::Nothing => None,
            Wanted::Live => self.recorded.or_else(|| self.server.as_ref().map(|server| server.setup.program)),
        }
    }

    /// What is set of the native server: of the one that the reader wants in its place, if there is one.
    pub fn setup(&self) -> Option<&Setup> {
        self.asked.as_ref().or_else(|| self.server.as_ref().map(|server| &server.setup))
    }

    /// The programs that can take the native server's place; none while there is nobody to ask for one.
    pub fn offered(&self) -> &[Program] {
        match &self.server {
            Some(server) if self.connection == Connection::Connected => &server.offered,
            _ => &[],
        }
    }

    /// Whether the native server takes clients, and stays.
    pub fn serves(&self) -> bool {
        self.connection == Connection::Connected
            && self.asked.is_none()
            && self.server.as_ref().is_some_and(|server| matches!(server.state, ServerState::Running { .. }))
    }

    /// What the gateway is asked for so that this takes the native server's place: nothing if it is there.
    pub fn switch(&mut self, to: Setup) -> Vec<ToGateway> {
        if self.offered().is_empty() || self.setup() == Some(&to) {
            return Vec::new();
        }
        self.asked = Some(to.clone());
        vec![ToGateway::Switch(to)]
    }

    /// Takes in what the source tells.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Connection(connection, reason) => {
                (self.connection, self.retry_s) = (connection, None);
                if connection == Connection::Lost {
                    self.asked = None;
                    self.conversation.all_lost();
                }
                // What was said of the loss stays until there is a connection again.
                if reason.is_some() || connection == Connection::Connected {
                    self.notice = reason;
                }
            }
            Update::Retry(seconds) => self.retry_s = Some(seconds),
            Update::Opened(about) => self.about = Some(about),
            Update::Begin(world) => self.begin(*world),
            Update::Jump(world) => self.recording.jump(*world),
            Update::Batch(batch) => self.fresh.as_mut().unwrap_or(&mut self.recording).extend(&batch),
            Update::Complete { cut_short } => {
                self.ready = true;
                if cut_short {
                    let kept = grouped(self.recording.timeline.len() as u64);
                    self.notice = Some(m::source_cut_short(kept));
                }
            }
            Update::Server(status) => {
                if let ServerState::Ended { reason, .. } = &status.state {
                    self.ended = Some(reason.clone());
                }
                // The one before still tells how it stops.
                self.asked.take_if(|asked| *asked == status.setup && status.state != ServerState::Stopping);
                self.server = Some(status);
            }
            Update::Client(client, event) => self.conversation.apply(client, event),
            Update::Gap(from) => self.gap_from = Some(from),
            Update::Failed(why) => {
                self.ready = true;
                self.notice = Some(m::trace_failed(why));
            }
            Update::Problem(problem) => {
                // It may be the answer to what was asked for; if not, the server tells what it becomes.
                self.asked = None;
                self.notice = Some(problem);
            }
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
        self.recorded = self.server.as_ref().map(|server| server.setup.program);
        self.ready = self.wanted.is_live();
    }

    /// What is to be said of a new beginning at this world; nothing of the first.
    fn why_anew(&mut self, world: &World, held: bool) -> Option<String> {
        let (ended, gap) = (self.ended.take(), self.gap_from.take());
        match (ended, gap) {
            (Some(reason), _) if self.beginnings > 0 => Some(m::source_started_again(ending_text(&reason))),
            (_, Some(from)) => {
                let (from, to) = (grouped(from.next().0), grouped(world.seq.0));
                Some(m::source_gap(from, to))
            }
            _ => held.then(|| m::source_anew().to_owned()),
        }
    }

    /// What the reader must know now: that the server is not there or goes, else the latest notice.
    pub fn message(&self) -> Option<String> {
        let gone =
            |server: &ServerStatus| matches!(server.state, ServerState::Ended { .. } | ServerState::Stopping);
        if self.connection != Connection::Lost && self.server.as_ref().is_some_and(gone) {
            return Some(m::source_server(self.server_text()));
        }
        let before = self.fresh.as_ref().map_or("", |_| m::source_halted_before());
        self.notice.as_ref().map(|notice| format!("{notice}{before}"))
    }
}

#[cfg(test)]
mod tests;
