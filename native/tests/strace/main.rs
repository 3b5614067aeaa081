//! Real programs under strace: their logs are imported without a line unread, and what comes out agrees with a
//! plain script's count, with the system's own list of open descriptors, and with what our own servers tell of
//! themselves.
//!
//! `cargo xtask test` installs the programs where it can.

#![cfg(target_os = "linux")]

mod agree;
mod flags;
mod ours;
mod programs;
mod traced;
