//! `kqueue`: what has changed goes down and what is ready comes up, with counts, in one and the same call.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FOREVER, Filter, Kevent, KeventFlags, Kqueue, Mode, Shutdown, Sockets, after};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many events one call may bring up. More only wait for the next call, which brings them first.
const EVENTS_MAX: usize = 256;

/// A client, and which of its filters the kernel was asked to watch.
struct Client {
    line: Line,
    reads: bool,
    writes: bool,
}

/// The state of the server.
struct Server {
    listener: Fd,
    clients: SortedMap<Fd, Client>,
    /// What the kernel is to be told with the next call.
    changes: Vec<Kevent>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Kqueue>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let queue = k.kqueue().await?;
    let (clients, changes) = (SortedMap::new(), Vec::new());
    let mut server = Server { listener, clients, changes, accepting: true, stopping: false };
    server.change(listener, Filter::Read, KeventFlags::ADD);
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // All that has changed goes down, and all that is ready comes up: no call only to say what is wanted.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let changes = std::mem::take(&mut server.changes);
        let count = k.kevent(queue, &changes, &mut events, EVENTS_MAX, timeout).await?;
        if count == 0 {
            server.watch_listener(true);
        }

        for event in &events {
            if event.flags.contains(KeventFlags::ERROR) {
                return Err(event.error.unwrap_or(Errno::EINVAL));
            } else if event.fd == listener {
                server.accept_all(k, event.data).await?;
            } else {
                server.serve_ready(k, event.fd, event.filter == Filter::Read).await?;
            }
        }
    }
    k.close(queue).await
}

impl Server {
    /// Takes every client that waits: the event says how many there are, so nobody asks in vain.
    async fn accept_all<K: Sockets>(&mut self, k: &K, waiting: u32) -> Result<(), Errno> {
        // None waits at a listener that was shut down: the one call finds that out.
        for _ in 0..waiting.max(1) {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    self.change(client.fd, Filter::Read, KeventFlags::ADD);
                    let line = Line::new();
                    self.clients.insert(client.fd, Client { line, reads: true, writes: false });
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
        Ok(())
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
        let (reads, writes) = (client.line.wants_read(), client.line.wants_write());
        let read_changed = std::mem::replace(&mut client.reads, reads) != reads;
        let write_changed = std::mem::replace(&mut client.writes, writes) != writes;
        let add_or_delete = |wanted| if wanted { KeventFlags::ADD } else { KeventFlags::DELETE };
        // Reading and writing are two registrations, and each has events of its own.
        if read_changed {
            self.change(fd, Filter::Read, add_or_delete(reads));
        }
        if write_changed {
            self.change(fd, Filter::Write, add_or_delete(writes));
        }
    }

    /// Watches the listener, or looks away: it would be ready all the time while nothing can be accepted.
    fn watch_listener(&mut self, on: bool) {
        if self.accepting == on || self.stopping {
            return;
        }
        self.accepting = on;
        let flags = if on { KeventFlags::ENABLE } else { KeventFlags::DISABLE };
        self.change(self.listener, Filter::Read, flags);
    }

    /// Notes down a change for the next call.
    fn change(&mut self, fd: Fd, filter: Filter, flags: KeventFlags) {
        self.changes.push(Kevent::change(fd, filter, flags));
    }

    /// Forgets a client; its descriptor may be given to another. Closing ends its registrations, and what was
    /// to be told of it no longer holds.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        self.changes.retain(|change| change.fd != fd);
        k.close(fd).await?;
        self.watch_listener(true);
        Ok(())
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        self.change(self.listener, Filter::Read, KeventFlags::DELETE);
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
