//! `busy-poll`: every socket is tried, for ever; the program never sleeps.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Mode, Shutdown, Sockets};
use crate::line::Line;
use crate::servers::Settings;
use crate::sorted::SortedMap;

/// The state of the server.
struct Server {
    listener: Fd,
    lines: SortedMap<Fd, Line>,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let mut server = Server { listener, lines: SortedMap::new(), stopping: false };
    while !(server.stopping && server.lines.is_empty()) {
        // Nobody says who is ready: everybody is asked, a system call each, again and again.
        let open: Vec<Fd> = server.lines.keys().copied().collect();
        for fd in open {
            server.serve_ready(k, fd).await?;
        }
        if !server.stopping {
            server.accept_all(k).await?;
        }
    }
    Ok(())
}

impl Server {
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
                // The next round asks again anyway.
                Err(Errno::EMFILE | Errno::ENFILE) => return Ok(()),
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Reads if there is anything, answers if there is room, and closes when all is done.
    async fn serve_ready<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(line) = self.lines.get_mut(&fd) else { return Ok(()) };
        let mut over = false;
        if line.wants_read() {
            match k.recv(fd, line.room()).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => line.received(count),
                // The kernel had nothing: the call was for nothing, as nearly all of them are.
                Err(Errno::EAGAIN) => {}
                Err(_) => over = true,
            }
        }
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
        k.close(fd).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
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
