//! Errors of the system, named: the one place where an `errno` becomes one of ours.

use loopscope_shared::errno::Errno;
use rustix::io::Errno as Raw;

/// Our name for an error of a call made through rustix. The numbers differ from system to system, the names do
/// not.
pub(super) fn of(raw: Raw) -> Errno {
    match raw {
        Raw::ACCESS => Errno::EACCES,
        Raw::ADDRINUSE => Errno::EADDRINUSE,
        Raw::ADDRNOTAVAIL => Errno::EADDRNOTAVAIL,
        Raw::AGAIN => Errno::EAGAIN,
        Raw::ALREADY => Errno::EALREADY,
        Raw::BADF => Errno::EBADF,
        Raw::CANCELED => Errno::ECANCELED,
        Raw::CHILD => Errno::ECHILD,
        Raw::CONNABORTED => Errno::ECONNABORTED,
        Raw::CONNREFUSED => Errno::ECONNREFUSED,
        Raw::CONNRESET => Errno::ECONNRESET,
        Raw::EXIST => Errno::EEXIST,
        Raw::FAULT => Errno::EFAULT,
        Raw::INPROGRESS => Errno::EINPROGRESS,
        Raw::INTR => Errno::EINTR,
        Raw::INVAL => Errno::EINVAL,
        Raw::IO => Errno::EIO,
        Raw::ISCONN => Errno::EISCONN,
        Raw::LOOP => Errno::ELOOP,
        Raw::MFILE => Errno::EMFILE,
        Raw::NFILE => Errno::ENFILE,
        Raw::NOBUFS => Errno::ENOBUFS,
        Raw::NODEV => Errno::ENODEV,
        Raw::NOENT => Errno::ENOENT,
        Raw::NOMEM => Errno::ENOMEM,
        Raw::NOSYS => Errno::ENOSYS,
        Raw::NOTCONN => Errno::ENOTCONN,
        Raw::NOTSOCK => Errno::ENOTSOCK,
        Raw::OPNOTSUPP => Errno::EOPNOTSUPP,
        Raw::PERM => Errno::EPERM,
        Raw::PIPE => Errno::EPIPE,
        Raw::TIMEDOUT => Errno::ETIMEDOUT,
        Raw::DESTADDRREQ => Errno::EDESTADDRREQ,
        Raw::DOM => Errno::EDOM,
        Raw::HOSTUNREACH => Errno::EHOSTUNREACH,
        Raw::MSGSIZE => Errno::EMSGSIZE,
        Raw::NETUNREACH => Errno::ENETUNREACH,
        Raw::NOPROTOOPT => Errno::ENOPROTOOPT,
        Raw::NOSPC => Errno::ENOSPC,
        Raw::NOTTY => Errno::ENOTTY,
        other => Errno::Other(other.raw_os_error()),
    }
}

/// Our name for an error of a call made through the standard library or mio.
pub(crate) fn of_io(error: &std::io::Error) -> Errno {
    of(raw(error))
}

/// The number in an error of the standard library; `EIO` for the few that carry none.
pub(super) fn raw(error: &std::io::Error) -> Raw {
    Raw::from_io_error(error).unwrap_or(Raw::IO)
}

/// The error of the last call that this thread made through libc.
pub(super) fn last() -> Raw {
    raw(&std::io::Error::last_os_error())
}
