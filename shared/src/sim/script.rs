//! What a client has yet to do.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::scenario::Step;

/// The steps of a client, and how far it has come. Clients that do the same share the steps.
#[derive(Debug)]
pub(super) struct Script {
    /// What the reader of the page has added before it was connected: that comes first.
    added: VecDeque<Step>,
    steps: Rc<[Step]>,
    /// The index of the next step.
    next: usize,
    /// How often the steps are still done, this time included.
    rounds: u32,
}

impl Script {
    /// So many rounds of the steps.
    pub(super) fn new(steps: Rc<[Step]>, rounds: u32) -> Self {
        let rounds = if steps.is_empty() { 0 } else { rounds };
        Self { added: VecDeque::new(), steps, next: 0, rounds }
    }

    /// The next step.
    pub(super) fn front(&self) -> Option<&Step> {
        let own = if self.rounds > 0 { self.steps.get(self.next) } else { None };
        self.added.front().or(own)
    }

    /// Takes the next step.
    pub(super) fn next(&mut self) -> Option<Step> {
        if let Some(step) = self.added.pop_front() {
            return Some(step);
        }
        let step = self.front()?.clone();
        self.next += 1;
        if self.next == self.steps.len() {
            self.next = 0;
            self.rounds -= 1;
        }
        Some(step)
    }

    /// Adds a step before the first, and after what was added before.
    pub(super) fn add(&mut self, step: Step) {
        self.added.push_back(step);
    }

    /// Leaves out what has not been done.
    pub(super) fn end(&mut self) {
        self.added.clear();
        self.rounds = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_comes_first_and_the_rest_so_often() {
        let mut script = Script::new([Step::Await, Step::Close].into(), 2);
        script.add(Step::HalfClose);
        script.add(Step::Reset);
        let mut done = Vec::new();
        while let Some(front) = script.front().cloned() {
            assert_eq!(script.next().as_ref(), Some(&front));
            done.push(front);
        }
        let round = [Step::Await, Step::Close];
        assert_eq!(done, [&[Step::HalfClose, Step::Reset], &round[..], &round].concat());
        assert_eq!(script.next(), None);
        assert_eq!(Script::new([].into(), 5).next(), None);
    }
}
