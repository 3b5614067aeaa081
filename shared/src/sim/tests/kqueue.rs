//! `kqueue(2)`: the rules of FreeBSD's manual page and tests.

use super::pairs::{AT_ONCE, BUFFER, client, drain, fill, listener, millis, pair, try_out};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Descriptors, Filter, Kevent, KeventFlags, Kqueue, Shutdown, Sockets};
use crate::sim::TracedSim;

/// Makes one change, without waiting.
async fn change(
    k: &TracedSim,
    queue: Fd,
    fd: Fd,
    filter: Filter,
    flags: KeventFlags,
) -> Result<usize, Errno> {
    k.kevent(queue, &[Kevent::change(fd, filter, flags)], &mut Vec::new(), 0, AT_ONCE).await
}

/// What is reported now: which, with which of the flags that only an event has, and how much.
async fn events(k: &TracedSim, queue: Fd) -> Result<Vec<(Fd, Filter, bool, u32)>, Errno> {
    let mut events = Vec::new();
    k.kevent(queue, &[], &mut events, 16, AT_ONCE).await?;
    let brief = |event: &Kevent| (event.fd, event.filter, event.flags.contains(KeventFlags::EOF), event.data);
    Ok(events.iter().map(brief).collect())
}

#[test]
fn reading_and_writing_are_two_registrations_and_each_says_how_much() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        let changes =
            [Filter::Read, Filter::Write].map(|filter| Kevent::change(ours, filter, KeventFlags::ADD));
        assert_eq!(
            k.kevent(queue, &changes, &mut Vec::new(), 0, millis(9_999)).await,
            Ok(0),
            "it does not wait"
        );
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Write, false, BUFFER)]);
        k.send(theirs, b"abc").await?;
        let both = [(ours, Filter::Write, false, BUFFER), (ours, Filter::Read, false, 3)];
        assert_eq!(events(&k, queue).await?, both);
        // What is level-triggered comes again; its place is behind the others.
        assert_eq!(events(&k, queue).await?, both);
        change(&k, queue, ours, Filter::Write, KeventFlags::DELETE).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 3)]);
        let again = Kevent { user: 77, ..Kevent::change(ours, Filter::Read, KeventFlags::ADD) };
        let mut reported = Vec::new();
        assert_eq!(
            k.kevent(queue, &[again], &mut reported, 16, AT_ONCE).await,
            Ok(1),
            "added again: changed"
        );
        assert_eq!(reported[0].user, 77);
        Ok(())
    });
}

#[test]
fn what_is_so_is_reported_when_it_is_added_and_what_is_gone_is_not_reported() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        k.send(theirs, b"abc").await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 3)]);
        drain(&k, ours, 3).await?;
        assert_eq!(events(&k, queue).await?, []);
        Ok(())
    });
}

#[test]
fn clear_reports_arrivals_and_not_what_is_left() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD | KeventFlags::CLEAR).await?;
        k.send(theirs, b"a").await?;
        k.send(theirs, b"b").await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 2)], "two arrivals are one event");
        drain(&k, ours, 1).await?;
        assert_eq!(events(&k, queue).await?, [], "a read brings none");
        k.send(theirs, b"c").await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 2)]);
        Ok(())
    });
}

#[test]
fn oneshot_deletes_and_dispatch_disables() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        k.send(theirs, b"a").await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD | KeventFlags::ONESHOT).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 1)]);
        assert_eq!(events(&k, queue).await?, []);
        let gone = change(&k, queue, ours, Filter::Read, KeventFlags::DELETE).await;
        assert_eq!(gone, Err(Errno::ENOENT));
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD | KeventFlags::DISPATCH).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 1)]);
        k.send(theirs, b"b").await?;
        assert_eq!(events(&k, queue).await?, []);
        change(&k, queue, ours, Filter::Read, KeventFlags::ENABLE).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 2)]);
        change(&k, queue, ours, Filter::Read, KeventFlags::DELETE).await?;
        Ok(())
    });
}

#[test]
fn what_is_disabled_is_not_reported_until_it_is_enabled() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD | KeventFlags::DISABLE).await?;
        k.send(theirs, b"a").await?;
        assert_eq!(events(&k, queue).await?, []);
        change(&k, queue, ours, Filter::Read, KeventFlags::ENABLE).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 1)]);
        change(&k, queue, ours, Filter::Read, KeventFlags::DISABLE).await?;
        assert_eq!(events(&k, queue).await?, []);
        Ok(())
    });
}

