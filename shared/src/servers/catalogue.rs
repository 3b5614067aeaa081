//! The rows of the catalogue: every program, every source, and which function is which program.
//!
//! A program is entered in three places of this file, and named once in [`super::Program`].

use super::{Entry, Program, Serves, Settings, Source, Systems};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CompletionPort, Connect, Descriptors, DevPoll, EventPorts, Rings, Selector, Tasks};
use crate::reactor::ReactorKernel;

/// Every program, in the order of the chapter's story.
pub const PROGRAMS: &[Entry] = &[
    Entry {
        program: Program::Client,
        name: "client",
        idea: "one HTTP request, waiting wherever there is something to wait for",
        lesson: "Four calls in which the program simply waits: for a name, a connection, room, and an answer.",
        needs: &["Sockets", "Connect"],
        serves: Serves::Nobody,
        systems: Systems::Unix,
        observed: true,
        source: "servers/client.rs",
    },
    Entry {
        program: Program::Sequential,
        name: "sequential",
        idea: "a few clients, each when it is its turn",
        lesson: "It waits for one client at a time: the third has data and is not served, because the first \
                 has none.",
        needs: &["Sockets"],
        serves: Serves::InTurn,
        systems: Systems::Unix,
        observed: true,
        source: "servers/sequential.rs",
    },
    Entry {
        program: Program::Fork,
        name: "fork",
        idea: "a process a connection",
        lesson: "Nobody waits for anybody, at the price of a process each: its start, its copies of all \
                 descriptors, and its end, of which the parent has to take notice.",
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/fork.rs",
    },
    Entry {
        program: Program::Threads,
        name: "threads",
        idea: "a thread a connection",
        lesson: "As simple as the forking one and cheaper, and still memory and switches grow with the number \
                 of connections.",
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/threads.rs",
    },
    Entry {
        program: Program::Pool,
        name: "pool",
        idea: "a fixed number of threads, each with one client at a time",
        lesson: "The threads are paid for once, and a client that finds none free waits until another leaves.",
        needs: &["Sockets", "Tasks", "Clock"],
        serves: Serves::AFew,
        systems: Systems::Unix,
        observed: true,
        source: "servers/pool.rs",
    },
    Entry {
        program: Program::BusyPoll,
        name: "busy-poll",
        idea: "every socket is tried, for ever",
        lesson: "One thread serves everybody and never sleeps: the processor is busy with calls that fail with \
                 EAGAIN.",
        needs: &["Sockets"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/busy_poll.rs",
    },
    Entry {
        program: Program::Select,
        name: "select",
        idea: "three sets of bits, rebuilt for each call",
        lesson: "The whole sets go down into the kernel and come back changed, every time: the cost grows with \
                 the highest descriptor, not with the work.",
        needs: &["Sockets", "Select"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/select.rs",
    },
    Entry {
        program: Program::Poll,
        name: "poll",
        idea: "an array with an entry a descriptor",
        lesson: "Without the limit of the sets, and still all of it goes down and is gone through, every time.",
        needs: &["Sockets", "Poll"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/poll.rs",
    },
    Entry {
        program: Program::Epoll,
        name: "epoll",
        idea: "the interest list stays in the kernel, level-triggered",
        lesson: "Only what is ready comes up: the cost grows with the work, not with the number of connections.",
        needs: &["Sockets", "Epoll", "Tasks", "Descriptors"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/epoll.rs",
    },
    Entry {
        program: Program::EpollEt,
        name: "epoll-et",
        idea: "edge-triggered: told once, it goes on until there is no more",
        lesson: "A change is told once and never again: fewer calls, and whoever stops early waits for ever.",
        needs: &["Sockets", "Epoll"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/epoll_et.rs",
    },
    Entry {
        program: Program::Kqueue,
        name: "kqueue",
        idea: "changes go down and events come up in one call, with counts",
        lesson: "What is wanted and what is ready travel in the same call, and an event says how much there \
                 is: how many bytes, how many clients.",
        needs: &["Sockets", "Kqueue"],
        serves: Serves::Everyone,
        systems: Systems::Bsd,
        observed: false,
        source: "servers/kqueue.rs",
    },
    Entry {
        program: Program::EventPorts,
        name: "event-ports",
        idea: "an association is used up by its event",
        lesson: "One event for each association: whoever does not make it again hears no more.",
        needs: &["Sockets", "EventPorts"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/event_ports.rs",
    },
    Entry {
        program: Program::DevPoll,
        name: "dev-poll",
        idea: "the set of poll lives in the kernel",
        lesson: "What has changed is written to the set, and the set itself no longer travels.",
        needs: &["Sockets", "DevPoll"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/dev_poll.rs",
    },
    Entry {
        program: Program::IoUring,
        name: "io-uring",
        idea: "submission and completion queues",
        lesson: "Completion instead of readiness: one call hands over all that is to be done and takes all that \
                 was done.",
        needs: &["Sockets", "Rings"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/io_uring.rs",
    },
    Entry {
        program: Program::Iocp,
        name: "iocp",
        idea: "overlapped operations and a completion port",
        lesson: "The program starts each operation, and the kernel says when it is done: nobody asks whether a \
                 socket is ready.",
        needs: &["Sockets", "CompletionPort"],
        serves: Serves::Everyone,
        systems: Systems::Simulated,
        observed: false,
        source: "servers/iocp.rs",
    },
    Entry {
        program: Program::Event,
        name: "event",
        idea: "an event loop with callbacks, over the best interface there is",
        lesson: "The program says what is to be called when; how the loop waits can be exchanged, and the \
                 program does not notice.",
        needs: &["Sockets", "Epoll, Kqueue, Poll or Select", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/event.rs",
    },
    Entry {
        program: Program::Bufferevent,
        name: "bufferevent",
        idea: "input and output buffers that fill and drain by themselves",
        lesson: "Partial reads and writes are gone from the program: it is called when there is something to \
                 be worked on.",
        needs: &["Sockets", "Epoll, Kqueue, Poll or Select", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/bufferevent.rs",
    },
    Entry {
        program: Program::Mio,
        name: "mio",
        idea: "edge-triggered, over epoll or kqueue",
        lesson: "Told once when something arrives, it must go on until there is no more: what a careful \
                 engineer ships.",
        needs: &["Sockets", "Selector", "Connect", "Descriptors", "Tasks", "Clock"],
        serves: Serves::Everyone,
        systems: Systems::LinuxAndBsd,
        observed: true,
        source: "servers/mio.rs",
    },
];

/// The sources that calls are made from, in the order of [`crate::event::Place::source`].
pub const SOURCES: &[Source] = &[
    Source { name: "servers/client.rs", text: include_str!("client.rs") },
    Source { name: "servers/sequential.rs", text: include_str!("sequential.rs") },
    Source { name: "servers/fork.rs", text: include_str!("fork.rs") },
    Source { name: "servers/threads.rs", text: include_str!("threads.rs") },
    Source { name: "servers/pool.rs", text: include_str!("pool.rs") },
    Source { name: "servers/busy_poll.rs", text: include_str!("busy_poll.rs") },
    Source { name: "servers/select.rs", text: include_str!("select.rs") },
    Source { name: "servers/poll.rs", text: include_str!("poll.rs") },
    Source { name: "servers/epoll.rs", text: include_str!("epoll.rs") },
    Source { name: "servers/epoll_et.rs", text: include_str!("epoll_et.rs") },
    Source { name: "servers/mio.rs", text: include_str!("mio.rs") },
    Source { name: "servers/kqueue.rs", text: include_str!("kqueue.rs") },
    Source { name: "servers/event_ports.rs", text: include_str!("event_ports.rs") },
    Source { name: "servers/dev_poll.rs", text: include_str!("dev_poll.rs") },
    Source { name: "servers/io_uring.rs", text: include_str!("io_uring.rs") },
    Source { name: "servers/iocp.rs", text: include_str!("iocp.rs") },
    Source { name: "servers/event.rs", text: include_str!("event.rs") },
    Source { name: "servers/bufferevent.rs", text: include_str!("bufferevent.rs") },
    Source { name: "reactor/base.rs", text: include_str!("../reactor/base.rs") },
    Source { name: "reactor/base/dispatch.rs", text: include_str!("../reactor/base/dispatch.rs") },
    Source { name: "reactor/bufferevent.rs", text: include_str!("../reactor/bufferevent.rs") },
    Source { name: "reactor/backend/epoll.rs", text: include_str!("../reactor/backend/epoll.rs") },
    Source { name: "reactor/backend/kqueue.rs", text: include_str!("../reactor/backend/kqueue.rs") },
    Source { name: "reactor/backend/poll.rs", text: include_str!("../reactor/backend/poll.rs") },
    Source { name: "reactor/backend/select.rs", text: include_str!("../reactor/backend/select.rs") },
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
