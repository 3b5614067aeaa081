//! What calls on sockets cost, over loopback.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use anyhow::{Context as _, Result, ensure};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::Cost;
use super::measure::{each, rounds};

/// How long a short line is, in bytes.
const LINE: usize = 64;

/// How many lines are on their way at once: they fit every buffer.
const LINES: usize = 32;

/// How often that is repeated in a round.
const TIMES: usize = 40;

/// How many connections are made in a round: they leave ports behind that cannot be used for a minute.
const CONNECTIONS: usize = 50;

/// A large piece, in bytes: it fits the smallest receive buffer that Linux gives by default.
const PIECE: usize = 32_768;

/// A connection over loopback, with small sends that leave at once.
pub(super) fn pair() -> Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on loopback")?;
    let one = TcpStream::connect(listener.local_addr()?).context("cannot connect over loopback")?;
    let (other, _) = listener.accept()?;
    one.set_nodelay(true)?;
    other.set_nodelay(true)?;
    Ok((one, other))
}

pub(super) fn costs(count: u32) -> Result<Vec<Cost>> {
    let mut costs = lines(count)?;
    costs.extend(connections(count)?);
    Ok(costs)
}

/// A call for nothing, short lines, and bytes.
fn lines(count: u32) -> Result<Vec<Cost>> {
    let (mut client, mut server) = pair()?;
    server.set_nonblocking(true)?;
    let line = [b'x'; LINE];
    let mut large = vec![0; PIECE];
    let [call, send, recv, copy] = rounds(count, || {
        let call = each(LINES * TIMES, || nothing(&mut server))?;
        let (mut send, mut recv) = (0.0, 0.0);
        for _ in 0..TIMES {
            send += each(LINES, || Ok(client.write_all(&line)?))?;
            recv += each(LINES, || Ok(server.read_exact(&mut [0; LINE])?))?;
        }
        // Looked at and left there: what else there is to do with bytes that go is none of copying.
        client.write_all(&large)?;
        let copy = (each(TIMES, || peek(&server, &mut large))?
            - each(TIMES, || peek(&server, &mut [0; LINE]))?)
            / (PIECE - LINE) as f64;
        server.read_exact(&mut large)?;
        let [send, recv] = [send, recv].map(|sum| sum / TIMES as f64);
        let bytes = LINE as f64 * copy;
        Ok([call, send - call - bytes, recv - call - bytes, copy])
    })?;
    Ok(vec![
        Cost::new("call_ns", call, "a recv from a socket that has nothing"),
        Cost::new(
            "copy_ps_per_byte",
            copy.times(1e3),
            "a recv of 32 KiB that leaves them there (MSG_PEEK), less one of 64 bytes, each",
        ),
        Cost::new("recv_ns", recv, "a recv of 64 bytes, less the call and the bytes"),
        Cost::new(
            "send_ns",
            send,
            "a send of 64 bytes over loopback until they are in the other receive buffer, less the call and \
             the bytes",
        ),
    ])
}

/// A call that finds nothing to do.
fn nothing(socket: &mut TcpStream) -> Result<()> {
    let result = socket.read(&mut [0; 1]);
    ensure!(result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "the socket is not empty");
    Ok(())
}

/// Looks at bytes that wait.
fn peek(socket: &TcpStream, room: &mut [u8]) -> Result<()> {
    let count = socket.peek(room)?;
    ensure!(count == room.len(), "{count} of {} bytes wait", room.len());
    Ok(())
}

/// Sockets and connections that come and go.
fn connections(count: u32) -> Result<Vec<Cost>> {
    let (_client, mut server) = pair()?;
    server.set_nonblocking(true)?;
    let [socket, connect, accept, close] = rounds(count, || {
        let call = each(CONNECTIONS * TIMES, || nothing(&mut server))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let to = listener.local_addr()?;
        let mut clients: Vec<OwnedFd> = Vec::with_capacity(CONNECTIONS);
        let mut accepted = Vec::with_capacity(CONNECTIONS);
        let socket = each(CONNECTIONS, || {
            clients.push(new_socket()?);
            Ok(())
        })?;
        let mut next = clients.iter();
        let connect = each(CONNECTIONS, || connect(next.next(), to))?;
        let accept = each(CONNECTIONS, || {
            accepted.push(listener.accept()?);
            Ok(())
        })?;
        let close = each(CONNECTIONS, || {
            drop(accepted.pop());
            Ok(())
        })?;
        Ok([socket - call, connect - call, accept - call, close - call])
    })?;
    Ok(vec![
        Cost::new("accept_ns", accept, "an accept of a connection that waits, less the call"),
        Cost::new("socket_ns", socket, "a socket, less the call"),
        Cost::new(
            "connect_ns",
            connect,
            "a connect over loopback until it is in the accept queue and back, less the call",
        ),
        Cost::new("close_ns", close, "a close that ends an open connection, less the call"),
    ])
}

fn new_socket() -> Result<OwnedFd> {
    Ok(rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?)
}

fn connect(socket: Option<&OwnedFd>, to: SocketAddr) -> Result<()> {
    Ok(rustix::net::connect(socket.context("there is a socket for each")?, &to)?)
}
