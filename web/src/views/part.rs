//! A part of the page that is left as it is until what it depends on has changed: most of the page is the same from
//! one event to the next, and finding that out element by element would take a good part of a frame.

use std::fmt;
use std::rc::Rc;

use yew::prelude::*;

/// How a part is drawn. Drawings are told apart by what they depend on, not by themselves: what a callback in one
/// has taken along must not change, or be a part of that.
#[derive(Clone)]
pub struct Draw(Rc<dyn Fn() -> Html>);

impl Draw {
    /// By this.
    pub fn new(draw: impl Fn() -> Html + 'static) -> Self {
        Self(Rc::new(draw))
    }
}

impl PartialEq for Draw {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draw")
    }
}

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PartProps {
    /// All that it depends on, in words.
    pub of: String,
    /// How it is drawn.
    pub draw: Draw,
}

/// Draws it.
#[component]
pub fn Part(props: &PartProps) -> Html {
    (props.draw.0)()
}
