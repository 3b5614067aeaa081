//! `sequential`: a few clients, each served when it is its turn, whoever has something to say.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, Mode, Sockets};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};

/// The state of the server.
struct Server {
    listener: Fd,
    clients: Vec<(Fd, Line)>,
    /// The listener was shut down: no more clients, and the end when the last is served.
    stopping: bool,
}

/// Serves clients of `listener`, so many at a time as the settings say, until it is shut down.
pub async fn serve<K>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Clock,
{
    let mut server = Server { listener, clients: Vec::new(), stopping: false };
    while !server.stopping {
        server.accept_all(k, settings.clients as usize).await?;
        while !server.clients.is_empty() {
            server.serve_each(k).await?;
        }
    }
    Ok(())
}

impl Server {
    /// Takes clients until there are so many, and waits for each.
    async fn accept_all<K: Sockets + Clock>(&mut self, k: &K, most: usize) -> Result<(), Errno> {
        while self.clients.len() < most && !self.stopping {
            match k.accept(self.listener, Mode::Blocking).await {
                Ok(client) => {
                    k.set_nodelay(client.fd).await?;
                    self.clients.push((client.fd, Line::new()));
                }
                Err(Errno::EINVAL) => self.stopping = true,
                // No more descriptors: those that are there are served first.
                Err(Errno::EMFILE | Errno::ENFILE) if !self.clients.is_empty() => return Ok(()),
                // A moment later there may be.
                Err(Errno::EMFILE | Errno::ENFILE) => k.sleep(ACCEPT_PAUSE).await,
                Err(Errno::ECONNABORTED) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Reads from each in turn and answers it; whoever has ended is gone afterwards.
    async fn serve_each<K: Sockets>(&mut self, k: &K) -> Result<(), Errno> {
        let mut staying = Vec::with_capacity(self.clients.len());
        for (fd, mut line) in std::mem::take(&mut self.clients) {
            // Here the program waits for one client, and the others wait with it.
            if serve_once(k, fd, &mut line).await.is_err() || line.is_finished() {
                k.close(fd).await?;
            } else {
                staying.push((fd, line));
            }
        }
        self.clients = staying;
        Ok(())
    }
}

/// Waits for something from one client, and answers what is complete.
async fn serve_once<K: Sockets>(k: &K, fd: Fd, line: &mut Line) -> Result<(), Errno> {
    match k.recv(fd, line.room()).await? {
        0 => line.end_of_input(),
        count => line.received(count),
    }
    while line.wants_write() {
        let count = k.send(fd, line.output()).await?;
        line.sent(count);
    }
    Ok(())
}
