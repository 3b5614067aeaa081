//! Descriptors and options beyond what a server needs.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::{Fd, FileId};
use crate::kernel::{Descriptors, FOREVER, Mask, MsgFlags, Opt};
use crate::sim::files::{File, Kind};
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Machine;
use crate::time::Nanos;

impl Descriptors for SimKernel {
    fn dup(&self, fd: Fd) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            machine.install(file)
        })
    }

    fn pipe(&self) -> impl Future<Output = Result<(Fd, Fd), Errno>> {
        self.simple(nothing, Machine::pipe)
    }

    fn open_file(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, |machine| machine.install_new(File::new(Kind::Regular, None)))
    }

    async fn read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        if self.is_socket(fd) && !buffer.is_empty() {
            return self.receive(fd, buffer, MsgFlags::empty()).await;
        }
        let read = self.call_on(
            fd,
            FOREVER,
            |_| Nanos::ZERO,
            move |machine, file, _| {
                let result = machine.read_other(file, buffer);
                machine.or_sleep(file, Mask::IN, result)
            },
        );
        read.await
    }

    async fn write(&self, fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
        if self.is_socket(fd) {
            return self.transfer(fd, bytes, MsgFlags::empty()).await;
        }
        let written = self.call_on(
            fd,
            FOREVER,
            |_| Nanos::ZERO,
            move |machine, file, _| {
                let result = machine.write_other(file, bytes);
                machine.or_sleep(file, Mask::OUT, result)
            },
        );
        written.await
    }

    fn recv_with(
        &self,
        fd: Fd,
        buffer: &mut [u8],
        flags: MsgFlags,
    ) -> impl Future<Output = Result<usize, Errno>> {
        self.receive(fd, buffer, flags)
    }

    fn send_with(&self, fd: Fd, bytes: &[u8], flags: MsgFlags) -> impl Future<Output = Result<usize, Errno>> {
        self.transfer(fd, bytes, flags)
    }

    fn option(&self, fd: Fd, option: Opt) -> impl Future<Output = Result<i32, Errno>> {
        self.on_file(fd, move |machine, file| machine.option(file, option))
    }

    fn set_option(&self, fd: Fd, option: Opt, value: i32) -> impl Future<Output = Result<(), Errno>> {
        self.on_file(fd, move |machine, file| machine.set_option(file, option, value))
    }

    fn set_linger_zero(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.on_file(fd, |machine, file| {
            machine.stream(file)?.linger_zero = true;
            Ok(())
        })
    }

    fn unread(&self, fd: Fd) -> impl Future<Output = Result<u32, Errno>> {
        self.on_file(fd, |machine, file| machine.unread(file))
    }
}

impl SimKernel {
    fn is_socket(&self, fd: Fd) -> bool {
        self.machine.borrow_mut().tcp_of(fd).is_ok()
    }

    /// A call on the file of a descriptor that never sleeps.
    fn on_file<T>(
        &self,
        fd: Fd,
        mut act: impl FnMut(&mut Machine, FileId) -> Result<T, Errno>,
    ) -> impl Future<Output = Result<T, Errno>> {
        self.simple(nothing, move |machine| {
            let file = machine.file_of(fd)?;
            act(machine, file)
        })
    }
}
