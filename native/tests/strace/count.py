"""Counts in a log of strace, with nothing of Loopscope's: a plain script to compare an import with.

    count.py LOG    prints calls by name, connections, descriptors and bytes as JSON

Made for logs of `strace -f -ttt -T -yy -o LOG`. A call that was written in two parts counts when it returns.
"""

import collections
import json
import re
import sys

# Calls that differ in form only have one name, that of the plainest.
SAME = {
    "accept4": "accept", "recvfrom": "recv", "recvmsg": "recv", "sendto": "send", "sendmsg": "send",
    "readv": "read", "pread64": "read", "preadv": "read", "writev": "write", "pwrite64": "write",
    "pwritev": "write", "epoll_create1": "epoll_create", "epoll_pwait": "epoll_wait",
    "epoll_pwait2": "epoll_wait", "ppoll": "poll", "pselect6": "select", "open": "openat",
    "openat2": "openat", "creat": "openat", "pipe": "pipe2", "eventfd": "eventfd2", "dup2": "dup",
    "dup3": "dup", "vfork": "fork", "waitid": "wait4", "clock_nanosleep": "nanosleep",
}
UP = {"read", "recv"}
DOWN = {"write", "send"}
MAKE_ONE = {
    "accept", "openat", "socket", "epoll_create", "eventfd2", "timerfd_create", "signalfd4", "inotify_init1",
    "memfd_create", "pidfd_open", "dup",
}
MAKE_TWO = {"pipe2", "socketpair"}

PREFIX = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)$")
STREAM = re.compile(r"^\d+<(?:TCP|TCPv6|UNIX-STREAM):\[.*?->")


def name_of(call, arguments):
    """The one name of calls that are the same."""
    if call.startswith("clone"):
        return "clone" if "CLONE_FILES" in arguments else "fork"
    if call == "ioctl" and re.search(r", (FIONBIO|FIOCLEX|FIONCLEX)", arguments):
        return "fcntl"
    if call == "fcntl" and ", F_DUPFD" in arguments:
        return "dup"
    return SAME.get(call, call)


def is_stream(argument):
    """Whether a descriptor is a connection."""
    return STREAM.match(argument) is not None


def count(lines):
    """Counts what lines tell."""
    calls = collections.Counter()
    totals = collections.Counter()
    tasks = set()
    begun = {}
    for line in lines:
        totals["lines"] += 1
        task, _, text = PREFIX.match(line.rstrip("\n")).groups()
        tasks.add(task)
        if text.startswith("--- "):
            totals["signals"] += 1
            continue
        if text.startswith("+++ "):
            continue
        if text.endswith("<unfinished ...>"):
            begun[task] = text[: -len("<unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)$", text)
        if resumed:
            text = begun.pop(task) + resumed.group(1)
        call, arguments, result, rest = CALL.match(text).groups()
        if result == "?" and not rest.strip().startswith("ERESTART"):
            continue
        name = name_of(call, arguments)
        calls[name] += 1
        if " EAGAIN " in rest[:8]:
            totals["eagain"] += 1
        if result in ("?", "-1") or result.startswith("0x"):
            continue
        value = int(result)
        if name == "accept":
            totals["accepted"] += 1
        if name in MAKE_ONE:
            totals["made"] += 1
        if name in MAKE_TWO:
            totals["made"] += 2
        if name == "close":
            totals["closed"] += 1
        if name in UP and is_stream(arguments):
            totals["received"] += value
        if name in DOWN and is_stream(arguments):
            totals["sent"] += value
        if name == "sendfile":
            totals["sent"] += value if is_stream(arguments) else 0
    totals["tasks"] = len(tasks)
    return {"calls": calls, **totals}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        json.dump(count(log), sys.stdout)
