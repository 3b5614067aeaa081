//! Several tasks: who begins whom, calls that are written in two parts, signals, other programs, several logs.

use super::*;
use crate::event::Call;
use crate::ids::{Fd, TaskId};
use crate::world::TaskState;

#[test]
fn a_call_in_two_parts_is_one_with_all_its_arguments() {
    let (batches, world, report) = import(
        r#"10 1700000000.000000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 11 <0.000100>
10 1700000000.001000 epoll_wait(3<anon_inode:[eventpoll]>,  <unfinished ...>
11 1700000000.002000 close(9</x>) = 0 <0.000010>
11 1700000000.003000 accept4(5<TCP:[127.0.0.1:80]>,  <unfinished ...>
10 1700000000.004000 <... epoll_wait resumed>[], 64, 3) = 0 <0.003000>
11 1700000000.005000 <... accept4 resumed>0x7ffc, [112], SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable) <0.002000>
"#,
    );
    assert_eq!(report.unread, []);
    let told = told(&batches);
    assert!(told.contains("\n1000 10: epoll_wait(3, …, 64, 3.000 ms) …\n2000 11:"), "{told}");
    assert!(
        told.contains("\n4000 10: … epoll_wait(3, …, 64, 3.000 ms) = 0\n5000 11: … accept(5) = EAGAIN"),
        "{told}"
    );
    assert_eq!(world.violations, []);
    assert_eq!(world.tasks[&TaskId(11)].parent, TaskId(10));
}

#[test]
fn what_was_written_of_a_call_is_enough_if_it_says_what_goes_down() {
    let (batches, world, _) = import(
        "10 close(4</x> <unfinished ...>\n10 <... close resumed>) = 0\n10 close(4</x> <unfinished ...>\n\
         11 exit_group(3 <unfinished ...>\n",
    );
    let told = told(&batches);
    assert!(told.contains("10: … close(4) = 0"), "{told}");
    assert!(told.contains("10: close(4) …") && told.contains("11: exit(3) …"), "{told}");
    assert!(world.tasks[&TaskId(10)].call.is_some(), "it has not returned");
}

#[test]
fn threads_share_descriptors_and_processes_have_copies() {
    let (_, world, report) = import(
        r#"10 socket(AF_INET, SOCK_STREAM, 0) = 3
10 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, child_tid=0x7f, exit_signal=0} => {parent_tid=[11]}, 88) = 11
11 socket(AF_INET, SOCK_STREAM, 0) = 4
10 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 12
12 close(3) = 0
12 openat(AT_FDCWD, "/x", O_RDONLY|O_CLOEXEC) = 3
10 close(4) = 0
"#,
    );
    assert_eq!(report.unread, []);
    let open = |task| -> Vec<i32> {
        world.table_of(TaskId(task)).map_or_else(Vec::new, |table| table.fds.keys().map(|fd| fd.0).collect())
    };
    assert_eq!((open(10), open(11), open(12)), (vec![3], vec![3], vec![3, 4]));
    assert_eq!((world.tally.threads, world.tally.forks), (1, 1));
    assert_eq!(world.tasks[&TaskId(11)].process, TaskId(10));
    assert_ne!(world.file_of(TaskId(10), Fd(3)), world.file_of(TaskId(12), Fd(3)));
    assert_eq!(world.violations, []);
}