#[test]
fn a_change_that_fails_is_an_event_if_there_is_room_and_the_calls_error_if_not() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        k.send(theirs, b"a").await?;
        let queue = k.kqueue().await?;
        let changes = [
            Kevent::change(ours, Filter::Read, KeventFlags::ADD | KeventFlags::RECEIPT),
            Kevent::change(ours, Filter::Write, KeventFlags::DELETE),
            Kevent::change(Fd(99), Filter::Read, KeventFlags::ADD),
        ];
        let mut answers = Vec::new();
        assert_eq!(k.kevent(queue, &changes, &mut answers, 16, AT_ONCE).await, Ok(3));
        assert!(answers.iter().all(|answer| answer.flags == KeventFlags::ERROR), "no events: {answers:?}");
        let errors: Vec<Option<Errno>> = answers.iter().map(|answer| answer.error).collect();
        assert_eq!(errors, [None, Some(Errno::ENOENT), Some(Errno::EBADF)]);
        assert_eq!((answers[0].data, answers[1].data), (0, Errno::ENOENT.linux_number() as u32));
        assert_eq!(k.kevent(queue, &changes[2..], &mut answers, 0, AT_ONCE).await, Err(Errno::EBADF));
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, false, 1)], "the others were made");
        Ok(())
    });
}

#[test]
fn the_end_of_input_comes_with_what_is_left_to_read() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD).await?;
        k.send(theirs, b"abc").await?;
        k.shutdown(theirs, Shutdown::Write).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, true, 3)]);
        drain(&k, ours, 3).await?;
        assert_eq!(events(&k, queue).await?, [(ours, Filter::Read, true, 0)]);
        Ok(())
    });
}

#[test]
fn a_reset_ends_both_directions_and_says_which_error() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD).await?;
        change(&k, queue, ours, Filter::Write, KeventFlags::ADD | KeventFlags::CLEAR).await?;
        events(&k, queue).await?;
        k.set_linger_zero(theirs).await?;
        k.close(theirs).await?;
        let mut reported = Vec::new();
        assert_eq!(k.kevent(queue, &[], &mut reported, 16, AT_ONCE).await, Ok(2));
        for event in reported {
            assert!(event.flags.contains(KeventFlags::EOF), "{event:?}");
            assert_eq!(event.error, Some(Errno::ECONNRESET));
        }
        Ok(())
    });
}

#[test]
fn a_write_is_reported_at_its_low_water_mark_and_not_at_a_third() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        fill(&k, ours).await;
        change(&k, queue, ours, Filter::Write, KeventFlags::ADD).await?;
        drain(&k, theirs, 1_000).await?;
        assert_eq!(events(&k, queue).await?, []);
        drain(&k, theirs, 1_400).await?;
        // A third of the buffer would be 2,731 bytes: Linux says nothing yet.
        let reported = events(&k, queue).await?;
        assert!(matches!(reported[..], [(_, Filter::Write, false, 2_048..2_731)]), "{reported:?}");
        Ok(())
    });
}

#[test]
fn a_listener_counts_its_connections_and_is_never_writable() {
    try_out(async |k, _| {
        let (listener, address) = listener(&k).await?;
        let queue = k.kqueue().await?;
        change(&k, queue, listener, Filter::Read, KeventFlags::ADD).await?;
        change(&k, queue, listener, Filter::Write, KeventFlags::ADD).await?;
        assert_eq!(events(&k, queue).await?, []);
        client(&k, address).await?;
        client(&k, address).await?;
        assert_eq!(events(&k, queue).await?, [(listener, Filter::Read, false, 2)]);
        Ok(())
    });
}

#[test]
fn closing_a_descriptor_ends_its_registrations_though_another_names_the_same_socket() {
    try_out(async |k, _| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        let copy = k.dup(ours).await?;
        change(&k, queue, ours, Filter::Read, KeventFlags::ADD).await?;
        change(&k, queue, copy, Filter::Read, KeventFlags::ADD).await?;
        k.send(theirs, b"a").await?;
        k.close(ours).await?;
        assert_eq!(events(&k, queue).await?, [(copy, Filter::Read, false, 1)]);
        Ok(())
    });
}

#[test]
fn a_sleeper_is_woken_by_what_arrives() {
    try_out(async |k, listening| {
        let (ours, theirs) = pair(&k).await?;
        let queue = k.kqueue().await?;
        let added = [Kevent::change(ours, Filter::Read, KeventFlags::ADD)];
        let mut reported = Vec::new();
        assert_eq!(k.kevent(queue, &added, &mut reported, 1, millis(1)).await, Ok(0), "the time is over");
        crate::kernel::Tasks::spawn_thread(&k, async move |own: TracedSim| {
            crate::kernel::Clock::sleep(&own, crate::time::Nanos::from_millis(1)).await;
            assert_eq!(own.send(theirs, b"late").await, Ok(4));
        })
        .await?;
        assert_eq!(k.kevent(queue, &[], &mut reported, 1, millis(9_999)).await, Ok(1));
        assert_eq!((reported[0].fd, reported[0].data), (ours, 4));
        k.close(listening).await
    });
}
