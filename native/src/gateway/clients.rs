//! A viewer's own TCP connections: to the watched server, and to nothing else.
//!
//! They are all closed when the viewer leaves.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loopscope_shared::trace::wire::{CLIENTS_MAX, ClientEvent, ClientId, ServerState, ToGateway};
use rustix::net::{Shutdown, sockopt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::collector::Hub;
use crate::os::errno;

/// How many bytes may wait to be sent on one connection: a few of the longest messages there are.
const WAITING_MAX: usize = 4 << 20;

/// How many orders may wait for one connection.
const ORDERS_MAX: usize = 256;

/// How much is read at once, in bytes.
const CHUNK: usize = 16_384;

/// How long the server may take to be reached. It is on this machine, but its accept queue may be full.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is told about a connection.
pub(super) type Told = (ClientId, ClientEvent);

/// The connections of one viewer.
#[derive(Debug)]
pub(super) struct Clients {
    hub: Arc<Hub>,
    open: BTreeMap<ClientId, Client>,
    tell: mpsc::Sender<Told>,
}

/// A connection, as the session holds it. Dropping it closes it.
#[derive(Debug)]
struct Client {
    orders: mpsc::Sender<Order>,
    /// How many bytes wait to be sent.
    waiting: Arc<AtomicUsize>,
    task: AbortHandle,
}

/// What a connection is told to do.
#[derive(Debug)]
enum Order {
    Send(Vec<u8>),
    HalfClose,
    Close,
    Reset,
    Read(bool),
}

impl Clients {
    /// No connections yet; what becomes of them goes to `tell`.
    pub(super) fn new(hub: Arc<Hub>, tell: mpsc::Sender<Told>) -> Self {
        Self { hub, open: BTreeMap::new(), tell }
    }

    /// Does what a viewer asks of its connections.
    ///
    /// # Errors
    /// With the reason, if it cannot be done.
    pub(super) fn ask(&mut self, asked: ToGateway) -> Result<(), String> {
        match asked {
            ToGateway::Open(id) => self.open(id),
            ToGateway::Send(id, bytes) => self.order(id, Order::Send(bytes)),
            ToGateway::HalfClose(id) => self.order(id, Order::HalfClose),
            ToGateway::Close(id) => self.order(id, Order::Close),
            ToGateway::Reset(id) => self.order(id, Order::Reset),
            ToGateway::Read(id, on) => self.order(id, Order::Read(on)),
            ToGateway::Level(_) | ToGateway::Switch(_) => Err("that is no matter of a connection".to_owned()),
        }
    }

    /// Takes notice of what the viewer is about to be told.
    pub(super) fn notice(&mut self, id: ClientId, event: &ClientEvent) {
        if matches!(event, ClientEvent::Closed | ClientEvent::Failed(_)) {
            self.open.remove(&id);
        }
    }

    fn open(&mut self, id: ClientId) -> Result<(), String> {
        if self.open.contains_key(&id) {
            return Err(format!("connection {} is open already: close it first", id.0));
        }
        if self.open.len() >= CLIENTS_MAX {
            return Err(format!("a viewer may have {CLIENTS_MAX} connections at once: close one first"));
        }
        let ServerState::Running { listen, .. } = self.hub.status().state else {
            return Err("the server is not running: wait until it has been started again".to_owned());
        };
        let listen = reachable(listen);
        let (orders, taken) = mpsc::channel(ORDERS_MAX);
        let waiting = Arc::new(AtomicUsize::new(0));
        let (tell, counted) = (self.tell.clone(), waiting.clone());
        let task = tokio::spawn(async move {
            let last = match connect(listen, id, &tell).await {
                Ok(stream) => {
                    match (Connection { id, stream, tell: &tell, waiting: &counted }).run(taken).await {
                        Ok(()) => ClientEvent::Closed,
                        Err(error) => ClientEvent::Failed(errno::of_io(&error)),
                    }
                }
                Err(error) => ClientEvent::Failed(errno::of_io(&error)),
            };
            // If the session is over, nobody wants to know.
            let _ = tell.send((id, last)).await;
        });
        self.open.insert(id, Client { orders, waiting, task: task.abort_handle() });
        Ok(())
    }

    fn order(&self, id: ClientId, order: Order) -> Result<(), String> {
        let Some(client) = self.open.get(&id) else {
            return Err(format!("there is no connection {}: open it first", id.0));
        };
        let bytes = if let Order::Send(bytes) = &order { bytes.len() } else { 0 };
        if client.waiting.load(Ordering::Acquire) + bytes > WAITING_MAX {
            return Err(format!(
                "{WAITING_MAX} bytes wait to be sent on connection {}: the server does not read them; let it \
                 send its answers first",
                id.0
            ));
        }
        client.waiting.fetch_add(bytes, Ordering::AcqRel);
        client.orders.try_send(order).map_err(|_| {
            client.waiting.fetch_sub(bytes, Ordering::AcqRel);
            format!("too many orders for connection {} at once: wait for its events", id.0)
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where a server is reached from this machine that listens on every address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, listen.port())
}

async fn connect(to: SocketAddr, id: ClientId, tell: &mpsc::Sender<Told>) -> io::Result<TcpStream> {
    let connecting = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(to)).await;
    let stream = connecting.map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
    // What the viewer sends at once shall arrive at once.
    stream.set_nodelay(true)?;
    let _ = tell.send((id, ClientEvent::Opened(stream.local_addr()?))).await;
    Ok(stream)
}

/// A connection, as its own task has it.
struct Connection<'a> {
    id: ClientId,
    stream: TcpStream,
    tell: &'a mpsc::Sender<Told>,
    waiting: &'a AtomicUsize,
}

impl Connection<'_> {
    /// Carries out orders, sends and reads, until the connection is over.
    async fn run(self, mut orders: mpsc::Receiver<Order>) -> io::Result<()> {
        let mut out = VecDeque::new();
        let (mut reading, mut half_close) = (true, false);
        let mut buffer = vec![0; CHUNK];
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    // What fits into the kernel's buffer goes there now, so that a close after it finds it sent.
                    Some(Order::Send(bytes)) => {
                        out.extend(bytes);
                        self.write(&mut out)?;
                    }
                    Some(Order::HalfClose) => half_close = true,
                    Some(Order::Read(on)) => reading = on,
                    Some(Order::Reset) => {
                        sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO))?;
                        return Ok(());
                    }
                    Some(Order::Close) | None => return Ok(()),
                },
                ready = self.stream.writable(), if !out.is_empty() => {
                    ready?;
                    self.write(&mut out)?;
                }
                ready = self.stream.readable(), if reading => {
                    ready?;
                    match self.stream.try_read(&mut buffer) {
                        Ok(0) => return Ok(()),
                        Ok(count) => {
                            let received = ClientEvent::Received(buffer[..count].to_vec());
                            let _ = self.tell.send((self.id, received)).await;
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            if half_close && out.is_empty() {
                half_close = false;
                rustix::net::shutdown(&self.stream, Shutdown::Write)?;
            }
        }
    }

    /// Sends as much as can be sent now.
    fn write(&self, out: &mut VecDeque<u8>) -> io::Result<()> {
        while !out.is_empty() {
            match self.stream.try_write(out.as_slices().0) {
                Ok(count) => {
                    out.drain(..count);
                    self.waiting.fetch_sub(count, Ordering::AcqRel);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
