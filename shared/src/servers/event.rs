//! `event`: an event loop of our own calls the program back, whatever it waits with.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FD_SETSIZE, FOREVER, Mode, Note, Shutdown, after};
use crate::line::{Line, Lost};
use crate::reactor::{Callbacks, Due, EventBase, EventId, On, ReactorKernel};
use crate::servers::{ACCEPT_PAUSE, Quirks, Settings};
use crate::sorted::SortedMap;

/// What is called back.
#[derive(Clone, Copy, Debug)]
enum Callback {
    Accept,
    Read,
    Write,
}

/// A client, and the events about it.
struct Client {
    line: Line,
    read: EventId,
    write: EventId,
}

/// The state of the server.
struct Server {
    listener: Fd,
    /// Clients have come.
    accept: EventId,
    /// The pause is over after which there may be descriptors again.
    retry: EventId,
    clients: SortedMap<Fd, Client>,
    quirks: Quirks,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: ReactorKernel>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno> {
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

impl<K: ReactorKernel> Callbacks<K, Callback> for Server {
    async fn call(&mut self, k: &K, base: &mut EventBase<Callback>, due: Due<Callback>) -> Result<(), Errno> {
        match due.callback {
            Callback::Accept => self.do_accept(k, base).await,
            Callback::Read => self.do_read(k, base, due.fd).await,
            Callback::Write => self.do_write(k, base, due.fd).await,
        }
    }
}

impl Server {
    /// Takes every client that waits.
    async fn do_accept<K: ReactorKernel>(
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

    /// Makes the events of a new client, and waits for what it sends.
    async fn welcome<K: ReactorKernel>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        if !self.quirks.contains(Quirks::NO_NODELAY) {
            k.set_nodelay(fd).await?;
        }
        let read = base.event(fd, On::READ | On::PERSIST, Callback::Read);
        let write = base.event(fd, On::WRITE | On::PERSIST, Callback::Write);
        self.clients.insert(fd, Client { line: Line::with(self.quirks), read, write });
        match base.add(k, read, FOREVER).await {
            // The sets of `select` have no room for so high a number.
            Err(Errno::EINVAL) if fd.0 as usize == FD_SETSIZE && self.quirks.contains(Quirks::OFF_BY_ONE) => {
                Ok(())
            }
            Err(Errno::EINVAL) => self.close(k, base, fd).await,
            other => other,
        }
    }

    /// Reads what there is, and answers at once.
    async fn do_read<K: ReactorKernel>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        let Some(Client { line, .. }) = self.clients.get_mut(&fd) else { return Ok(()) };
        while line.wants_read() {
            match k.recv(fd, line.room()).await {
                Ok(0) => line.end_of_input(),
                Ok(count) => line.received(count),
                Err(Errno::EAGAIN) => break,
                Err(_) => return self.close(k, base, fd).await,
            }
            if let Some(Lost { bytes, lines }) = line.take_lost() {
                k.tell(Note::Discarded { fd, bytes, lines });
            }
            if !line.reads_on() {
                break;
            }
        }
        if self.quirks.contains(Quirks::WRITE_INTEREST_FIRST) {
            return self.settle(k, base, fd).await;
        }
        // Most often there is room: the answer goes out now, and no event is needed for it.
        self.do_write(k, base, fd).await
    }

    /// Writes what there is to write, as far as there is room.
    async fn do_write<K: ReactorKernel>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        let Some(Client { line, .. }) = self.clients.get_mut(&fd) else { return Ok(()) };
        if line.wants_write() {
            match k.send(fd, line.output()).await {
                Ok(count) => line.sent(count),
                Err(Errno::EAGAIN) => {}
                Err(_) => return self.close(k, base, fd).await,
            }
        }
        if line.take_goodbye() {
            // A connection that is over by now needs none.
            let _ = k.shutdown(fd, Shutdown::Write).await;
        }
        self.settle(k, base, fd).await
    }

    /// Waits for what is wanted of a client now, and closes when all is done.
    async fn settle<K: ReactorKernel>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        let Some(Client { line, read, write }) = self.clients.get(&fd) else { return Ok(()) };
        if line.is_finished() {
            return self.close(k, base, fd).await;
        }
        base.want(k, *read, line.wants_read(), FOREVER).await?;
        base.want(k, *write, line.wants_write(), FOREVER).await
    }

    /// Forgets a client and its events; its descriptor may be given to another.
    async fn close<K: ReactorKernel>(
        &mut self,
        k: &K,
        base: &mut EventBase<Callback>,
        fd: Fd,
    ) -> Result<(), Errno> {
        let Some(client) = self.clients.remove(&fd) else { return Ok(()) };
        if self.quirks.contains(Quirks::LEAK_DESCRIPTOR) {
            base.free(k, client.read).await?;
            return base.free(k, client.write).await;
        }
        base.close_fd(k, fd).await?;
        if base.is_added(self.retry) {
            // There is a descriptor again.
            base.activate(self.retry, On::TIMEOUT);
        }
        Ok(())
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: ReactorKernel>(&mut self, k: &K, base: &mut EventBase<Callback>) -> Result<(), Errno> {
        base.free(k, self.accept).await?;
        base.free(k, self.retry).await?;
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            self.do_read(k, base, fd).await?;
            if let Some(client) = self.clients.get_mut(&fd) {
                client.line.stop();
                self.do_write(k, base, fd).await?;
            }
        }
        Ok(())
    }
}