#[test]
fn a_child_that_speaks_before_its_parent_returns_has_its_parent() {
    // As vfork does it: the parent sleeps until the child is another program.
    let (batches, world, report) = import(
        r#"10 1700000000.000000 execve("/bin/sh", ["sh"], 0x7f /* 1 var */) = 0 <0.000010>
10 1700000000.001000 openat(AT_FDCWD, "/x", O_RDONLY|O_CLOEXEC) = 3</x> <0.000010>
10 1700000000.001500 openat(AT_FDCWD, "/y", O_RDONLY) = 4</y> <0.000010>
10 1700000000.002000 vfork( <unfinished ...>
11 1700000000.003000 execve("/bin/ls", ["ls"], 0x7f /* 1 var */ <unfinished ...>
10 1700000000.004000 <... vfork resumed>) = 11 <0.002000>
11 1700000000.005000 <... execve resumed>) = 0 <0.002000>
11 1700000000.006000 +++ exited with 7 +++
10 1700000000.006500 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=7, si_utime=0, si_stime=0} ---
10 1700000000.007000 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 7}], 0, NULL) = 11 <0.000010>
"#,
    );
    assert_eq!((report.unread, &report.command[..]), (vec![], &["sh".to_owned()][..]));
    let told = told(&batches);
    assert!(told.contains("\n3000 11: Task 11 (sh) begins: a process of its own"), "{told}");
    assert!(told.contains("zombie"), "{told}");
    assert_eq!(world.tasks[&TaskId(11)].state, TaskState::Ended(7), "its parent has taken notice");
    assert_eq!(world.tasks[&TaskId(11)].name, "ls");
    assert_eq!(
        (world.tally.fds_opened, world.tally.fds_closed),
        (4, 2),
        "two copies, of which one closed at exec"
    );
    assert_eq!(world.tally.zombies, 0);
    assert_eq!(world.violations, []);
}

#[test]
fn a_log_without_numbers_finds_out_who_its_first_task_is() {
    let (batches, world, report) = import(
        r#"execve("./server", ["./server"], 0x7ffc /* 3 vars */) = 0
clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREADstrace: Process 501 attached
 <unfinished ...>
[pid   501] close(7) = 0
[pid   500] <... clone resumed>, parent_tid=[501]) = 501
[pid   500] read(3,  <unfinished ...>
[pid   501] exit(0) = ?
[pid   501] +++ exited with 0 +++
<... read resumed>"x", 8) = 1
clone(child_stack=NULL, flags=SIGCHLDstrace: Process 502 attached
, child_tidptr=0x7f) = 502
[pid   502] exit_group(0) = ?
[pid   502] +++ exited with 0 +++
close(3) = 0
+++ exited with 0 +++
"#,
    );
    assert_eq!(report.unread, []);
    assert_eq!(world.tasks[&TaskId(502)].parent, TaskId(1));
    assert_eq!(world.tasks.keys().copied().collect::<Vec<_>>(), [TaskId(1), TaskId(501), TaskId(502)]);
    assert_eq!(world.tasks[&TaskId(501)].process, TaskId(1), "a thread of the first");
    assert!(told(&batches).contains("1: … read(3, …, 8) = 1 \"x\""), "{}", told(&batches));
    assert_eq!(world.violations, []);
}

#[test]
fn tasks_that_were_attached_have_no_parent() {
    let (_, world, report) = import(
        "strace: Process 20 attached\nstrace: Process 21 attached\n[pid 20] close(3) = -1 EBADF (Bad file descriptor)\n\
         [pid 21] epoll_wait(4,  <unfinished ...>\n[pid 20] close(4) = 0\nstrace: Process 20 detached\n \
         <detached ...>\nstrace: Process 21 detached\n",
    );
    assert_eq!(report.unread, []);
    assert_eq!(world.tasks.keys().copied().collect::<Vec<_>>(), [TaskId(20), TaskId(21)]);
    let sleeps = world.tasks[&TaskId(21)].call.as_ref().expect("it is in its call");
    assert!(matches!(sleeps.call, Call::Other { .. }), "its limit and its timeout were never written");
    assert_eq!(sleeps.call.name(), "epoll_wait");
    assert_eq!(sleeps.down, b"epoll_wait(4,  ");
}

