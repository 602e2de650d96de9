"""Run a function in a child whose every write is announced to us first, whoever makes it: Python, SQLite or tantivy.

The child installs a seccomp filter that reports the calls below to its parent (seccomp_unotify(2), Linux 5.5); the
parent counts them, lets them pass, and at the n-th kills the child or answers with an error in the kernel's place.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import pickle
import platform
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final, NamedTuple

# x86-64: write, pwrite64, writev, pwritev, sendfile, copy_file_range, fallocate
_CONTENT: Final = (1, 18, 20, 296, 40, 326, 285)
# fsync, fdatasync, truncate, ftruncate, rename, mkdir, rmdir, link, unlink, mkdirat, unlinkat, renameat, renameat2
_ORDER: Final = (74, 75, 76, 77, 82, 83, 84, 86, 87, 258, 263, 264, 316)
_SECCOMP, _PRCTL_NO_NEW_PRIVS = 317, 38
_RECEIVE, _SEND = 0xC0502100, 0xC0182101  # ioctl
_ALLOW, _NOTIFY, _CONTINUE = 0x7FFF0000, 0x7FC00000, 1
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06


class _Filter(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter)))


class Outcome(NamedTuple):
    """How the child ended: how many calls it made, whether it was killed, what it returned or raised."""

    calls: int
    was_killed: bool
    value: Any = None
    error: str = ""


def why_not() -> str:
    """Say why faults cannot be injected here, "" when they can."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return "system calls are intercepted on Linux on x86-64 only"
    outcome = with_fault(lambda: None, 0)
    return f"the kernel does not let us intercept system calls: {outcome.error}" if outcome.error else ""


def in_child(work: Callable[[], Any]) -> Outcome:
    """Run `work` in a child without faults."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work_and_report(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read()
    _, status = os.waitpid(child, 0)
    return _outcome(0, status, report)


def with_fault(work: Callable[[], Any], at: int, error: int = 0, *, lasting: bool = True) -> Outcome:
    """Run `work` in a child that is killed before its call number `at` (0: never), or has `error` for an answer.

    An error is answered to calls that write content only (then these alone are counted), and when `lasting` to every
    one from then on.
    """
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        ours.close()
        try:
            socket.send_fds(theirs, [b"x"], [listener := _listener()])
            os.close(listener)
        except OSError as failure:
            refused = failure
            theirs.close()
            _work_and_report(lambda: _raise(refused), writing)
        theirs.recv(1)
        _work_and_report(work, writing)
    os.close(writing)
    theirs.close()
    _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    calls = 0
    for descriptor in descriptors:
        ours.send(b"x")
        calls = _supervise(descriptor, child, at, error, writing_to=reading, lasting=lasting)
        os.close(descriptor)
    ours.close()
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read()
    _, status = os.waitpid(child, 0)
    return _outcome(calls, status, report)


def _raise(failure: OSError) -> None:
    raise failure


def _supervise(listener: int, child: int, at: int, error: int, *, writing_to: int, lasting: bool) -> int:
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(writing_to, 0)  # hung up when the child has ended
    calls = contents = 0
    while True:
        events = dict(poll.poll())
        if not events.get(listener, 0) & select.POLLIN:
            return contents if error else calls
        notice = bytearray(80)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except OSError:  # the one that called is gone
            continue
        number, called = struct.unpack_from("Q", notice)[0], struct.unpack_from("i", notice, 16)[0]
        calls += 1
        answer = struct.pack("QqiI", number, 0, 0, _CONTINUE)
        if not error and calls == at:
            os.kill(child, signal.SIGKILL)
        elif error and called in _CONTENT and struct.unpack_from("Q", notice, 32)[0] != _REPORT_DESCRIPTOR:
            contents += 1
            if contents == at or (lasting and 0 < at <= contents):
                answer = struct.pack("QqiI", number, 0, -error, 0)
        try:
            fcntl.ioctl(listener, _SEND, answer)
        except OSError as failure:
            if failure.errno != errno.ENOENT:  # killed in between
                raise


_REPORT_DESCRIPTOR = 900  # the descriptor a child reports its result on: no file


def _work_and_report(work: Callable[[], Any], writing: int) -> None:
    """Do the work, write the result to the pipe, and end without returning."""
    os.dup2(writing, _REPORT_DESCRIPTOR)
    try:
        report = pickle.dumps((work(), ""))
    except BaseException:
        report = pickle.dumps((None, traceback.format_exc()))
    try:
        with os.fdopen(_REPORT_DESCRIPTOR, "wb") as pipe:
            pipe.write(report)
    finally:
        os._exit(0)


def _outcome(calls: int, status: int, report: bytes) -> Outcome:
    if os.WIFSIGNALED(status):
        was_killed = os.WTERMSIG(status) == signal.SIGKILL
        return Outcome(calls, was_killed, error="" if was_killed else f"ended by signal {os.WTERMSIG(status)}")
    value, error = pickle.loads(report)
    return Outcome(calls, False, value, error)


def _listener() -> int:
    """Install the filter for this process and its threads, and return the descriptor its calls are announced on."""
    system = ctypes.CDLL(None, use_errno=True)
    calls = (*_CONTENT, *_ORDER)
    program = [_Filter(_LOAD, 0, 0, 0)]
    program += [_Filter(_JUMP_IF_EQUAL, len(calls) - number, 0, call) for number, call in enumerate(calls)]
    program += [_Filter(_RETURN, 0, 0, _ALLOW), _Filter(_RETURN, 0, 0, _NOTIFY)]
    placed = (_Filter * len(program))(*program)
    if system.prctl(_PRCTL_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    descriptor: int = system.syscall(_SECCOMP, 1, 1 << 3, ctypes.byref(_Program(len(program), placed)))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return descriptor
