//! `epoll-et`: edge-triggered: told once, the program goes on until `EAGAIN`.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, Epoll, EpollEvent, FOREVER, Mask, Mode, Shutdown, Sockets, after};
use crate::line::Line;
use crate::quirks::Quirks;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many events one call may bring up. More only wait for the next call.
const EVENTS_MAX: usize = 256;

/// What is read for an edge, in bytes, when reading stops early on purpose: the chapter's figure.
const EARLY_CHUNK: usize = 1_024;

/// The state of the server.
struct Server {
    listener: Fd,
    epoll: Fd,
    lines: SortedMap<Fd, Line>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
    /// `stop-early`: one accept or one read an edge, as if it came again.
    early: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Epoll>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let epoll = k.epoll_create().await?;
    let asked = EpollEvent::of(listener, Mask::IN | Mask::ET);
    k.epoll_ctl(epoll, CtlOp::Add, listener, asked).await?;
    let early = settings.quirks.contains(Quirks::STOP_EARLY);
    let lines = SortedMap::new();
    let mut server = Server { listener, epoll, lines, accepting: true, stopping: false, early };
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.lines.is_empty()) {
        // Each change is told once. What is left undone now is never mentioned again.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.epoll_wait(epoll, &mut events, EVENTS_MAX, timeout).await?;
        let open = server.lines.len();

        for event in &events {
            if event.fd() == listener {
                server.accept_all(k).await?;
            } else {
                server.serve_ready(k, event.fd()).await?;
            }
        }
        // The edge of those who could not be accepted has gone by.
        if !server.accepting && (count == 0 || server.lines.len() < open) {
            server.accept_all(k).await?;
        }
    }
    k.close(epoll).await
}

impl Server {
    /// Takes every client that waits: one edge may stand for many.
    async fn accept_all<K: Sockets + Epoll>(&mut self, k: &K) -> Result<(), Errno> {
        self.accepting = true;
        while !self.stopping {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    let asked = EpollEvent::of(client.fd, Mask::IN | Mask::OUT | Mask::RDHUP | Mask::ET);
                    k.epoll_ctl(self.epoll, CtlOp::Add, client.fd, asked).await?;
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
            if self.early {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads until there is no more, answers until there is no room, and closes when all is done.
    async fn serve_ready<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(line) = self.lines.get_mut(&fd) else { return Ok(()) };
        let over = drain(k, fd, line, self.early).await.is_err();
        if over || line.is_finished() {
            return self.close(k, fd).await;
        }
        if line.take_goodbye() {
            // A connection that is over by now needs none.
            let _ = k.shutdown(fd, Shutdown::Write).await;
        }
        Ok(())
    }

    /// Forgets a client; its descriptor may be given to another. Closing takes it off the interest list.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.lines.remove(&fd);
        k.close(fd).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets + Epoll>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        k.epoll_ctl(self.epoll, CtlOp::Del, self.listener, EpollEvent::default()).await?;
        let open: Vec<Fd> = self.lines.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd).await?;
            if let Some(line) = self.lines.get_mut(&fd) {
                line.stop();
                self.serve_ready(k, fd).await?;
            }
        }
        Ok(())
    }
}

/// Goes on until the kernel has nothing more to give and takes no more: then the next change is an edge.
async fn drain<K: Sockets>(k: &K, fd: Fd, line: &mut Line, early: bool) -> Result<(), Errno> {
    loop {
        let mut drained = false;
        while !drained && line.wants_read() {
            let room = line.room();
            let most = if early { EARLY_CHUNK.min(room.len()) } else { room.len() };
            match k.recv(fd, &mut room[..most]).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => {
                    line.received(count);
                    drained = early;
                }
                Err(Errno::EAGAIN) => drained = true,
                Err(errno) => return Err(errno),
            }
        }
        while line.wants_write() {
            match k.send(fd, line.output()).await {
                Ok(count) => line.sent(count),
                Err(Errno::EAGAIN) => break,
                Err(errno) => return Err(errno),
            }
        }
        // If answers went out, there is room for what was held back, and the edge of that has gone by.
        if drained || !line.wants_read() {
            return Ok(());
        }
    }
}
