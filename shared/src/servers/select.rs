//! `select`: three sets of bits, rebuilt for each call.

use std::collections::BTreeMap;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FD_SETSIZE, FOREVER, FdSets, Mode, Select, Shutdown, Sockets, after};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};

/// The state of the server.
struct Server {
    listener: Fd,
    lines: BTreeMap<Fd, Line>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Select>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let mut server = Server { listener, lines: BTreeMap::new(), accepting: true, stopping: false };
    while !(server.stopping && server.lines.is_empty()) {
        // The call overwrites its sets, so each turn begins by asking for everything again.
        let mut sets = server.ask();
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.select(&mut sets, timeout).await?;
        server.accepting |= count == 0;

        let ready: Vec<Fd> = server.lines.keys().copied().collect();
        for fd in ready {
            if sets.read.contains(fd) || sets.write.contains(fd) {
                server.serve_ready(k, fd, sets.read.contains(fd)).await?;
            }
        }
        if sets.read.contains(listener) {
            server.accept_all(k).await?;
        }
    }
    Ok(())
}

impl Server {
    /// The sets for the next turn: who may send, and who has not taken its answers.
    fn ask(&self) -> FdSets {
        let mut sets = FdSets::new();
        if self.accepting && !self.stopping {
            // In range: the listener was opened before any connection.
            let _ = sets.read.insert(self.listener);
        }
        for (fd, line) in &self.lines {
            // In range: `accept_all` turns away what is not.
            if line.wants_read() {
                let _ = sets.read.insert(*fd);
            }
            if line.wants_write() {
                let _ = sets.write.insert(*fd);
            }
        }
        sets
    }

    /// Takes every client that waits.
    async fn accept_all<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) if client.fd.0 as usize >= FD_SETSIZE => k.close(client.fd).await?,
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    self.lines.insert(client.fd, Line::new());
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE) => {
                    self.accepting = false;
                    return Ok(());
                }
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Reads what there is, answers at once, and closes when all is done.
    async fn serve_ready<K: Sockets>(&mut self, k: &K, fd: Fd, readable: bool) -> Result<(), Errno> {
        let Some(line) = self.lines.get_mut(&fd) else { return Ok(()) };
        let mut over = false;
        if readable && line.wants_read() {
            match k.recv(fd, line.room()).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => line.received(count),
                Err(Errno::EAGAIN) => {}
                Err(_) => over = true,
            }
        }
        // Most often there is room: the answer goes out now, not a turn later.
        if line.wants_write() && !over {
            match k.send(fd, line.output()).await {
                Ok(count) => line.sent(count),
                Err(Errno::EAGAIN) => {}
                Err(_) => over = true,
            }
        }
        if over || line.is_finished() {
            return self.close(k, fd).await;
        }
        if line.take_goodbye() {
            // A connection that is over by now needs none.
            let _ = k.shutdown(fd, Shutdown::Write).await;
        }
        Ok(())
    }

    /// Forgets a client; its descriptor may be given to another.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.lines.remove(&fd);
        self.accepting = true;
        k.close(fd).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        let open: Vec<Fd> = self.lines.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd, true).await?;
            if let Some(line) = self.lines.get_mut(&fd) {
                line.stop();
                self.serve_ready(k, fd, false).await?;
            }
        }
        Ok(())
    }
}
