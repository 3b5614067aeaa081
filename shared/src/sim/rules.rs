//! The rules of Linux that a naive simulator gets wrong, each with a switch.
//!
//! Nobody but a negative control switches one: it flips them one at a time and shows that the conformance
//! suite notices each. Where a rule is kept, there is one `if` that names its flip.

bitflags::bitflags! {
    /// Rules that are **not** kept, each named by what is done instead. None, unless a negative control says so.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Flip: u32 {
        /// A socket is writable as soon as one byte of its send buffer is free, not at a third.
        const OUT_AT_FIRST_BYTE = 1;
        /// `close` with unread bytes sends a FIN, no reset.
        const CLOSE_NEVER_RESETS = 1 << 1;
        /// A pending error is not taken by the call that gets it.
        const ERROR_STAYS = 1 << 2;
        /// The other end's FIN counts as a hang-up.
        const FIN_IS_HUP = 1 << 3;
        /// An edge-triggered item is reported though its condition is gone.
        const EDGE_UNCHECKED = 1 << 4;
        /// New bytes behind unread ones are no new edge.
        const EDGE_ON_CHANGE = 1 << 5;
        /// An edge reports its cause, not the state.
        const EDGE_REPORTS_CAUSE = 1 << 6;
        /// A change of state reaches only the items that asked for what changed.
        const STATE_CHANGE_MASKED = 1 << 7;
        /// A spent one-shot item still reports errors and hang-ups.
        const ONESHOT_REPORTS_ERRORS = 1 << 8;
        /// `close` of a registered number ends the registration though another descriptor of the file lives.
        const CLOSE_UNREGISTERS = 1 << 9;
        /// `listen(n)` holds `n` connections.
        const BACKLOG_EXACT = 1 << 10;
        /// A full accept queue refuses.
        const BACKLOG_REFUSES = 1 << 11;
        /// A connect that does not block is done at once on this machine.
        const CONNECT_AT_ONCE = 1 << 12;
        /// An error is in the except set of `select`.
        const SELECT_ERROR_EXCEPTS = 1 << 13;
        /// Level-triggered items keep their place on the ready list.
        const LEVEL_KEEPS_PLACE = 1 << 14;
        /// Whatever happens wakes every sleeper.
        const WAKES_ALL = 1 << 15;
        /// `close` wakes whoever sleeps on the file.
        const CLOSE_WAKES = 1 << 16;
        /// `shutdown(SHUT_RD)` is told to the other end.
        const SHUT_RD_IS_TOLD = 1 << 17;
        /// What comes after `shutdown(SHUT_RD)` is thrown away.
        const SHUT_RD_DISCARDS = 1 << 18;
        /// A connection that is reset while it waits to be accepted leaves the queue.
        const RESET_LEAVES_QUEUE = 1 << 19;
        /// An accepted socket does not block if the listener does not.
        const ACCEPT_INHERITS = 1 << 20;
        /// A reset after the other end's FIN is `ECONNRESET`, not `EPIPE`.
        const RESET_AFTER_FIN = 1 << 21;
        /// A socket that was never connected is not ready for anything.
        const FRESH_IS_SILENT = 1 << 22;
        /// `EPOLL_CTL_MOD` does not report what is so already.
        const MOD_IS_SILENT = 1 << 23;
        /// `EPOLLEXCLUSIVE` is not looked at.
        const EXCLUSIVE_IGNORED = 1 << 24;
        /// The other end's reading is an edge of its own.
        const READING_IS_EDGE = 1 << 25;
    }
}
