//! Sources of events: a simulation or a file in a worker, or the gateway of a running server. All tell the same
//! [`Update`]s. Starting one gives a [`Handle`]; dropping it stops the source.

pub mod files;
mod job;
mod live;
pub mod scaling;

use loopscope_shared::trace::wire::ToGateway;
use yew::Callback;

use crate::model::session::{Update, Wanted};
use crate::worker::{Request, Run};

/// A source that runs.
#[derive(Debug)]
pub enum Handle {
    /// A simulation, or a file.
    Job(job::Handle),
    /// A running server.
    Live(live::Handle),
    /// Nothing.
    Nothing,
}

/// Starts the source that is wanted. Where there is no gateway, Live only says so.
pub fn start(wanted: &Wanted, gateway: bool, tell: Callback<Update>) -> Handle {
    match wanted {
        Wanted::Simulation { program, settings, scenario, injections } => {
            let run = Run {
                program: *program,
                settings: settings.clone(),
                scenario: (**scenario).clone(),
                injections: injections.clone(),
            };
            Handle::Job(job::start(Request::Simulate(Box::new(run)), None, tell))
        }
        Wanted::Live => Handle::Live(live::start(gateway, tell)),
        Wanted::Trace { id, part, name } => {
            Handle::Job(job::start(Request::Open(name.clone(), *part), files::file(*id), tell))
        }
        Wanted::Nothing => Handle::Nothing,
    }
}

impl Handle {
    /// Tries at once to connect again, if it waits for that.
    pub fn retry(&self) {
        if let Self::Live(live) = self {
            live.retry();
        }
    }

    /// Asks the gateway for something. A simulation has nobody to ask.
    pub fn ask(&self, message: &ToGateway) {
        if let Self::Live(live) = self {
            live.ask(message);
        }
    }
}
