//! The binary as its users meet it: real processes, real sockets, ports that the system chooses.

// Processes are watched through /proc and pidfd, and epoll is among the servers.
#![cfg(target_os = "linux")]

mod client;
mod command_line;
mod conform;
mod descriptors;
mod exports;
mod faults;
mod fetch;
mod findings;
mod forbidden;
mod gateway;
mod limits;
mod load;
mod metrics;
mod otlp;
mod probe;
mod process;
mod refusals;
mod scale;
mod simulate;
mod switching;
mod system_calls;
mod torture;
mod traces;
mod viewer;
