//! `epoll`: the interest list stays in the kernel, level-triggered.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{
    CtlOp, Descriptors, Epoll, EpollEvent, FOREVER, Mask, Mode, Shutdown, Sockets, Tasks, after,
};
use crate::line::Line;
use crate::quirks::Quirks;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many events one call may bring up. More only wait for the next call, which brings them first.
const EVENTS_MAX: usize = 256;

/// A client, and what the kernel was asked to watch it for.
struct Client {
    line: Line,
    watched: Mask,
}

/// The state of the server.
struct Server {
    listener: Fd,
    /// What the listener is watched for.
    interest: Mask,
    epoll: Fd,
    clients: SortedMap<Fd, Client>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
    /// `dup-ghost`: a second descriptor of each connection stays behind.
    ghosts: bool,
}

/// Serves clients of `listener` until it is shut down, with as many loops as the settings say.
pub async fn serve<K>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Epoll + Tasks + Descriptors + 'static,
{
    k.set_nonblocking(listener, true).await?;
    // Of several loops a client is to wake one.
    let alone = settings.loops == 1 || settings.quirks.contains(Quirks::HERD);
    let interest = if alone { Mask::IN } else { Mask::IN | Mask::EXCLUSIVE };
    let ghosts = settings.quirks.contains(Quirks::DUP_GHOST);
    let another = move |own: K| async move {
        // One of these that fails ends alone: the clients of the others are served on.
        let _ = serve_loop(&own, listener, interest, ghosts).await;
    };
    for _ in 1..settings.loops {
        k.spawn_thread(another).await?;
    }
    serve_loop(k, listener, interest, ghosts).await
}

/// One loop, with an interest list of its own.
async fn serve_loop<K>(k: &K, listener: Fd, interest: Mask, ghosts: bool) -> Result<(), Errno>
where
    K: Sockets + Epoll + Descriptors,
{
    let epoll = k.epoll_create().await?;
    k.epoll_ctl(epoll, CtlOp::Add, listener, EpollEvent::of(listener, interest)).await?;
    let clients = SortedMap::new();
    let mut server = Server { listener, interest, epoll, clients, accepting: true, stopping: false, ghosts };
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // What is watched was said before: the call carries nothing down, and up only what is ready.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.epoll_wait(epoll, &mut events, EVENTS_MAX, timeout).await?;
        if count == 0 {
            server.watch_listener(k, true).await?;
        }

        for event in &events {
            if event.fd() == listener {
                server.accept_all(k).await?;
            } else {
                let readable = event.events.intersects(Mask::IN | Mask::HUP | Mask::ERR);
                server.serve_ready(k, event.fd(), readable).await?;
            }
        }
    }
    k.close(epoll).await
}

impl Server {
    /// Takes every client that waits.
    async fn accept_all<K: Sockets + Epoll + Descriptors>(&mut self, k: &K) -> Result<(), Errno> {
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    k.epoll_ctl(self.epoll, CtlOp::Add, client.fd, EpollEvent::of(client.fd, Mask::IN))
                        .await?;
                    self.clients.insert(client.fd, Client { line: Line::new(), watched: Mask::IN });
                    if self.ghosts {
                        k.dup(client.fd).await?;
                    }
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE) => return self.watch_listener(k, false).await,
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Reads what there is, answers at once, and closes when all is done.
    async fn serve_ready<K: Sockets + Epoll>(&mut self, k: &K, fd: Fd, readable: bool) -> Result<(), Errno> {
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
        self.watch(k, fd).await
    }

    /// Tells the kernel if what is wanted of a client has changed; most often it has not.
    async fn watch<K: Epoll>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        let mut wanted = Mask::empty();
        wanted.set(Mask::IN, client.line.wants_read());
        wanted.set(Mask::OUT, client.line.wants_write());
        if wanted != client.watched {
            client.watched = wanted;
            k.epoll_ctl(self.epoll, CtlOp::Mod, fd, EpollEvent::of(fd, wanted)).await?;
        }
        Ok(())
    }

    /// Watches the listener, or looks away: it would be ready all the time while nothing can be accepted.
    async fn watch_listener<K: Epoll>(&mut self, k: &K, on: bool) -> Result<(), Errno> {
        if self.accepting == on || self.stopping {
            return Ok(());
        }
        self.accepting = on;
        let op = if on { CtlOp::Add } else { CtlOp::Del };
        k.epoll_ctl(self.epoll, op, self.listener, EpollEvent::of(self.listener, self.interest)).await
    }

    /// Forgets a client; its descriptor may be given to another. Closing takes it off the interest list.
    async fn close<K: Sockets + Epoll>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        k.close(fd).await?;
        self.watch_listener(k, true).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets + Epoll>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        k.epoll_ctl(self.epoll, CtlOp::Del, self.listener, EpollEvent::default()).await?;
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