#[test]
fn a_call_that_a_signal_interrupts_goes_on() {
    let (batches, _, report) = import(
        r#"10 poll([{fd=3, events=POLLIN}], 1, 5000) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)
10 --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=1, si_uid=0} ---
10 --- stopped by SIGSTOP ---
10 restart_syscall(<... resuming interrupted poll ...>) = 0
10 read(3, 0x7ffc, 10) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
10 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)
10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---
10 +++ killed by SIGSEGV (core dumped) +++
"#,
    );
    assert_eq!(report.unread, []);
    let calls = calls(&batches);
    assert_eq!(calls.iter().filter(|call| *call == "poll({3:IN}, 5.000 s) = 0").count(), 1, "{calls:?}");
    assert!(calls.contains(&"read(3, …, 10) = ERESTARTSYS".to_owned()), "{calls:?}");
    assert!(told(&batches).contains("ends with status 139"), "{}", told(&batches));
}

#[test]
fn a_thread_that_begins_another_program_takes_the_place_of_its_process() {
    let (batches, world, report) = import(
        r#"10 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 11
11 openat(AT_FDCWD, "/x", O_RDONLY) = 3
10 read(0,  <unfinished ...>
11 execve("/bin/true", ["true"], 0x7f /* 1 var */ <pid changed to 10 ...>
10 +++ superseded by execve in pid 11 +++
10 <... execve resumed>) = 0
10 close(3) = 0
10 +++ exited with 0 +++
"#,
    );
    assert_eq!(report.unread, []);
    assert_eq!(world.violations, []);
    assert_eq!(world.tasks[&TaskId(10)].name, "true");
    assert!(told(&batches).contains("10: … close(3) = 0"), "{}", told(&batches));
}

#[test]
fn logs_of_one_task_each_are_merged_by_time() {
    let (batches, world, report) = import_all(&[
        (
            "out.10",
            "1700000000.000000 execve(\"/bin/x\", [\"x\"], 0x7f /* 1 var */) = 0 <0.000010>\n\
             1700000000.001000 clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7f) = 11 <0.002000>\n\
             1700000000.005000 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 11 <0.001000>\n\
             1700000000.007000 +++ exited with 0 +++\n",
        ),
        (
            "out.11",
            "1700000000.002000 close(3) = -1 EBADF (Bad file descriptor) <0.000010>\n1700000000.005500 +++ exited with 0 +++\n",
        ),
    ]);
    assert_eq!(report.unread, []);
    let told = told(&batches);
    let order = [
        "1000 10: fork()",
        "2000 11: Task 11 (x) begins",
        "2010 11: … close",
        "3000 10: … fork() = 11",
        "5000 10: wait4",
        "5500 11: Task 11",
        "6000 10: … wait4",
    ];
    let places: Vec<_> =
        order.iter().map(|text| told.find(text).unwrap_or_else(|| panic!("{text} in\n{told}"))).collect();
    assert!(places.is_sorted(), "{told}");
    assert_eq!(world.tasks[&TaskId(11)].parent, TaskId(10));
    assert_eq!(world.violations, []);
}

#[test]
fn a_number_in_another_name_space_is_that_of_the_log() {
    let (_, world, report) = import(
        "10 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 1 /* 1234 in strace's PID NS */\n1234 close(3) = 0\n",
    );
    assert_eq!(report.unread, []);
    assert_eq!(world.tasks[&TaskId(1234)].parent, TaskId(10));
}

#[test]
fn the_last_argument_before_a_cut_is_read_as_any_other() {
    let log = "\
10 1.000000 epoll_create1(EPOLL_CLOEXEC) = 3
10 1.000100 epoll_ctl(3, EPOLL_CTL_ADD, 5, {events=EPOLLIN|EPOLLET, data={u32=7, u64=7}} <unfinished ...>
11 1.000200 close(9) = 0
10 1.000300 <... epoll_ctl resumed>) = 0
10 1.000400 writev(5, [{iov_base=\"abc\", iov_len=3}], 1 <unfinished ...>
11 1.000500 close(8) = 0
10 1.000600 <... writev resumed>) = 3
";
    let told = told(&import(log).0);
    assert!(told.contains("epoll_ctl(3, ADD, 5, IN|ET) = 0"), "{told}");
    assert!(told.contains("write(5, \"abc\", 3) = 3"), "{told}");
}
