//! `pool`: a fixed number of threads, each with one client at a time.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, Mode, Sockets, Tasks};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};

/// Serves clients of `listener` until it is shut down. The threads that have a client then go on until it
/// ends, and the process with them.
pub async fn serve<K>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Tasks + Clock + 'static,
{
    let worker = move |own: K| async move {
        // What failed fails in all of them; the last of them tells.
        let _ = work(&own, listener).await;
    };
    // The thread that is there already is one of them.
    for _ in 1..settings.workers {
        k.spawn_thread(worker).await?;
    }
    work(k, listener).await
}

/// Takes one client after the other. All threads sleep in the same `accept`; a client wakes one of them.
async fn work<K: Sockets + Clock>(k: &K, listener: Fd) -> Result<(), Errno> {
    loop {
        match k.accept(listener, Mode::Blocking).await {
            Ok(client) => {
                k.set_nodelay(client.fd).await?;
                serve_one(k, client.fd).await?;
            }
            Err(Errno::EINVAL) => return Ok(()),
            // No descriptors are left: a moment later there may be.
            Err(Errno::EMFILE | Errno::ENFILE) => k.sleep(ACCEPT_PAUSE).await,
            Err(Errno::ECONNABORTED) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Serves one client to its end: the thread waits wherever there is something to wait for, and whoever finds
/// no free thread waits with it.
async fn serve_one<K: Sockets>(k: &K, fd: Fd) -> Result<(), Errno> {
    let mut line = Line::new();
    while !line.is_finished() && serve_once(k, fd, &mut line).await.is_ok() {}
    k.close(fd).await
}

/// Waits for something from the client, and answers what is complete.
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
