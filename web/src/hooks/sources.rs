//! The sources of the servers: fetched when they are to be shown.

use std::cell::RefCell;
use std::rc::Rc;

use loopscope_shared::servers::Program;
use loopscope_shared::sorted::SortedMap;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::texts::{self, Missing};

/// The text of a source, or why there is none; `None` while it is on its way.
pub type Fetched = Option<Result<Rc<str>, Missing>>;

/// The source with that index in [`loopscope_shared::servers::SOURCES`]. Together with it come those of a program: its
/// tasks may be in another one with the next event. What could not be had is asked for again with the next program.
#[hook]
pub fn use_source(program: Program, index: usize) -> Fetched {
    let missing = use_mut_ref(SortedMap::<usize, Missing>::new);
    let update = use_force_update();
    {
        let missing = missing.clone();
        use_effect_with((program, index), move |(program, index)| {
            let wanted =
                program.sources().chain([*index]).filter(|index| texts::known_source(*index).is_none());
            for index in wanted.collect::<Vec<_>>() {
                spawn_local(fetch(index, missing.clone(), update.clone()));
            }
        });
    }
    let missing = || missing.borrow().get(&index).cloned().map(Err);
    texts::known_source(index).map(Ok).or_else(missing)
}

async fn fetch(index: usize, missing: Rc<RefCell<SortedMap<usize, Missing>>>, update: UseForceUpdateHandle) {
    match texts::source(index).await {
        Ok(_) => drop(missing.borrow_mut().remove(&index)),
        Err(why) => drop(missing.borrow_mut().insert(index, why)),
    }
    update.force_update();
}
