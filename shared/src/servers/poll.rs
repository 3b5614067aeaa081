//! `poll`: an array with an entry a descriptor.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FOREVER, Mask, Mode, Poll, PollFd, Shutdown, Sockets, after};
use crate::line::Line;
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
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Poll>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let mut server = Server { listener, lines: SortedMap::new(), accepting: true, stopping: false };
    while !(server.stopping && server.lines.is_empty()) {
        // No limit but memory; still, all of it goes down, is gone through, and comes back up.
        let mut fds = server.ask();
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.poll(&mut fds, timeout).await?;
        server.accepting |= count == 0;

        for entry in fds.iter().filter(|entry| !entry.revents.is_empty()) {
            if entry.fd == listener {
                server.accept_all(k).await?;
            } else {
                let readable = entry.revents.intersects(Mask::IN | Mask::HUP | Mask::ERR);
                server.serve_ready(k, entry.fd, readable).await?;
            }
        }
    }
    Ok(())
}

impl Server {
    /// The entries for the next turn: who may send, and who has not taken its answers. The listener is the
    /// last, so that a client that leaves makes room for one that comes.
    fn ask(&self) -> Vec<PollFd> {
        let mut fds = Vec::with_capacity(self.lines.len() + 1);
        for (fd, line) in &self.lines {
            let mut wanted = Mask::empty();
            wanted.set(Mask::IN, line.wants_read());
            wanted.set(Mask::OUT, line.wants_write());
            fds.push(PollFd::new(*fd, wanted));
        }
        if self.accepting && !self.stopping {
            fds.push(PollFd::new(self.listener, Mask::IN));
        }
        fds
    }

    /// Takes every client that waits.
    async fn accept_all<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
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
