//! Our own servers, recorded live and seen by strace at once: both tell the same calls of each task.

use std::collections::{BTreeMap, HashSet};
use std::mem::{Discriminant, discriminant};

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Event, Ret, What};
use loopscope_shared::ids::TaskId;
use rustix::process::Signal;

use crate::agree::{events, import};
use crate::traced::{LOOPSCOPE, Traced, connect, exchange, fresh};

/// A call that has returned, and what came up with it.
type Past = (Call, Ret, Vec<u8>);

/// Of each task, the calls that it has made, in order.
fn sequences(events: &[(Event, Vec<u8>)]) -> BTreeMap<TaskId, Vec<Past>> {
    let mut open = BTreeMap::new();
    let mut past = BTreeMap::<TaskId, Vec<Past>>::new();
    for (event, payload) in events {
        match event.what {
            What::Enter { call, .. } => {
                open.insert(event.task, call);
            }
            What::Exit { ret, .. } => {
                let call = open.remove(&event.task).expect("what returns was called");
                past.entry(event.task).or_default().push(plain(call, ret, payload));
            }
            _ => {}
        }
    }
    past
}

/// A call without what the two must tell differently: the numbers of tasks.
fn plain(call: Call, ret: Ret, up: &[u8]) -> Past {
    match call {
        Call::SpawnThread | Call::Fork => (call, ret.map(|_| 0), Vec::new()),
        Call::WaitFor { mode, .. } | Call::Wait { mode } => (Call::Wait { mode }, ret.map(|_| 0), Vec::new()),
        call => (call, ret, up.to_vec()),
    }
}

/// The kinds of call that a server makes while it serves: strace also sees what the process does beside it, such
/// as what the handler of a signal sends.
fn kinds(sequence: &[Past]) -> HashSet<Discriminant<Call>> {
    sequence.iter().map(|(call, ..)| discriminant(call)).collect()
}

/// How many calls of one sequence lie in another as one piece from its beginning, if that is cut down to the same
/// kinds of call.
fn agreed(sequence: &[Past], seen: &[Past]) -> usize {
    let kinds = kinds(sequence);
    let again = |past: &&Past| {
        use Errno::{EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS};
        // A call that a signal has interrupted is made again, by the kernel or by the one place that makes calls
        // for our programs, and none of them sees that.
        let interrupted = [EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS];
        !past.1.is_err_and(|errno| interrupted.contains(&errno))
    };
    let same: Vec<&Past> =
        seen.iter().filter(|past| kinds.contains(&discriminant(&past.0))).filter(again).collect();
    let from =
        |start: usize| sequence.iter().zip(&same[start..]).take_while(|(one, other)| one == *other).count();
    (0..same.len()).map(from).max().unwrap_or(0)
}

fn both_agree(name: &str) {
    let out = fresh(&format!("{name}.live.loopscope"));
    let path = out.display().to_string();
    let server = ["--server", name, "--server-listen", "127.0.0.1:0", "--level", "calls"];
    let program = [&[LOOPSCOPE, "record", "--out", &path][..], &server].concat();
    let mut traced = Traced::start(&format!("{name}.both"), &["-s", "65536"], &program);
    let line = traced.line();
    let port = line.rsplit(':').next().and_then(|port| port.parse().ok()).expect("it prints its address");
    assert!(traced.line().starts_with("recording to"));
    for _ in 0..3 {
        let mut clients: Vec<_> = (0..4).map(|_| connect(port)).collect();
        for round in 1..10 {
            for client in &mut clients {
                let line = "Hello, world\n".repeat(round);
                exchange(client, line.as_bytes(), line.len());
            }
        }
    }
    let log = traced.end(Signal::INT);
    let live = sequences(&events(&out));
    let seen = sequences(&import(&log, &format!("{name}.both")).events);
    assert!(live.values().map(Vec::len).sum::<usize>() > 200, "{name}: too little was recorded");
    for (task, sequence) in &live {
        let agreed = seen.values().map(|seen| agreed(sequence, seen)).max().unwrap_or(0);
        assert_eq!(
            agreed,
            sequence.len(),
            "{name}: strace has seen no task that goes on as task {task} does: {:?}",
            &sequence[agreed.saturating_sub(2)..]
        );
    }
}

#[test]
fn what_a_server_tells_of_itself_is_what_strace_sees() {
    ["select", "poll", "epoll", "epoll-et"].iter().for_each(|name| both_agree(name));
}

#[test]
fn threads_and_children_tell_what_strace_sees() {
    ["threads", "fork"].iter().for_each(|name| both_agree(name));
}
