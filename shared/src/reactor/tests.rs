//! The loop and its back-ends.
