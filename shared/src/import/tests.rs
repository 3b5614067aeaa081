//! Logs become events.

mod damaged;
mod forms;
mod tasks;

use std::fmt::Write as _;

use super::*;
use crate::event::{What, call_text, history_line};

/// Imports logs, given with their names, and checks the world on the way.
fn import_all(logs: &[(&str, &str)]) -> (Vec<Batch>, World, Report) {
    let mut import = Import::new();
    let sources: Vec<Source> = logs.iter().map(|(name, _)| import.source(name)).collect();
    let mut at = vec![0; logs.len()];
    let mut batches = Vec::new();
    while let Some(source) = import.wants() {
        let index = sources.iter().position(|known| *known == source).expect("it is one of ours");
        let rest = &logs[index].1[at[index]..];
        let line = rest.find('\n').map_or(rest.len(), |feed| feed + 1);
        at[index] += line;
        import.feed(source, &rest.as_bytes()[..line]);
        if at[index] == logs[index].1.len() {
            import.end(source);
        }
        batches.push(import.take());
    }
    let (last, report) = import.finish();
    batches.push(last);
    let mut world = World::new();
    for (event, payload) in batches.iter().flat_map(Batch::iter) {
        world.apply(event, payload);
        assert_eq!(world.check(), [""; 0]);
    }
    (batches, world, report)
}

fn import(log: &str) -> (Vec<Batch>, World, Report) {
    import_all(&[("log", log)])
}

/// The events, a line each: the time in microseconds, the task, what.
fn told(batches: &[Batch]) -> String {
    let mut text = String::new();
    let mut world = World::new();
    for (event, payload) in batches.iter().flat_map(Batch::iter) {
        let open = world.tasks.get(&event.task).and_then(|task| task.call.clone());
        world.apply(event, payload);
        let _ = write!(text, "{} {}: ", event.at.0 / 1_000, event.task);
        let _ = match (event.what, open) {
            (What::Enter { call, .. }, _) => writeln!(text, "{} …", call_text(call, payload)),
            (What::Exit { ret, .. }, Some(open)) => {
                writeln!(text, "… {}", history_line(open.call, &open.down, ret, payload))
            }
            _ => writeln!(text, "{}", crate::event::describe(event, payload, &world)),
        };
    }
    text
}

/// The calls of a task with their results, a line each.
fn calls(batches: &[Batch]) -> Vec<String> {
    told(batches).lines().filter_map(|line| Some(line.split_once(": … ")?.1.to_owned())).collect()
}

#[test]
fn a_log_of_the_usual_flags_becomes_events() {
    let (batches, world, report) = import(
        r#"100 1700000000.000000 execve("/usr/bin/server", ["server", "-p", "80"], 0x7ffc /* 35 vars */) = 0 <0.001000>
100 1700000000.002000 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3<TCP:[7]> <0.000010>
100 1700000000.002100 bind(3<TCP:[7]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0 <0.000010>
100 1700000000.002200 listen(3<TCP:[127.0.0.1:80]>, 511) = 0 <0.000010>
100 1700000000.002300 epoll_create1(EPOLL_CLOEXEC) = 4<anon_inode:[eventpoll]> <0.000010>
100 1700000000.002400 epoll_ctl(4<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 3<TCP:[127.0.0.1:80]>, {events=EPOLLIN|EPOLLET, data={u32=1234, u64=94217715565376}}) = 0 <0.000010>
100 1700000000.002500 epoll_wait(4<anon_inode:[eventpoll]>, [{events=EPOLLIN, data={u32=1234, u64=94217715565376}}], 512, -1) = 1 <0.500000>
100 1700000000.502600 accept4(3<TCP:[127.0.0.1:80]>, {sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr("127.0.0.1")}, [112 => 16], SOCK_NONBLOCK) = 5<TCP:[127.0.0.1:80->127.0.0.1:5000]> <0.000010>
100 1700000000.502700 recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:5000]>, "GET / HTTP/1.1\r\n"..., 1024, 0, NULL, NULL) = 78 <0.000010>
100 1700000000.502800 writev(5<TCP:[127.0.0.1:80->127.0.0.1:5000]>, [{iov_base="HTTP/1.1 200 OK\r\n"..., iov_len=229}, {iov_base="hi", iov_len=2}], 2) = 231 <0.000010>
100 1700000000.502900 recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:5000]>, 0x55, 1024, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable) <0.000010>
100 1700000000.503000 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0} ---
100 1700000000.503100 close(5<TCP:[127.0.0.1:80->127.0.0.1:5000]>) = 0 <0.000010>
100 1700000000.503200 exit_group(0)     = ?
100 1700000000.503300 +++ exited with 0 +++
"#,
    );
    assert_eq!(report.unread, []);
    assert_eq!((report.lines, report.calls, report.signals), (15, 13, 1));
    assert_eq!(report.command, ["server", "-p", "80"]);
    assert_eq!((report.times, report.began), (Times::Epoch, Some(1_700_000_000_000_000_000)));
    assert!(report.durations && report.labels);
    assert_eq!(told(&batches), USUAL);
    assert_eq!(world.violations, []);
    let tally = &world.tally;
    assert_eq!((tally.accepted, tally.closed, tally.received, tally.sent), (1, 1, 78, 231));
    assert_eq!((tally.eagain, tally.wakeups, tally.signals), (1, 1, 1));
    assert_eq!((tally.lines, tally.unasked), (0, 0), "nobody knows what answers what");
}

const USUAL: &str = r#"0 0: Seen from outside the program: what it keeps, and how full the kernel's buffers are, is not known.
0 100: Task 100 (a program) begins.
0 100: execve("/usr/bin/server") …
1000 100: … execve("/usr/bin/server") = 0
2000 100: socket() …
2010 100: … socket() = 3
2010 100: Descriptor 3 is a socket.
2100 100: bind(3, 127.0.0.1:80) …
2110 100: … bind(3, 127.0.0.1:80) = 0
2200 100: Descriptor 3 is a socket: 127.0.0.1:80.
2200 100: listen(3, 511) …
2210 100: … listen(3, 511) = 0
2300 100: epoll_create() …
2310 100: … epoll_create() = 4
2310 100: Descriptor 4 is an epoll instance.
2400 100: epoll_ctl(4, ADD, 3, IN|ET) …
2410 100: … epoll_ctl(4, ADD, 3, IN|ET) = 0
2500 100: epoll_wait(4, …, 512, for ever) …
502500 100: … epoll_wait(4, …, 512, for ever) = 1 3:IN
502600 100: accept(3) …
502610 100: … accept(3) = 5
502610 100: Descriptor 5 is a connection: 127.0.0.1:80->127.0.0.1:5000.
502700 100: recv(5, …, 1024) …
502710 100: … recv(5, …, 1024) = 78 "GET / HTTP/1.1\r\n"…
502800 100: write(5, "HTTP/1.1 200 OK\r\n"…, 231) …
502810 100: … write(5, "HTTP/1.1 200 OK\r\n"…, 231) = 231
502900 100: recv(5, …, 1024) …
502910 100: … recv(5, …, 1024) = EAGAIN
503000 100: Task 100 (server) gets a signal: SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=1, si_uid=0}.
503100 100: close(5) …
503110 100: … close(5) = 0
503200 100: exit(0) …
503300 100: Task 100 (server) ends with status 0.
"#;
