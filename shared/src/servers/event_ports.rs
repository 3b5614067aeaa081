//! `event-ports`: an association is used up by its event, and made again when the event has been dealt with.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{EventPorts, FOREVER, Mask, Mode, Shutdown, Sockets, after};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many events one call may bring up. More only wait for the next call.
const EVENTS_MAX: usize = 256;

/// The state of the server.
struct Server {
    listener: Fd,
    port: Fd,
    clients: SortedMap<Fd, Line>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + EventPorts>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let port = k.port_create().await?;
    let mut server = Server { listener, port, clients: SortedMap::new(), accepting: true, stopping: false };
    server.associate(k, listener, Mask::IN).await?;
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // What comes up is no longer associated: whoever forgets to do it again hears no more of it.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        match k.port_getn(port, &mut events, EVENTS_MAX, 1, timeout).await {
            Ok(_) => {}
            Err(Errno::ETIME) => server.accept_again(k).await?,
            Err(errno) => return Err(errno),
        }

        for event in &events {
            if event.fd == listener {
                server.accept_all(k).await?;
            } else {
                let readable = event.events.intersects(Mask::IN | Mask::HUP | Mask::ERR);
                server.serve_ready(k, event.fd, readable).await?;
            }
        }
    }
    k.close(port).await
}

impl Server {
    /// Takes every client that waits, and associates the listener again.
    async fn accept_all<K: Sockets + EventPorts>(&mut self, k: &K) -> Result<(), Errno> {
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    self.associate(k, client.fd, Mask::IN).await?;
                    self.clients.insert(client.fd, Line::new());
                }
                Err(Errno::EAGAIN) => return self.associate(k, self.listener, Mask::IN).await,
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE) => {
                    // It would be ready all the time while nothing can be accepted: it stays unassociated.
                    self.accepting = false;
                    return Ok(());
                }
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Reads what there is, answers at once, and closes when all is done.
    async fn serve_ready<K: Sockets + EventPorts>(
        &mut self,
        k: &K,
        fd: Fd,
        readable: bool,
    ) -> Result<(), Errno> {
        let Some(line) = self.clients.get_mut(&fd) else { return Ok(()) };
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
        self.watch(k, fd).await
    }

    /// Tells the kernel what is wanted of a client, every time. What is so already is an event at once, so
    /// nothing can slip through between the event and this.
    async fn watch<K: EventPorts>(&self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(line) = self.clients.get(&fd) else { return Ok(()) };
        let mut wanted = Mask::empty();
        wanted.set(Mask::IN, line.wants_read());
        wanted.set(Mask::OUT, line.wants_write());
        self.associate(k, fd, wanted).await
    }

    /// Associates a descriptor, for one event.
    async fn associate<K: EventPorts>(&self, k: &K, fd: Fd, wanted: Mask) -> Result<(), Errno> {
        k.port_associate(self.port, fd, wanted, fd.0 as u64).await
    }

    /// Listens again, if it did not.
    async fn accept_again<K: EventPorts>(&mut self, k: &K) -> Result<(), Errno> {
        if self.accepting || self.stopping {
            return Ok(());
        }
        self.accepting = true;
        self.associate(k, self.listener, Mask::IN).await
    }

    /// Forgets a client; its descriptor may be given to another. Closing ends its association.
    async fn close<K: Sockets + EventPorts>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        k.close(fd).await?;
        self.accept_again(k).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets + EventPorts>(&mut self, k: &K) -> Result<(), Errno> {
        // The event that told of it has used up the listener's association.
        self.stopping = true;
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            self.serve_ready(k, fd, true).await?;
            if let Some(line) = self.clients.get_mut(&fd) {
                line.stop();
                self.serve_ready(k, fd, false).await?;
            }
        }
        Ok(())
    }
}
