//! Processes under test. None outlives its test, and none is waited for without end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take that takes milliseconds when all is well: it turns a hang into a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The binary.
pub(crate) const LOOPSCOPE: &str = env!("CARGO_BIN_EXE_loopscope");

/// A process that was started and is still watched.
pub(crate) struct Process {
    child: Child,
    stdout: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts `loopscope` with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(LOOPSCOPE);
        command.args(arguments);
        Self::of(command)
    }

    /// Starts a command.
    pub(crate) fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (lines, stdout) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        Self { child, stdout, stderr: Some(stderr) }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its standard output.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        match self.stdout.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("it said nothing for {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("it ended: {}", self.stderr()),
        }
    }

    /// The address at the end of the next line, which must begin with `prefix`.
    #[track_caller]
    pub(crate) fn address(&mut self, prefix: &str) -> SocketAddr {
        let line = self.line();
        let address = line.strip_prefix(prefix).unwrap_or_else(|| panic!("{line:?} begins otherwise"));
        address.trim().trim_end_matches('/').parse().unwrap_or_else(|_| panic!("{line:?} has no address"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal_to(self.pid(), signal);
    }

    /// Waits until the process has ended: its standard output is closed then.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        loop {
            match self.stdout.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it did not end within {PATIENCE:?}"),
            }
        }
    }

    /// All that it wrote to standard error, once it has ended.
    pub(crate) fn stderr(&mut self) -> String {
        self.stderr.take().map_or_else(String::new, |reading| reading.join().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `loopscope` to its end, with that standard input.
#[track_caller]
pub(crate) fn run(arguments: &[&str], stdin: &[u8]) -> Output {
    run_within(arguments, stdin, PATIENCE)
}

/// The same, with patience of one's own.
#[track_caller]
pub(crate) fn run_within(arguments: &[&str], stdin: &[u8], patience: Duration) -> Output {
    let mut child = Command::new(LOOPSCOPE)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, bytes) = (child.stdin.take().unwrap(), stdin.to_vec());
    let writing = thread::spawn(move || {
        // It may end before it has read everything.
        let _ = input.write_all(&bytes);
    });
    let pid = child.id();
    let (done, ended) = channel();
    let waiting = thread::spawn(move || {
        let output = child.wait_with_output().unwrap();
        let _ = done.send(());
        output
    });
    if ended.recv_timeout(patience).is_err() {
        signal_to(pid, Signal::KILL);
        panic!("loopscope {arguments:?} did not end within {patience:?}");
    }
    writing.join().unwrap();
    waiting.join().unwrap()
}

/// Checks that a run failed with that exit code, and that its message has all these words.
#[track_caller]
pub(crate) fn check_failure(output: &Output, code: i32, words: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    for word in words {
        assert!(message.contains(word), "the message lacks {word:?}: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

pub(crate) fn signal_to(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), signal).unwrap();
}

/// The processes that a process has started and not yet waited for.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let list = std::fs::read_to_string(thread.unwrap().path().join("children")).unwrap_or_default();
        children.extend(list.split_whitespace().map(|child| child.parse::<u32>().unwrap()));
    }
    children
}

/// How much memory of a process is resident, in bytes.
pub(crate) fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("the process has memory");
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// A watch for the end of a process that is not a child of this one.
pub(crate) struct Deathwatch(std::os::fd::OwnedFd);

impl Deathwatch {
    pub(crate) fn over(pid: u32) -> Self {
        let pid = Pid::from_raw(pid as i32).unwrap();
        Self(rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap())
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn wait(&self) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let patience = Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
        let ended = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&patience)).unwrap();
        assert_eq!(ended, 1, "the process did not end within {PATIENCE:?}");
    }
}
