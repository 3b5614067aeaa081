//! `io-uring`: two rings; the program says what is to be done, and the kernel says when it has been done.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Completed, FOREVER, Operation, Rings, Shutdown, Sockets, Submission, after};
use crate::line::{Line, READ_CHUNK};
use crate::servers::{ACCEPT_PAUSE, Settings};
use crate::sorted::SortedMap;

/// How many submissions the ring has room for.
const ENTRIES: u32 = 256;

/// What an operation was started for. It is in the number that comes back with its completion.
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
    clients: SortedMap<Fd, Client>,
    /// The operations that go down with the next call.
    submissions: Vec<Submission>,
    /// New clients are taken. Not so for a moment when there are no descriptors left.
    accepting: bool,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener` until it is shut down.
pub async fn serve<K: Sockets + Rings>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno> {
    let ring = k.ring_setup(ENTRIES).await?;
    let (clients, submissions) = (SortedMap::new(), Vec::new());
    let mut server = Server { listener, clients, submissions, accepting: false, stopping: false };
    server.accept_again();
    let mut completions = Vec::new();
    while !(server.stopping && server.clients.is_empty()) {
        // Nobody asks what is ready: all that is to be done goes down, and all that is done comes up.
        let timeout = if server.accepting || server.stopping { FOREVER } else { after(ACCEPT_PAUSE) };
        let count = k.ring_enter(ring, &mut server.submissions, &mut completions, 1, timeout).await?;
        if count == 0 {
            server.accept_again();
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
    k.close(ring).await
}

impl Server {
    /// Takes a client. The one operation goes on for those that follow, until it fails.
    async fn accepted<K: Sockets>(&mut self, k: &K, completed: Completed) -> Result<(), Errno> {
        self.accepting = completed.more;
        match completed.result {
            Ok(_) => {
                if let Some(client) = completed.accepted {
                    k.set_nodelay(client.fd).await?;
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
        self.accept_again();
        Ok(())
    }

    /// Takes in what was received.
    async fn received<K: Sockets>(&mut self, k: &K, fd: Fd, completed: Completed) -> Result<(), Errno> {
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

    /// Takes notice of how much was sent: often all, sometimes a part.
    async fn sent<K: Sockets>(&mut self, k: &K, fd: Fd, completed: Completed) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        client.sending = false;
        match completed.result {
            Ok(count) => client.line.sent(count as usize),
            Err(_) => client.over = true,
        }
        self.go_on(k, fd).await
    }

    /// Starts what is to be done next for a client, and closes when all is done.
    async fn go_on<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(client) = self.clients.get_mut(&fd) else { return Ok(()) };
        let Client { line, receiving, sending, over } = client;
        if !*over && line.take_goodbye() {
            // A connection that is over by now needs none.
            let _ = k.shutdown(fd, Shutdown::Write).await;
        }
        if !*over && line.wants_write() && !*sending {
            // The bytes are the operation's until it is done, so it gets a copy.
            let bytes = line.output().to_vec();
            self.submissions.push(submission(fd, Purpose::Send, Operation::Send { fd, bytes }));
            *sending = true;
        }
        // One receive at a time, not one that goes on: who does not take answers is not to be read from.
        if !*over && line.wants_read() && !*receiving {
            let receive = Operation::Recv { fd, most: READ_CHUNK as u32 };
            self.submissions.push(submission(fd, Purpose::Receive, receive));
            *receiving = true;
        }
        // What has failed, fails for the other direction, too: its completion is on its way.
        let done = *over || line.is_finished();
        if done && !*receiving && !*sending { self.close(k, fd).await } else { Ok(()) }
    }

    /// Accepts, if that is not under way: the operation ends when there are no descriptors left.
    fn accept_again(&mut self) {
        if self.accepting || self.stopping {
            return;
        }
        self.accepting = true;
        let listener = self.listener;
        self.submissions.push(submission(listener, Purpose::Accept, Operation::AcceptMulti { listener }));
    }

    /// Forgets a client, for which nothing is under way any more; its descriptor may be given to another.
    async fn close<K: Sockets>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        self.clients.remove(&fd);
        k.close(fd).await?;
        self.accept_again();
        Ok(())
    }

    /// Takes no more clients; those that are there get what they are owed, and a goodbye.
    async fn stop<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
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

/// An operation as it goes down with the next call.
fn submission(fd: Fd, purpose: Purpose, operation: Operation) -> Submission {
    Submission { user: number_of(fd, purpose), operation }
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
