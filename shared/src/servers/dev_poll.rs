//! `dev-poll`: the set of `poll` lives in the kernel; what has changed is written to it before each wait.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{DevPoll, FOREVER, Mask, Mode, PollFd, Shutdown, Sockets, after};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many entries one call may bring up. More only wait for the next call.
const EVENTS_MAX: usize = 256;

/// A client, and what the kernel was asked to watch it for.
struct Client {
    line: Line,
    watched: Mask,
}

/// The state of the server.
struct Server {
    listener: Fd,
    clients: SortedMap<Fd, Client>,
    /// What is to be written to the set before the next wait.
    changes: Vec<PollFd>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + DevPoll>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let dev = k.devpoll_open().await?;
    let changes = vec![PollFd::new(listener, Mask::IN)];
    let mut server =
        Server { listener, clients: SortedMap::new(), changes, accepting: true, stopping: false };
    let mut ready = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // One call says what has changed, one waits: the set itself does not travel.
        if !server.changes.is_empty() {
            k.devpoll_write(dev, &server.changes).await?;
            server.changes.clear();
        }
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.devpoll_wait(dev, &mut ready, EVENTS_MAX, timeout).await?;
        if count == 0 {
            server.watch_listener(true);
        }

        for entry in &ready {
            if entry.fd == listener {
                server.accept_all(k).await?;
            } else {
                let readable = entry.revents.intersects(Mask::IN | Mask::HUP | Mask::ERR);
                server.serve_ready(k, entry.fd, readable).await?;
            }
        }
    }
    k.close(dev).await
}

impl Server {
    /// Takes every client that waits.
    async fn accept_all<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    self.changes.push(PollFd::new(client.fd, Mask::IN));
                    self.clients.insert(client.fd, Client { line: Line::new(), watched: Mask::IN });
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE) => {
                    self.watch_listener(false);
                    return Ok(());
                }
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Reads what there is, answers at once, and closes when all is done.
    async fn serve_ready<K: Sockets>(&mut self, k: &K, fd: Fd, readable: bool) -> Result<(), Errno> {
        let Some(Client { line, .. }) = self.clients.get_mut(&fd) else { return Ok(()) };
        let mut over = false;
        if readable && line.wants_read() {
            match k.recv(fd, line.room()).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => line.received(count),
                Err(Errno::EAGAIN) => {}
                Err(_) => over = true,
            }
        }
        // Most often there is room: the answer goes out now, and the kernel need not watch for it.
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
        self.watch(fd);
        Ok(())
    }

    /// Notes down what has changed of what is wanted of a client; most often nothing has.
    fn watch(&mut self, fd: Fd) {
        let Some(client) = self.clients.get_mut(&fd) else { return };
        let mut wanted = Mask::empty();
        wanted.set(Mask::IN, client.line.wants_read());
        wanted.set(Mask::OUT, client.line.wants_write());
        if wanted != client.watched {
            let less = !wanted.contains(client.watched);
            client.watched = wanted;
            if less {
                // What is written only adds to what was asked: to ask for less, start anew.
                self.changes.push(PollFd::new(fd, Mask::REMOVE));
            }
            self.changes.push(PollFd::new(fd, wanted));
        }
    }

    /// Watches the listener, or looks away: it would be ready all the time while nothing can be accepted.
    fn watch_listener(&mut self, on: bool) {
        if self.accepting == on || self.stopping {
            return;
        }
        self.accepting = on;
        self.changes.push(PollFd::new(self.listener, if on { Mask::IN } else { Mask::REMOVE }));
    }

    /// Forgets a client; its descriptor may be given to another. Closing does not take it out of the set: its
    /// entry would then be about that other one.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        self.changes.push(PollFd::new(fd, Mask::REMOVE));
        k.close(fd).await?;
        self.watch_listener(true);
        Ok(())
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        self.changes.push(PollFd::new(self.listener, Mask::REMOVE));
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd, true).await?;
            if let Some(client) = self.clients.get_mut(&fd) {
                client.line.stop();
                self.serve_ready(k, fd, false).await?;
            }
        }
        Ok(())
    }
}
