//! What an observer tells who sees a program from outside only: strace, of any program.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::messages as m;

/// What a descriptor names, as far as it can be seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Thing {
    /// It is open, and nothing more is known.
    Unknown,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A terminal, `/dev/null`: whatever else has a name among the devices.
    Device,
    /// A pipe, of which it is not known which end this is.
    Pipe,
    /// The end of a pipe that reads.
    PipeReads,
    /// The end of a pipe that writes.
    PipeWrites,
    /// A stream socket that is not known to listen, nor to be connected.
    Socket,
    /// A socket of another kind: datagrams, netlink, packets.
    Datagrams,
    /// A socket that listens.
    Listener,
    /// A connection.
    Connection,
    /// An epoll instance.
    Epoll,
    /// The rings of io_uring.
    Rings,
    /// A counter (`eventfd(2)`).
    EventFd,
    /// A timer (`timerfd_create(2)`).
    TimerFd,
    /// A queue of signals (`signalfd(2)`).
    SignalFd,
    /// Changes of files (`inotify(7)`, `fanotify(7)`).
    Inotify,
    /// A process (`pidfd_open(2)`).
    PidFd,
    /// Memory (`memfd_create(2)`).
    Memory,
}

impl Thing {
    /// What it is, in a few words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => m::thing_unknown(),
            Self::File => m::thing_file(),
            Self::Directory => m::thing_directory(),
            Self::Device => m::thing_device(),
            Self::Pipe => m::thing_pipe(),
            Self::PipeReads => m::thing_pipereads(),
            Self::PipeWrites => m::thing_pipewrites(),
            Self::Socket => m::thing_socket(),
            Self::Datagrams => m::thing_datagrams(),
            Self::Listener => m::thing_listener(),
            Self::Connection => m::thing_connection(),
            Self::Epoll => m::thing_epoll(),
            Self::Rings => m::thing_rings(),
            Self::EventFd => m::thing_eventfd(),
            Self::TimerFd => m::thing_timerfd(),
            Self::SignalFd => m::thing_signalfd(),
            Self::Inotify => m::thing_inotify(),
            Self::PidFd => m::thing_pidfd(),
            Self::Memory => m::thing_memory(),
        }
    }

    /// The call that makes one, where there is one that makes nothing else.
    pub fn made_by(self) -> &'static str {
        match self {
            Self::EventFd => "eventfd2",
            Self::TimerFd => "timerfd_create",
            Self::SignalFd => "signalfd4",
            Self::Inotify => "inotify_init1",
            Self::PidFd => "pidfd_open",
            Self::Memory => "memfd_create",
            _ => "open",
        }
    }
}

/// What else is known of a descriptor: the payload of [`super::What::Found`], as postcard writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Its name as the observer wrote it, such as a path; empty if it has none.
    pub label: String,
    /// Its own address.
    pub local: Option<SocketAddr>,
    /// The other end's.
    pub remote: Option<SocketAddr>,
}

/// The calls that move bytes from one descriptor to another, which the program never sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of the man pages")]
pub enum Transfer {
    Sendfile,
    Splice,
    Tee,
    CopyFileRange,
}

impl Transfer {
    /// The name of the man page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sendfile => "sendfile",
            Self::Splice => "splice",
            Self::Tee => "tee",
            Self::CopyFileRange => "copy_file_range",
        }
    }
}
