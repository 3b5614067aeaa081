//! `select`: three sets of bits, rebuilt for each call.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FD_SETSIZE, FOREVER, FdSets, Mode, Note, Select, Shutdown, Sockets, Tells, after};
use crate::line::{Line, Lost};
use crate::quirks::Quirks;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// The state of the server.
struct Server {
    listener: Fd,
    lines: SortedMap<Fd, Line>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
    quirks: Quirks,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Select + Tells>(
    k: &K,
    listener: Fd,
    settings: &Settings,
) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let (lines, quirks) = (SortedMap::new(), settings.quirks);
    let mut server = Server { listener, lines, accepting: true, stopping: false, quirks };
    while !(server.stopping && server.lines.is_empty()) {
        // The call overwrites its sets, so each turn begins by asking for everything again.
        let mut sets = server.ask();
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.select(&mut sets, timeout).await?;
        server.accepting |= count == 0;

        let ready: Vec<Fd> = server.lines.keys().copied().collect();
        for fd in ready {
            let (readable, writable) = (sets.read.contains(fd), sets.write.contains(fd));
            if readable || writable {
                server.serve_ready(k, fd, readable, writable).await?;
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
    async fn accept_all<K: Sockets + Tells>(&mut self, k: &K) -> Result<(), Errno> {
        let slots = FD_SETSIZE + usize::from(self.quirks.contains(Quirks::OFF_BY_ONE));
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) if client.fd.0 as usize >= slots => k.close(client.fd).await?,
                Ok(client) => {
                    if !self.quirks.contains(Quirks::NO_NODELAY) {
                        k.set_nodelay(client.fd).await?;
                    }
                    self.lines.insert(client.fd, Line::with(self.quirks));
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE) => {
                    self.accepting = self.quirks.contains(Quirks::EMFILE_SPIN);
                    return Ok(());
                }
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
            if self.quirks.contains(Quirks::ONE_ACCEPT) {
                return Ok(());
            }
        }
    }

    /// Reads what there is, answers at once, and closes when all is done.
    async fn serve_ready<K: Sockets + Tells>(
        &mut self,
        k: &K,
        fd: Fd,
        readable: bool,
        writable: bool,
    ) -> Result<(), Errno> {
        let Some(line) = self.lines.get_mut(&fd) else { return Ok(()) };
        let mut over = false;
        while readable && line.wants_read() && !over {
            match k.recv(fd, line.room()).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => line.received(count),
                Err(Errno::EAGAIN) => break,
                Err(_) => over = true,
            }
            if let Some(Lost { bytes, lines }) = line.take_lost() {
                k.tell(Note::Discarded { fd, bytes, lines });
            }
            if !line.reads_on() {
                break;
            }
        }
        // Most often there is room: the answer goes out now, not a turn later.
        let now = writable || !self.quirks.contains(Quirks::WRITE_INTEREST_FIRST);
        if line.wants_write() && !over && now {
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
    async fn stop<K: Sockets + Tells>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        let open: Vec<Fd> = self.lines.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd, true, true).await?;
            if let Some(line) = self.lines.get_mut(&fd) {
                line.stop();
                self.serve_ready(k, fd, false, true).await?;
            }
        }
        Ok(())
    }
}
