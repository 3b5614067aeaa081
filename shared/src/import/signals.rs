//! Signals by their names, with Linux's numbers on x86-64 and ARM (`signal(7)`).

const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// The first real-time signal of the kernel's; strace counts `SIGRT_0` from here.
const FIRST_REAL_TIME: i32 = 32;

/// The number of a signal; 0 if the name says nothing.
pub(super) fn number(name: &[u8]) -> i32 {
    let Ok(name) = std::str::from_utf8(name) else { return 0 };
    if let Some(real_time) = name.strip_prefix("SIGRT_") {
        return real_time.parse().map_or(0, |number: i32| FIRST_REAL_TIME.saturating_add(number));
    }
    NAMES.iter().position(|known| *known == name).map_or(0, |place| place as i32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_number() {
        for (name, expected) in
            [("SIGHUP", 1), ("SIGTERM", 15), ("SIGCHLD", 17), ("SIGSYS", 31), ("SIGRT_2", 34), ("x", 0)]
        {
            assert_eq!(number(name.as_bytes()), expected, "{name}");
        }
    }
}
