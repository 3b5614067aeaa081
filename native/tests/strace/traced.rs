//! A program under strace, from its start to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The binary.
pub(crate) const LOOPSCOPE: &str = env!("CARGO_BIN_EXE_loopscope");

/// How long anything may take: programs under strace on a busy machine are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often is looked again where nobody tells that something has come about.
const AGAIN: Duration = Duration::from_millis(50);

/// How often in a row the same must be seen until it is taken for settled.
const SETTLED: usize = 4;

/// The open descriptors of processes, by process, each with what `/proc` says that it names.
pub(crate) type Open = BTreeMap<u32, BTreeMap<i32, String>>;

/// A program under strace. It does not outlive its test.
pub(crate) struct Traced {
    strace: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// The log.
    pub(crate) log: PathBuf,
}

impl Traced {
    /// Starts a program under strace, with the flags that are recommended and more.
    pub(crate) fn start(name: &str, flags: &[&str], program: &[&str]) -> Self {
        let log = fresh(&format!("{name}.strace"));
        let mut command = Command::new("strace");
        command.args(["-f", "-ttt", "-T", "-yy", "-e", "trace=desc,network,process"]).args(flags);
        command.arg("-o").arg(&log).args(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut strace = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(strace.stdout.take().expect("it is a pipe"));
        Self { strace, stdout, log }
    }

    /// The next line that the program prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let count = self.stdout.read_line(&mut line).expect("its output can be read");
        assert!(count > 0, "the program ended");
        line.trim_end().to_owned()
    }

    /// The program's process.
    pub(crate) fn pid(&self) -> u32 {
        let children = children(self.strace.id());
        *children.first().expect("strace runs the program")
    }

    /// The open descriptors of the program and its children, once they do not change any more.
    pub(crate) fn settled(&self) -> Open {
        let deadline = Instant::now() + PATIENCE;
        let mut same = 0;
        let mut last = Open::new();
        while same < SETTLED {
            assert!(Instant::now() < deadline, "the program does not come to rest");
            // Nobody tells that a program has nothing left to do.
            std::thread::sleep(AGAIN);
            let now = open_of(self.pid());
            same = if now == last { same + 1 } else { 0 };
            last = now;
        }
        last
    }

    /// Tells the program to end, and waits until strace has written all.
    pub(crate) fn end(mut self, signal: Signal) -> PathBuf {
        let pid = Pid::from_raw(self.pid() as i32).expect("it has a number");
        kill_process(pid, signal).expect("it lives");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("its output can be read");
        self.strace.wait().expect("strace ends with it");
        self.log.clone()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if self.strace.try_wait().is_ok_and(|ended| ended.is_none()) {
            for child in children(self.strace.id()) {
                let _ = Pid::from_raw(child as i32).map(|pid| kill_process(pid, Signal::KILL));
            }
            let _ = self.strace.kill();
            let _ = self.strace.wait();
        }
    }
}

/// A path at which nothing is.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("strace-{name}"));
    let _ = fs::remove_file(&path);
    path
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
    listener.local_addr().expect("it has an address").port()
}

/// A connection, as soon as somebody listens.
pub(crate) fn connect(port: u16) -> TcpStream {
    let deadline = Instant::now() + PATIENCE;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
                return stream;
            }
            // A program of somebody else's does not tell when it listens.
            Err(_) if Instant::now() < deadline => std::thread::sleep(AGAIN),
            Err(error) => panic!("nobody listens on {address}: {error}"),
        }
    }
}

/// Sends bytes and reads as many as are due.
pub(crate) fn exchange(stream: &mut TcpStream, bytes: &[u8], due: usize) -> Vec<u8> {
    stream.write_all(bytes).expect("the program reads");
    let mut answer = vec![0; due];
    stream.read_exact(&mut answer).expect("the program answers");
    answer
}

fn children(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        found.extend(list.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    found
}

fn open_of(pid: u32) -> Open {
    let mut open = Open::new();
    let mut left = BTreeSet::from([pid]);
    while let Some(pid) = left.pop_first() {
        left.extend(children(pid));
        open.insert(pid, descriptors_of(pid));
    }
    open
}

/// The open descriptors of a process, each with what `/proc` says that it names.
pub(crate) fn descriptors_of(pid: u32) -> BTreeMap<i32, String> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        Some((number, fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned()))
    });
    named.collect()
}
