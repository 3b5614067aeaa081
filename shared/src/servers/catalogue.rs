//! The rows of the catalogue: every program, every source, and which function is which program.
//!
//! A program is entered in three places of this file, and named once in [`super::Program`].

use super::{Entry, Program, Serves, Settings, Source, Systems, stamp_of};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CompletionPort, Connect, Descriptors, DevPoll, EventPorts, Rings, Selector, Tasks};
use crate::messages;
use crate::reactor::ReactorKernel;

/// Every program, in the order of the chapter's story.
pub const PROGRAMS: &[Entry] = &[
    Entry {
        program: Program::Client,
        name: "client",
        idea: messages::program_client,
        lesson: messages::program_client_lesson,
        needs: &["Sockets", "Connect"],
        serves: Serves::Nobody,
        systems: Systems::Unix,
        observed: true,
        source: "servers/client.rs",
    },
    Entry {
        program: Program::Sequential,
        name: "sequential",
        idea: messages::program_sequential,
        lesson: messages::program_sequential_lesson,
        needs: &["Sockets", "Clock"],
        serves: Serves::InTurn,
        systems: Systems::Unix,
        observed: true,
        source: "servers/sequential.rs",
    },
    Entry {
        program: Program::Fork,
        name: "fork",
        idea: messages::program_fork,
        lesson: messages::program_fork_lesson,
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/fork.rs",
    },
    Entry {
        program: Program::Threads,
        name: "threads",
        idea: messages::program_threads,
        lesson: messages::program_threads_lesson,
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/threads.rs",
    },
    Entry {
        program: Program::Pool,
        name: "pool",
        idea: messages::program_pool,
        lesson: messages::program_pool_lesson,
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::AFew,
        systems: Systems::Unix,
        observed: true,
        source: "servers/pool.rs",
    },
    Entry {
        program: Program::BusyPoll,
        name: "busy-poll",
        idea: messages::program_busy_poll,
        lesson: messages::program_busy_poll_lesson,
        needs: &["Sockets"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/busy_poll.rs",
    },
    Entry {
        program: Program::Select,
        name: "select",
        idea: messages::program_select,
        lesson: messages::program_select_lesson,
        needs: &["Sockets", "Select"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/select.rs",
    },
    Entry {
        program: Program::Poll,
        name: "poll",
        idea: messages::program_poll,
        lesson: messages::program_poll_lesson,
        needs: &["Sockets", "Poll"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/poll.rs",
    },
    Entry {
        program: Program::Epoll,
        name: "epoll",
        idea: messages::program_epoll,
        lesson: messages::program_epoll_lesson,
        needs: &["Sockets", "Epoll", "Tasks", "Descriptors"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/epoll.rs",
    },
    Entry {
        program: Program::EpollEt,
        name: "epoll-et",
        idea: messages::program_epoll_et,
        lesson: messages::program_epoll_et_lesson,
        needs: &["Sockets", "Epoll"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/epoll_et.rs",
    },
    Entry {
        program: Program::Kqueue,
        name: "kqueue",
        idea: messages::program_kqueue,
        lesson: messages::program_kqueue_lesson,
        needs: &["Sockets", "Kqueue"],
        serves: Serves::Everyone,
        systems: Systems::Bsd,
        observed: false,
        source: "servers/kqueue.rs",
    },
    Entry {
        program: Program::EventPorts,
        name: "event-ports",
        idea: messages::program_event_ports,
        lesson: messages::program_event_ports_lesson,
        needs: &["Sockets", "EventPorts"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/event_ports.rs",
    },
    Entry {
        program: Program::DevPoll,
        name: "dev-poll",
        idea: messages::program_dev_poll,
        lesson: messages::program_dev_poll_lesson,
        needs: &["Sockets", "DevPoll"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/dev_poll.rs",
    },
    Entry {
        program: Program::IoUring,
        name: "io-uring",
        idea: messages::program_io_uring,
        lesson: messages::program_io_uring_lesson,
        needs: &["Sockets", "Rings"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/io_uring.rs",
    },
    Entry {
        program: Program::Iocp,
        name: "iocp",
        idea: messages::program_iocp,
        lesson: messages::program_iocp_lesson,
        needs: &["Sockets", "CompletionPort"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/iocp.rs",
    },
    Entry {
        program: Program::Event,
        name: "event",
        idea: messages::program_event,
        lesson: messages::program_event_lesson,
        needs: &["Sockets", "Epoll, Kqueue, Poll or Select", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/event.rs",
    },
    Entry {
        program: Program::Bufferevent,
        name: "bufferevent",
        idea: messages::program_bufferevent,
        lesson: messages::program_bufferevent_lesson,
        needs: &["Sockets", "Epoll, Kqueue, Poll or Select", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/bufferevent.rs",
    },
    Entry {
        program: Program::Mio,
        name: "mio",
        idea: messages::program_mio,
        lesson: messages::program_mio_lesson,
        needs: &["Sockets", "Selector", "Connect", "Descriptors", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::LinuxAndBsd,
        observed: true,
        source: "servers/mio.rs",
    },
];

/// A source of that name, in that file.
macro_rules! source {
    ($name:literal, $file:literal) => {{
        const TEXT: &str = include_str!($file);
        const STAMP: u64 = stamp_of(TEXT.as_bytes());
        Source { name: $name, text: if cfg!(target_arch = "wasm32") { "" } else { TEXT }, stamp: STAMP }
    }};
}

/// The sources that calls are made from, in the order of [`crate::event::Place::source`].
pub const SOURCES: &[Source] = &[
    source!("servers/client.rs", "client.rs"),
    source!("servers/sequential.rs", "sequential.rs"),
    source!("servers/fork.rs", "fork.rs"),
    source!("servers/threads.rs", "threads.rs"),
    source!("servers/pool.rs", "pool.rs"),
    source!("servers/busy_poll.rs", "busy_poll.rs"),
    source!("servers/select.rs", "select.rs"),
    source!("servers/poll.rs", "poll.rs"),
    source!("servers/epoll.rs", "epoll.rs"),
    source!("servers/epoll_et.rs", "epoll_et.rs"),
    source!("servers/mio.rs", "mio.rs"),
    source!("servers/kqueue.rs", "kqueue.rs"),
    source!("servers/event_ports.rs", "event_ports.rs"),
    source!("servers/dev_poll.rs", "dev_poll.rs"),
    source!("servers/io_uring.rs", "io_uring.rs"),
    source!("servers/iocp.rs", "iocp.rs"),
    source!("servers/event.rs", "event.rs"),
    source!("servers/bufferevent.rs", "bufferevent.rs"),
    source!("reactor/base.rs", "../reactor/base.rs"),
    source!("reactor/base/dispatch.rs", "../reactor/base/dispatch.rs"),
    source!("reactor/bufferevent.rs", "../reactor/bufferevent.rs"),
    source!("reactor/backend/epoll.rs", "../reactor/backend/epoll.rs"),
    source!("reactor/backend/kqueue.rs", "../reactor/backend/kqueue.rs"),
    source!("reactor/backend/poll.rs", "../reactor/backend/poll.rs"),
    source!("reactor/backend/select.rs", "../reactor/backend/select.rs"),
];

/// All that the programs ask of a kernel, taken together.
pub trait Everything:
    ReactorKernel
    + Connect
    + Descriptors
    + Tasks
    + Selector
    + EventPorts
    + DevPoll
    + Rings
    + CompletionPort
    + 'static
{
}

impl<K> Everything for K where
    K: ReactorKernel
        + Connect
        + Descriptors
        + Tasks
        + Selector
        + EventPorts
        + DevPoll
        + Rings
        + CompletionPort
        + 'static
{
}

/// Runs a program to its end.
///
/// # Errors
/// What a call failed with for which the program has no answer; `ENOSYS` if this kernel lacks what it needs.
pub async fn serve<K: Everything>(
    program: Program,
    k: &K,
    listener: Fd,
    settings: &Settings,
) -> Result<(), Errno> {
    match program {
        Program::Client => super::client::serve(k, listener, settings).await,
        Program::Sequential => super::sequential::serve(k, listener, settings).await,
        Program::Fork => super::fork::serve(k, listener, settings).await,
        Program::Threads => super::threads::serve(k, listener, settings).await,
        Program::Pool => super::pool::serve(k, listener, settings).await,
        Program::BusyPoll => super::busy_poll::serve(k, listener, settings).await,
        Program::Select => super::select::serve(k, listener, settings).await,
        Program::Poll => super::poll::serve(k, listener, settings).await,
        Program::Epoll => super::epoll::serve(k, listener, settings).await,
        Program::EpollEt => super::epoll_et::serve(k, listener, settings).await,
        Program::Kqueue => super::kqueue::serve(k, listener, settings).await,
        Program::EventPorts => super::event_ports::serve(k, listener, settings).await,
        Program::DevPoll => super::dev_poll::serve(k, listener, settings).await,
        Program::IoUring => super::io_uring::serve(k, listener, settings).await,
        Program::Iocp => super::iocp::serve(k, listener, settings).await,
        Program::Event => super::event::serve(k, listener, settings).await,
        Program::Bufferevent => super::bufferevent::serve(k, listener, settings).await,
        Program::Mio => super::mio::serve(k, listener, settings).await,
    }
}
