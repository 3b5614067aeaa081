//! A system that lets nobody make rings, as many do: a sandbox is put around the processes here.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::Signal;

use crate::client::{connect, expect};
use crate::process::{LOOPSCOPE, Process};

/// Starts `loopscope` where `io_uring_setup(2)` fails in that way.
fn start_forbidden(errno: i32, arguments: &[&str]) -> Process {
    let mut command = Command::new(LOOPSCOPE);
    command.args(arguments);
    // SAFETY: between fork and exec, two system calls are made, which are safe there (signal-safety(7)).
    unsafe { command.pre_exec(move || forbid_rings(errno)) };
    Process::of(command)
}

/// Has `io_uring_setup(2)` fail in this process and its children (`seccomp(2)`).
fn forbid_rings(errno: i32) -> io::Result<()> {
    const NUMBER_AT: u32 = 0;
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut steps = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, NUMBER_AT),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, libc::SYS_io_uring_setup as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: steps.len() as u16, filter: steps.as_mut_ptr() };
    // SAFETY: the filter lives until the call has read it.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter, 0, 0) == 0
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[test]
fn where_rings_are_forbidden_that_is_said_and_the_next_best_serves() {
    for (errno, name) in [(libc::EPERM, "EPERM"), (libc::ENOSYS, "ENOSYS")] {
        let mut server = start_forbidden(errno, &["server", "io-uring", "--listen", "127.0.0.1:0"]);
        let to = server.address("listening on ");
        let mut client = connect(to);
        client.write_all(b"Hello\n").unwrap();
        expect(&mut client, b"Hello\n");
        drop(client);
        server.signal(Signal::TERM);
        assert_eq!(server.wait().code(), Some(0));
        let said = server.stderr();
        for part in [name, "kernel.io_uring_disabled", "epoll serves in its place"] {
            assert!(said.contains(part), "{part:?} is not in {said:?}");
        }
    }
}

#[tokio::test]
async fn the_gateway_shows_what_serves_in_its_place() {
    let ports = ["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"];
    let mut gateway = start_forbidden(libc::EPERM, &[&ports[..], &["--server", "io-uring"]].concat());
    let page = gateway.address("page: http://");
    let mut client = connect(gateway.address("rot13: "));
    client.write_all(b"Hello\n").unwrap();
    expect(&mut client, b"Hello\n");
    let mut viewer = crate::viewer::Viewer::join(page).await;
    viewer.until_running().await;
    let status = viewer.status.as_ref().expect("it was told");
    assert_eq!(status.setup.program.name(), "epoll");
    viewer.until_world(|world| world.tally.calls_by_name.contains_key("epoll_wait")).await;
    gateway.signal(Signal::TERM);
    assert_eq!(gateway.wait().code(), Some(0));
    assert!(gateway.stderr().contains("epoll serves in its place"));
}
