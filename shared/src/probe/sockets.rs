//! Traced calls on sockets: those that are there, and making new ones.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::Location;

use super::{Sink, Traced, nothing, number, told};
use crate::errno::Errno;
use crate::event::Call;
use crate::ids::Fd;
use crate::kernel::{Accepted, Clock, Connect, Mode, Shutdown, Sockets};

impl<K: Sockets + Clock, S: Sink> Sockets for Traced<K, S> {
    #[track_caller]
    fn accept(&self, listener: Fd, mode: Mode) -> impl Future<Output = Result<Accepted, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Accept { fd: listener }, location, &[]);
            let result = self.0.kernel.accept(listener, mode).await;
            let from = result.ok().map(|accepted| address(accepted.from)).unwrap_or_default();
            self.exit(told(&result, |accepted| accepted.fd.0 as u32), 0, &from);
            result
        }
    }

    #[track_caller]
    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::Recv { fd, len: buffer.len() as u32 };
        let made = async move |buffer: &mut [u8]| self.0.kernel.recv(fd, buffer).await;
        self.taking(call, Location::caller(), buffer, made)
    }

    #[track_caller]
    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::Send { fd, len: bytes.len() as u32 };
        self.giving(call, Location::caller(), bytes, self.0.kernel.send(fd, bytes))
    }

    #[track_caller]
    fn shutdown(&self, fd: Fd, how: Shutdown) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::Shutdown { fd, how }, Location::caller(), self.0.kernel.shutdown(fd, how), nothing)
    }

    #[track_caller]
    fn close(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::Close { fd }, Location::caller(), self.0.kernel.close(fd), nothing)
    }

    #[track_caller]
    fn set_nodelay(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::SetNodelay { fd }, Location::caller(), self.0.kernel.set_nodelay(fd), nothing)
    }

    #[track_caller]
    fn set_nonblocking(&self, fd: Fd, on: bool) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.set_nonblocking(fd, on);
        self.plain(Call::SetNonblocking { fd, on }, Location::caller(), made, nothing)
    }
}

impl<K: Connect + Clock, S: Sink> Connect for Traced<K, S> {
    #[track_caller]
    fn resolve(&self, host: &str, port: u16) -> impl Future<Output = Result<Vec<SocketAddr>, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Resolve { port }, location, host.as_bytes());
            let result = self.0.kernel.resolve(host, port).await;
            let up = result.as_ref().map(|found| super::written(found)).unwrap_or_default();
            self.exit(told(&result, |found| found.len() as u32), 0, &up);
            result
        }
    }

    #[track_caller]
    fn socket(&self, like: SocketAddr, mode: Mode) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::Socket, Location::caller(), self.0.kernel.socket(like, mode), number)
    }

    #[track_caller]
    fn bind(&self, fd: Fd, to: SocketAddr) -> impl Future<Output = Result<SocketAddr, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Bind { fd }, location, &address(to));
            let result = self.0.kernel.bind(fd, to).await;
            let up = result.ok().map(address).unwrap_or_default();
            self.exit(told(&result, nothing), 0, &up);
            result
        }
    }

    #[track_caller]
    fn local_address(&self, fd: Fd) -> impl Future<Output = Result<SocketAddr, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::LocalAddress { fd }, location, &[]);
            let result = self.0.kernel.local_address(fd).await;
            let up = result.ok().map(address).unwrap_or_default();
            self.exit(told(&result, nothing), 0, &up);
            result
        }
    }

    #[track_caller]
    fn listen(&self, fd: Fd, backlog: u32) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.listen(fd, backlog);
        self.plain(Call::Listen { fd, backlog }, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn connect(&self, fd: Fd, to: SocketAddr) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Connect { fd }, location, &address(to));
            let result = self.0.kernel.connect(fd, to).await;
            self.exit(told(&result, nothing), 0, &[]);
            result
        }
    }
}

fn address(address: SocketAddr) -> Vec<u8> {
    postcard::to_stdvec(&address).expect("postcard can write an address")
}
