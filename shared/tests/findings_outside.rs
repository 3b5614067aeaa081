//! Findings in logs of `strace`, in which no buffer's level and no line of source is known: for each kind a log that
//! shows it, and the nearest one that must not.

use std::fmt::Write as _;

use loopscope_shared::findings::{CATALOGUE, Kind, Search, Settings};
use loopscope_shared::import::Import;

/// A log of `strace -f -ttt -T`.
#[derive(Default)]
struct Log {
    text: String,
    micros: u64,
}

/// A server that waits for its listener 3 and for a connection 5, both of which do not block, with epoll 4.
fn server(how: &str, accepted: &str) -> Log {
    Log::default()
        .call("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 3")
        .call("listen(3, 128) = 0")
        .call("epoll_create1(EPOLL_CLOEXEC) = 4")
        .call(&add(3, "EPOLLIN"))
        .call(&wait(3, "EPOLLIN"))
        .call(&accept(5, accepted))
        .call(&add(5, how))
}

const CAREFUL: &str = "SOCK_NONBLOCK|SOCK_CLOEXEC";

fn accept(fd: u32, flags: &str) -> String {
    let from = "{sa_family=AF_INET, sin_port=htons(5000), sin_addr=inet_addr(\"127.0.0.1\")}";
    format!("accept4(3, {from}, [16], {flags}) = {fd}")
}

fn ctl(op: &str, fd: u32, how: &str) -> String {
    format!("epoll_ctl(4, EPOLL_CTL_{op}, {fd}, {{events={how}, data={{u32={fd}, u64={fd}}}}}) = 0")
}

fn add(fd: u32, how: &str) -> String {
    ctl("ADD", fd, how)
}

fn wait(fd: u32, ready: &str) -> String {
    format!("epoll_wait(4, [{{events={ready}, data={{u32={fd}, u64={fd}}}}}], 64, -1) = 1")
}

const NOTHING: &str =
    "recvfrom(5, 0x7f00, 4096, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)";
const SHORT: &str = "recvfrom(5, \"abc\", 4096, 0, NULL, NULL) = 3";

impl Log {
    /// A call of task 10 that takes ten microseconds, ten after the one before.
    fn call(self, call: &str) -> Self {
        self.by(10, call)
    }

    fn by(self, task: u32, call: &str) -> Self {
        self.taking(task, 10, call)
    }

    fn taking(mut self, task: u32, micros: u64, call: &str) -> Self {
        let (second, rest) = (self.micros / 1_000_000, self.micros % 1_000_000);
        let (took, part) = (micros / 1_000_000, micros % 1_000_000);
        let _ = writeln!(self.text, "{task} {}.{rest:06} {call} <{took}.{part:06}>", 1_700_000_000 + second);
        self.micros += micros + 10;
        self
    }

    /// Time passes.
    fn after(mut self, micros: u64) -> Self {
        self.micros += micros;
        self
    }

    /// The same, so many times.
    fn times(self, count: u32, each: impl Fn(Self) -> Self) -> Self {
        (0..count).fold(self, |log, _| each(log))
    }

    /// What is found, with the usual thresholds.
    fn found(&self) -> Vec<Kind> {
        let mut import = Import::new();
        let source = import.source("log");
        import.feed(source, self.text.as_bytes());
        import.end(source);
        let settings = Settings::default();
        let mut search = Search::new(&settings);
        search.extend(&import.take());
        let (last, report) = import.finish();
        assert_eq!(report.unread_count, 0, "{}", self.text);
        search.extend(&last);
        let mut kinds: Vec<Kind> = search.finish(&settings).iter().map(|finding| finding.kind).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }
}

fn level() -> Log {
    server("EPOLLIN", CAREFUL)
}

fn edge() -> Log {
    server("EPOLLIN|EPOLLET", CAREFUL)
}

/// Two processes with an epoll of their own each, that watch the one listener in this way.
fn two(how: &str) -> Log {
    let mut log = Log::default()
        .call("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP) = 3")
        .call("listen(3, 128) = 0")
        .call("clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 11");
    for task in [10, 11] {
        log = log.by(task, "epoll_create1(EPOLL_CLOEXEC) = 4").by(task, &add(3, how));
    }
    log.times(12, |log| {
        let log = log.after(1_000).by(10, &wait(3, "EPOLLIN")).by(11, &wait(3, "EPOLLIN"));
        let none = "accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable)";
        log.by(10, &accept(5, CAREFUL)).by(11, none).by(10, "close(5) = 0")
    })
}

/// A process with connection 5 begins another program.
fn begins_another(accepted: &str) -> Log {
    let child = "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 11";
    server("EPOLLIN", accepted).call(child).by(11, "execve(\"/bin/ls\", [\"ls\"], 0x7f00 /* 1 var */) = 0")
}

/// Six clients come and leave.
fn come_and_leave(closes: bool) -> Log {
    let log = level().call(&wait(3, "EPOLLIN"));
    let log = (6..12).fold(log, |log, fd| {
        let end = format!("recvfrom({fd}, \"\", 4096, 0, NULL, NULL) = 0");
        let log = log.call(&accept(fd, CAREFUL)).call(&end);
        if closes { log.call(&format!("close({fd}) = 0")) } else { log }
    });
    log.after(2_000_000).call(&wait(5, "EPOLLIN")).call(SHORT)
}

