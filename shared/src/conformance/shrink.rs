//! The smallest part of a script that still fails.

use super::names::Name;
use super::step::{Op, Step};

/// Leaves out of a script whatever it fails without: halves, quarters and so on down to single steps, and then
/// descriptors of the steps that name several; again, until nothing more can go.
pub fn shrink(steps: &[Step], mut fails: impl FnMut(&[Step]) -> bool) -> Vec<Step> {
    let mut kept = steps.to_vec();
    loop {
        let before = kept.clone();
        leave_out_steps(&mut kept, &mut fails);
        leave_out_descriptors(&mut kept, &mut fails);
        if kept == before {
            return kept;
        }
    }
}

fn leave_out_steps(kept: &mut Vec<Step>, fails: &mut impl FnMut(&[Step]) -> bool) {
    let mut length = kept.len().div_ceil(2);
    while length > 0 {
        // From the end, so that what a step needs goes after it.
        let mut end = kept.len();
        while end > 0 {
            let start = end.saturating_sub(length);
            let mut rest = kept.clone();
            rest.drain(start..end);
            if fails(&rest) {
                *kept = rest;
            }
            end = start.min(kept.len());
        }
        length /= 2;
    }
}

fn leave_out_descriptors(kept: &mut Vec<Step>, fails: &mut impl FnMut(&[Step]) -> bool) {
    for place in 0..kept.len() {
        let mut next = 0;
        while let Some(op) = without(&kept[place].op, next) {
            let mut rest = kept.clone();
            rest[place].op = op;
            if fails(&rest) {
                *kept = rest;
            } else {
                next += 1;
            }
        }
    }
}

/// The step without one of the descriptors that it names; `None` if it has not so many.
fn without(op: &Op, place: usize) -> Option<Op> {
    let mut op = op.clone();
    match &mut op {
        Op::Poll { fds, .. } if place < fds.len() => {
            fds.remove(place);
        }
        Op::Select { read, write, except, .. } => {
            let mut place = place;
            let set = [read, write, except].into_iter().find(|set| {
                let found = place < set.len();
                place -= if found { 0 } else { set.len() };
                found
            });
            let set: &mut Vec<Name> = set?;
            set.remove(place);
        }
        _ => return None,
    }
    Some(op)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::random;

    #[test]
    fn what_is_left_fails_and_nothing_more_can_go() {
        let steps = random::script(3, 1);
        let (first, last) = (steps[2].clone(), steps[steps.len() - 3].clone());
        let fails = |steps: &[Step]| {
            let place = |wanted: &Step| steps.iter().position(|step| step == wanted);
            place(&first).zip(place(&last)).is_some_and(|(first, last)| first < last)
        };
        assert_eq!(shrink(&steps, fails), [first.clone(), last.clone()]);
    }

    #[test]
    fn a_poll_is_left_with_the_descriptor_that_matters() {
        let name = |name: &str| Name::of(name);
        let read = vec![name("a"), name("b")];
        let write = vec![name("c")];
        let op = Op::Select { read, write, except: vec![], timeout_ms: Some(0), nfds: None };
        let kept = shrink(&[Step::of(op)], |steps| match steps {
            [Step { op: Op::Select { write, .. }, .. }] => write.len() == 1,
            _ => false,
        });
        let Op::Select { read, write, .. } = &kept[0].op else { panic!("{kept:?}") };
        assert_eq!((read.len(), write.len()), (0, 1));
    }
}
