//! `mio`: edge-triggered, over epoll or kqueue.

use std::collections::{BTreeMap, BTreeSet};

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FOREVER, Interest, Mask, Mode, Selector, Shutdown, Sockets, Timeout, Token, after};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::time::Nanos;

/// How many events one call may bring up. More only wait for the next call.
const EVENTS_MAX: usize = 256;

/// How many reads in a row one client gets before the others have their turn.
const READS_MAX: usize = 16;

/// A client.
struct Client {
    line: Line,
    /// An edge has told that no more input will come: reading must go on to the end, no other edge will.
    hangup: bool,
}

/// The state of the server.
struct Server {
    listener: Fd,
    selector: Fd,
    clients: BTreeMap<Fd, Client>,
    /// Clients that had their turn and are not done: no edge will tell of what is there already.
    unfinished: BTreeSet<Fd>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Selector>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let selector = k.selector_create().await?;
    k.selector_register(selector, listener, Token(listener.0 as u64), Interest::Read).await?;
    let (clients, unfinished) = (BTreeMap::new(), BTreeSet::new());
    let mut server = Server { listener, selector, clients, unfinished, accepting: true, stopping: false };
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // Each change is told once: whoever was left with work to do must be remembered here.
        let count = k.selector_wait(selector, &mut events, EVENTS_MAX, server.timeout()).await?;
        let again = std::mem::take(&mut server.unfinished);
        let open = server.clients.len();

        for event in &events {
            if event.fd() == listener {
                server.accept_all(k).await?;
            } else {
                let hangup = event.events.intersects(Mask::RDHUP | Mask::HUP | Mask::ERR);
                server.serve_ready(k, event.fd(), hangup).await?;
            }
        }
        for fd in again {
            server.serve_ready(k, fd, false).await?;
        }
        if !server.accepting && (count == 0 || server.clients.len() < open) {
            server.accept_all(k).await?;
        }
    }
    k.close(selector).await
}

impl Server {
    /// How long to wait: not at all while there is work, a moment if there were no descriptors left.
    fn timeout(&self) -> Timeout {
        match () {
            () if !self.unfinished.is_empty() => after(Nanos::ZERO),
            () if !self.accepting && !self.stopping => after(ACCEPT_PAUSE),
            () => FOREVER,
        }
    }

    /// Takes every client that waits: one edge may stand for many.
    async fn accept_all<K: Sockets + Selector>(&mut self, k: &K) -> Result<(), Errno> {
        self.accepting = true;
        while !self.stopping {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    let token = Token(client.fd.0 as u64);
                    k.selector_register(self.selector, client.fd, token, Interest::ReadWrite).await?;
                    self.clients.insert(client.fd, Client { line: Line::new(), hangup: false });
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
        Ok(())
    }

    /// Reads and answers until there is no more to do now, and closes when all is done.
    async fn serve_ready<K: Sockets>(&mut self, k: &K, fd: Fd, hangup: bool) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        client.hangup |= hangup;
        for _ in 0..READS_MAX {
            let held_back = !client.line.wants_read();
            let mut more = false;
            if !held_back {
                let room = client.line.room();
                let most = room.len();
                match k.recv(fd, room).await {
                    Ok(0) => client.line.end_of_input(),
                    Ok(count) => {
                        client.line.received(count);
                        // A short read has emptied the socket: what comes later brings an edge of its own.
                        more = count == most || client.hangup;
                    }
                    Err(Errno::EAGAIN) => {}
                    Err(_) => return self.close(k, fd).await,
                }
            }
            if client.line.wants_write() {
                match k.send(fd, client.line.output()).await {
                    Ok(count) => client.line.sent(count),
                    // There is an edge when there is room again.
                    Err(Errno::EAGAIN) => {}
                    Err(_) => return self.close(k, fd).await,
                }
            }
            if client.line.is_finished() {
                return self.close(k, fd).await;
            }
            if client.line.take_goodbye() {
                // A connection that is over by now needs none.
                let _ = k.shutdown(fd, Shutdown::Write).await;
            }
            // The edge of what was held back has gone by.
            more |= held_back && client.line.wants_read();
            if !more {
                return Ok(());
            }
        }
        self.unfinished.insert(fd);
        Ok(())
    }

    /// Forgets a client; its descriptor may be given to another. Closing ends its registration.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        self.unfinished.remove(&fd);
        k.close(fd).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets + Selector>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        k.selector_deregister(self.selector, self.listener).await?;
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd, false).await?;
            if let Some(client) = self.clients.get_mut(&fd) {
                client.line.stop();
                self.serve_ready(k, fd, false).await?;
            }
        }
        Ok(())
    }
}
