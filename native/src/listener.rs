//! The listening socket, and what to tell whoever cannot have it.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, Result, anyhow};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

/// Opens a listening socket, which blocks. The port of a server that has just ended can be had again at
/// once (`SO_REUSEADDR`).
///
/// # Errors
/// With what to do about it, if the address cannot be had.
pub fn listen(address: SocketAddr, backlog: u32) -> Result<TcpListener> {
    let backlog = i32::try_from(backlog).context("the backlog does not fit the call")?;
    bind_and_listen(address, backlog).map_err(|errno| explain(address, errno))
}

fn bind_and_listen(address: SocketAddr, backlog: i32) -> Result<TcpListener, Errno> {
    let socket = bind(address)?;
    rustix::net::listen(&socket, backlog)?;
    Ok(TcpListener::from(socket))
}

fn bind(address: SocketAddr) -> Result<std::os::fd::OwnedFd, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = open(family)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    Ok(socket)
}

/// Keeps an address while one server ends and the next begins. Nobody is accepted through it.
#[derive(Debug)]
pub struct Reservation {
    address: SocketAddr,
    /// A socket that is bound and does not listen; one that does may have the same address (`socket(7)`,
    /// `SO_REUSEADDR`). Elsewhere than on Linux it may not, and nothing is kept.
    #[allow(dead_code, reason = "it is kept for what it does by being open")]
    socket: Option<std::os::fd::OwnedFd>,
}

impl Reservation {
    /// The address, with the port that the system chose if it was to choose one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Keeps an address.
///
/// # Errors
/// With what to do about it, if the address cannot be had.
#[cfg(target_os = "linux")]
pub fn reserve(address: SocketAddr) -> Result<Reservation> {
    let bound = || {
        let socket = bind(address)?;
        let address = rustix::net::getsockname(&socket)?;
        Ok((SocketAddr::try_from(address)?, socket))
    };
    let (address, socket) = bound().map_err(|errno| explain(address, errno))?;
    Ok(Reservation { address, socket: Some(socket) })
}

/// Keeps nothing, but finds a port if the system is to choose one.
///
/// # Errors
/// With what to do about it, if the address cannot be had.
#[cfg(not(target_os = "linux"))]
pub fn reserve(address: SocketAddr) -> Result<Reservation> {
    let address = listen(address, 1)?.local_addr().context("the listener has no address")?;
    Ok(Reservation { address, socket: None })
}

#[cfg(not(target_vendor = "apple"))]
fn open(family: AddressFamily) -> Result<std::os::fd::OwnedFd, Errno> {
    rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)
}

#[cfg(target_vendor = "apple")]
fn open(family: AddressFamily) -> Result<std::os::fd::OwnedFd, Errno> {
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::empty(), None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    Ok(socket)
}

fn explain(address: SocketAddr, errno: Errno) -> anyhow::Error {
    let port = address.port();
    match errno {
        Errno::ADDRINUSE => anyhow!(
            "port {port} of {} is in use: end the program that has it, or choose another port \
             (port 0 takes any that is free)",
            address.ip()
        ),
        Errno::ADDRNOTAVAIL => anyhow!(
            "{} is no address of this machine: choose one that is, such as 127.0.0.1 (loopback only) or \
             0.0.0.0 (every network)",
            address.ip()
        ),
        Errno::ACCESS => {
            anyhow!("the system does not let this user listen on port {port}: choose a port above 1023")
        }
        Errno::AFNOSUPPORT => {
            anyhow!("this system has no IPv6: choose an IPv4 address, such as 127.0.0.1:{port}")
        }
        other => anyhow!("cannot listen on {address}: {}", std::io::Error::from(other)),
    }
}
