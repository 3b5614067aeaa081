//! Lines that cannot be read, logs that are cut anywhere, and bytes that are no log at all.

use proptest::prelude::*;

use super::*;

/// Pieces of real lines, and what is near to them.
const LOG: &str = r#"10 1700000000.000000 execve("/usr/sbin/x", ["x", "-c"], 0x7ffc /* 35 vars */) = 0 <0.015697>
10 1700000000.020000 socketpair(AF_UNIX, SOCK_STREAM, 0, [6<UNIX-STREAM:[30->31]>, 7<UNIX-STREAM:[31->30]>]) = 0 <0.000010>
10 1700000000.020100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>
11 1700000000.020200 epoll_ctl(4<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 6<UNIX-STREAM:[30->31]>, {events=EPOLLIN|EPOLLET, data={u32=33, u64=942}}) = 0 <0.000010>
10 1700000000.020300 <... clone resumed>, child_tidptr=0x7f) = 11 <0.000200>
11 1700000000.020400 epoll_wait(4<anon_inode:[eventpoll]>,  <unfinished ...>
10 1700000000.020500 sendmsg(7<UNIX-STREAM:[31->30]>, {msg_name=NULL, msg_iov=[{iov_base="\1\0\213\22", iov_len=4}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[8]}], msg_flags=0}, 0) = 4 <0.000004>
11 1700000000.020600 <... epoll_wait resumed>[{events=EPOLLIN|EPOLLHUP, data={u32=33, u64=942}}], 512, -1) = 1 <0.000100>
10 1700000000.020700 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_status=0} ---
11 1700000000.020800 exit_group(0)     = ?
11 1700000000.020900 +++ exited with 0 +++
10 1700000000.021000 select(6, [3 5], [4], NULL, {tv_sec=2, tv_usec=0}) = 2 (in [5], out [4], left {tv_sec=1, tv_usec=9}) <0.000010>
"#;

#[test]
fn a_line_that_cannot_be_read_is_named_and_the_rest_is_used() {
    let (batches, world, report) = import(
        "hello, world\nclose(3) = 0\n\nread(4, \"GET / \n<... write resumed>) = 5\nclose(5) \n> /lib/libc.so.6(close+0x7) [0x11]\n\
         % time     seconds  usecs/call     calls    errors syscall\n+++ what +++\nclose(6) = 0",
    );
    let unread: Vec<(u64, Reason)> =
        report.unread.iter().map(|unread| (unread.line, unread.reason)).collect();
    assert_eq!(
        unread,
        [
            (1, Reason::NoCall),
            (4, Reason::Cut),
            (5, Reason::NotBegun),
            (6, Reason::NoResult),
            (8, Reason::NoCall),
            (9, Reason::Cut)
        ]
    );
    assert_eq!((report.lines, report.unread_count), (10, 6));
    assert_eq!(calls(&batches), ["close(3) = 0", "close(6) = 0"]);
    assert_eq!(world.violations, []);
    let text = report.to_string();
    assert!(text.contains("log:4: not read: the line ends inside a call"), "{text}");
}

#[test]
fn unread_lines_are_counted_beyond_those_that_are_named() {
    let (_, _, report) = import(&"nonsense\n".repeat(UNREAD_MAX + 5));
    assert_eq!((report.unread.len(), report.unread_count), (UNREAD_MAX, UNREAD_MAX as u64 + 5));
    assert!(report.to_string().ends_with("and 5 more lines were not read\n"));
}

#[test]
fn a_line_without_an_end_does_not_fill_the_memory() {
    let mut import = Import::new();
    let source = import.source("log");
    for _ in 0..6 {
        import.feed(source, &vec![b'x'; LINE_MAX / 4]);
    }
    import.feed(source, b"\nclose(3) = 0\n");
    let (_, report) = import.finish();
    assert_eq!((report.lines, report.calls), (2, 1));
    assert_eq!(report.unread, [Unread { source: 0, line: 1, reason: Reason::TooLong }]);
}

