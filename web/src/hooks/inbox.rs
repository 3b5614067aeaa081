//! What a source has told and the page has not yet taken in: it is taken in slices, so that the main thread is
//! never busy with it for longer than a part of a frame, however much comes at once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use yew::Callback;

use crate::browser;
use crate::model::session::Update;

/// How long a slice may take, in milliseconds: a third of a frame, since what has come is also to be drawn.
const SLICE_MS: f64 = 5.0;

/// Events that are taken in before the clock is looked at again: less than a millisecond's work.
const EVENTS_AT_ONCE: usize = 256;

/// The updates that wait, and who takes them in.
struct Inbox {
    waiting: VecDeque<Update>,
    slice: Option<Timeout>,
    take: Callback<Update>,
    /// Called at the end of each slice.
    taken: Callback<()>,
}

/// A callback that puts updates aside until there is time for them, in their order. `take` is given one after the
/// other, `taken` is told of the end of each slice. What waits is dropped with the callback.
pub(super) fn inbox(take: Callback<Update>, taken: Callback<()>) -> Callback<Update> {
    let inbox = Rc::new(RefCell::new(Inbox { waiting: VecDeque::new(), slice: None, take, taken }));
    Callback::from(move |update| {
        {
            let waiting = &mut inbox.borrow_mut().waiting;
            match update {
                Update::Batch(batch) => waiting.extend(batch.pieces(EVENTS_AT_ONCE).map(Update::Batch)),
                other => waiting.push_back(other),
            }
        }
        begin(&inbox);
    })
}

/// Has the next slice begin soon, unless it will already.
fn begin(inbox: &Rc<RefCell<Inbox>>) {
    if inbox.borrow().slice.is_none() {
        let weak = Rc::downgrade(inbox);
        inbox.borrow_mut().slice = Some(Timeout::new(0, move || slice(&weak)));
    }
}

fn slice(inbox: &Weak<RefCell<Inbox>>) {
    let Some(inbox) = inbox.upgrade() else { return };
    inbox.borrow_mut().slice = None;
    let (take, taken) = (inbox.borrow().take.clone(), inbox.borrow().taken.clone());
    let end = browser::now_ms() + SLICE_MS;
    while browser::now_ms() < end {
        // The borrow is over before anything is called that may put something in.
        let next = inbox.borrow_mut().waiting.pop_front();
        let Some(update) = next else { break };
        take.emit(update);
    }
    taken.emit(());
    if !inbox.borrow().waiting.is_empty() {
        begin(&inbox);
    }
}
