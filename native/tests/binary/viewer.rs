//! A viewer of the gateway, as the page is one.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use loopscope_shared::trace::wire::{
    ClientEvent, ClientId, ServerState, ServerStatus, ToGateway, ToViewer, check_greeting, decode, encode,
    greeting,
};
use loopscope_shared::world::World;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::process::{PATIENCE, Process};

/// A gateway with its server, on ports that the system chose.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) page: SocketAddr,
    pub(crate) rot13: SocketAddr,
}

impl Gateway {
    pub(crate) fn start(options: &[&str]) -> Self {
        let ports = ["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"];
        let mut process = Process::start(&[&ports, options].concat());
        let page = process.address("page: http://");
        let rot13 = process.address("rot13: ");
        Self { process, page, rot13 }
    }
}

type Socket = WebSocketStream<TcpStream>;

/// Opens a WebSocket, with an `Origin` if one is given.
pub(crate) async fn open(page: SocketAddr, origin: Option<&str>) -> Result<Socket, Error> {
    open_on(TcpSocket::new_v4()?, page, origin).await
}

async fn open_on(socket: TcpSocket, page: SocketAddr, origin: Option<&str>) -> Result<Socket, Error> {
    let mut request = format!("ws://{page}/ws").into_client_request()?;
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let opening = async { client_async(request, socket.connect(page).await?).await };
    timeout(PATIENCE, opening).await.expect("the gateway answers").map(|(socket, _)| socket)
}

/// A viewer that has been greeted, with all that it knows.
pub(crate) struct Viewer {
    socket: Socket,
    pub(crate) world: World,
    pub(crate) status: Option<ServerStatus>,
    /// How many snapshots it got.
    pub(crate) snapshots: usize,
    /// How many gaps it was told of.
    pub(crate) gaps: usize,
    /// How many messages it got, and how many bytes they had.
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

impl Viewer {
    /// A viewer after the greetings, which has read nothing more.
    pub(crate) async fn join(page: SocketAddr) -> Self {
        Self::join_on(TcpSocket::new_v4().unwrap(), page).await
    }

    /// The same, with little room for what it has not read yet.
    pub(crate) async fn join_with_little_room(page: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        Self::join_on(socket, page).await
    }

    async fn join_on(socket: TcpSocket, page: SocketAddr) -> Self {
        let mut socket = open_on(socket, page, Some(&format!("http://{page}"))).await.unwrap();
        socket.send(Message::Binary(greeting().into())).await.unwrap();
        let first = next(&mut socket).await;
        assert_eq!(check_greeting(&first.into_data()), Ok(()));
        let (world, status) = (World::new(), None);
        Self { socket, world, status, snapshots: 0, gaps: 0, messages: 0, bytes: 0 }
    }

    /// A viewer with an open connection to the server, from which nothing is read.
    pub(crate) async fn with_deaf_connection(page: SocketAddr) -> (Self, ClientId) {
        let mut viewer = Self::join(page).await;
        viewer.until_running().await;
        let id = ClientId(1);
        viewer.ask(&ToGateway::Open(id)).await;
        viewer.until_client(id).await;
        viewer.ask(&ToGateway::Read(id, false)).await;
        (viewer, id)
    }

    pub(crate) async fn ask(&mut self, message: &ToGateway) {
        self.send(Message::Binary(encode(message).into())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        timeout(PATIENCE, self.socket.send(message)).await.expect("the gateway reads").unwrap();
    }

    /// Takes the next message and folds it. What follows a snapshot must go on from it.
    pub(crate) async fn next(&mut self) -> ToViewer {
        let message = next(&mut self.socket).await;
        self.messages += 1;
        self.bytes += message.len();
        let message = decode::<ToViewer>(&message.into_data()).unwrap();
        match &message {
            ToViewer::Server(status) => self.status = Some(status.clone()),
            ToViewer::Snapshot(world) => {
                self.snapshots += 1;
                self.world = (**world).clone();
            }
            ToViewer::Batch(batch) => {
                assert_eq!(batch.first, self.world.seq, "no event is missed, none comes twice");
                for (event, payload) in batch.iter() {
                    self.world.apply(event, payload);
                }
            }
            ToViewer::Gap { from } => {
                assert_eq!(*from, self.world.seq, "the gap begins where this viewer is");
                self.gaps += 1;
            }
            ToViewer::Client(..) | ToViewer::Refused(_) => {}
        }
        message
    }

    /// Takes messages until one is as wanted.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(&Self, ToViewer) -> Option<T>) -> T {
        loop {
            let message = self.next().await;
            if let Some(found) = wanted(self, message) {
                return found;
            }
        }
    }

    /// Takes messages until what is known is as wanted.
    pub(crate) async fn until_world(&mut self, wanted: impl Fn(&World) -> bool) {
        while !wanted(&self.world) {
            self.next().await;
        }
    }

    /// Takes messages until the server runs, and gives its process and address.
    pub(crate) async fn until_running(&mut self) -> (u32, SocketAddr) {
        loop {
            if let Some(ServerState::Running { pid, listen }) =
                self.status.as_ref().map(|status| &status.state)
            {
                return (*pid, *listen);
            }
            self.next().await;
        }
    }

    pub(crate) async fn until_client(&mut self, id: ClientId) -> ClientEvent {
        self.until(|_, message| match message {
            ToViewer::Client(other, event) if other == id => Some(event),
            _ => None,
        })
        .await
    }

    /// Reads to the end, and returns why the gateway ended the session.
    pub(crate) async fn until_closed(&mut self) -> String {
        closed(&mut self.socket).await.reason.to_string()
    }

    pub(crate) async fn until_refused(&mut self) -> String {
        self.until(|_, message| match message {
            ToViewer::Refused(why) => Some(why),
            _ => None,
        })
        .await
    }
}

/// The next message of a socket.
pub(crate) async fn next(socket: &mut Socket) -> Message {
    timeout(PATIENCE, socket.next()).await.expect("a message comes").expect("the session goes on").unwrap()
}

/// Reads to the end, and returns what the close frame said.
pub(crate) async fn closed(socket: &mut Socket) -> CloseFrame {
    loop {
        if let Message::Close(frame) = next(socket).await {
            return frame.expect("the close frame says why");
        }
    }
}
