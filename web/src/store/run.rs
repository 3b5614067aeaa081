//! A simulated run, as it is asked for: which program, how it is set, on which scenario, and what the reader
//! changed and added.

use std::rc::Rc;

use loopscope_shared::scenario::{Injection, PRESETS, Scenario, preset};
use loopscope_shared::servers::{Program, Settings};

use crate::store::tuning::Tuning;

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The program.
    pub program: Program,
    /// What the reader sets of it.
    pub tuning: Tuning,
    /// What it meets.
    pub load: Load,
}

/// What a program meets.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The preset by its name; of a scenario of the reader's own, the one that it was made from.
    pub scenario: String,
    /// What the reader made of it, if anything.
    pub own: Option<Rc<Scenario>>,
    /// The seed; the scenario's own if there is none.
    pub seed: Option<u64>,
    /// What the reader added while it ran, in the order of adding.
    pub injections: Vec<Injection>,
}

impl Load {
    /// A preset as it is.
    pub fn preset(name: String) -> Self {
        Self { scenario: name, own: None, seed: None, injections: Vec::new() }
    }

    /// The scenario, with the seed in it.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = match &self.own {
            Some(own) => (**own).clone(),
            None => preset(&self.scenario)
                .or_else(|| preset(&default_scenario()))
                .expect("the first preset is found by its name: a test of `scenario` holds that"),
        };
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        scenario
    }
}

impl Default for Run {
    /// What is shown unless told otherwise.
    fn default() -> Self {
        Self { program: Program::Select, tuning: Tuning::default(), load: Load::preset(default_scenario()) }
    }
}

impl Run {
    /// What is set of the program, by the scenario and by the reader.
    pub fn settings(&self) -> Settings {
        self.tuning.over(self.load.scenario().settings)
    }

    /// Takes another program. A preset that says nothing about it gives way to one that does.
    pub fn set_program(&mut self, program: Program) {
        self.program = program;
        self.tuning = Tuning::default();
        let suits = |scenario: &Scenario| scenario.is_for(program);
        if self.load.own.is_some() || suits(&self.load.scenario()) {
            return;
        }
        if let Some(scenario) = PRESETS.iter().filter_map(|name| preset(name)).find(suits) {
            self.load = Load::preset(scenario.name);
        }
    }

    /// Takes another preset. A program about which it says nothing gives way to the one that it is best seen with.
    pub fn set_scenario(&mut self, name: String) {
        self.load = Load::preset(name);
        self.tuning = Tuning::default();
        let scenario = self.load.scenario();
        if !scenario.is_for(self.program) {
            self.program = scenario.usual_program().unwrap_or(self.program);
        }
    }

    /// The same with another program, to be compared with unless the reader names one: `epoll`, beside which
    /// `select`, or else whichever suits the scenario.
    pub fn rival(&self) -> Option<Self> {
        let scenario = self.load.scenario();
        let other = |program: &Program| *program != self.program && scenario.is_for(*program);
        let program = [Program::Epoll, Program::Select].into_iter().find(other);
        let program = program.or_else(|| scenario.programs().find(other))?;
        Some(Self { program, tuning: Tuning::default(), load: self.load.clone() })
    }
}

/// The scenario that is shown unless told otherwise: the first of the presets.
pub fn default_scenario() -> String {
    PRESETS.first().copied().unwrap_or_default().to_owned()
}
