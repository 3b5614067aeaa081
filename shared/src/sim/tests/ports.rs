//! Event ports and `/dev/poll`: the rules of the manual pages of illumos.

use super::pairs::{AT_ONCE, drain, millis, pair, try_out};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, DevPoll, EventPorts, FOREVER, Mask, PollFd, PortEvent, Sockets, Tasks};
use crate::sim::TracedSim;
use crate::time::Nanos;

/// The events that wait at a port.
async fn events(k: &TracedSim, port: Fd) -> Vec<(Fd, Mask, u64)> {
    let mut events: Vec<PortEvent> = Vec::new();
    let result = k.port_getn(port, &mut events, 16, 1, AT_ONCE).await;
    assert_eq!(result.is_err(), events.is_empty(), "{result:?}");
    events.iter().map(|event| (event.fd, event.events, event.user)).collect()
}

#[test]
fn an_association_is_used_up_by_its_event() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let port = k.port_create().await?;
        k.port_associate(port, ours, Mask::IN, 5).await?;
        assert_eq!(events(&k, port).await, []);
        k.send(theirs, b"a").await?;
        k.send(theirs, b"b").await?;
        assert_eq!(events(&k, port).await, [(ours, Mask::IN, 5)], "one event, however much arrives");
        k.send(theirs, b"c").await?;
        assert_eq!(events(&k, port).await, [], "nobody asked again");
        assert_eq!(k.port_dissociate(port, ours).await, Err(Errno::ENOENT));
        k.port_associate(port, ours, Mask::IN, 6).await?;
        assert_eq!(events(&k, port).await, [(ours, Mask::IN, 6)], "what is so already is an event at once");
        Ok(())
    });
}

#[test]
fn associating_again_replaces_and_dissociating_takes_back() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let port = k.port_create().await?;
        k.port_associate(port, ours, Mask::OUT, 1).await?;
        k.port_associate(port, ours, Mask::IN, 2).await?;
        assert_eq!(events(&k, port).await, [], "the event of the first is gone");
        k.send(theirs, b"a").await?;
        k.port_dissociate(port, ours).await?;
        assert_eq!(events(&k, port).await, []);
        k.port_associate(port, ours, Mask::IN, 3).await?;
        k.close(ours).await?;
        assert_eq!(events(&k, port).await, [], "closing ends the association");
        assert_eq!(k.port_associate(port, ours, Mask::IN, 4).await, Err(Errno::EBADF));
        assert_eq!(k.port_associate(theirs, port, Mask::IN, 4).await, Err(Errno::EBADF), "not a port");
        Ok(())
    });
}

#[test]
fn getn_waits_for_as_many_as_it_is_told_and_says_when_the_time_is_over() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let port = k.port_create().await?;
        k.port_associate(port, ours, Mask::IN, 1).await?;
        k.port_associate(port, theirs, Mask::OUT, 2).await?;
        let mut events = Vec::new();
        let begun = k.now();
        assert_eq!(k.port_getn(port, &mut events, 9, 2, millis(2)).await, Err(Errno::ETIME));
        assert!(k.now() >= begun + Nanos::from_millis(2));
        assert_eq!(events.len(), 1, "what there is comes all the same");
        k.port_associate(port, theirs, Mask::OUT, 3).await?;
        k.send(theirs, b"a").await?;
        assert_eq!(k.port_getn(port, &mut events, 9, 2, FOREVER).await, Ok(2));
        assert_eq!(events.iter().map(|event| event.user).collect::<Vec<_>>(), [3, 1], "the oldest first");
        assert_eq!(k.port_getn(port, &mut events, 1, 2, FOREVER).await, Err(Errno::EINVAL));
        Ok(())
    });
}

#[test]
fn closing_a_port_wakes_who_waits_there() {
    try_out(async |k, _| {
        let port = k.port_create().await?;
        k.spawn_thread(async move |own: TracedSim| {
            own.sleep(Nanos::from_millis(1)).await;
            assert_eq!(own.close(port).await, Ok(()));
        })
        .await?;
        assert_eq!(k.port_getn(port, &mut Vec::new(), 1, 1, FOREVER).await, Err(Errno::EBADF));
        Ok(())
    });
}

/// What a `/dev/poll` says.
async fn ready(k: &TracedSim, dev: Fd, most: usize) -> Result<Vec<(Fd, Mask)>, Errno> {
    let mut ready = Vec::new();
    k.devpoll_wait(dev, &mut ready, most, AT_ONCE).await?;
    Ok(ready.iter().map(|entry| (entry.fd, entry.revents)).collect())
}

#[test]
fn what_is_written_to_the_set_adds_and_remove_takes_out() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let dev = k.devpoll_open().await?;
        k.devpoll_write(dev, &[PollFd::new(ours, Mask::IN)]).await?;
        assert_eq!(ready(&k, dev, 9).await?, []);
        k.devpoll_write(dev, &[PollFd::new(ours, Mask::OUT)]).await?;
        k.send(theirs, b"a").await?;
        assert_eq!(ready(&k, dev, 9).await?, [(ours, Mask::IN | Mask::OUT)]);
        assert_eq!(ready(&k, dev, 9).await?, [(ours, Mask::IN | Mask::OUT)], "it is level-triggered");
        let less = [PollFd::new(ours, Mask::REMOVE), PollFd::new(ours, Mask::IN)];
        k.devpoll_write(dev, &less).await?;
        assert_eq!(ready(&k, dev, 9).await?, [(ours, Mask::IN)]);
        drain(&k, ours, 1).await?;
        assert_eq!(ready(&k, dev, 9).await?, []);
        Ok(())
    });
}

#[test]
fn a_few_at_a_time_take_turns() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let dev = k.devpoll_open().await?;
        k.devpoll_write(dev, &[ours, theirs].map(|fd| PollFd::new(fd, Mask::OUT))).await?;
        let first = ready(&k, dev, 1).await?;
        let second = ready(&k, dev, 1).await?;
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_ne!(first, second);
        assert_eq!(ready(&k, dev, 1).await?, first);
        Ok(())
    });
}

#[test]
fn an_entry_outlives_its_descriptor_and_is_about_whatever_gets_the_number() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let dev = k.devpoll_open().await?;
        k.devpoll_write(dev, &[PollFd::new(ours, Mask::OUT)]).await?;
        k.close(ours).await?;
        assert_eq!(ready(&k, dev, 9).await?, [(ours, Mask::NVAL)]);
        let reused = crate::kernel::Descriptors::dup(&k, theirs).await?;
        assert_eq!(reused, ours);
        assert_eq!(ready(&k, dev, 9).await?, [(ours, Mask::OUT)]);
        Ok(())
    });
}

#[test]
fn a_child_may_not_use_its_parents_dev_poll() {
    try_out(async |k, _| {
        let dev = k.devpoll_open().await?;
        k.fork(async move |child: TracedSim| {
            let result = child.devpoll_wait(dev, &mut Vec::new(), 1, AT_ONCE).await;
            i32::from(result != Err(Errno::EACCES))
        })
        .await?;
        let ended = k.wait(crate::kernel::Mode::Blocking).await?;
        assert_eq!(ended.map(|(_, status)| status), Some(0));
        Ok(())
    });
}
