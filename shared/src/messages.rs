//! What this crate says to its users: one function for each message of `locales`, in the current language
//! (`language`). Made when the crate is built.

// Made by a machine: what is unused is still complained of.
#![allow(clippy::all, missing_docs, unreachable_pub)]

include!(concat!(env!("OUT_DIR"), "/messages.rs"));
