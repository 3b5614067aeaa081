//! The forms in which strace writes calls, by its flags and its versions.

use super::*;
use crate::event::{Call, Thing};
use crate::ids::{Fd, TaskId};
use crate::world::{FileKind, World};

/// What a call becomes, with its result.
fn becomes(line: &str) -> Vec<String> {
    let (batches, _, report) = import(&format!("{line}\n"));
    assert_eq!(report.unread, [], "{line}");
    calls(&batches)
}

/// The kind and the label of a descriptor of the first task.
fn file(world: &World, fd: i32) -> (&FileKind, &str) {
    let id = world.file_of(TaskId::FIRST, Fd(fd)).unwrap_or_else(|| panic!("{fd} is not open"));
    let file = &world.files[&id];
    (&file.kind, file.label.as_deref().unwrap_or_default())
}

/// A line, and the call that it becomes.
const FORMS: &[(&str, &str)] = &[
    (r#"read(3, "a\nb"..., 4096) = 100"#, r#"read(3, …, 4096) = 100 "a\nb"…"#),
    (r#"pread64(3, "abc", 3, 0) = 3"#, r#"read(3, …, 3) = 3 "abc""#),
    (
        r#"readv(3, [{iov_base="ab", iov_len=2}, {iov_base="c", iov_len=8}], 2) = 3"#,
        r#"read(3, …, 10) = 3 "abc""#,
    ),
    (
        r#"writev(3, [{iov_base="ab", iov_len=2}, {iov_base="c", iov_len=1}], 2) = 3"#,
        r#"write(3, "abc", 3) = 3"#,
    ),
    (r#"pwrite64(3, "abc", 3, 10) = 3"#, r#"write(3, "abc", 3) = 3"#),
    (r#"recvfrom(3, "abc", 10, MSG_DONTWAIT, NULL, NULL) = 3"#, r#"recv(3, …, 10, MSG_DONTWAIT) = 3 "abc""#),
    (
        r#"recvmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="abc", iov_len=8}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 3"#,
        r#"recv(3, …, 8) = 3 "abc""#,
    ),
    (
        r#"sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="abc", iov_len=3}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL) = 3"#,
        r#"send(3, "abc", 3) = 3"#,
    ),
    (r#"sendto(3, "abc", 3, MSG_NOSIGNAL, NULL, 0) = 2"#, r#"send(3, "abc", 3) = 2"#),
    ("sendfile(5, 4, [0] => [3], 100) = 3", "sendfile(4 → 5, 100) = 3"),
    ("splice(4, NULL, 5, NULL, 65536, SPLICE_F_MOVE) = 12", "splice(4 → 5, 65536) = 12"),
    ("accept(3, NULL, NULL) = 4", "accept(3) = 4"),
    (
        "accept4(3, 0x7ffd, [112], SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable)",
        "accept(3) = EAGAIN",
    ),
    ("epoll_pwait(4, [], 1024, 0, NULL, 8) = 0", "epoll_wait(4, …, 1024, 0 ns) = 0"),
    (
        "epoll_pwait2(4, [], 64, {tv_sec=1, tv_nsec=500000000}, NULL, 8) = 0",
        "epoll_wait(4, …, 64, 1.500 s) = 0",
    ),
    (
        "poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, -1) = 1 ([{fd=4, revents=POLLOUT}])",
        "poll({3:IN 4:OUT}, for ever) = 1 4:OUT",
    ),
    (
        "ppoll([{fd=3, events=POLLIN}], 1, {tv_sec=0, tv_nsec=1000000}, NULL, 8) = 0 (Timeout)",
        "poll({3:IN}, 1.000 ms) = 0",
    ),
    (
        "select(6, [3 5], [4], NULL, {tv_sec=2, tv_usec=0}) = 2 (in [5], out [4], left {tv_sec=1, tv_usec=9})",
        "select(6, read {3 5} write {4}, 2.000 s) = 2 read {5} write {4}",
    ),
    ("pselect6(4, [3], NULL, NULL, NULL, NULL) = 1 (in [3])", "select(4, read {3}, for ever) = 1 read {3}"),
    ("io_uring_enter(3, 2, 1, IORING_ENTER_GETEVENTS, NULL, 8) = 2", "io_uring_enter(3, 2, 1) = 2"),
    ("dup2(3, 7) = 7", "dup(3) = 7"),
    ("dup3(3, 7, O_CLOEXEC) = 7", "dup(3) = 7"),
    ("fcntl(3, F_DUPFD_CLOEXEC, 10) = 10", "dup(3) = 10"),
    ("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0", "fcntl(3, F_SETFL, O_NONBLOCK) = 0"),
    ("ioctl(3, FIONBIO, [1]) = 0", "fcntl(3, F_SETFL, O_NONBLOCK) = 0"),
    ("fcntl(3, F_SETFD, FD_CLOEXEC) = 0", "fcntl(3, F_SETFD, FD_CLOEXEC) = 0"),
    ("ioctl(3, FIONREAD, [12]) = 0", "ioctl(3, FIONREAD) = 12"),
    ("close_range(3, 4294967295, 0) = 0", "close_range(3, 4294967295, 0) = 0"),
    ("setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0", "setsockopt(3, TCP_NODELAY) = 0"),
    ("getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0", "getsockopt(3, SO_ERROR) = 111"),
    ("shutdown(3, SHUT_WR) = 0", "shutdown(3, SHUT_WR) = 0"),
    (
        r#"connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS (Operation now in progress)"#,
        "connect(3, [::1]:80) = EINPROGRESS",
    ),
    ("wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], WNOHANG, NULL) = 12", "wait4(-1, WNOHANG) = 12"),
    ("wait4(12, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 12", "wait4(12) = 12"),
    ("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=1000}, NULL) = 0", "nanosleep(1.000 µs) = 0"),
    ("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC|TFD_NONBLOCK) = 5", "timerfd_create() = 5"),
    ("open(\"/etc/passwd\", O_RDONLY) = 3", "openat(\"/etc/passwd\") = 3"),
];

#[test]
fn calls_that_differ_in_form_only_are_one() {
    for (line, call) in FORMS {
        assert_eq!(becomes(line).last(), Some(&(*call).to_owned()), "{line}");
    }
}

#[test]
fn a_call_that_is_not_known_is_kept_as_it_was_written() {
    let line = "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, 3</lib/x.so>, 0) = 0x7f791518d000";
    assert_eq!(
        becomes(line)[0],
        "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE, 3</lib/x.so>, 0) = 0x7f791518d000"
    );
    let (batches, world, report) = import("a_call_of_next_year(5</x>, {a=[1 2]}) = 0x3 (flags X|Y)\n");
    assert_eq!(calls(&batches)[0], "a_call_of_next_year(5</x>, {a=[1 2]}) = 0x3 (flags X|Y)");
    assert_eq!(report.others.get("a_call_of_next_year"), Some(&1));
    assert_eq!(file(&world, 5), (&FileKind::Regular, "/x"));
    assert_eq!(world.tasks[&TaskId::FIRST].last.as_ref().and_then(|last| last.call.fd()), Some(Fd(5)));
    assert!(report.to_string().contains("1 calls are kept as they were written: a_call_of_next_year"));
}

#[test]
fn every_kind_of_time_and_prefix_is_read() {
    for (line, times, task) in [
        ("close(3) = 0", Times::None, 1),
        ("77 close(3) = 0", Times::None, 77),
        ("[pid    77] close(3) = 0", Times::None, 77),
        ("77<nginx> 10:00:00 close(3) = 0", Times::Day, 77),
        ("[pid 77<nginx>] 10:00:00.123456 close(3) = 0 <0.000001>", Times::Day, 77),
        ("1700000000.123456789 close(3) = 0", Times::Epoch, 1),
        ("77 1700000000 close(3) = 0", Times::Epoch, 77),
        ("     0.000123 close(3) = 0", Times::Relative, 1),
        ("10:00:00.123456 (+     0.000100) close(3) = 0", Times::Day, 1),
        ("10:00:00 [00007f2c8a5b3d4e] close(3) = 0", Times::Day, 1),
        ("10:00:00 [   3] close(3) = 0", Times::Day, 1),
        ("77 10:00:00 [????????????????] close(3) = 0", Times::Day, 77),
    ] {
        let (batches, world, report) = import(line);
        assert_eq!(report.unread, [], "{line}");
        assert_eq!(report.times, times, "{line}");
        assert_eq!(calls(&batches), ["close(3) = 0"], "{line}");
        assert_eq!(world.tasks.keys().next(), Some(&TaskId(task)), "{line}");
        let name = if line.contains("nginx") { "nginx" } else { "a program" };
        assert_eq!(world.tasks[&TaskId(task)].name, name);
    }
}

#[test]
fn durations_and_their_absence_are_kept_apart() {
    let (batches, _, report) = import("10:00:00.000001 epoll_wait(3, [], 8, 5) = 0 <0.005000>\n");
    assert!(report.durations && !told(&batches).contains("\n5001"), "{}", told(&batches));
    assert!(told(&batches).contains("\n5000 1: … epoll_wait"), "{}", told(&batches));
    // Without: a call that may sleep lasts until the next line, another no time.
    let (batches, _, report) =
        import("10:00:01.5 epoll_wait(3, [], 8, 5) = 0\n10:00:02.0 close(3) = 0\n10:00:02.1 close(4) = 0\n");
    assert!(!report.durations);
    assert_eq!(report.guessed().len(), 2, "{:?}", report.guessed());
    let told = told(&batches);
    for line in ["0 1: epoll_wait(", "500000 1: … epoll_wait(", "500000 1: close(3)", "500000 1: … close(3)"]
    {
        assert!(told.contains(&format!("\n{line}")), "{line} in\n{told}");
    }
    // Without any time, lines come one behind the other.
    let (batches, _, report) = import("close(3) = 0\nclose(4) = 0\n");
    assert!(report.guessed()[0].contains("-ttt"));
    assert!(super::told(&batches).contains("\n1 1: close(4) …"), "{}", super::told(&batches));
}

#[test]
fn hexadecimal_strings_and_long_ones_are_read() {
    assert_eq!(becomes(r#"write(1, "\x68\x69\x0a", 3) = 3"#)[0], r#"write(1, "hi\n", 3) = 3"#);
    let long = "x".repeat(500);
    let (batches, world, _) = import(&format!("write(1, \"{long}\\n\", 501) = 501\n"));
    assert!(calls(&batches)[0].ends_with("xxx\"…, 501) = 501"), "{:?}", calls(&batches));
    let file = world.file_of(TaskId::FIRST, Fd(1)).expect("it is open");
    assert_eq!(world.files[&file].written, 501);
}

#[test]
fn what_was_open_before_is_learned_from_labels_and_from_use() {
    let (_, world, _) = import(
        r#"read(0</dev/pts/0<char 136:0>>, "x", 1) = 1
read(3<pipe:[7]>, "x", 1) = 1
write(4<pipe:[7]>, "x", 1) = 1
epoll_wait(5<anon_inode:[eventpoll]>, [{events=EPOLLIN, data={u32=6, u64=6}}], 8, -1) = 1
write(6<anon_inode:[eventfd]>, "\1\0\0\0\0\0\0\0", 8) = 8
timerfd_settime(7<anon_inode:[timerfd]>, 0, {it_interval={tv_sec=0, tv_nsec=0}, it_value={tv_sec=1, tv_nsec=0}}, NULL) = 0
read(8<anon_inode:[signalfd]>, [{ssi_signo=SIGCHLD}], 128) = 128
recvfrom(9<TCP:[10.0.0.1:80->10.0.0.2:5000]>, "x", 8, 0, NULL, NULL) = 1
recvfrom(10<UDP:[10.0.0.1:53]>, "x", 8, 0, NULL, NULL) = 1
accept4(11<TCP:[0.0.0.0:80]>, NULL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)
write(12</var/log/x.log>, "x", 1) = 1
write(13, "x", 1) = 1
write(14, "x", 1) = -1 EBADF (Bad file descriptor)
"#,
    );
    assert_eq!(file(&world, 0), (&FileKind::Other(Thing::Device), "/dev/pts/0"));
    assert_eq!(file(&world, 3).0, &FileKind::Pipe { reads: true });
    assert_eq!(file(&world, 4).0, &FileKind::Pipe { reads: false });
    assert!(matches!(file(&world, 5).0, FileKind::Registry(_)));
    for (fd, thing) in
        [(6, Thing::EventFd), (7, Thing::TimerFd), (8, Thing::SignalFd), (10, Thing::Datagrams)]
    {
        assert_eq!(file(&world, fd).0, &FileKind::Other(thing));
    }
    let FileKind::Stream(stream) = file(&world, 9).0 else { panic!("{:?}", file(&world, 9)) };
    assert_eq!((stream.from, stream.received), ("10.0.0.2:5000".parse().ok(), 1));
    assert_eq!(stream.recv.provenance, crate::world::Provenance::Unknown);
    assert_eq!(stream.program.provenance, crate::world::Provenance::Unknown);
    assert!(matches!(file(&world, 11).0, FileKind::Listener { .. }));
    assert_eq!(file(&world, 12), (&FileKind::Regular, "/var/log/x.log"));
    assert_eq!(file(&world, 13).0, &FileKind::Unknown);
    assert_eq!(world.file_of(TaskId::FIRST, Fd(14)), None, "nothing is open there");
}

#[test]
fn flags_of_descriptors_are_known_where_the_log_says_them() {
    let (_, world, _) = import(
        r#"socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 3
openat(AT_FDCWD, "/x", O_RDONLY) = 4
fcntl(4, F_SETFD, FD_CLOEXEC) = 0
pipe2([5, 6], O_CLOEXEC) = 0
fcntl(7, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)
fcntl(7, F_GETFD) = 0x1 (flags FD_CLOEXEC)
ioctl(3, FIONBIO, [0]) = 0
dup2(3, 8) = 8
close_range(5, 6, CLOSE_RANGE_CLOEXEC) = 0
"#,
    );
    let flags = |fd: i32| {
        let descriptor = world.table_of(TaskId::FIRST).and_then(|table| table.fds.get(&Fd(fd)));
        let descriptor = descriptor.unwrap_or_else(|| panic!("{fd} is not open"));
        (world.files[&descriptor.file].nonblocking, descriptor.close_on_exec)
    };
    assert_eq!(flags(3), (Some(false), Some(true)));
    assert_eq!(flags(4), (Some(false), Some(true)));
    assert_eq!(flags(5), (Some(false), Some(true)));
    assert_eq!(flags(7), (Some(true), Some(true)));
    assert_eq!(flags(8), (Some(false), Some(false)), "a copy is not close-on-exec");
}

#[test]
fn descriptors_that_come_with_a_message_are_open() {
    let (_, world, _) = import(
        r#"recvmsg(7<UNIX-STREAM:[1->2]>, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="\1", iov_len=32}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[6<UNIX-STREAM:[3->4]>]}], msg_controllen=24, msg_flags=0}, 0) = 1
"#,
    );
    assert!(matches!(file(&world, 6).0, FileKind::Stream(_)));
}

#[test]
fn a_socket_pair_and_a_socket_of_the_system_are_connections_with_names() {
    let (_, world, _) = import(
        r#"socketpair(AF_UNIX, SOCK_STREAM, 0, [3<UNIX-STREAM:[1->2]>, 4<UNIX-STREAM:[2->1]>]) = 0
socket(AF_UNIX, SOCK_STREAM, 0) = 5<UNIX-STREAM:[9]>
connect(5<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path="/run/x.sock"}, 110) = 0
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 6
connect(6, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = 0
"#,
    );
    assert!(matches!((file(&world, 3).0, file(&world, 4).0), (FileKind::Stream(_), FileKind::Stream(_))));
    assert!(matches!(file(&world, 5), (FileKind::Stream(_), "/run/x.sock")));
    assert_eq!(file(&world, 6).0, &FileKind::Other(Thing::Datagrams), "it stays one");
}

#[test]
fn a_number_of_the_programs_own_is_the_descriptor_it_was_registered_for() {
    let (batches, world, _) = import(
        r#"epoll_create1(0) = 4
socket(AF_INET, SOCK_STREAM, 0) = 5
epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN|EPOLLONESHOT, data={u32=7, u64=94217715565575}}) = 0
epoll_wait(4, [{events=EPOLLIN, data={u32=7, u64=94217715565575}}, {events=EPOLLIN, data={u32=9, u64=94217715565999}}], 8, -1) = 2
"#,
    );
    assert_eq!(
        calls(&batches).last().map(String::as_str),
        Some("epoll_wait(4, …, 8, for ever) = 2 5:IN -1:IN")
    );
    let FileKind::Registry(registry) = file(&world, 4).0 else { panic!() };
    let (key, entry) = registry.interest.iter().next().expect("it is registered");
    assert_eq!((key.0, entry.armed), (Fd(5), false));
    assert_eq!(Call::EpollCreate.name(), "epoll_create");
}
