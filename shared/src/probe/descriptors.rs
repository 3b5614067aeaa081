//! Traced calls that a server hardly needs: `dup`, pipes, options, flags.

use std::future::Future;
use std::panic::Location;

use super::{Sink, Traced, count, nothing, number, told};
use crate::errno::Errno;
use crate::event::Call;
use crate::ids::Fd;
use crate::kernel::{Clock, Descriptors, MsgFlags, Opt};

impl<K: Descriptors + Clock, S: Sink> Descriptors for Traced<K, S> {
    #[track_caller]
    fn dup(&self, fd: Fd) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::Dup { fd }, Location::caller(), self.0.kernel.dup(fd), number)
    }

    #[track_caller]
    fn pipe(&self) -> impl Future<Output = Result<(Fd, Fd), Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Pipe, location, &[]);
            let result = self.0.kernel.pipe().await;
            let up = result.ok().map(|(_, end)| end.0.to_le_bytes());
            self.exit(told(&result, |(end, _)| number(end)), 0, up.as_ref().map_or(&[], |up| up.as_slice()));
            result
        }
    }

    #[track_caller]
    fn open_file(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::OpenFile, Location::caller(), self.0.kernel.open_file(), number)
    }

    #[track_caller]
    fn read(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::Read { fd, len: buffer.len() as u32 };
        let made = async move |buffer: &mut [u8]| self.0.kernel.read(fd, buffer).await;
        self.taking(call, Location::caller(), buffer, made)
    }

    #[track_caller]
    fn write(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::Write { fd, len: bytes.len() as u32 };
        self.giving(call, Location::caller(), bytes, self.0.kernel.write(fd, bytes))
    }

    #[track_caller]
    fn recv_with(
        &self,
        fd: Fd,
        buffer: &mut [u8],
        flags: MsgFlags,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        let call = Call::RecvWith { fd, len: buffer.len() as u32, flags };
        async move {
            if !flags.contains(MsgFlags::TRUNC) {
                let made = async move |buffer: &mut [u8]| self.0.kernel.recv_with(fd, buffer, flags).await;
                return self.taking(call, location, buffer, made).await;
            }
            // What is thrown away never comes up.
            let made = self.0.kernel.recv_with(fd, buffer, flags);
            self.plain(call, location, made, count).await
        }
    }

    #[track_caller]
    fn send_with(&self, fd: Fd, bytes: &[u8], flags: MsgFlags) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::SendWith { fd, len: bytes.len() as u32, flags };
        self.giving(call, Location::caller(), bytes, self.0.kernel.send_with(fd, bytes, flags))
    }

    #[track_caller]
    fn option(&self, fd: Fd, option: Opt) -> impl Future<Output = Result<i32, Errno>> {
        let made = self.0.kernel.option(fd, option);
        self.plain(Call::GetOption { fd, option }, Location::caller(), made, |value| *value as u32)
    }

    #[track_caller]
    fn set_option(&self, fd: Fd, option: Opt, value: i32) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.set_option(fd, option, value);
        self.plain(Call::SetOption { fd, option, value }, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn set_linger_zero(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.set_linger_zero(fd);
        self.plain(Call::SetLingerZero { fd }, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn unread(&self, fd: Fd) -> impl Future<Output = Result<u32, Errno>> {
        self.plain(Call::Unread { fd }, Location::caller(), self.0.kernel.unread(fd), |waiting| *waiting)
    }
}
