//! What fingers and the mouse do on the timeline: a click goes somewhere, a drag chooses a stretch of time, with Shift
//! it moves what is seen; one finger swipes it, two pinch it.

use loopscope_shared::time::Nanos;

use crate::model::window::Window;

/// The pointer has been dragged when it is so far from where it went down, in pixels; before, it was a click.
const DRAG_PX: f64 = 4.0;

/// The pointers on the timeline, and what they do since they went down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hand {
    does: Option<Does>,
    /// The fingers: the number of each pointer, and where it was last.
    fingers: Vec<(i32, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    /// It has not moved much: it may become a click.
    Pressed { x: f64, pans: bool },
    /// It chooses a stretch of time, from this instant on.
    Chooses(Nanos),
    /// It moves the window; it was here last.
    Pans(f64),
    /// Two fingers hold two places of the window.
    Pinches,
}

/// What is seen of the timeline while it is touched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// The stretch of time.
    pub window: Window,
    /// How wide it is, in pixels.
    pub width: f64,
    /// The longest stretch that can be seen.
    pub most: Nanos,
}

/// What the reader wants by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// To see that stretch of time.
    See(Window),
    /// To choose it.
    Choose(Window),
}

impl Surface {
    /// The instant at a place, in pixels from the left.
    pub fn at(self, x: f64) -> Nanos {
        self.window.at((x / self.width).clamp(0.0, 1.0))
    }
}

impl Hand {
    /// Whether nothing is held down.
    pub fn is_idle(&self) -> bool {
        self.does.is_none()
    }

    /// A pointer goes down: the mouse, or one more finger. With `pans` it moves what is seen.
    pub fn down(&mut self, x: f64, pans: bool, finger: Option<i32>) {
        self.fingers.extend(finger.map(|id| (id, x)));
        let pinches = self.fingers.len() == 2;
        self.does =
            Some(if pinches { Does::Pinches } else { Does::Pressed { x, pans: pans || finger.is_some() } });
    }

    /// A pointer moves.
    pub fn moved(&mut self, x: f64, finger: Option<i32>, on: Surface) -> Option<Wish> {
        let (does, wish) = match self.does? {
            Does::Pinches => (Does::Pinches, self.pinched(x, finger?, on)),
            Does::Pressed { x: from, .. } if (x - from).abs() < DRAG_PX => return None,
            Does::Pressed { x: from, pans: true } | Does::Pans(from) => {
                (Does::Pans(x), Some(Wish::See(on.window.moved((from - x) / on.width))))
            }
            Does::Pressed { x: from, pans: false } => (Does::Chooses(on.at(from)), None),
            Does::Chooses(from) => {
                let to = on.at(x);
                (Does::Chooses(from), Some(Wish::Choose(Window::between(from.min(to), from.max(to)))))
            }
        };
        self.does = Some(does);
        wish
    }

    /// A pointer is let go, or taken away by the browser: where, if it was a click.
    pub fn up(&mut self, finger: Option<i32>) -> Option<f64> {
        let held = self.fingers.len();
        self.fingers.retain(|(id, _)| Some(*id) != finger);
        match self.does.take()? {
            Does::Pressed { x, .. } => Some(x),
            // What is left of a pinch goes on as a swipe.
            Does::Pinches if held > 2 => {
                self.does = Some(Does::Pinches);
                None
            }
            Does::Pinches => {
                self.does = self.fingers.first().map(|(_, x)| Does::Pans(*x));
                None
            }
            Does::Chooses(_) | Does::Pans(_) => None,
        }
    }

    /// The window in which both fingers hold the instants that they held.
    fn pinched(&mut self, x: f64, finger: i32, on: Surface) -> Option<Wish> {
        let place = self.fingers.iter().position(|(id, _)| *id == finger).filter(|place| *place < 2)?;
        let (moved, other) = (self.fingers[place].1, self.fingers[1 - place].1);
        self.fingers[place].1 = x;
        let (before, after) = ((moved - other).abs(), (x - other).abs());
        let factor = before.max(DRAG_PX) / after.max(DRAG_PX);
        Some(Wish::See(on.window.zoomed(on.window.at(other / on.width), factor, on.most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface() -> Surface {
        let window = Window::between(Nanos(10_000), Nanos(20_000));
        Surface { window, width: 100.0, most: Nanos(1_000_000) }
    }

    #[test]
    fn what_does_not_move_is_a_click() {
        let mut hand = Hand::default();
        hand.down(50.0, false, None);
        assert_eq!(hand.moved(52.0, None, surface()), None);
        assert_eq!(hand.up(None), Some(50.0));
        assert!(hand.is_idle());
        hand.down(50.0, false, Some(1));
        assert_eq!(hand.up(Some(1)), Some(50.0), "a tap too");
    }

    #[test]
    fn a_drag_chooses_and_with_shift_it_moves() {
        let mut hand = Hand::default();
        hand.down(50.0, false, None);
        hand.moved(60.0, None, surface());
        let chosen = hand.moved(20.0, None, surface());
        assert_eq!(chosen, Some(Wish::Choose(Window::between(Nanos(12_000), Nanos(15_000)))));
        assert_eq!(hand.up(None), None);
        hand.down(50.0, true, None);
        let seen = hand.moved(60.0, None, surface());
        assert_eq!(seen, Some(Wish::See(Window::between(Nanos(9_000), Nanos(19_000)))));
    }

    #[test]
    fn one_finger_swipes_and_two_pinch() {
        let mut hand = Hand::default();
        hand.down(50.0, false, Some(1));
        let seen = hand.moved(40.0, Some(1), surface());
        assert_eq!(seen, Some(Wish::See(Window::between(Nanos(11_000), Nanos(21_000)))));
        hand.up(Some(1));
        hand.down(20.0, false, Some(1));
        hand.down(40.0, false, Some(2));
        // The fingers are twice as far from each other: half as much is seen, and what the other holds stays there.
        let Some(Wish::See(seen)) = hand.moved(60.0, Some(2), surface()) else { panic!("it zooms") };
        assert_eq!(seen.span, Nanos(5_000));
        assert_eq!(seen.at(0.2), Nanos(12_000));
        assert_eq!(hand.up(Some(2)), None, "the end of a pinch is no tap");
        assert!(
            matches!(hand.moved(30.0, Some(1), surface()), Some(Wish::See(_))),
            "the last finger swipes on"
        );
        assert_eq!(hand.up(Some(1)), None);
        assert!(hand.is_idle());
    }
}
