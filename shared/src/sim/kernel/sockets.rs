//! Stream sockets that are there.

use std::future::Future;

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::Fd;
use crate::kernel::{Accepted, FOREVER, Mask, Mode, MsgFlags, Opt, Shutdown, Sockets};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::tcp::State;
use crate::time::Nanos;

impl Sockets for SimKernel {
    fn accept(&self, listener: Fd, mode: Mode) -> impl Future<Output = Result<Accepted, Errno>> {
        // One that finds nobody makes no socket.
        let cost = move |machine: &mut Machine| {
            let waits = machine.file_of(listener).is_ok_and(|file| machine.ready(file).contains(Mask::IN));
            Nanos(if waits { machine.costs.accept_ns } else { 0 })
        };
        self.call_on(listener, FOREVER, cost, move |machine, file, _| {
            let result = machine.accept(file, mode);
            if result == Err(Errno::EAGAIN) && !machine.is_nonblocking(file) {
                // Of several that sleep, one connection wakes one.
                machine.sleep_exclusively(file, Mask::IN);
                return Attempt::Sleep;
            }
            Attempt::Done(result)
        })
    }

    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        self.receive(fd, buffer, MsgFlags::empty())
    }

    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        self.transfer(fd, bytes, MsgFlags::empty())
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
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.set_option(file, Opt::NoDelay, 1)
        })
    }

    fn set_nonblocking(&self, fd: Fd, on: bool) -> impl Future<Output = Result<(), Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.set_nonblocking(file, on);
            Ok(())
        })
    }
}

impl SimKernel {
    /// `recv(2)`. One that sleeps does so until as much is there as it waits for; it takes what comes meanwhile,
    /// and returns what it has when no more can come.
    pub(super) fn receive(
        &self,
        fd: Fd,
        buffer: &mut [u8],
        flags: MsgFlags,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let most = buffer.len();
        let cost = move |machine: &mut Machine| {
            let waiting = machine.tcp_of(fd).map_or(0, |(_, tcp)| tcp.recv.len());
            let copied = cost::copy(&machine.costs, waiting.min(most));
            if waiting > 0 { Nanos(machine.costs.recv_ns) + copied } else { copied }
        };
        let mut done = 0;
        self.call_on(fd, FOREVER, cost, move |machine, file, _| {
            let sleeps = !flags.contains(MsgFlags::DONTWAIT) && !machine.is_nonblocking(file);
            let tcp = match machine.stream(file) {
                Ok(_) if flags.contains(MsgFlags::OOB) => return Attempt::Done(Err(Errno::EOPNOTSUPP)),
                Ok(tcp) => tcp,
                Err(errno) => return Attempt::Done(Err(errno)),
            };
            let target = tcp.target(most, flags);
            let waits = sleeps && !tcp.input_over() && tcp.state != State::Listening;
            if done > 0 && tcp.recv.is_empty() && !waits {
                return Attempt::Done(Ok(done));
            }
            let peeks = flags.contains(MsgFlags::PEEK);
            let result = if peeks && waits && tcp.recv.len() < target {
                Err(Errno::EAGAIN)
            } else {
                machine.take_with(file, &mut buffer[done..], flags)
            };
            done += result.unwrap_or(0);
            match result {
                Ok(_) if waits && !peeks && done < target && most > 0 => {}
                Err(Errno::EAGAIN) if waits => {}
                Err(errno) => return Attempt::Done(Err(errno)),
                Ok(_) => return Attempt::Done(Ok(done)),
            }
            machine.sleep_on([(file, Mask::IN)]);
            Attempt::Sleep
        })
    }

    /// `send(2)`. One that sleeps returns when all is in the send buffer, or with what was when no more can be.
    pub(super) fn transfer(
        &self,
        fd: Fd,
        bytes: &[u8],
        flags: MsgFlags,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let len = bytes.len();
        let cost =
            move |machine: &mut Machine| Nanos(machine.costs.send_ns) + cost::copy(&machine.costs, len);
        let mut done = 0;
        self.call_on(fd, FOREVER, cost, move |machine, file, _| {
            let sleeps = !flags.contains(MsgFlags::DONTWAIT) && !machine.is_nonblocking(file);
            match machine.stream(file) {
                Ok(_) if flags.contains(MsgFlags::OOB) => return Attempt::Done(Err(Errno::EOPNOTSUPP)),
                Ok(tcp) if done > 0 && tcp.output_over() => return Attempt::Done(Ok(done)),
                Ok(_) => {}
                Err(errno) => return Attempt::Done(Err(errno)),
            }
            let rest = &bytes[done..];
            let result = machine.put(file, rest);
            let taken = result.unwrap_or(0);
            done += taken;
            match result {
                Ok(_) if sleeps && done < len => {}
                Err(Errno::EAGAIN) if sleeps => {}
                Err(errno) => return Attempt::Done(Err(errno)),
                Ok(_) => return Attempt::Done(Ok(done)),
            }
            if taken > 0 {
                machine.tell(machine.current, Inside::Put { file, bytes: taken as u32 }, &rest[..taken]);
            }
            machine.sleep_on([(file, Mask::OUT)]);
            Attempt::Sleep
        })
    }
}
