//! io_uring as Linux 6.18 was observed to do it, and completion ports as documented.

use std::sync::{Arc, Mutex, PoisonError};

use super::pairs::{AT_ONCE, client, drain, fill, listener, millis, pair, try_out};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{
    Clock, Completed, CompletionPort, Descriptors, FOREVER, Operation, Rings, Shutdown, Sockets, Submission,
    Tasks, Timeout,
};
use crate::sim::TracedSim;
use crate::time::Nanos;

/// A completion in brief: the number, the result, and whether more will follow.
type Brief = (u64, Result<u32, Errno>, bool);

fn brief(completed: &[Completed]) -> Vec<Brief> {
    completed.iter().map(|completed| (completed.user, completed.result, completed.more)).collect()
}

fn recv(fd: Fd) -> Operation {
    Operation::Recv { fd, most: 100 }
}

fn send(fd: Fd, len: usize) -> Operation {
    Operation::Send { fd, bytes: vec![b'x'; len] }
}

/// Hands over operations, numbered from `first` on, and takes what is done.
async fn enter(
    k: &TracedSim,
    ring: Fd,
    first: u64,
    operations: impl IntoIterator<Item = Operation>,
) -> Result<Vec<Brief>, Errno> {
    let number = |(index, operation)| Submission { user: first + index as u64, operation };
    let mut submissions = operations.into_iter().enumerate().map(number).collect();
    let mut completions = Vec::new();
    k.ring_enter(ring, &mut submissions, &mut completions, 0, AT_ONCE).await?;
    Ok(brief(&completions))
}

#[test]
fn an_operation_pends_whether_the_socket_blocks_or_not() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        assert_eq!(enter(&k, ring, 1, [recv(ours)]).await?, []);
        k.send(theirs, b"abc").await?;
        let mut completions = Vec::new();
        assert_eq!(k.ring_enter(ring, &mut Vec::new(), &mut completions, 1, FOREVER).await, Ok(1));
        assert_eq!(brief(&completions), [(1, Ok(3), false)]);
        assert_eq!(completions[0].bytes, b"abc");
        assert_eq!(enter(&k, ring, 2, [recv(ours)]).await?, []);
        k.shutdown(theirs, Shutdown::Write).await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(2, Ok(0), false)], "the end of input is 0");
        assert_eq!(enter(&k, ring, 3, [recv(Fd(99))]).await?, [(3, Err(Errno::EBADF), false)]);
        Ok(())
    });
}

#[test]
fn a_reset_fails_what_is_pending() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        assert_eq!(enter(&k, ring, 1, [recv(ours)]).await?, []);
        k.set_linger_zero(theirs).await?;
        k.close(theirs).await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(1, Err(Errno::ECONNRESET), false)]);
        Ok(())
    });
}

#[test]
fn of_several_receives_the_last_gets_the_first_data_and_accepts_take_turns() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        enter(&k, ring, 1, [recv(ours), recv(ours), recv(ours)]).await?;
        for user in [3, 1, 2] {
            k.send(theirs, b"x").await?;
            assert_eq!(enter(&k, ring, 9, []).await?, [(user, Ok(1), false)]);
        }
        let (listener, address) = listener(&k).await?;
        enter(&k, ring, 1, [Operation::Accept { listener }, Operation::Accept { listener }]).await?;
        for user in [1, 2] {
            client(&k, address).await?;
            let done = enter(&k, ring, 9, []).await?;
            assert!(matches!(done[..], [(number, Ok(_), false)] if number == user), "{done:?}");
        }
        Ok(())
    });
}

#[test]
fn what_can_be_done_at_once_is_told_before_what_had_to_wait() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        let first = enter(&k, ring, 1, [recv(ours), send(theirs, 2), recv(theirs)]).await?;
        let mut done = first;
        done.extend(enter(&k, ring, 9, []).await?);
        assert_eq!(done, [(2, Ok(2), false), (1, Ok(2), false)]);
        Ok(())
    });
}

