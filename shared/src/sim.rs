//! A simulated kernel: virtual time, one CPU, stream sockets, `select` and `epoll`, and clients that follow
//! a script.

use crate::scenario::{Injection, Scenario};
use crate::servers::Program;
use crate::trace::Batch;

/// A run of a program on a scenario, as far as it has been simulated.
#[derive(Debug)]
pub struct Simulation {}

impl Simulation {
    /// A run that has not begun. The injections are added to what the scenario's clients do.
    pub fn new(_program: Program, _scenario: &Scenario, _injections: &[Injection]) -> Self {
        Self {}
    }

    /// Goes on for some `most` events and returns what happened. Empty once the run is over: nothing will
    /// happen any more.
    pub fn run(&mut self, _most: usize) -> Batch {
        Batch::default()
    }
}
