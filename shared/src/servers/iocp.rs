//! `iocp`: overlapped operations, each started by a call of its own, and a port where they are told to be done.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Completed, CompletionPort, FOREVER, Operation, Shutdown, Sockets, Submission, after};
use crate::line::{Line, READ_CHUNK};
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many packets one call may bring up. More only wait for the next call.
const PACKETS_MAX: usize = 256;

/// How many threads may work at a time: this program has one.
const CONCURRENCY: u32 = 1;

/// What an operation was started for. It is in the number that comes back with its packet.
#[derive(Clone, Copy)]
enum Purpose {
    Accept,
    Receive,
    Send,
}

/// A client, and what is under way for it. While something is, its descriptor stays open.
#[derive(Default)]
struct Client {
    line: Line,
    receiving: bool,
    sending: bool,
    /// The connection has failed: nothing more is started.
    over: bool,
}

/// The state of the server.
struct Server {
    listener: Fd,
    port: Fd,
    clients: SortedMap<Fd, Client>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + CompletionPort>(
    k: &K,
    listener: Fd,
    _settings: &Settings,
) -> Result<(), Errno> {
    let port = k.completion_port_create(CONCURRENCY).await?;
    k.completion_port_associate(port, listener).await?;
    let mut server = Server { listener, port, clients: SortedMap::new(), accepting: false, stopping: false };
    server.accept_again(k).await?;
    let mut completions = Vec::with_capacity(PACKETS_MAX);
    while !(server.stopping && server.clients.is_empty()) {
        // What is to be done was said before: the call only waits for what has been done.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.completion_port_get(port, &mut completions, PACKETS_MAX, timeout).await?;
        if count == 0 {
            server.accept_again(k).await?;
        }

        for completed in completions.drain(..) {
            let (fd, purpose) = meaning_of(completed.user);
            match purpose {
                Purpose::Accept => server.accepted(k, completed).await?,
                Purpose::Receive => server.received(k, fd, completed).await?,
                Purpose::Send => server.sent(k, fd, completed).await?,
            }
        }
    }
    k.close(port).await
}

impl Server {
    /// Takes a client, and starts to accept the next.
    async fn accepted<K: Sockets + CompletionPort>(
        &mut self,
        k: &K,
        completed: Completed,
    ) -> Result<(), Errno> {
        self.accepting = false;
        match completed.result {
            Ok(_) => {
                if let Some(client) = completed.accepted {
                    k.set_nodelay(client.fd).await?;
                    k.completion_port_associate(self.port, client.fd).await?;
                    self.clients.insert(client.fd, Client::default());
                    self.go_on(k, client.fd).await?;
                }
            }
            Err(Errno::EINVAL) => return self.stop(k).await,
            // It is started again when a descriptor is given back, or after a moment.
            Err(Errno::EMFILE | Errno::ENFILE) => return Ok(()),
            Err(Errno::ECONNABORTED) => {}
            Err(errno) => return Err(errno),
        }
        self.accept_again(k).await
    }

    /// Takes in what was received.
    async fn received<K: Sockets + CompletionPort>(
        &mut self,
        k: &K,
        fd: Fd,
        completed: Completed,
    ) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        client.receiving = false;
        match completed.result {
            Ok(0) => client.line.end_of_input(),
            Ok(_) => {
                let count = completed.bytes.len();
                client.line.room()[..count].copy_from_slice(&completed.bytes);
                client.line.received(count);
            }
            Err(_) => client.over = true,
        }
        self.go_on(k, fd).await
    }

    /// Takes notice of how much was sent.
    async fn sent<K: Sockets + CompletionPort>(
        &mut self,
        k: &K,
        fd: Fd,
        completed: Completed,
    ) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        client.sending = false;
        match completed.result {
            Ok(count) => client.line.sent(count as usize),
            Err(_) => client.over = true,
        }
        self.go_on(k, fd).await
    }

    /// Starts what is to be done next for a client, and closes when all is done.
    async fn go_on<K: Sockets + CompletionPort>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        let Client { line, receiving, sending, over } = client;
        if !*over && line.take_goodbye() {
            // A connection that is over by now needs none.
            let _ = k.shutdown(fd, Shutdown::Write).await;
        }
        if !*over && line.wants_write() && !*sending {
            // The bytes are the operation's until it is done.
            let bytes = line.output().to_vec();
            *sending = start(k, fd, Purpose::Send, Operation::Send { fd, bytes }).await.is_ok();
            *over = !*sending;
        }
        if !*over && line.wants_read() && !*receiving {
            let receive = Operation::Recv { fd, most: READ_CHUNK as u32 };
            *receiving = start(k, fd, Purpose::Receive, receive).await.is_ok();
            *over = !*receiving;
        }
        // What has failed, fails for the other direction, too: its packet is on its way.
        let done = *over || line.is_finished();
        if done && !*receiving && !*sending { self.close(k, fd).await } else { Ok(()) }
    }

    /// Accepts, if that is not under way.
    async fn accept_again<K: CompletionPort>(&mut self, k: &K) -> Result<(), Errno> {
        if self.accepting || self.stopping {
            return Ok(());
        }
        let listener = self.listener;
        match start(k, listener, Purpose::Accept, Operation::Accept { listener }).await {
            Ok(()) => self.accepting = true,
            // The next try is when a descriptor is given back, or after a moment.
            Err(Errno::EMFILE | Errno::ENFILE) => {}
            Err(errno) => return Err(errno),
        }
        Ok(())
    }

    /// Forgets a client, for which nothing is under way any more; its descriptor may be given to another.
    async fn close<K: Sockets + CompletionPort>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        k.close(fd).await?;
        self.accept_again(k).await
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets + CompletionPort>(&mut self, k: &K) -> Result<(), Errno> {
        self.stopping = true;
        let open: Vec<Fd> = self.clients.keys().copied().collect();
        for fd in open {
            if let Some(client) = self.clients.get_mut(&fd) {
                client.line.stop();
                self.go_on(k, fd).await?;
            }
        }
        Ok(())
    }
}

/// Starts an operation. That is all this says: a packet comes for it, even if it was done at once.
async fn start<K: CompletionPort>(
    k: &K,
    fd: Fd,
    purpose: Purpose,
    operation: Operation,
) -> Result<(), Errno> {
    k.completion_port_start(Submission { user: number_of(fd, purpose), operation }).await
}

/// The number of an operation: its descriptor, and in the two lowest bits what it was started for.
fn number_of(fd: Fd, purpose: Purpose) -> u64 {
    (fd.0 as u64) << 2 | purpose as u64
}

/// What [`number_of`] made a number of.
fn meaning_of(number: u64) -> (Fd, Purpose) {
    let purpose = match number & 3 {
        0 => Purpose::Accept,
        1 => Purpose::Receive,
        _ => Purpose::Send,
    };
    (Fd((number >> 2) as i32), purpose)
}
