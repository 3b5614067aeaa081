//! The binary as its users meet it: real processes, real sockets, ports that the system chooses.

mod client;
mod command_line;
mod gateway;
mod process;
mod system_calls;
mod torture;
mod viewer;
