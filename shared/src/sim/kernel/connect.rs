//! Making sockets and connections, and looking up names.

use std::future::Future;
use std::net::SocketAddr;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Connect, FOREVER, Mask, Mode, after};
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Attempt;
use crate::time::Nanos;

impl Connect for SimKernel {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Errno> {
        let found = self.machine.borrow().look_up(host, port);
        let (delay, address) = found.ok_or(Errno::ENOENT)?;
        let asked = self.call(
            after(delay),
            |_| Nanos::ZERO,
            move |_, over| if over { Attempt::Done(Ok(vec![address])) } else { Attempt::Sleep },
        );
        asked.await
    }

    fn socket(&self, like: SocketAddr, mode: Mode) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(|costs| Nanos(costs.socket_ns), move |machine| machine.socket(like, mode))
    }

    fn bind(&self, fd: Fd, address: SocketAddr) -> impl Future<Output = Result<SocketAddr, Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.bind(file, address)
        })
    }

    fn local_address(&self, fd: Fd) -> impl Future<Output = Result<SocketAddr, Errno>> {
        self.simple(nothing, move |machine| machine.local_address(fd))
    }

    fn listen(&self, fd: Fd, backlog: u32) -> impl Future<Output = Result<(), Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.listen(file, backlog)
        })
    }

    fn connect(&self, fd: Fd, to: SocketAddr) -> impl Future<Output = Result<(), Errno>> {
        self.call_on(
            fd,
            FOREVER,
            |machine| Nanos(machine.costs.connect_ns),
            move |machine, file, _| match machine.connect(file, to) {
                Err(Errno::EINPROGRESS | Errno::EALREADY) if !machine.is_nonblocking(file) => {
                    // Whatever happens to a socket that connects is about that.
                    machine.sleep_on([(file, Mask::READINESS)]);
                    Attempt::Sleep
                }
                result => Attempt::Done(result),
            },
        )
    }
}
