//! The real kernel keeps the contract of the traits.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd as _;

use loopscope_shared::kernel::{
    CtlOp, Epoll, EpollEvent, FOREVER, FdSets, Gauge, Interest, Mask, Mode, Select, Selector, Shutdown,
    Sockets, Tasks, Token, after,
};

use super::*;
use crate::listener::listen;

/// A listener, its descriptor and its address.
fn listener() -> (std::net::TcpListener, Fd, SocketAddr) {
    let listener = listen("127.0.0.1:0".parse().unwrap(), 8).unwrap();
    listener.set_nonblocking(true).unwrap();
    let (fd, address) = (Fd(listener.as_raw_fd()), listener.local_addr().unwrap());
    (listener, fd, address)
}

/// A client, and the server's descriptor for it.
fn pair(os: &Os) -> (TcpStream, Fd) {
    let (_listener, fd, address) = listener();
    let client = TcpStream::connect(address).unwrap();
    let accepted = run(os.accept(fd, Mode::NonBlocking)).unwrap();
    assert_eq!(accepted.from, client.local_addr().unwrap());
    (client, accepted.fd)
}

#[test]
fn a_socket_does_not_block_and_tells_its_end() {
    let os = Os::new();
    let (mut client, fd) = pair(&os);
    let mut buffer = [0; 16];
    run(async {
        assert_eq!(os.recv(fd, &mut buffer).await, Err(Errno::EAGAIN));
        assert_eq!(os.set_nodelay(fd).await, Ok(()));
        assert_eq!(os.send(fd, b"hello").await, Ok(5));
        let mut answer = [0; 5];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"hello");
        client.write_all(b"ab").unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(os.recv(fd, &mut buffer).await, Ok(2));
        assert_eq!(os.recv(fd, &mut buffer).await, Ok(0));
        assert_eq!(os.shutdown(fd, Shutdown::Write).await, Ok(()));
        assert_eq!(os.send(fd, b"x").await, Err(Errno::EPIPE), "and no SIGPIPE");
        assert_eq!(os.close(fd).await, Ok(()));
        assert_eq!(os.close(fd).await, Err(Errno::EBADF));
        assert_eq!(os.recv(Fd(-1), &mut buffer).await, Err(Errno::EBADF));
    });
}