/// Connection 5 is read 300 times in a turn; then the listener is found ready, so many microseconds later.
fn feast(micros: u64) -> Log {
    let full = "recvfrom(5, \"abcd\", 4, 0, NULL, NULL) = 4";
    let log = level().call(&wait(5, "EPOLLIN")).times(300, |log| log.call(full));
    log.taking(10, micros, &wait(3, "EPOLLIN")).call(&accept(6, CAREFUL))
}

/// A call takes 300 ms; then the listener is found ready, so many microseconds later.
fn long_call(micros: u64) -> Log {
    let log = level().call(&wait(5, "EPOLLIN")).call(SHORT).taking(10, 300_000, "fsync(9) = 0");
    log.taking(10, micros, &wait(3, "EPOLLIN")).call(&accept(6, CAREFUL))
}

/// What shows it, and what is nearest to it and must not.
fn logs(kind: Kind) -> (Log, Log) {
    let (out, again) = (ctl("MOD", 5, "EPOLLIN|EPOLLOUT"), ctl("MOD", 5, "EPOLLIN"));
    let (input, room) = (wait(5, "EPOLLIN"), wait(5, "EPOLLOUT"));
    let refused = "accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EMFILE (Too many open files)";
    let byte = |fd: u32| format!("read({fd}, \"a\", 1) = 1");
    match kind {
        Kind::IdleWakeups => {
            (level().times(30, |log| log.call(&input)), level().times(30, |log| log.call(&input).call(SHORT)))
        }
        Kind::EagainStorm => (
            level().times(100, |log| log.call(NOTHING)),
            level().times(100, |log| log.after(50_000).call(NOTHING)),
        ),
        Kind::EmfileLoop => (
            level().times(20, |log| log.call(&wait(3, "EPOLLIN")).call(refused)),
            level().times(20, |log| log.after(600_000).call(&wait(3, "EPOLLIN")).call(refused)),
        ),
        Kind::NeedlessEagain => (
            level().times(30, |log| log.call(&input).call(SHORT).call(NOTHING)),
            edge().times(30, |log| log.call(&input).call(SHORT).call(NOTHING)),
        ),
        Kind::ByteReads => (
            level().times(100, |log| log.call(&byte(5))),
            level().call("pipe2([7, 8], O_CLOEXEC) = 0").times(100, |log| log.call(&byte(7))),
        ),
        Kind::WriteInterest => (
            level().call(&out).times(30, |log| log.call(&room)),
            level().call(&out).times(30, |log| log.call(&room).call("write(5, \"x\", 1) = 1")),
        ),
        // How full the buffer is cannot be known: a full read may have been all there was.
        Kind::UndrainedEdge => (
            Log::default(),
            edge()
                .call(&input)
                .call("recvfrom(5, \"abcd\", 4, 0, NULL, NULL) = 4")
                .taking(10, 2_000_000, &input),
        ),
        Kind::ClosedRegistered => (
            level().call("dup(5) = 6").call("close(5) = 0"),
            level().call("dup(5) = 6").call("epoll_ctl(4, EPOLL_CTL_DEL, 5, NULL) = 0").call("close(5) = 0"),
        ),
        Kind::LongTurn => (long_call(10), long_call(5_000)),
        Kind::WastedCtl => (
            level().times(20, |log| log.call(&input).call(SHORT).call(&out).call(&again)),
            level().times(20, |log| {
                let partly = "write(5, \"xyz\", 3) = 1";
                log.call(&input)
                    .call(SHORT)
                    .call(partly)
                    .call(&out)
                    .call(&room)
                    .call("write(5, \"yz\", 2) = 2")
                    .call(&again)
            }),
        ),
        // Nobody outside can know what a program does with its bytes.
        Kind::Lost => (Log::default(), level().call(&input).call(SHORT)),
        Kind::FdLeak => (come_and_leave(false), come_and_leave(true)),
        Kind::Starvation => (feast(10), feast(5_000)),
        Kind::ThunderingHerd => (two("EPOLLIN"), two("EPOLLIN|EPOLLEXCLUSIVE")),
        Kind::MissingCloexec => (begins_another("SOCK_NONBLOCK"), begins_another(CAREFUL)),
        Kind::MissingNonblock => {
            (server("EPOLLIN", "SOCK_CLOEXEC").call(&input).call(SHORT), level().call(&input).call(SHORT))
        }
    }
}

#[test]
fn each_kind_has_a_log_that_shows_it_and_a_near_one_that_does_not() {
    for entry in CATALOGUE {
        let (shows, silent) = logs(entry.kind);
        if !shows.text.is_empty() {
            assert!(
                shows.found().contains(&entry.kind),
                "{}: {:?}\n{}",
                entry.name,
                shows.found(),
                shows.text
            );
        }
        assert!(!silent.found().contains(&entry.kind), "{}\n{}", entry.name, silent.text);
    }
}
