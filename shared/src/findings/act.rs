//! What a call is, for a search: whichever of several names it has, a read is a read.

use crate::event::Call;
use crate::ids::Fd;
use crate::kernel::MsgFlags;

/// What a call does with a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Takes a connection from a listener.
    Accept(Fd),
    /// Takes bytes, at most so many.
    Read(Fd, u32),
    /// Gives so many bytes.
    Write(Fd, u32),
    /// Closes a descriptor.
    Close(Fd),
    /// Changes what is watched, or waits: the descriptor is the registry's.
    Watch(Option<Fd>),
    /// Something else, with a descriptor or without.
    Other(Option<Fd>),
}

impl Act {
    pub(super) fn of(call: Call) -> Self {
        match call {
            Call::Accept { fd } => Self::Accept(fd),
            // A look takes nothing.
            Call::RecvWith { fd, flags, .. } if flags.contains(MsgFlags::PEEK) => Self::Other(Some(fd)),
            Call::Recv { fd, len } | Call::RecvWith { fd, len, .. } | Call::Read { fd, len } => {
                Self::Read(fd, len)
            }
            Call::Send { fd, len } | Call::SendWith { fd, len, .. } | Call::Write { fd, len } => {
                Self::Write(fd, len)
            }
            // What is moved inside the kernel is written all the same.
            Call::Transfer { to, len, .. } => Self::Write(to, len),
            Call::Close { fd } => Self::Close(fd),
            Call::EpollCtl { epoll, .. } => Self::Watch(Some(epoll)),
            Call::Kevent { kqueue, .. } => Self::Watch(Some(kqueue)),
            Call::DevPollWrite { dev, .. } => Self::Watch(Some(dev)),
            Call::PortAssociate { port, .. } | Call::PortDissociate { port, .. } => Self::Watch(Some(port)),
            call if call.is_wait() => Self::Watch(call.fd()),
            call => Self::Other(call.fd()),
        }
    }

    /// The descriptor.
    pub(super) fn fd(self) -> Option<Fd> {
        match self {
            Self::Accept(fd) | Self::Read(fd, _) | Self::Write(fd, _) | Self::Close(fd) => Some(fd),
            Self::Watch(fd) | Self::Other(fd) => fd,
        }
    }

    /// The descriptor, if something is done with what it names: not for changing what is watched.
    pub(super) fn touched(self) -> Option<Fd> {
        match self {
            Self::Watch(_) => None,
            _ => self.fd(),
        }
    }
}
