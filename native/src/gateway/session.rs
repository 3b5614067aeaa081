//! One viewer: a greeting, a snapshot, then all that happens, and the viewer's own connections.
//!
//! A viewer that is slow delays nobody: what it has not read yet waits in a queue of limited length, and if
//! that overflows, the viewer is told of a gap and sent a snapshot.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use loopscope_shared::ids::Seq;
use loopscope_shared::trace::wire::{self, TO_GATEWAY_MAX, ToGateway, ToViewer, WireError};
use tokio::sync::{broadcast, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Gateway;
use super::clients::{Clients, Told};
use crate::collector::{News, Subscription};
use crate::config::{self, Misuse};

/// How long a viewer may take to greet.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// How many messages about its own connections may wait for a viewer. Then nothing more is read from them.
const TOLD_MAX: usize = 64;

/// The longest reason that a close frame can carry, in bytes (RFC 6455, 5.5).
const REASON_MAX: usize = 123;

/// Why a session ends, to be told to the viewer.
struct Goodbye(CloseCode, String);

/// What ends a session: a goodbye, or a connection that is no more.
enum End {
    Goodbye(Goodbye),
    Gone,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Capacity(_) => {
                let why = format!("a message may have at most {TO_GATEWAY_MAX} bytes: send less at once");
                Self::Goodbye(Goodbye(CloseCode::Size, why))
            }
            Error::Protocol(error) => {
                let why = format!("a frame of yours is against the protocol ({error}): reload the page");
                Self::Goodbye(Goodbye(CloseCode::Protocol, why))
            }
            Error::Utf8(_) => {
                let why = "a text of yours is not UTF-8: reload the page".to_owned();
                Self::Goodbye(Goodbye(CloseCode::Invalid, why))
            }
            _ => Self::Gone,
        }
    }
}

/// Answers a request for a WebSocket, and starts the session on it.
pub(super) fn open(gateway: Gateway, mut request: Request) -> Response {
    let response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => {
            return (StatusCode::BAD_REQUEST, format!("Only a WebSocket is offered here: {error}.\n"))
                .into_response();
        }
    };
    let Ok(place) = gateway.viewers.clone().try_acquire_owned() else {
        let why = "Too many viewers at once: close one of the pages that show this server.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    };
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrading.await {
            Ok(upgraded) => run(gateway, upgraded).await,
            Err(error) => tracing::warn!("a viewer's connection could not become a WebSocket: {error}"),
        }
        drop(place);
    });
    response
}

async fn run(gateway: Gateway, upgraded: Upgraded) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(TO_GATEWAY_MAX))
        .max_frame_size(Some(TO_GATEWAY_MAX));
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let mut ending = gateway.ending.clone();
    let (tell, told) = mpsc::channel(TOLD_MAX);
    let clients = Clients::new(gateway.hub.clone(), tell);
    let _viewing = gateway.hub.viewing();
    let Subscription { news, .. } = gateway.hub.subscribe();
    let mut session = Session { socket, gateway, clients, told, news, next: Seq(0) };
    let end = tokio::select! {
        Err(end) = session.run() => end,
        _ = ending.wait_for(|over| *over) => {
            End::Goodbye(Goodbye(CloseCode::Away, "the gateway was told to end".to_owned()))
        }
    };
    if let End::Goodbye(goodbye) = end {
        session.close(goodbye).await;
    }
}

/// A viewer's session.
struct Session {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    gateway: Gateway,
    clients: Clients,
    told: mpsc::Receiver<Told>,
    news: broadcast::Receiver<News>,
    /// The number of the event that the viewer gets next.
    next: Seq,
}

impl Session {
    /// Serves the viewer; returns only when that is over.
    async fn run(&mut self) -> Result<std::convert::Infallible, End> {
        self.greet().await?;
        self.begin().await?;
        loop {
            tokio::select! {
                news = self.news.recv() => match news {
                    Ok(News { message, next }) => {
                        self.socket.send(Message::Binary(message)).await?;
                        self.next = next;
                    }
                    Err(_) => {
                        self.send(&ToViewer::Gap { from: self.next }).await?;
                        self.begin().await?;
                    }
                },
                // The session holds a sender, so there is always another.
                Some((id, event)) = self.told.recv() => {
                    self.clients.notice(id, &event);
                    self.send(&ToViewer::Client(id, event)).await?;
                }
                message = self.socket.next() => match message {
                    Some(Ok(message)) => self.asked(message).await?,
                    Some(Err(error)) => return Err(error.into()),
                    None => return Err(End::Gone),
                },
            }
        }
    }

    /// Exchanges greetings.
    async fn greet(&mut self) -> Result<(), End> {
        self.socket.send(Message::Binary(wire::greeting().into())).await?;
        let first = tokio::time::timeout(GREETING_TIMEOUT, self.socket.next()).await;
        let bytes = match first {
            Ok(Some(Ok(Message::Binary(bytes)))) => bytes,
            Ok(Some(Ok(_))) => Bytes::new(),
            Ok(Some(Err(error))) => return Err(error.into()),
            Ok(None) => return Err(End::Gone),
            Err(_) => {
                let why = "no greeting came in time: reload the page".to_owned();
                return Err(End::Goodbye(Goodbye(CloseCode::Policy, why)));
            }
        };
        wire::check_greeting(&bytes).map_err(|error| {
            // Shorter than the error's own words, because a close frame has little room.
            let why = match error {
                WireError::Version { theirs, ours } => format!(
                    "the page speaks version {theirs} of the protocol, the gateway version {ours}: reload the page"
                ),
                _ => "that was no greeting of Loopscope's page: reload the page".to_owned(),
            };
            End::Goodbye(Goodbye(CloseCode::Protocol, why))
        })
    }

    /// Sends all that is known, and goes on from there.
    async fn begin(&mut self) -> Result<(), End> {
        let Subscription { status, world, news } = self.gateway.hub.subscribe();
        self.news = news;
        self.next = world.seq;
        self.send(&ToViewer::Server(status)).await?;
        self.send(&ToViewer::Snapshot(Box::new(world))).await
    }

    /// Does what the viewer asks.
    async fn asked(&mut self, message: Message) -> Result<(), End> {
        let refusal = match message {
            Message::Binary(bytes) => match wire::decode(&bytes) {
                Ok(ToGateway::Level(level)) => {
                    self.gateway.hub.level().send_if_modified(|now| std::mem::replace(now, level) != level);
                    None
                }
                Ok(ToGateway::Switch(setup)) => match config::setup(&setup) {
                    Ok(()) => {
                        self.gateway.hub.setup().send_replace(setup);
                        None
                    }
                    Err(Misuse(why)) => Some(why),
                },
                Ok(asked) => self.clients.ask(asked).err(),
                Err(error) => Some(format!("{error}; reload the page if this goes on")),
            },
            Message::Text(_) => Some("messages are binary, and this one was text".to_owned()),
            // Pings are answered where they are read, and the end of the stream tells of a close.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
        };
        match refusal {
            Some(why) => self.send(&ToViewer::Refused(why)).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, message: &ToViewer) -> Result<(), End> {
        Ok(self.socket.send(Message::Binary(wire::encode(message).into())).await?)
    }

    async fn close(&mut self, Goodbye(code, mut reason): Goodbye) {
        tracing::info!("a viewer's session ends: {reason}");
        reason.truncate(reason.floor_char_boundary(REASON_MAX));
        // If the viewer is gone, there is nobody to tell.
        let _ = self.socket.close(Some(CloseFrame { code, reason: reason.into() })).await;
    }
}
