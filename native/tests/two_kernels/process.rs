//! A server in a process of its own, which tells what it does as it tells a gateway.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use loopscope::frame;
use loopscope_shared::servers::Program;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};
use rustix::process::{Pid, Signal};

use crate::Shared;
use crate::transcript::Transcript;

/// The process, and what it has told.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
}

impl Server {
    pub(crate) fn start(program: Program) -> Self {
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .args(["server", program.name(), "--tap", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap().parse().unwrap();
        let shared = Arc::new(Shared::default());
        let telling = shared.clone();
        std::thread::spawn(move || listen(program, &ours, &telling));
        Self { child, address, shared }
    }

    /// Ends it, which is no part of what is compared.
    pub(crate) fn end(mut self) {
        rustix::process::kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

/// Takes in what the processes of the server tell. They tell it one beside the other, so it is put into order by its
/// instants, which all have from one clock.
fn listen(program: Program, channel: &OwnedFd, shared: &Shared) {
    let mut record = vec![0; frame::RECORD_MAX];
    let mut told = Vec::new();
    while let Ok((length @ 1.., _)) = rustix::net::recv(channel, &mut record[..], RecvFlags::empty()) {
        let mut rest = &record[..length];
        while let Some((event, payload)) = frame::take_event(&mut rest).unwrap() {
            told.push((event, payload.to_vec()));
        }
        told.sort_by_key(|(event, _)| event.at);
        let mut transcript = Transcript::default();
        for (event, payload) in &told {
            transcript.record(program, event, payload);
        }
        *shared.transcript.lock().unwrap() = transcript;
        shared.more.notify_all();
    }
}
