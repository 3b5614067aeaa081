//! Where events come from: a server that the recorder starts, or a gateway that shows one.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use loopscope_shared::trace::wire::{self, ToViewer};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::collector::{Hub, News, Subscription};

/// The longest message that is taken from a gateway: a snapshot of some hundred thousand connections.
const MESSAGE_MAX: usize = 256 << 20;

/// What tells.
pub(super) enum Feed {
    /// Our own server.
    Own(Own),
    /// A gateway.
    Attached(Box<WebSocketStream<TcpStream>>),
}

/// A viewer in the same process.
pub(super) struct Own {
    hub: Arc<Hub>,
    news: broadcast::Receiver<News>,
    /// What is to be told first.
    first: VecDeque<ToViewer>,
}

impl Feed {
    /// All that a hub tells, from the beginning.
    pub(super) fn own(hub: Arc<Hub>) -> Self {
        let Subscription { status, world, news } = hub.subscribe();
        let first = VecDeque::from([ToViewer::Server(status), ToViewer::Snapshot(Box::new(world))]);
        Self::Own(Own { hub, news, first })
    }

    /// All that a gateway tells, from now on.
    pub(super) async fn attached(gateway: SocketAddr) -> Result<Self> {
        let failed = || format!("there is no gateway at {gateway}: start one with `loopscope serve`");
        let stream = TcpStream::connect(gateway).await.with_context(failed)?;
        let config =
            WebSocketConfig::default().max_message_size(Some(MESSAGE_MAX)).max_frame_size(Some(MESSAGE_MAX));
        let url = format!("ws://{gateway}/ws");
        let (mut socket, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
            .await
            .with_context(|| format!("what answers at {gateway} is no gateway that takes viewers"))?;
        socket.send(Message::Binary(wire::greeting().into())).await?;
        match socket.next().await.transpose()? {
            Some(Message::Binary(greeting)) => wire::check_greeting(&greeting)?,
            _ => bail!("what answers at {gateway} is no gateway of Loopscope"),
        }
        Ok(Self::Attached(Box::new(socket)))
    }

    /// The next thing that is told. None if there will be no more.
    pub(super) async fn next(&mut self) -> Result<Option<ToViewer>> {
        match self {
            Self::Own(own) => own.next().await,
            Self::Attached(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => return Ok(Some(wire::decode(&bytes)?)),
                    Some(Ok(Message::Close(_))) | None => return Ok(None),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error).context("the connection to the gateway failed"),
                }
            },
        }
    }

    /// The next thing that has been told already.
    pub(super) fn rest(&mut self) -> Result<Option<ToViewer>> {
        match self {
            Self::Own(own) => own.rest(),
            Self::Attached(_) => Ok(None),
        }
    }
}

impl Own {
    async fn next(&mut self) -> Result<Option<ToViewer>> {
        if let Some(first) = self.first.pop_front() {
            return Ok(Some(first));
        }
        match self.news.recv().await {
            Ok(news) => Ok(Some(wire::decode(&news.message)?)),
            Err(RecvError::Lagged(_)) => Ok(self.begin_again()),
            Err(RecvError::Closed) => Ok(None),
        }
    }

    fn rest(&mut self) -> Result<Option<ToViewer>> {
        if let Some(first) = self.first.pop_front() {
            return Ok(Some(first));
        }
        match self.news.try_recv() {
            Ok(news) => Ok(Some(wire::decode(&news.message)?)),
            Err(TryRecvError::Lagged(_)) => Ok(self.begin_again()),
            Err(TryRecvError::Empty | TryRecvError::Closed) => Ok(None),
        }
    }

    /// More was told than is kept for whoever is slow.
    fn begin_again(&mut self) -> Option<ToViewer> {
        let Subscription { status, world, news } = self.hub.subscribe();
        self.news = news;
        self.first.extend([ToViewer::Server(status), ToViewer::Snapshot(Box::new(world))]);
        self.first.pop_front()
    }
}
