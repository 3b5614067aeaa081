//! Errors with the names of `errno(3)`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::messages as m;

/// One table: the name, the number that Linux gives it on x86-64 and ARM, and what it means for a program that
/// reads or writes sockets, in a few words.
macro_rules! errnos {
    ($($name:ident = $number:literal, $meaning:path;)*) => {
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
                    $(Self::$name => $meaning(),)*
                    Self::Other(_) => m::errno_other(),
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
    EACCES = 13, m::errno_eacces;
    EADDRINUSE = 98, m::errno_eaddrinuse;
    EADDRNOTAVAIL = 99, m::errno_eaddrnotavail;
    EAGAIN = 11, m::errno_eagain;
    EALREADY = 114, m::errno_ealready;
    EBADF = 9, m::errno_ebadf;
    ECANCELED = 125, m::errno_ecanceled;
    ECHILD = 10, m::errno_echild;
    ECONNABORTED = 103, m::errno_econnaborted;
    ECONNREFUSED = 111, m::errno_econnrefused;
    ECONNRESET = 104, m::errno_econnreset;
    EDESTADDRREQ = 89, m::errno_edestaddrreq;
    EDOM = 33, m::errno_edom;
    EEXIST = 17, m::errno_eexist;
    EFAULT = 14, m::errno_efault;
    EHOSTUNREACH = 113, m::errno_ehostunreach;
    EINPROGRESS = 115, m::errno_einprogress;
    EINTR = 4, m::errno_eintr;
    EINVAL = 22, m::errno_einval;
    EIO = 5, m::errno_eio;
    EISCONN = 106, m::errno_eisconn;
    ELOOP = 40, m::errno_eloop;
    EMFILE = 24, m::errno_emfile;
    EMSGSIZE = 90, m::errno_emsgsize;
    ENETUNREACH = 101, m::errno_enetunreach;
    ENFILE = 23, m::errno_enfile;
    ENOBUFS = 105, m::errno_enobufs;
    ENODEV = 19, m::errno_enodev;
    ENOENT = 2, m::errno_enoent;
    ENOMEM = 12, m::errno_enomem;
    ENOPROTOOPT = 92, m::errno_enoprotoopt;
    ENOSPC = 28, m::errno_enospc;
    ENOSYS = 38, m::errno_enosys;
    ENOTCONN = 107, m::errno_enotconn;
    ENOTSOCK = 88, m::errno_enotsock;
    ENOTTY = 25, m::errno_enotty;
    EOPNOTSUPP = 95, m::errno_eopnotsupp;
    EPERM = 1, m::errno_eperm;
    EPIPE = 32, m::errno_epipe;
    ETIME = 62, m::errno_etime;
    ETIMEDOUT = 110, m::errno_etimedout;
    E2BIG = 7, m::errno_e2big;
    EAFNOSUPPORT = 97, m::errno_eafnosupport;
    EBADFD = 77, m::errno_ebadfd;
    EBUSY = 16, m::errno_ebusy;
    EDEADLK = 35, m::errno_edeadlk;
    EDQUOT = 122, m::errno_edquot;
    EFBIG = 27, m::errno_efbig;
    EHOSTDOWN = 112, m::errno_ehostdown;
    EIDRM = 43, m::errno_eidrm;
    EILSEQ = 84, m::errno_eilseq;
    EISDIR = 21, m::errno_eisdir;
    EMLINK = 31, m::errno_emlink;
    ENAMETOOLONG = 36, m::errno_enametoolong;
    ENETDOWN = 100, m::errno_enetdown;
    ENETRESET = 102, m::errno_enetreset;
    ENODATA = 61, m::errno_enodata;
    ENOEXEC = 8, m::errno_enoexec;
    ENOLCK = 37, m::errno_enolck;
    ENOTBLK = 15, m::errno_enotblk;
    ENOTDIR = 20, m::errno_enotdir;
    ENOTEMPTY = 39, m::errno_enotempty;
    ENXIO = 6, m::errno_enxio;
    EOVERFLOW = 75, m::errno_eoverflow;
    EOWNERDEAD = 130, m::errno_eownerdead;
    EPROTO = 71, m::errno_eproto;
    EPROTONOSUPPORT = 93, m::errno_eprotonosupport;
    EPROTOTYPE = 91, m::errno_eprototype;
    ERANGE = 34, m::errno_erange;
    ERESTARTNOHAND = 514, m::errno_erestartnohand;
    ERESTARTNOINTR = 513, m::errno_erestartnointr;
    ERESTARTSYS = 512, m::errno_erestartsys;
    ERESTART_RESTARTBLOCK = 516, m::errno_erestart_restartblock;
    EROFS = 30, m::errno_erofs;
    ESHUTDOWN = 108, m::errno_eshutdown;
    ESOCKTNOSUPPORT = 94, m::errno_esocktnosupport;
    ESPIPE = 29, m::errno_espipe;
    ESRCH = 3, m::errno_esrch;
    ESTALE = 116, m::errno_estale;
    ETXTBSY = 26, m::errno_etxtbsy;
    EXDEV = 18, m::errno_exdev;
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