#[test]
fn multishot_goes_on_until_it_fails() {
    try_out(async |k, _| {
        let (listener, address) = listener(&k).await?;
        let ring = k.ring_setup(8).await?;
        assert_eq!(enter(&k, ring, 1, [Operation::AcceptMulti { listener }]).await?, []);
        let theirs = client(&k, address).await?;
        client(&k, address).await?;
        let mut completions = Vec::new();
        k.ring_enter(ring, &mut Vec::new(), &mut completions, 2, FOREVER).await?;
        assert!(completions.iter().all(|completed| completed.more && completed.user == 1));
        let ours = completions[0].accepted.map_or(Fd(-1), |accepted| accepted.fd);
        enter(&k, ring, 2, [Operation::RecvMulti { fd: ours, most: 2 }]).await?;
        k.send(theirs, b"abc").await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(2, Ok(2), true), (2, Ok(1), true)], "buffers of two");
        k.shutdown(theirs, Shutdown::Write).await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(2, Ok(0), false)]);
        k.shutdown(listener, Shutdown::Read).await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(1, Err(Errno::EINVAL), false)]);
        Ok(())
    });
}

#[test]
fn closing_a_descriptor_cancels_nothing_and_the_socket_stays() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        enter(&k, ring, 1, [recv(ours)]).await?;
        k.close(ours).await?;
        let mut byte = [0];
        assert_eq!(k.recv(theirs, &mut byte).await, Err(Errno::EAGAIN), "no end of input yet");
        k.send(theirs, b"x").await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(1, Ok(1), false)]);
        assert_eq!(k.recv(theirs, &mut byte).await, Ok(0));
        Ok(())
    });
}

#[test]
fn what_is_cancelled_says_so_and_what_is_not_there_cannot_be() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        enter(&k, ring, 1, [recv(ours)]).await?;
        let cancelled = enter(&k, ring, 2, [Operation::Cancel { user: 1 }]).await?;
        assert_eq!(cancelled, [(2, Ok(0), false), (1, Err(Errno::ECANCELED), false)]);
        let again = enter(&k, ring, 3, [Operation::Cancel { user: 1 }]).await?;
        assert_eq!(again, [(3, Err(Errno::ENOENT), false)]);
        // What is sent now is for whoever receives next.
        k.send(theirs, b"x").await?;
        assert_eq!(enter(&k, ring, 4, [recv(ours)]).await?, [(4, Ok(1), false)]);
        Ok(())
    });
}

#[test]
fn a_send_is_partial_where_a_part_fits_and_pends_where_nothing_does() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        let done = enter(&k, ring, 1, [send(ours, 100_000)]).await?;
        assert!(matches!(done[..], [(1, Ok(1..100_000), false)]), "{done:?}");
        let sent = done[0].1? as usize + fill(&k, ours).await;
        assert_eq!(enter(&k, ring, 2, [send(ours, 10)]).await?, []);
        drain(&k, theirs, sent).await?;
        assert_eq!(enter(&k, ring, 9, []).await?, [(2, Ok(10), false)]);
        Ok(())
    });
}

#[test]
fn a_ring_waits_for_as_many_as_it_is_told_or_until_the_time_is_over() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let ring = k.ring_setup(8).await?;
        enter(&k, ring, 1, [recv(ours)]).await?;
        let mut completions = Vec::new();
        let begun = k.now();
        let mut more = vec![Submission { user: 2, operation: send(theirs, 1) }];
        assert_eq!(k.ring_enter(ring, &mut more, &mut completions, 3, millis(2)).await, Ok(2));
        assert!(k.now() >= begun + Nanos::from_millis(2));
        assert_eq!((more.len(), completions.len()), (0, 2));
        assert_eq!(k.ring_enter(ours, &mut more, &mut completions, 0, AT_ONCE).await, Err(Errno::EOPNOTSUPP));
        assert_eq!(k.ring_setup(0).await, Err(Errno::EINVAL));
        Ok(())
    });
}