#[test]
fn bytes_may_come_in_any_pieces() {
    let (whole, _, report) = import(LOG);
    assert_eq!(report.unread, []);
    for size in [1, 2, 7, 100] {
        let mut import = Import::new();
        let source = import.source("log");
        LOG.as_bytes().chunks(size).for_each(|piece| import.feed(source, piece));
        let (batch, _) = import.finish();
        assert_eq!(told(&[batch]), told(&whole));
    }
}

#[test]
fn a_log_is_told_from_other_files() {
    assert!(looks_like_strace(LOG.as_bytes()));
    assert!(looks_like_strace(b"strace: Process 3 attached\nclose(3) = 0\n"));
    assert!(!looks_like_strace(b"\x89LSC\r\n\x1a\n"));
    assert!(!looks_like_strace(b"{\"at\": 3}\n"));
    assert!(!looks_like_strace(b""));
}

/// A call that sleeps while so much happens that not all of it can wait for its arguments comes late, with its
/// true time.
#[test]
fn a_call_that_outlasts_all_patience_comes_late() {
    let mut log = String::from("10 1700000000.000000 epoll_wait(3,  <unfinished ...>\n");
    for count in 0..140_000u32 {
        let _ = writeln!(
            log,
            "11 1700000000.{:06} close(4) = -1 EBADF (Bad file descriptor) <0.000001>",
            count + 1
        );
    }
    let mut import = Import::new();
    let source = import.source("log");
    import.feed(source, log.as_bytes());
    let before = import.take().events.len();
    assert!(before > 0, "nothing was given out");
    import.feed(source, b"10 1700000000.500000 <... epoll_wait resumed>[], 64, 500) = 0 <0.500000>\n");
    let (last, report) = import.finish();
    assert_eq!(report.unread, []);
    let late = last.iter().filter(|(event, _)| event.task.0 == 10 && event.at.0 == 0);
    assert_eq!(late.filter(|(event, _)| matches!(event.what, What::Enter { .. })).count(), 1);
}

/// Whatever the bytes are: no panic, the invariants of the world, and every line read or named.
fn survives(bytes: &[u8]) {
    let mut import = Import::new();
    let source = import.source("log");
    import.feed(source, bytes);
    let mut batches = vec![import.take()];
    let (last, report) = import.finish();
    batches.push(last);
    let mut world = World::new();
    let mut calls = 0;
    for (event, payload) in batches.iter().flat_map(Batch::iter) {
        world.apply(event, payload);
        let _ = crate::event::describe(event, payload, &world);
        calls += u64::from(matches!(event.what, What::Enter { .. }));
    }
    assert_eq!(world.check(), [""; 0]);
    assert!(calls <= report.lines + 1, "{calls} calls out of {} lines", report.lines);
    assert!(report.unread_count <= report.lines);
}

proptest! {
    #[test]
    fn a_cut_or_flipped_log_is_read_as_far_as_it_goes(
        cut in 0..LOG.len(),
        flips in prop::collection::vec((0..LOG.len(), any::<u8>()), 0..8),
    ) {
        let mut bytes = LOG.as_bytes().to_vec();
        for (at, byte) in flips {
            bytes[at] = byte;
        }
        survives(&bytes);
        survives(&bytes[..cut]);
        survives(&bytes[cut..]);
    }

    #[test]
    fn any_order_of_its_lines_is_read(order in prop::collection::vec(0..12usize, 0..40)) {
        let lines: Vec<&str> = LOG.lines().collect();
        let log: String = order.iter().map(|index| format!("{}\n", lines[*index])).collect();
        survives(log.as_bytes());
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn anything_that_looks_like_arguments_is_read(text in "[a-z0-9_<>\\[\\]{}()=,|\" .\\\\-]{0,80}") {
        survives(format!("10 read({text}) = 3 <0.1>\n10 {text}\n").as_bytes());
    }
}
