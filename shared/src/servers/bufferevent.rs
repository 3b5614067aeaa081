//! `bufferevent`: the reading and the writing are done for the program; it is called back when there is
//! something to be worked on.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FD_SETSIZE, FOREVER, Mode, Tasks, after};
use crate::line::{HIGH_WATER, MAX_LINE};
use crate::reactor::{
    BufferCallbacks, BufferEvent, Callbacks, Due, EventBase, EventId, Fate, Happened, On, ReactorKernel,
};
use crate::rot13;
use crate::servers::{ACCEPT_PAUSE, Quirks, Settings};
use crate::sorted::SortedMap;

/// What a process gets that writes to a connection that is over, and what ends it unless it says otherwise
/// (`signal(7)`).
const SIGPIPE: i32 = 13;

/// What is called back: for a listener the program, for a client its buffers, which call its callbacks.
#[derive(Clone, Copy, Debug)]
enum Callback {
    Accept,
    Client,
}

/// What is to be known of a client beside its bytes.
struct Client {
    /// It sends no more: when it has its answers, all is done.
    ended: bool,
    /// What it still sends is not answered any more.
    stopped: bool,
    quirks: Quirks,
}

/// The state of the server.
struct Server {
    listener: Fd,
    /// Clients have come.
    accept: EventId,
    /// The pause is over after which there may be descriptors again.
    retry: EventId,
    clients: SortedMap<Fd, BufferEvent<Client>>,
    quirks: Quirks,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: ReactorKernel + Tasks>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno> {
    k.set_nonblocking(listener, true).await?;
    let mut base = EventBase::new(k, settings.backend).await?;
    let accept = base.event(listener, On::READ | On::PERSIST, Callback::Accept);
    let retry = base.event(listener, On::empty(), Callback::Accept);
    base.add(k, accept, FOREVER).await?;
    let clients = SortedMap::new();
    let mut server = Server { listener, accept, retry, clients, quirks: settings.quirks };
    // It comes back when no event is left to wait for: no listener, no client.
    base.dispatch(k, &mut server).await?;
    base.close(k).await
}

/// Bytes have come: every complete line is rotated where it lies and handed over to the output.
fn read_callback(client: &mut BufferEvent<Client>) {
    if client.context.stopped {
        let count = client.input.len();
        return client.input.drain(count);
    }
    let complete = client.input.find_last(b'\n').map_or(0, |last| last + 1);
    answer(client, complete);
    if client.input.len() >= MAX_LINE {
        // A line too long to wait for its end: it is answered as it comes.
        let count = client.input.len();
        answer(client, count);
        if client.context.quirks.contains(Quirks::FLUSH_OVERLONG) {
            client.output.add(b"\n");
        }
    }
}

fn answer(client: &mut BufferEvent<Client>, count: usize) {
    client.input.change_first(count, rot13::rotate_in_place);
    client.input.move_to(&mut client.output, count);
}

/// Everything was sent: who sends no more has all that it is owed.
fn write_callback(client: &mut BufferEvent<Client>) {
    if client.context.ended {
        client.free();
    }
}

/// The client sends no more, or the connection is over.
fn event_callback(client: &mut BufferEvent<Client>, happened: Happened) {
    client.context.ended = happened.contains(Happened::EOF);
    let owed = client.context.ended && !client.output.is_empty();
    if !owed || client.context.quirks.contains(Quirks::FREE_ON_EOF) {
        client.free();
    }
}

const CALLBACKS: BufferCallbacks<Client> =
    BufferCallbacks { read: Some(read_callback), write: Some(write_callback), event: Some(event_callback) };

impl<K: ReactorKernel + Tasks> Callbacks<K, Callback> for Server {
    async fn call(&mut self, k: &K, base: &mut EventBase<Callback>, due: Due<Callback>) -> Result<(), Errno> {
        match due.callback {
            Callback::Accept => self.do_accept(k, base).await,
            Callback::Client => {
                let Some(client) = self.clients.get_mut(&due.fd) else { return Ok(()) };
                let fate = client.handle(k, base, due).await?;
                self.settled(k, base, due.fd, fate).await;
                Ok(())
            }
        }
    }
}

impl Server {
    /// Takes every client that waits.
    async fn do_accept<K: ReactorKernel + Tasks>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
    ) -> Result<(), Errno> {
        base.want(k, self.accept, true, FOREVER).await?;
        loop {
            match k.accept(self.listener, Mode::NonBlocking).await {
                Ok(client) => self.welcome(k, base, client.fd).await?,
                Err(Errno::EAGAIN) => return Ok(()),
                Err(Errno::EINVAL) => return self.stop(k, base).await,
                Err(Errno::EMFILE | Errno::ENFILE) if !self.quirks.contains(Quirks::EMFILE_SPIN) => {
                    // It would come again and again while nothing can be accepted.
                    base.del(k, self.accept).await?;
                    return base.add(k, self.retry, after(ACCEPT_PAUSE)).await;
                }
                Err(Errno::ECONNABORTED | Errno::EMFILE | Errno::ENFILE) => {}
                Err(errno) => return Err(errno),
            }
            if self.quirks.intersects(Quirks::ONE_ACCEPT | Quirks::EMFILE_SPIN) {
                return Ok(());
            }
        }
    }

    /// Puts buffers around a new client, and has them read and written.
    async fn welcome<K: ReactorKernel + Tasks>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        if !self.quirks.contains(Quirks::NO_NODELAY) {
            k.set_nodelay(fd).await?;
        }
        let state = Client { ended: false, stopped: false, quirks: self.quirks };
        let mut client = BufferEvent::new(base, fd, Callback::Client, CALLBACKS, state);
        client.set_read_marks(0, Some(MAX_LINE));
        if !self.quirks.contains(Quirks::UNLIMITED_OUTPUT) {
            client.set_output_bound(Some(HIGH_WATER));
        }
        client.set_eager(!self.quirks.contains(Quirks::WRITE_INTEREST_FIRST));
        client.enable(On::READ | On::WRITE);
        match client.settle(k, base).await {
            // The sets of `select` have no room for so high a number.
            Err(Errno::EINVAL) if fd.0 as usize == FD_SETSIZE && self.quirks.contains(Quirks::OFF_BY_ONE) => {
            }
            Err(Errno::EINVAL) => return base.close_fd(k, fd).await,
            other => drop(other?),
        }
        self.clients.insert(fd, client);
        Ok(())
    }

    /// Forgets a client that was freed; its descriptor may be given to another.
    async fn settled<K: ReactorKernel + Tasks>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
        fate: Fate,
    ) {
        if fate == Fate::Open {
            return;
        }
        let freed = self.clients.remove(&fd);
        if base.is_added(self.retry) {
            // There is a descriptor again.
            base.activate(self.retry, On::TIMEOUT);
        }
        let broken = freed.is_some_and(|client| client.error() == Some(Errno::EPIPE));
        if broken && self.quirks.contains(Quirks::SIGPIPE) {
            k.raise(SIGPIPE).await;
        }
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: ReactorKernel + Tasks>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
    ) -> Result<(), Errno> {
        base.free(k, self.accept).await?;
        base.free(k, self.retry).await?;
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            let Some(client) = self.clients.get_mut(&fd) else { continue };
            client.read(k).await;
            client.context.stopped = true;
            let count = client.input.len();
            client.input.drain(count);
            client.set_output_bound(None);
            client.finish();
            let fate = client.settle(k, base).await?;
            self.settled(k, base, fd, fate).await;
        }
        Ok(())
    }
}