#[test]
fn a_call_is_made_when_its_future_is_polled_and_not_before() {
    let os = Os::new();
    let (mut client, fd) = pair(&os);
    let sending = os.send(fd, b"now\n");
    client.set_nonblocking(true).unwrap();
    assert_eq!(client.read(&mut [0; 8]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    client.set_nonblocking(false).unwrap();
    assert_eq!(run(sending), Ok(4));
    assert_eq!(client.read(&mut [0; 8]).unwrap(), 4);
    run(os.close(fd)).unwrap();
}

#[test]
fn a_listener_that_was_shut_down_is_ready_and_its_accept_fails() {
    let os = Os::new();
    let (_listener, fd, _) = listener();
    run(async {
        assert_eq!(os.accept(fd, Mode::NonBlocking).await, Err(Errno::EAGAIN));
        assert_eq!(os.shutdown(fd, Shutdown::Both).await, Ok(()));
        assert_eq!(os.accept(fd, Mode::NonBlocking).await, Err(Errno::EINVAL));
        let mut sets = FdSets::new();
        sets.read.insert(fd).unwrap();
        assert_eq!(os.select(&mut sets, FOREVER).await, Ok(1));
        assert!(sets.read.contains(fd));
    });
}

#[test]
fn a_wait_in_which_nothing_comes_ends_with_its_time() {
    let os = Os::new();
    let (_client, fd) = pair(&os);
    let span = Nanos::from_millis(20);
    run(async {
        let mut events = vec![EpollEvent::default()];
        let epoll = os.epoll_create().await.unwrap();
        os.epoll_ctl(epoll, CtlOp::Add, fd, EpollEvent::of(fd, Mask::IN)).await.unwrap();
        let selector = os.selector_create().await.unwrap();
        os.selector_register(selector, fd, Token(7), Interest::Read).await.unwrap();
        let mut sets = FdSets::new();
        sets.read.insert(fd).unwrap();

        let began = os.now();
        assert_eq!(os.select(&mut sets, after(span)).await, Ok(0));
        assert_eq!(sets, FdSets::new(), "the sets are overwritten");
        assert_eq!(os.epoll_wait(epoll, &mut events, 4, after(span)).await, Ok(0));
        assert_eq!(events, []);
        assert_eq!(os.selector_wait(selector, &mut events, 4, after(span)).await, Ok(0));
        let took = os.now() - began;
        assert!(took >= Nanos::from_millis(60), "{took}");

        os.close(epoll).await.unwrap();
        os.close(selector).await.unwrap();
        assert_eq!(os.selector_wait(selector, &mut events, 4, FOREVER).await, Err(Errno::EBADF));
    });
}

#[test]
fn each_interface_tells_who_is_ready() {
    let os = Os::new();
    let ((mut first, ready), (_second, silent)) = (pair(&os), pair(&os));
    first.write_all(b"x\n").unwrap();
    run(async {
        let mut sets = FdSets::new();
        for fd in [ready, silent] {
            sets.read.insert(fd).unwrap();
        }
        assert_eq!(os.select(&mut sets, FOREVER).await, Ok(1));
        assert_eq!(sets.read.iter().collect::<Vec<_>>(), [ready]);

        let epoll = os.epoll_create().await.unwrap();
        for fd in [ready, silent] {
            os.epoll_ctl(epoll, CtlOp::Add, fd, EpollEvent::of(fd, Mask::IN)).await.unwrap();
        }
        let again = os.epoll_ctl(epoll, CtlOp::Add, ready, EpollEvent::of(ready, Mask::IN)).await;
        assert_eq!(again, Err(Errno::EEXIST));
        let mut events = Vec::new();
        assert_eq!(os.epoll_wait(epoll, &mut events, 4, FOREVER).await, Ok(1));
        assert_eq!(events, [EpollEvent::of(ready, Mask::IN)]);

        let selector = os.selector_create().await.unwrap();
        for (fd, token) in [(ready, 1), (silent, 2)] {
            os.selector_register(selector, fd, Token(token), Interest::Read).await.unwrap();
        }
        assert_eq!(os.selector_wait(selector, &mut events, 4, FOREVER).await, Ok(1));
        assert_eq!(events, [EpollEvent { events: Mask::IN, data: 1 }]);
        assert_eq!(os.selector_wait(selector, &mut events, 4, after(Nanos::ZERO)).await, Ok(0), "one edge");
        assert_eq!(os.selector_deregister(selector, ready).await, Ok(()));
        assert_eq!(os.selector_deregister(selector, ready).await, Err(Errno::ENOENT));
    });
}

#[test]
fn no_more_events_come_up_than_there_is_room_for() {
    let os = Os::new();
    let clients: Vec<_> = (0..5).map(|_| pair(&os)).collect();
    run(async {
        let epoll = os.epoll_create().await.unwrap();
        for (_, fd) in &clients {
            os.epoll_ctl(epoll, CtlOp::Add, *fd, EpollEvent::of(*fd, Mask::OUT)).await.unwrap();
        }
        let mut events = Vec::new();
        assert_eq!(os.epoll_wait(epoll, &mut events, 2, FOREVER).await, Ok(2));
        assert_eq!(os.epoll_wait(epoll, &mut events, 10, FOREVER).await, Ok(5));
        assert_eq!(os.epoll_wait(epoll, &mut events, 3, FOREVER).await, Ok(3), "a smaller room again");
    });
}

#[test]
fn the_levels_are_those_of_the_buffers_and_looking_changes_nothing() {
    let os = Os::new();
    let (mut client, fd) = pair(&os);
    let mut peek = [0; 4];
    assert_eq!(os.levels(fd, &mut peek).unwrap().recv, 0);
    client.write_all(b"waiting\n").unwrap();
    run(async {
        let mut sets = FdSets::new();
        sets.read.insert(fd).unwrap();
        os.select(&mut sets, FOREVER).await.unwrap();
        let levels = os.levels(fd, &mut peek).unwrap();
        assert_eq!((levels.recv, levels.send, levels.peeked, &peek), (8, 0, 4, b"wait"));
        assert_eq!(os.recv(fd, &mut [0; 16]).await, Ok(8));
        // The client reads nothing: what does not fit its buffer is not acknowledged.
        let chunk = vec![0; 1 << 20];
        while os.send(fd, &chunk).await.is_ok() {}
    });
    assert!(os.levels(fd, &mut peek).unwrap().send > 0);
    let (_listener, listening, _) = listener();
    assert_eq!(os.levels(listening, &mut peek), None);
    assert_eq!(os.levels(Fd(-1), &mut peek), None);
}

#[test]
fn a_signal_interrupts_no_wait() {
    extern "C" fn nothing(_: libc::c_int) {}
    // SAFETY: the handler does nothing, and no other test uses SIGUSR1.
    let previous = unsafe { libc::signal(libc::SIGUSR1, nothing as *const () as libc::sighandler_t) };
    assert_ne!(previous, libc::SIG_ERR);
    let (thread, waiting) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        // SAFETY: it asks for the thread's own number.
        thread.send(unsafe { libc::pthread_self() }).unwrap();
        let os = Os::new();
        let began = os.now();
        let waited = run(os.select(&mut FdSets::new(), after(Nanos::from_millis(100))));
        (waited, os.now() - began)
    });
    let number = waiting.recv().unwrap();
    while !worker.is_finished() {
        // SAFETY: the thread has not been joined, so its number is still its own.
        unsafe { libc::pthread_kill(number, libc::SIGUSR1) };
        std::thread::sleep(Duration::from_millis(10));
    }
    let (waited, took) = worker.join().unwrap();
    assert_eq!(waited, Ok(0));
    assert!(took >= Nanos::from_millis(100) && took < Nanos::from_millis(1_000), "{took}");
}

