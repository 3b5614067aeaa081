//! `fork`: a process a connection.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, Mode, Note, Sockets, Tasks, Tells};
use crate::line::{Line, Lost};
use crate::quirks::Quirks;
use crate::servers::{ACCEPT_PAUSE, Settings};

/// Serves clients of `listener` until it is shut down, and then waits for its children: each ends when its
/// client does.
pub async fn serve<K>(k: &K, listener: Fd, settings: &Settings) -> Result<(), Errno>
where
    K: Sockets + Tasks + Clock + Tells + 'static,
{
    let quirks = settings.quirks;
    loop {
        match k.accept(listener, Mode::Blocking).await {
            Ok(client) => {
                if !quirks.contains(Quirks::NO_NODELAY) {
                    k.set_nodelay(client.fd).await?;
                }
                start(k, listener, client.fd, quirks).await?;
            }
            Err(Errno::EINVAL) => break,
            // No descriptors are left: a moment later there may be.
            Err(Errno::EMFILE | Errno::ENFILE) if quirks.contains(Quirks::EMFILE_SPIN) => {}
            Err(Errno::EMFILE | Errno::ENFILE) => k.sleep(ACCEPT_PAUSE).await,
            Err(Errno::ECONNABORTED) => {}
            Err(errno) => return Err(errno),
        }
        take_notice(k, quirks).await;
    }
    if !quirks.contains(Quirks::NO_WAIT) {
        while k.wait(Mode::Blocking).await.is_ok() {}
    }
    Ok(())
}

/// A child that has ended is a zombie, and counts, until its parent takes notice.
async fn take_notice<K: Tasks>(k: &K, quirks: Quirks) {
    if !quirks.contains(Quirks::NO_WAIT) {
        while let Ok(Some(_)) = k.wait(Mode::NonBlocking).await {}
    }
}

/// Hands a client to a process of its own. If there can be no more of them just now, the client waits.
async fn start<K>(k: &K, listener: Fd, fd: Fd, quirks: Quirks) -> Result<(), Errno>
where
    K: Sockets + Tasks + Clock + Tells + 'static,
{
    let child = move |own: K| async move {
        // The child has copies of all descriptors, and needs one.
        let closed = own.close(listener).await;
        i32::from(closed.and(serve_one(&own, fd, quirks).await).is_err())
    };
    while let Err(errno) = k.fork(child).await {
        match errno {
            Errno::EAGAIN | Errno::ENOMEM => {
                k.sleep(ACCEPT_PAUSE).await;
                take_notice(k, quirks).await;
            }
            other => return Err(other),
        }
    }
    // The connection lives until the last descriptor of it is closed, and this one is the parent's.
    if quirks.contains(Quirks::LEAK_DESCRIPTOR) {
        return Ok(());
    }
    k.close(fd).await
}

/// Serves one client to its end: the program waits wherever there is something to wait for, and only its own
/// client waits with it.
async fn serve_one<K: Sockets + Tells>(k: &K, fd: Fd, quirks: Quirks) -> Result<(), Errno> {
    let mut line = Line::with(quirks);
    while !line.is_finished() && serve_once(k, fd, &mut line, quirks).await.is_ok() {}
    k.close(fd).await
}

/// Waits for something from the client, and answers what is complete.
async fn serve_once<K>(k: &K, fd: Fd, line: &mut Line, quirks: Quirks) -> Result<(), Errno>
where
    K: Sockets + Tells,
{
    let room = line.room();
    let most = if quirks.contains(Quirks::BYTE_READS) { 1 } else { room.len() };
    match k.recv(fd, &mut room[..most]).await? {
        0 => line.end_of_input(),
        count => line.received(count),
    }
    if let Some(Lost { bytes, lines }) = line.take_lost() {
        k.tell(Note::Discarded { fd, bytes, lines });
    }
    while line.wants_write() {
        let count = k.send(fd, line.output()).await?;
        line.sent(count);
    }
    Ok(())
}
