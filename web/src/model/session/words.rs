//! How the native server is, in words.

use loopscope_shared::servers::Setup;
use loopscope_shared::trace::wire::{End, Reason, ServerState};

use super::Session;
use crate::messages as m;
use crate::model::text::grouped;

impl Session {
    /// How the native server is, in words; empty while nothing is known of it.
    pub fn server_text(&self) -> String {
        let Some(server) = &self.server else { return String::new() };
        let name = server.setup.program.name();
        match &server.state {
            ServerState::Starting => m::server_starting(name),
            ServerState::Running { pid, listen } => m::server_running(name, listen, pid),
            ServerState::Stopping => {
                let next = self.asked.as_ref().map_or_else(String::new, |next| next_text(name, next));
                m::server_stopping(name, next)
            }
            ServerState::Ended { reason, restart_ms } => {
                m::server_ended(name, ending_text(reason), grouped(*restart_ms))
            }
        }
    }
}

/// How a server ended, and what it said last, as it said it.
pub(super) fn ending_text(Reason { how, said }: &Reason) -> String {
    let how = match how {
        End::Exit(code) => m::server_end_exit(code),
        End::Signal(signal) => m::server_end_signal(signal),
        End::Failed => m::server_end_failed().to_owned(),
    };
    if said.is_empty() { how } else { m::server_end_said(how, said) }
}

/// What comes after the server of that name.
fn next_text(name: &str, next: &Setup) -> String {
    match next.program.name() {
        same if same == name => m::server_next_same().to_owned(),
        next => m::server_next(next),
    }
}