#[test]
fn a_thread_has_a_kernel_of_its_own_with_the_same_clock() {
    let os = Os::new();
    let (tell, told) = std::sync::mpsc::channel();
    let began = os.now();
    run(os.spawn_thread(move |os| async move {
        tell.send(os.now()).unwrap();
    }))
    .unwrap();
    let there = told.recv().unwrap();
    assert!(began <= there && there <= os.now());
}

/// Whoever waits for any child must be alone in having some.
static CHILDREN: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[test]
fn a_child_has_the_descriptors_of_its_parent_and_is_waited_for_once() {
    let _alone = CHILDREN.lock();
    let os = Os::new();
    let (mut client, fd) = pair(&os);
    run(os.set_nonblocking(fd, false)).unwrap();
    // The child answers over its copy of the descriptor, after the parent has closed its own.
    let child = run(os.fork(move |os| async move {
        let mut buffer = [0; 8];
        let count = os.recv(fd, &mut buffer).await.unwrap_or(0);
        i32::from(os.send(fd, &buffer[..count]).await != Ok(5)) + 7
    }))
    .unwrap();
    run(os.close(fd)).unwrap();
    client.write_all(b"Hello").unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"Hello", "then the last descriptor is closed, because the child has ended");
    assert_eq!(run(os.wait(Mode::Blocking)), Ok(Some((child, 7))));
    assert_eq!(run(os.wait(Mode::NonBlocking)), Err(Errno::ECHILD));
}

