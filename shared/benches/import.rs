//! How fast logs of strace are imported: lines a second.
//!
//! `cargo bench -p loopscope-shared --bench import` measures, and compares with the last time.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loopscope_shared::import::Import;

/// How many connections the log has.
const CONNECTIONS: u64 = 20_000;

/// How much of it is read at once, in bytes.
const PIECE: usize = 1 << 17;

/// A connection of an HTTP server's, as strace writes it: `{a}` to `{l}` are instants, `{p}` a port.
const CONNECTION: &str = r#"10 {a} epoll_wait(8<anon_inode:[eventpoll]>, [{events=EPOLLIN, data={u32=3312960320, u64=94217715565376}}], 512, -1) = 1 <0.000100>
10 {b} accept4(5<TCP:[127.0.0.1:80]>, {sa_family=AF_INET, sin_port=htons({p}), sin_addr=inet_addr("127.0.0.1")}, [112 => 16], SOCK_NONBLOCK) = 11<TCP:[127.0.0.1:80->127.0.0.1:{p}]> <0.000012>
10 {c} epoll_ctl(8<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 11<TCP:[127.0.0.1:80->127.0.0.1:{p}]>, {events=EPOLLIN|EPOLLRDHUP|EPOLLET, data={u32=3312960800, u64=94217715565856}}) = 0 <0.000010>
10 {d} epoll_wait(8<anon_inode:[eventpoll]>,  <unfinished ...>
11 {e} epoll_wait(9<anon_inode:[eventpoll]>, [], 512, 0) = 0 <0.000001>
10 {f} <... epoll_wait resumed>[{events=EPOLLIN, data={u32=3312960800, u64=94217715565856}}], 512, 60000) = 1 <0.000040>
10 {g} recvfrom(11<TCP:[127.0.0.1:80->127.0.0.1:{p}]>, "GET / HTTP/1.1\r\nHost: x\r\nConnecti"..., 1024, 0, NULL, NULL) = 78 <0.000010>
10 {h} openat(AT_FDCWD</srv>, "/srv/index.html", O_RDONLY|O_NONBLOCK) = 12</srv/index.html> <0.000020>
10 {i} writev(11<TCP:[127.0.0.1:80->127.0.0.1:{p}]>, [{iov_base="HTTP/1.1 200 OK\r\nServer: nginx/1"..., iov_len=229}], 1) = 229 <0.000020>
10 {j} sendfile(11<TCP:[127.0.0.1:80->127.0.0.1:{p}]>, 12</srv/index.html>, [0] => [3], 3) = 3 <0.000075>
10 {k} close(12</srv/index.html>) = 0 <0.000010>
10 {l} close(11<TCP:[127.0.0.1:80->127.0.0.1:{p}]>) = 0 <0.000010>
"#;

fn log() -> String {
    let mut log = String::new();
    for connection in 0..CONNECTIONS {
        let mut lines = CONNECTION.replace("{p}", &(1_024 + connection % 60_000).to_string());
        for (index, letter) in ('a'..='l').enumerate() {
            let micros = connection * 1_200 + index as u64 * 100;
            let mut instant = String::new();
            let _ = write!(instant, "{}.{:06}", 1_700_000_000 + micros / 1_000_000, micros % 1_000_000);
            lines = lines.replacen(&format!("{{{letter}}}"), &instant, 1);
        }
        log.push_str(&lines);
    }
    log
}

fn import(c: &mut Criterion) {
    let log = log();
    let mut group = c.benchmark_group("import");
    group.throughput(Throughput::Elements(log.lines().count() as u64)).sample_size(10);
    group.measurement_time(Duration::from_secs(10));
    group.bench_function("strace", |b| {
        b.iter(|| {
            let mut import = Import::new();
            let source = import.source("log");
            let mut events = 0;
            for piece in log.as_bytes().chunks(PIECE) {
                import.feed(source, piece);
                events += import.take().events.len();
            }
            let (last, report) = import.finish();
            assert_eq!(report.unread_count, 0);
            black_box(events + last.events.len())
        });
    });
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
