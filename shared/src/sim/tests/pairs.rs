//! Programs that hold both ends of their connections, on a machine without clients and with a network that takes
//! no time: what was sent in one call is there in the next.

use std::net::{Ipv4Addr, SocketAddr};

use super::nobody;
use crate::errno::Errno;
use crate::ids::{Fd, TaskId};
use crate::kernel::{Connect, Mode, Sockets, Timeout, after};
use crate::scenario::{Network, Scenario};
use crate::sim::{Simulation, TracedSim};
use crate::time::Nanos;
use crate::world::{TaskState, World};

/// Not waiting at all.
pub(super) const AT_ONCE: Timeout = Timeout(Some(Nanos::ZERO));

/// More than any program here needs.
const EVENTS_MAX: usize = 400_000;

/// How large the buffers are.
pub(super) const BUFFER: u32 = 8_192;

/// Runs a program to its end, and asks that all went as it should.
pub(super) fn try_out<F>(program: F)
where
    F: AsyncFnOnce(TracedSim, Fd) -> Result<(), Errno> + 'static,
{
    let network =
        Network { latency: Nanos::ZERO, recv_buffer: BUFFER, send_buffer: BUFFER, ..Network::default() };
    let mut simulation = Simulation::of(&Scenario { network, ..nobody() }, &[], "program", program);
    let mut world = World::new();
    for (event, payload) in simulation.run(EVENTS_MAX).iter() {
        world.apply(event, payload);
    }
    assert_eq!(world.violations, []);
    assert_eq!(world.check(), [] as [String; 0]);
    assert_eq!(world.tasks[&TaskId::FIRST].state, TaskState::Ended(0));
}

/// A listener of the program's own, and its address.
pub(super) async fn listener(k: &TracedSim) -> Result<(Fd, SocketAddr), Errno> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let fd = k.socket(any, Mode::Blocking).await?;
    let address = k.bind(fd, any).await?;
    k.listen(fd, 16).await?;
    Ok((fd, address))
}

/// A client of that address.
pub(super) async fn client(k: &TracedSim, address: SocketAddr) -> Result<Fd, Errno> {
    let fd = k.socket(address, Mode::Blocking).await?;
    k.connect(fd, address).await?;
    k.set_nonblocking(fd, true).await?;
    Ok(fd)
}

/// Both ends of a connection, neither of which blocks: the one that was accepted first.
pub(super) async fn pair(k: &TracedSim) -> Result<(Fd, Fd), Errno> {
    let (listener, address) = listener(k).await?;
    let client = client(k, address).await?;
    let server = k.accept(listener, Mode::NonBlocking).await?.fd;
    k.set_nodelay(client).await?;
    k.set_nodelay(server).await?;
    k.close(listener).await?;
    Ok((server, client))
}

/// Sends until nothing more fits, at either end.
pub(super) async fn fill(k: &TracedSim, fd: Fd) -> usize {
    let mut sent = 0;
    while let Ok(count) = k.send(fd, &[0; 1_000]).await {
        sent += count;
    }
    sent
}

/// Reads that many bytes.
pub(super) async fn drain(k: &TracedSim, fd: Fd, bytes: usize) -> Result<(), Errno> {
    let mut buffer = vec![0; bytes];
    let mut got = 0;
    while got < bytes {
        got += k.recv(fd, &mut buffer[got..]).await?;
    }
    Ok(())
}

/// So many milliseconds.
pub(super) fn millis(count: u64) -> Timeout {
    after(Nanos::from_millis(count))
}