#[test]
fn a_child_that_a_signal_ends_has_a_status_of_128_and_its_number() {
    let _alone = CHILDREN.lock();
    let os = Os::new();
    // In a process of its own, so that no other test's child is waited for.
    let child = run(os.fork(|os| async move {
        let killed = os.fork(|os| async move {
            os.raise(libc::SIGPIPE).await;
            0
        });
        let killed = killed.await;
        let ended = os.wait(Mode::Blocking).await;
        i32::from(ended != killed.map(|killed| Some((killed, 128 + libc::SIGPIPE))))
    }))
    .unwrap();
    let pid = rustix::process::Pid::from_raw(child.0 as i32);
    let ended = rustix::process::waitpid(pid, rustix::process::WaitOptions::empty()).unwrap();
    assert_eq!(ended.and_then(|(_, status)| status.exit_status()), Some(0));
}

/// What a ring says is done: the numbers and the results.
#[cfg(target_os = "linux")]
async fn entered(
    os: &Os,
    ring: Fd,
    submissions: impl IntoIterator<Item = (u64, loopscope_shared::kernel::Operation)>,
    at_least: usize,
) -> Vec<loopscope_shared::kernel::Completed> {
    use loopscope_shared::kernel::{Rings, Submission};

    let submission = |(user, operation)| Submission { user, operation };
    let mut submissions = submissions.into_iter().map(submission).collect();
    let mut completions = Vec::new();
    let soon = after(Nanos::from_millis(2_000));
    os.ring_enter(ring, &mut submissions, &mut completions, at_least, soon).await.unwrap();
    completions
}

#[test]
#[cfg(target_os = "linux")]
fn a_ring_does_what_it_is_told_and_says_when_it_is_done() {
    use loopscope_shared::kernel::{Operation, Rings};

    let os = Os::new();
    let (_listener, listener, address) = listener();
    run(async {
        let ring = os.ring_setup(2).await.unwrap();
        entered(&os, ring, [(1, Operation::AcceptMulti { listener })], 0).await;
        let mut clients = [TcpStream::connect(address).unwrap(), TcpStream::connect(address).unwrap()];
        let mut done = Vec::new();
        while done.len() < 2 {
            done.extend(entered(&os, ring, [], 1).await);
        }
        assert!(done.iter().all(|completed| completed.user == 1 && completed.more));
        let accepted = done[0].accepted.unwrap();
        assert_eq!(accepted.from, clients[0].local_addr().unwrap());

        // More operations than the ring has entries, one of which waits.
        let fd = accepted.fd;
        let sends = (0..5).map(|user| (user + 10, Operation::Send { fd, bytes: vec![b'x'; 3] }));
        let receive = Operation::Recv { fd, most: 100 };
        let mut done = entered(&os, ring, [(2, receive)].into_iter().chain(sends), 5).await;
        assert_eq!(done.len(), 5, "the socket blocks or not, a receive waits: {done:?}");
        assert!(done.iter().all(|completed| completed.result == Ok(3) && completed.bytes == b"xxx"));
        let mut answer = [0; 15];
        clients[0].read_exact(&mut answer).unwrap();
        clients[0].write_all(b"abc").unwrap();
        done = entered(&os, ring, [], 1).await;
        assert_eq!((done[0].user, done[0].result, done[0].bytes.as_slice()), (2, Ok(3), b"abc".as_slice()));

        let receive = Operation::Recv { fd, most: 100 };
        done = entered(&os, ring, [(3, receive), (4, Operation::Cancel { user: 3 })], 2).await;
        done.sort_by_key(|completed| completed.user);
        assert_eq!((done[0].result, done[1].result), (Err(Errno::ECANCELED), Ok(0)));
        done = entered(&os, ring, [(5, Operation::Cancel { user: 3 })], 1).await;
        assert_eq!(done[0].result, Err(Errno::ENOENT));

        assert_eq!(os.shutdown(listener, Shutdown::Both).await, Ok(()));
        done = entered(&os, ring, [], 1).await;
        assert_eq!((done[0].user, done[0].result, done[0].more), (1, Err(Errno::EINVAL), false));
        assert_eq!(os.close(ring).await, Ok(()));
        assert_eq!(os.ring_enter(ring, &mut Vec::new(), &mut done, 0, FOREVER).await, Err(Errno::EBADF));
    });
}
