//! Calls that begin tasks, end them, wait for them, or make other programs of them.

use crate::event::Call;
use crate::ids::TaskId;
use crate::kernel::Mode;

use super::super::value::{Value, find, leading_number};
use super::{Asked, Meant, timespec};

/// The longest path that goes along with a call, in bytes.
const PATH_MAX: usize = 200;

/// The calls that are understood here.
pub(super) const NAMES: &[&str] = &[
    "fork",
    "vfork",
    "clone",
    "clone2",
    "clone3",
    "execve",
    "execveat",
    "exit",
    "exit_group",
    "wait4",
    "waitpid",
    "waitid",
    "nanosleep",
    "clock_nanosleep",
    "prctl",
];

pub(super) fn meaning(asked: &Asked<'_, '_>) -> Option<Meant> {
    match asked.name() {
        "fork" | "vfork" => Some(begun(asked, false)),
        "clone" | "clone2" | "clone3" => Some(begun(asked, shares_descriptors(asked)?)),
        "execve" => exec(asked, 0),
        "execveat" => exec(asked, 1),
        "exit" | "exit_group" => Some(Meant::new(Call::End { status: asked.number(0)? as i32 })),
        "wait4" | "waitpid" => {
            let options = asked.arg(2)?;
            Some(wait(asked, asked.number(0)?, options.has("WNOHANG")))
        }
        "waitid" => waitid(asked),
        "nanosleep" => Some(asked.plain(Call::Sleep { span: timespec(asked.arg(0)?)?.0? })),
        "clock_nanosleep" if !asked.has(1, "TIMER_ABSTIME") => {
            Some(asked.plain(Call::Sleep { span: timespec(asked.arg(2)?)?.0? }))
        }
        "prctl" if asked.arg(0)?.raw() == Some(b"PR_SET_NAME") => {
            let (name, _) = asked.arg(1)?.text()?;
            Some(asked.plain(Call::SetName).down(name.to_vec()))
        }
        _ => None,
    }
}

/// Whether a new task shares the descriptors of the one that makes it (`CLONE_FILES`).
pub(in super::super) fn shares_descriptors(asked: &Asked<'_, '_>) -> Option<bool> {
    let flags = asked.parsed.args.iter().find_map(|argument| match argument {
        Value::Named(b"flags", value) => Some(&**value),
        Value::Became(before, _) => before.field("flags"),
        whole @ Value::Struct(_) => whole.field("flags"),
        _ => None,
    });
    Some(flags?.has("CLONE_FILES"))
}

fn begun(asked: &Asked<'_, '_>, shares: bool) -> Meant {
    let call = if shares { Call::SpawnThread } else { Call::Fork };
    let mut meant = asked.plain(call);
    if let (Some(back), Some(child)) = (&mut meant.back, asked.value()) {
        // `12 /* 3456 in strace's PID NS */`: the number that the other lines give it.
        let result = asked.parsed.result.unwrap_or_default();
        let outer = find(result, b"/* ").filter(|_| find(result, b" in strace's PID NS").is_some());
        let outer = outer.and_then(|at| leading_number(&result[at + 3..])).map(|(number, _)| number);
        let child = u32::try_from(outer.unwrap_or(child)).ok();
        back.begun = child.map(|child| (child, shares));
        back.ret = back.ret.map(|known| child.unwrap_or(known));
    }
    meant
}

fn exec(asked: &Asked<'_, '_>, index: usize) -> Option<Meant> {
    let (path, _) = asked.arg(index)?.text()?;
    Some(asked.plain(Call::Exec).down(path[..path.len().min(PATH_MAX)].to_vec()))
}

fn wait(asked: &Asked<'_, '_>, child: i64, without_sleep: bool) -> Meant {
    let mode = if without_sleep { Mode::NonBlocking } else { Mode::Blocking };
    let call = match u32::try_from(child) {
        Ok(child) if child > 0 => Call::WaitFor { child: TaskId(child), mode },
        _ => Call::Wait { mode },
    };
    let mut meant = asked.plain(call);
    if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok_and(|child| child > 0)) {
        let status = status(asked.parsed.written).unwrap_or(-1);
        back.up = status.to_le_bytes().to_vec();
    }
    meant
}

/// `[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]`, `[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}]`.
fn status(written: &[u8]) -> Option<i32> {
    let behind = |word: &[u8]| find(written, word).map(|at| &written[at + word.len()..]);
    if let Some(rest) = behind(b"WEXITSTATUS(s) == ") {
        return leading_number(rest).map(|(status, _)| status as i32);
    }
    let name = behind(b"WTERMSIG(s) == ")?;
    let end = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    Some(128 + super::super::signals::number(&name[..end]))
}

/// `waitid(P_PID, 12, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=12, …, si_status=0}, WEXITED, NULL)`: it
/// returns 0, and tells the child beside.
fn waitid(asked: &Asked<'_, '_>) -> Option<Meant> {
    let flags = asked.arg(3)?;
    if flags.has("WNOWAIT") || !flags.has("WEXITED") {
        return None;
    }
    let child = if asked.arg(0)?.raw()? == b"P_PID" { asked.number(1)? } else { -1 };
    let mut meant = wait(asked, child, flags.has("WNOHANG"));
    if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
        let told = |name| asked.arg(2).and_then(|told| told.after().field(name)?.number());
        back.ret = Ok(told("si_pid").unwrap_or(0) as u32);
        back.up = (told("si_status").unwrap_or(-1) as i32).to_le_bytes().to_vec();
    }
    Some(meant)
}
