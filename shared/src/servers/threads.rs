//! `threads`: a thread a connection.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, Mode, Sockets, Tasks};
use crate::line::Line;
use crate::servers::{ACCEPT_PAUSE, Settings};

/// Serves clients of `listener` until it is shut down. The threads that are left then go on, each until its
/// client ends, and the process with them.
pub async fn serve<K>(k: &K, listener: Fd, _settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Tasks + Clock + 'static,
{
    loop {
        match k.accept(listener, Mode::Blocking).await {
            Ok(client) => {
                k.set_nodelay(client.fd).await?;
                start(k, client.fd).await?;
            }
            Err(Errno::EINVAL) => return Ok(()),
            // No descriptors are left: a moment later there may be.
            Err(Errno::EMFILE | Errno::ENFILE) => k.sleep(ACCEPT_PAUSE).await,
            Err(Errno::ECONNABORTED) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Hands a client to a thread of its own. If there can be no more of them just now, the client waits.
async fn start<K>(k: &K, fd: Fd) -> Result<(), Errno>
where
    K: Sockets + Tasks + Clock + 'static,
{
    // The descriptors are everybody's: nothing is copied, and the thread closes what it was given.
    let thread = move |own: K| async move {
        // What fails here is this client's end and nobody else's.
        let _ = serve_one(&own, fd).await;
    };
    while let Err(errno) = k.spawn_thread(thread).await {
        match errno {
            Errno::EAGAIN | Errno::ENOMEM => k.sleep(ACCEPT_PAUSE).await,
            other => return Err(other),
        }
    }
    Ok(())
}

/// Serves one client to its end: the thread waits wherever there is something to wait for, and only its own
/// client waits with it.
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
