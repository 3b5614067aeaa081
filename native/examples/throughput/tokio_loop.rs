//! What one writes with tokio without much thought: a task a connection that reads, rotates and writes.

use std::io::Write as _;

use anyhow::Result;
use loopscope_shared::line::READ_CHUNK;
use loopscope_shared::rot13;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Serves for ever, on one thread.
pub(crate) fn serve() -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(accept())
}

async fn accept() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", listener.local_addr()?)?;
    out.flush()?;
    loop {
        let (client, _) = listener.accept().await?;
        client.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that fails is a client that is gone.
            let _ = answer(client).await;
        });
    }
}

/// Answers whole lines; the beginning of the next one stays where it is.
async fn answer(mut client: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; 2 * READ_CHUNK];
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(2 * filled, 0);
        }
        let count = client.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Ok(());
        }
        rot13::rotate_in_place(&mut buffer[filled..filled + count]);
        filled += count;
        if let Some(last) = buffer[..filled].iter().rposition(|byte| *byte == b'\n') {
            client.write_all(&buffer[..=last]).await?;
            buffer.copy_within(last + 1..filled, 0);
            filled -= last + 1;
        }
    }
}
