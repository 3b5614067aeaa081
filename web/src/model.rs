//! What the panels show, as plain data: from a `World` and a `Timeline`, without a browser, tested natively.

pub mod stage;