/// A completion port with a pair of sockets of which the first is tied to it.
async fn tied(k: &TracedSim) -> Result<(Fd, Fd, Fd), Errno> {
    let port = k.completion_port_create(1).await?;
    let (ours, theirs) = pair(k).await?;
    k.completion_port_associate(port, ours).await?;
    Ok((port, ours, theirs))
}

async fn start(k: &TracedSim, user: u64, operation: Operation) -> Result<(), Errno> {
    k.completion_port_start(Submission { user, operation }).await
}

async fn packets(k: &TracedSim, port: Fd, timeout: Timeout) -> Result<Vec<Brief>, Errno> {
    let mut completions = Vec::new();
    k.completion_port_get(port, &mut completions, 16, timeout).await?;
    Ok(brief(&completions))
}

#[test]
fn a_packet_comes_for_each_operation_also_when_it_was_done_at_once() {
    try_out(async |k, _| {
        let (port, ours, theirs) = tied(&k).await?;
        k.send(theirs, b"abc").await?;
        start(&k, 1, recv(ours)).await?;
        start(&k, 2, send(ours, 5)).await?;
        start(&k, 3, recv(ours)).await?;
        assert_eq!(packets(&k, port, FOREVER).await?, [(1, Ok(3), false), (2, Ok(5), false)]);
        assert_eq!(packets(&k, port, millis(1)).await?, []);
        k.shutdown(theirs, Shutdown::Write).await?;
        assert_eq!(packets(&k, port, FOREVER).await?, [(3, Ok(0), false)], "a graceful close is 0 bytes");
        Ok(())
    });
}

#[test]
fn receives_get_their_data_in_the_order_in_which_they_were_started() {
    try_out(async |k, _| {
        let (port, ours, theirs) = tied(&k).await?;
        start(&k, 1, Operation::Recv { fd: ours, most: 0 }).await?;
        start(&k, 2, Operation::Recv { fd: ours, most: 1 }).await?;
        start(&k, 3, Operation::Recv { fd: ours, most: 9 }).await?;
        k.send(theirs, b"abc").await?;
        let expect = [(1, Ok(0), false), (2, Ok(1), false), (3, Ok(2), false)];
        assert_eq!(
            packets(&k, port, FOREVER).await?,
            expect,
            "one without room only tells that there is data"
        );
        Ok(())
    });
}

#[test]
fn a_send_is_done_when_all_of_it_has_left_the_program() {
    try_out(async |k, _| {
        let (port, ours, theirs) = tied(&k).await?;
        start(&k, 1, send(ours, 40_000)).await?;
        assert_eq!(packets(&k, port, millis(1)).await?, []);
        let mut got = 0;
        while got < 40_000 {
            let mut buffer = [0; 4_096];
            got += k.recv(theirs, &mut buffer).await.unwrap_or(0);
        }
        assert_eq!(packets(&k, port, FOREVER).await?, [(1, Ok(40_000), false)]);
        Ok(())
    });
}

#[test]
fn closing_a_socket_ends_what_is_under_way_on_it() {
    try_out(async |k, _| {
        let (port, ours, _) = tied(&k).await?;
        start(&k, 1, recv(ours)).await?;
        k.close(ours).await?;
        assert_eq!(packets(&k, port, FOREVER).await?, [(1, Err(Errno::ECANCELED), false)]);
        Ok(())
    });
}

