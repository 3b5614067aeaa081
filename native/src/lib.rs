//! Loopscope's native side: the servers on the real kernel, and the gateway that shows them to a page.
//!
//! Two processes, which meet at a channel and nowhere else:
//!
//! - the serving side: [`os`] (the traits of the model on the real kernel), [`server`] (one server, one
//!   thread, no async runtime), and, if it is watched, [`tap`], [`ring`] and [`forward`];
//! - the observing side: [`supervisor`] (starts and watches the server's process), [`collector`] (what is
//!   known of it), [`gateway`] (the page and its viewers) and [`metrics`] (the figures for Prometheus).
//!
//! [`frame`] is the form of what crosses between them, [`totals`] what is counted. [`cli`] is what was typed, [`config`] what is meant.
//!
//! [`simulate`] needs neither: it runs a program of [`scenarios`] on the simulated kernel and prints its
//! [`figures`]. `calibrate` measures what calls cost on this machine, and `scale` what lines cost its servers.
//!
//! [`traces`] are files: [`record`] makes one of what a server does, [`import`] of what strace has written of any
//! program, [`replay`] opens one in the page, [`info`] tells what is in one, [`findings`] what is wrong with what it
//! shows, and [`export`] makes files of it that other tools open.

pub mod cli;
pub mod config;

pub mod os;

pub mod listener;

pub mod forward;
pub mod frame;
pub mod looking;
pub mod ring;
pub mod server;
pub mod tap;
pub mod totals;

pub mod collector;
pub mod gateway;
pub mod logs;
pub mod metrics;
pub mod otlp;
pub mod supervisor;

pub mod catalogue;
pub mod conform;
pub mod fetch;
pub mod send;

#[cfg(target_os = "linux")]
pub mod calibrate;
pub mod export;
pub mod figures;
pub mod findings;
pub mod import;
pub mod info;
pub mod record;
pub mod replay;
#[cfg(target_os = "linux")]
pub mod scale;
pub mod scenarios;
pub mod simulate;
pub mod traces;
