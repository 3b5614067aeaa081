//! What the reader wants to see of the costs against the number of connections.

use loopscope_shared::scale::{Cost, Talk};
use loopscope_shared::servers::Program;

/// Which curves, of which cost, on which axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// The programs, each with a curve.
    pub programs: Vec<Program>,
    /// What is counted for each line.
    pub cost: Cost,
    /// Who talks.
    pub talk: Talk,
    /// Whether the number of connections is on a linear axis.
    pub linear_x: bool,
    /// Whether the cost is.
    pub linear_y: bool,
}

impl Default for Scaling {
    /// The interfaces whose cost grows with all that is watched, and two whose cost does not.
    fn default() -> Self {
        Self {
            programs: vec![Program::Select, Program::Poll, Program::Epoll, Program::IoUring],
            cost: Cost::default(),
            talk: Talk::default(),
            linear_x: false,
            linear_y: false,
        }
    }
}
