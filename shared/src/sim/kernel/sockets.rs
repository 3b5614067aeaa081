//! Stream sockets that are there.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Accepted, FOREVER, Mask, Mode, Shutdown, Sockets};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::{Attempt, Machine};
use crate::time::Nanos;

impl Sockets for SimKernel {
    fn accept(&self, listener: Fd, mode: Mode) -> impl Future<Output = Result<Accepted, Errno>> {
        self.call_on(
            listener,
            FOREVER,
            |machine| Nanos(machine.costs.accept_ns),
            move |machine, file, _| {
                let result = machine.accept(file, mode);
                machine.or_sleep(file, Mask::IN, result)
            },
        )
    }

    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        let most = buffer.len();
        let cost = move |machine: &mut Machine| {
            let waiting = machine.tcp_of(fd).map_or(0, |(_, tcp)| tcp.recv.len());
            let copied = cost::copy(&machine.costs, waiting.min(most));
            if waiting > 0 { Nanos(machine.costs.recv_ns) + copied } else { copied }
        };
        self.call_on(fd, FOREVER, cost, move |machine, file, _| {
            let result = machine.stream(file).map(|_| ()).and_then(|()| machine.take(file, buffer));
            machine.or_sleep(file, Mask::IN, result)
        })
    }

    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        let len = bytes.len();
        let cost =
            move |machine: &mut Machine| Nanos(machine.costs.send_ns) + cost::copy(&machine.costs, len);
        let mut sent = 0;
        self.call_on(fd, FOREVER, cost, move |machine, file, _| {
            let result = machine.stream(file).map(|_| ()).and_then(|()| machine.put(file, &bytes[sent..]));
            sent += result.unwrap_or(0);
            match result {
                // One that blocks returns when all is in the buffer, or with what was when an error came.
                Ok(_) if sent < bytes.len() && !machine.is_nonblocking(file) => {
                    machine.or_sleep(file, Mask::OUT, Err(Errno::EAGAIN))
                }
                Ok(_) => Attempt::Done(Ok(sent)),
                Err(Errno::EAGAIN) => machine.or_sleep(file, Mask::OUT, result),
                Err(_) if sent > 0 => Attempt::Done(Ok(sent)),
                Err(errno) => Attempt::Done(Err(errno)),
            }
        })
    }

    fn shutdown(&self, fd: Fd, how: Shutdown) -> impl Future<Output = Result<(), Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.shutdown(file, how)
        })
    }

    fn close(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.simple(|costs| Nanos(costs.close_ns), move |machine| machine.close(fd))
    }

    fn set_nodelay(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        // Everything leaves at once here; the call is made all the same.
        self.simple(nothing, move |machine| machine.tcp_of(fd).map(|_| ()))
    }

    fn set_nonblocking(&self, fd: Fd, on: bool) -> impl Future<Output = Result<(), Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.set_nonblocking(file, on);
            Ok(())
        })
    }
}
