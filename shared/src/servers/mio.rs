//! `mio`: edge-triggered, over epoll or kqueue, with as many loops as there are processors: what goes into
//! production.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{
    Clock, Connect, Descriptors, FOREVER, Interest, Mask, Mode, Opt, Selector, Shutdown, Sockets, Tasks,
    Timeout, Token, after,
};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::{SortedMap, SortedSet};
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
    /// When something moved last.
    active: Nanos,
    /// When it is looked at next, to see whether it is idle: not before `active` and the timeout.
    due: Nanos,
}

/// What the loops keep to.
#[derive(Clone)]
struct Limits {
    /// So many clients at once, in all loops together. 0 is as many as there are descriptors.
    clients: u32,
    /// How many there are.
    taken: Arc<AtomicU32>,
    /// There are other loops, whose clients may leave, too.
    shared: bool,
    /// A client that is silent for so long is let go.
    idle: Option<Nanos>,
}

impl Limits {
    /// Takes a place for a client, even where there is none if it must be, and says whether it did.
    fn take_place(&self, must: bool) -> bool {
        let next = |taken: u32| (must || self.clients == 0 || taken < self.clients).then(|| taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    fn give_place_back(&self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether new clients are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accepting {
    Yes,
    /// There are as many as there may be: not until one has left.
    Full,
    /// There are no descriptors left: not for a moment.
    Pausing,
}

/// The state of the server.
struct Server {
    listener: Fd,
    selector: Fd,
    clients: SortedMap<Fd, Client>,
    /// Clients that had their turn and are not done: no edge will tell of what is there already.
    unfinished: SortedSet<Fd>,
    /// Clients by when they are looked at next. Empty if nobody is let go for being idle.
    dues: SortedSet<(Nanos, Fd)>,
    /// When this turn of the loop began. Stands still if nobody is let go for being idle.
    now: Nanos,
    limits: Limits,
    accepting: Accepting,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down, with as many loops as the settings say.
///
/// Each loop has a listener of its own at the same address, and the kernel spreads the connections over them
/// (`SO_REUSEPORT`, `socket(7)`): no loop is woken for a client that another takes.
pub async fn serve<K>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Selector + Connect + Descriptors + Tasks + Clock + 'static,
{
    let idle = Nanos::from_millis(settings.idle_timeout_ms);
    let limits = Limits {
        clients: settings.connections_max,
        taken: Arc::default(),
        shared: settings.loops > 1,
        idle: (idle > Nanos::ZERO).then_some(idle),
    };
    let others = share(k, listener, settings).await?;
    for other in others.iter().copied() {
        let limits = limits.clone();
        let another = move |own: K| async move {
            let _ = serve_loop(&own, other, limits).await;
            // However it ended: while the listener is open, clients come to it.
            let _ = own.close(other).await;
        };
        k.spawn_thread(another).await?;
    }
    let served = serve_loop(k, listener, limits).await;
    // This is how a server is told to stop: this one passes it on.
    for other in others {
        let _ = k.shutdown(other, Shutdown::Both).await;
    }
    served
}

/// Makes a listener for each further loop. The first one was bound without `SO_REUSEPORT`, so that no other
/// server got the address, too; now those that are made here may.
async fn share<K: Connect + Descriptors>(k: &K, listener: Fd, settings: &Settings) -> Result<Vec<Fd>, Errno> {
    let mut others = Vec::new();
    if settings.loops > 1 {
        k.set_option(listener, Opt::ReusePort, 1).await?;
        let address = k.local_address(listener).await?;
        for _ in 1..settings.loops {
            let other = k.socket(address, Mode::NonBlocking).await?;
            k.set_option(other, Opt::ReuseAddr, 1).await?;
            k.set_option(other, Opt::ReusePort, 1).await?;
            k.bind(other, address).await?;
            k.listen(other, settings.backlog).await?;
            others.push(other);
        }
    }
    Ok(others)
}

/// One loop, with a selector and clients of its own.
async fn serve_loop<K>(k: &K, listener: Fd, limits: Limits) -> Result<(), Errno>
where
    K: Sockets + Selector + Clock,
{
    k.set_nonblocking(listener, true).await?;
    let selector = k.selector_create().await?;
    k.selector_register(selector, listener, Token(listener.0 as u64), Interest::Read).await?;
    let mut server = Server {
        listener,
        selector,
        clients: SortedMap::new(),
        unfinished: SortedSet::new(),
        dues: SortedSet::new(),
        now: k.now(),
        limits,
        accepting: Accepting::Yes,
        stopping: false,
    };
    let mut events = Vec::with_capacity(EVENTS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // Each change is told once: whoever was left with work to do must be remembered here.
        let count = k.selector_wait(selector, &mut events, EVENTS_MAX, server.timeout()).await?;
        let again = std::mem::take(&mut server.unfinished);
        let open = server.clients.len();
        if server.limits.idle.is_some() {
            server.now = k.now();
        }

        for event in &events {
            let hangup = event.events.intersects(Mask::RDHUP | Mask::HUP | Mask::ERR);
            if event.fd() == listener {
                server.accept_all(k, hangup).await?;
            } else {
                server.serve_ready(k, event.fd(), hangup).await?;
            }
        }
        for fd in again {
            server.serve_ready(k, fd, false).await?;
        }
        server.end_idle(k).await?;
        let left = server.clients.len() < open;
        match server.accepting {
            Accepting::Full | Accepting::Pausing if left || count == 0 => server.accept_all(k, false).await?,
            _ => {}
        }
    }
    k.close(selector).await
}

impl Server {
    /// How long to wait: not at all while there is work, a moment if there were no descriptors left, or no place
    /// that another loop may give back, and no longer than until a client may be idle.
    fn timeout(&self) -> Timeout {
        if !self.unfinished.is_empty() {
            return after(Nanos::ZERO);
        }
        let pauses = match self.accepting {
            Accepting::Yes => false,
            Accepting::Full => self.limits.shared,
            Accepting::Pausing => true,
        };
        let pause = (pauses && !self.stopping).then_some(ACCEPT_PAUSE);
        let idle = self.dues.first().map(|(due, _)| Nanos(due.0.saturating_sub(self.now.0)));
        pause.into_iter().chain(idle).min().map_or(FOREVER, after)
    }

    /// Takes every client that waits: one edge may stand for many. If there are as many as there may be they go
    /// on waiting, but for an order to stop, which comes with a hangup of the listener.
    async fn accept_all<K: Sockets + Selector>(&mut self, k: &K, hangup: bool) -> Result<(), Errno> {
        self.accepting = Accepting::Yes;
        while !self.stopping {
            if !self.limits.take_place(hangup) {
                self.accepting = Accepting::Full;
                return Ok(());
            }
            let accepted = k.accept(self.listener, Mode::NonBlocking).await;
            if accepted.is_err() {
                self.limits.give_place_back();
            }
            match accepted {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    let token = Token(client.fd.0 as u64);
                    k.selector_register(self.selector, client.fd, token, Interest::ReadWrite).await?;
                    self.begin(client.fd);
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k).await,
                Err(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => {
                    self.accepting = Accepting::Pausing;
                    return Ok(());
                }
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// A new client.
    fn begin(&mut self, fd: Fd) {
        let due = self.now + self.limits.idle.unwrap_or(Nanos::ZERO);
        self.clients.insert(fd, Client { line: Line::new(), hangup: false, active: self.now, due });
        if self.limits.idle.is_some() {
            self.dues.insert((due, fd));
        }
    }

    /// Lets clients go on whose connection nothing has moved for too long. A client that was looked at and was
    /// not idle is looked at again when it can be: activity itself costs nothing.
    async fn end_idle<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        while let (Some(idle), Some((due, fd))) = (self.limits.idle, self.dues.first().copied())
            && due <= self.now
        {
            let Some(client) = self.clients.get_mut(&fd) else { break };
            if client.active + idle <= self.now {
                self.close(k, fd).await?;
            } else {
                self.dues.remove(&(due, fd));
                client.due = client.active + idle;
                self.dues.insert((client.due, fd));
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
                        client.active = self.now;
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
                    Ok(count) => {
                        client.active = self.now;
                        client.line.sent(count);
                    }
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
        if let Some(client) = self.clients.remove(&fd) {
            self.dues.remove(&(client.due, fd));
            self.limits.give_place_back();
        }
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