#[test]
fn a_socket_belongs_to_one_port_and_there_is_no_multishot() {
    try_out(async |k, _| {
        let (port, ours, theirs) = tied(&k).await?;
        assert_eq!(k.completion_port_associate(port, ours).await, Err(Errno::EINVAL));
        assert_eq!(start(&k, 1, recv(theirs)).await, Err(Errno::EINVAL), "tied to none");
        let multi = Operation::RecvMulti { fd: ours, most: 1 };
        assert_eq!(start(&k, 1, multi).await, Err(Errno::EINVAL));
        start(&k, 2, recv(ours)).await?;
        start(&k, 3, Operation::Cancel { user: 2 }).await?;
        assert_eq!(packets(&k, port, FOREVER).await?, [(2, Err(Errno::ECANCELED), false)]);
        assert_eq!(start(&k, 3, Operation::Cancel { user: 2 }).await, Err(Errno::ENOENT));
        Ok(())
    });
}

#[test]
fn an_accept_brings_a_connection_and_the_end_of_listening_an_error() {
    try_out(async |k, _| {
        let port = k.completion_port_create(0).await?;
        let (listener, address) = listener(&k).await?;
        k.completion_port_associate(port, listener).await?;
        start(&k, 1, Operation::Accept { listener }).await?;
        start(&k, 2, Operation::Accept { listener }).await?;
        client(&k, address).await?;
        let done = packets(&k, port, FOREVER).await?;
        assert!(matches!(done[..], [(1, Ok(_), false)]), "{done:?}");
        k.shutdown(listener, Shutdown::Both).await?;
        assert_eq!(packets(&k, port, FOREVER).await?, [(2, Err(Errno::EINVAL), false)]);
        Ok(())
    });
}

/// Starts threads that wait at a port one after the other, each for one packet, and note down who got which. A
/// thread sleeps for a while after it has got its packet.
async fn waiting_threads(
    k: &TracedSim,
    port: Fd,
    sleep: Nanos,
) -> Result<Arc<Mutex<Vec<(u32, u64)>>>, Errno> {
    let got = Arc::new(Mutex::new(Vec::new()));
    for thread in 1..=3 {
        let got = got.clone();
        k.spawn_thread(async move |own: TracedSim| {
            let mut completions = Vec::new();
            let _ = own.completion_port_get(port, &mut completions, 1, millis(50)).await;
            for completed in completions {
                got.lock().unwrap_or_else(PoisonError::into_inner).push((thread, completed.user));
            }
            // A thread works until it comes back for another packet, or sleeps.
            let busy_until = own.now() + Nanos::from_millis(5);
            while own.now() < busy_until {
                let _ = own.close(Fd(-1)).await;
            }
            own.sleep(sleep).await;
        })
        .await?;
        k.sleep(Nanos::from_millis(1)).await;
    }
    Ok(got)
}

#[test]
fn the_thread_that_came_last_is_released_first() {
    try_out(async |k, _| {
        let port = k.completion_port_create(9).await?;
        let (ours, theirs) = pair(&k).await?;
        k.completion_port_associate(port, ours).await?;
        let got = waiting_threads(&k, port, Nanos::ZERO).await?;
        for user in 1..=3 {
            start(&k, user, recv(ours)).await?;
            k.send(theirs, b"x").await?;
            k.sleep(Nanos::from_millis(10)).await;
        }
        assert_eq!(*got.lock().unwrap_or_else(PoisonError::into_inner), [(3, 1), (2, 2), (1, 3)]);
        Ok(())
    });
}

#[test]
fn no_more_threads_work_at_a_time_than_the_port_allows() {
    try_out(async |k, _| {
        let port = k.completion_port_create(1).await?;
        let (ours, theirs) = pair(&k).await?;
        k.completion_port_associate(port, ours).await?;
        let got = waiting_threads(&k, port, Nanos::from_millis(20)).await?;
        for user in 1..=2 {
            start(&k, user, recv(ours)).await?;
            k.send(theirs, b"x").await?;
        }
        k.sleep(Nanos::from_millis(3)).await;
        let so_far = got.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(so_far, [(3, 1)], "the second packet waits while the first is worked on");
        k.sleep(Nanos::from_millis(10)).await;
        let in_the_end = got.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(in_the_end, [(3, 1), (2, 2)], "one that sleeps makes room for another");
        Ok(())
    });
}
