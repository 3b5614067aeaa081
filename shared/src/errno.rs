//! Errors with the names of `errno(3)`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One table: the name, the number that Linux gives it on x86-64 and ARM, and what it means for a program that
/// reads or writes sockets, in a few words.
macro_rules! errnos {
    ($($name:ident = $number:literal, $meaning:literal;)*) => {
        /// Why a system call failed (`errno(3)`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(non_camel_case_types, missing_docs, reason = "the names are those of errno(3), and `Errno::meaning` says the rest")]
        pub enum Errno {
            $($name,)*
            /// One that this list lacks, by its number on the system where it was seen.
            Other(i32),
        }

        impl Errno {
            /// What it means for a program that reads or writes sockets, in a few words.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                    Self::Other(_) => "an error without a name here",
                }
            }

            /// Its number on Linux: what `SO_ERROR` gives.
            pub fn linux_number(self) -> i32 {
                match self {
                    $(Self::$name => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// The error of that name, also by its second one: `EWOULDBLOCK`, `ENOTSUP`, `EDEADLOCK`.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    "EWOULDBLOCK" => Some(Self::EAGAIN),
                    "ENOTSUP" => Some(Self::EOPNOTSUPP),
                    "EDEADLOCK" => Some(Self::EDEADLK),
                    _ => None,
                }
            }

            /// The error that has this number on Linux.
            pub fn of_linux(number: i32) -> Self {
                match number {
                    $($number => Self::$name,)*
                    other => Self::Other(other),
                }
            }
        }
    };
}

errnos! {
    EACCES = 13, "permission denied";
    EADDRINUSE = 98, "address already in use";
    EADDRNOTAVAIL = 99, "no such address on this machine";
    EAGAIN = 11, "it would have to wait, try again later";
    EALREADY = 114, "already under way";
    EBADF = 9, "not an open descriptor";
    ECANCELED = 125, "cancelled";
    ECHILD = 10, "no such child";
    ECONNABORTED = 103, "connection aborted";
    ECONNREFUSED = 111, "connection refused";
    ECONNRESET = 104, "connection reset by the other end";
    EDESTADDRREQ = 89, "no address to send to";
    EDOM = 33, "a number outside its range";
    EEXIST = 17, "already there";
    EFAULT = 14, "bad address";
    EHOSTUNREACH = 113, "no way to that host";
    EINPROGRESS = 115, "under way";
    EINTR = 4, "interrupted by a signal";
    EINVAL = 22, "invalid argument";
    EIO = 5, "input/output error";
    EISCONN = 106, "already connected";
    ELOOP = 40, "a loop of epoll instances";
    EMFILE = 24, "too many open files in this process";
    EMSGSIZE = 90, "the message is too long";
    ENETUNREACH = 101, "no way to that network";
    ENFILE = 23, "too many open files in the system";
    ENOBUFS = 105, "no buffer space";
    ENODEV = 19, "no such device";
    ENOENT = 2, "not there";
    ENOMEM = 12, "out of memory";
    ENOPROTOOPT = 92, "no such option here";
    ENOSPC = 28, "no room left";
    ENOSYS = 38, "no such system call here";
    ENOTCONN = 107, "not connected";
    ENOTSOCK = 88, "not a socket";
    ENOTTY = 25, "this cannot be asked of such a file";
    EOPNOTSUPP = 95, "not supported";
    EPERM = 1, "not permitted";
    EPIPE = 32, "the other end is gone, nothing can be sent";
    ETIME = 62, "the time is over";
    ETIMEDOUT = 110, "timed out";
    E2BIG = 7, "too many arguments";
    EAFNOSUPPORT = 97, "no such family of addresses here";
    EBADFD = 77, "not in a state for this";
    EBUSY = 16, "in use";
    EDEADLK = 35, "everybody would wait for ever";
    EDQUOT = 122, "the quota is used up";
    EFBIG = 27, "the file would be too large";
    EHOSTDOWN = 112, "that host is down";
    EIDRM = 43, "it was removed";
    EILSEQ = 84, "not text of this encoding";
    EISDIR = 21, "a directory";
    EMLINK = 31, "too many links";
    ENAMETOOLONG = 36, "the name is too long";
    ENETDOWN = 100, "the network is down";
    ENETRESET = 102, "the network has dropped the connection";
    ENODATA = 61, "no data there";
    ENOEXEC = 8, "not a program";
    ENOLCK = 37, "no locks left";
    ENOTBLK = 15, "not a block device";
    ENOTDIR = 20, "not a directory";
    ENOTEMPTY = 39, "not empty";
    ENXIO = 6, "no such device or address";
    EOVERFLOW = 75, "too large for its type";
    EOWNERDEAD = 130, "its owner is dead";
    EPROTO = 71, "a mistake of the protocol";
    EPROTONOSUPPORT = 93, "no such protocol here";
    EPROTOTYPE = 91, "the wrong protocol for this socket";
    ERANGE = 34, "out of range";
    ERESTARTNOHAND = 514, "interrupted by a signal, to be made again if nothing handles it";
    ERESTARTNOINTR = 513, "interrupted by a signal, to be made again at once";
    ERESTARTSYS = 512, "interrupted by a signal, to be made again";
    ERESTART_RESTARTBLOCK = 516, "interrupted by a signal, to be gone on with";
    EROFS = 30, "read-only";
    ESHUTDOWN = 108, "it was shut down";
    ESOCKTNOSUPPORT = 94, "no such kind of socket here";
    ESPIPE = 29, "it cannot be sought in";
    ESRCH = 3, "no such task";
    ESTALE = 116, "it is no longer there";
    ETXTBSY = 26, "a program that runs";
    EXDEV = 18, "on another file system";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(number) => write!(f, "errno {number}"),
            named => write!(f, "{named:?}"),
        }
    }
}

impl std::error::Error for Errno {}
