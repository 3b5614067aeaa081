//! What waits cost for each descriptor that they go through.

use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::{AsFd as _, AsRawFd as _};

use anyhow::{Context as _, Result, ensure};
use loopscope_shared::kernel::FD_SETSIZE;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{FdSetElement, PollFd, PollFlags, Timespec, fd_set_insert, fd_set_num_elements};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::Cost;
use super::measure::{each_of_cpu, rounds};
use super::sockets::pair;

/// Few descriptors and many: the difference is what the ones between cost. All have numbers below `FD_SETSIZE`,
/// and their sockets fit the cache of a CPU: where they do not, each costs two or three times that.
const FEW: usize = 100;
const MANY: usize = 400;

/// How many calls a round makes of each.
const CALLS: usize = 40;

/// A call that need not wait.
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

pub(super) fn costs(count: u32) -> Result<Vec<Cost>> {
    let idle = idle_connections(MANY)?;
    // Made last, so that it has the highest number and everything before it is gone through first.
    let (_other, busy) = pair()?;
    let mut costs = select_and_poll(count, &idle, &busy)?;
    costs.extend(epoll(count, &idle)?);
    Ok(costs)
}

/// Connections that nobody says anything on. They stay in their listener's queue.
fn idle_connections(count: usize) -> Result<Vec<TcpStream>> {
    let listener =
        rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&listener, &std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    rustix::net::listen(&listener, count as i32)?;
    let listener = std::net::TcpListener::from(listener);
    let to = listener.local_addr()?;
    let connect = |_| TcpStream::connect(to).context("cannot connect over loopback");
    let idle = (0..count).map(connect).collect::<Result<Vec<_>>>()?;
    // Closed, it would reset them.
    std::mem::forget(listener);
    Ok(idle)
}

/// Each wait may sleep, and so puts itself on the queue of every descriptor until it comes to the one that is
/// ready.
fn select_and_poll(count: u32, idle: &[TcpStream], busy: &TcpStream) -> Result<Vec<Cost>> {
    let between = (MANY - FEW) as f64;
    let select_of = |idle: &[TcpStream]| -> Result<f64> {
        let mut wanted = vec![FdSetElement::default(); words()];
        for socket in idle {
            ensure!((socket.as_raw_fd() as usize) < FD_SETSIZE, "too many descriptors are open for select");
            fd_set_insert(&mut wanted, socket.as_raw_fd());
        }
        let (nfds, mut writable) = (busy.as_raw_fd() + 1, vec![FdSetElement::default(); words()]);
        ensure!((nfds as usize) <= FD_SETSIZE, "too many descriptors are open for select");
        each_of_cpu(CALLS, || {
            let mut readable = wanted.clone();
            fd_set_insert(&mut writable, busy.as_raw_fd());
            // SAFETY: both sets have room for FD_SETSIZE bits, which no descriptor in them reaches; all of them
            // are open.
            let ready =
                unsafe { rustix::event::select(nfds, Some(&mut readable), Some(&mut writable), None, None) };
            ensure!(ready? == 1, "one socket is ready");
            Ok(())
        })
    };
    let poll_of = |idle: &[TcpStream]| -> Result<f64> {
        let mut entries: Vec<PollFd<'_>> =
            idle.iter().map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)).collect();
        entries.push(PollFd::new(busy, PollFlags::OUT));
        each_of_cpu(CALLS, || {
            ensure!(rustix::event::poll(&mut entries, None)? == 1, "one socket is ready");
            Ok(())
        })
    };
    let [select, poll] = rounds(count, || {
        let select = select_of(idle)? - select_of(&idle[..FEW])?;
        let poll = poll_of(idle)? - poll_of(&idle[..FEW])?;
        Ok([select / between, poll / between])
    })?;
    Ok(vec![
        Cost::new("scan_select_ns", select, "a select over 400 idle connections, less one over 100, each"),
        Cost::new("scan_poll_ns", poll, "a poll of 400 idle connections, less one of 100, each"),
    ])
}

/// How many words an `fd_set` has.
fn words() -> usize {
    fd_set_num_elements(FD_SETSIZE, FD_SETSIZE as i32)
}

/// Changes of the interest list, and ready items.
fn epoll(count: u32, idle: &[TcpStream]) -> Result<Vec<Cost>> {
    let changed = epoll::create(CreateFlags::CLOEXEC)?;
    let (few, many) = (ready(&idle[..FEW])?, ready(idle)?);
    let mut room = vec![Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; MANY];
    let mut wait = |epoll: &std::os::fd::OwnedFd, expected: usize| {
        each_of_cpu(CALLS, || {
            let count = epoll::wait(epoll, &mut room[..], Some(&AT_ONCE))?;
            ensure!(count == expected, "{count} of {expected} are ready");
            Ok(())
        })
    };
    let nothing = epoll::create(CreateFlags::CLOEXEC)?;
    let [ctl, item] = rounds(count, || {
        let call = wait(&nothing, 0)?;
        let mut add = idle.iter();
        let added = each_of_cpu(MANY, || watch(&changed, add.next(), EventFlags::IN))?;
        let mut delete = idle.iter();
        let deleted = each_of_cpu(MANY, || {
            Ok(epoll::delete(&changed, delete.next().context("there is one for each")?)?)
        })?;
        let item = (wait(&many, MANY)? - wait(&few, FEW)?) / (MANY - FEW) as f64;
        Ok([(added + deleted) / 2.0 - call, item])
    })?;
    Ok(vec![
        Cost::new("ctl_ns", ctl, "an epoll_ctl that adds or deletes, less an epoll_wait for nothing"),
        Cost::new(
            "ready_item_ns",
            item,
            "an epoll_wait that gets 400 ready connections, less one that gets 100, each",
        ),
    ])
}

/// An epoll instance on whose ready list all of these are: they can be written to.
fn ready(sockets: &[TcpStream]) -> Result<std::os::fd::OwnedFd> {
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    sockets.iter().try_for_each(|socket| watch(&epoll, Some(socket), EventFlags::OUT))?;
    Ok(epoll)
}

fn watch(epoll: &std::os::fd::OwnedFd, socket: Option<&TcpStream>, flags: EventFlags) -> Result<()> {
    let socket = socket.context("there is one for each")?;
    Ok(epoll::add(epoll, socket, EventData::new_u64(0), flags)?)
}
