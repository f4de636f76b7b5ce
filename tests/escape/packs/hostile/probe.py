"""Tries whatever the input lists, one operation after the other, and tells what each came to."""

import ctypes
import errno
import os
import resource
import socket
import stat
import struct

_libc = ctypes.CDLL(None, use_errno=True)


def _open(path, mode="r"):
    flags = {"r": os.O_RDONLY, "w": os.O_WRONLY, "c": os.O_WRONLY | os.O_CREAT}[mode]
    os.close(os.open(path, flags))


def _fill(path, mib):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for _ in range(mib):
            os.write(descriptor, b"x" * (1 << 20))
    finally:
        os.close(descriptor)
        os.unlink(path)


def _connect(family, address):
    with socket.socket(getattr(socket, family)) as sock:
        sock.connect(address.replace("@", "\0", 1) if isinstance(address, str) else tuple(address))


def _resolve(name):
    socket.getaddrinfo(name, 443)


def _through_link(target):
    os.symlink(target, "/tmp/l")
    try:
        _open("/tmp/l")
    finally:
        os.unlink("/tmp/l")


def _syscall(number, *arguments):
    """Numbers are passed as they are, text as a pointer to it; `"<zeros>"` is a zeroed page."""
    held = [ctypes.create_string_buffer(a.encode() if a != "<zeros>" else b"\0" * 4096) for a in arguments if isinstance(a, str)]
    pointers = iter(held)
    values = [ctypes.c_long(ctypes.addressof(next(pointers)) if isinstance(a, str) else a) for a in arguments]
    ctypes.set_errno(0)
    if _libc.syscall(ctypes.c_long(number), *values) < 0:
        raise OSError(ctypes.get_errno(), "")


def _schedule(policy):
    os.sched_setscheduler(0, getattr(os, policy), os.sched_param(1))


def _lock(mib):
    size = mib << 20
    held = ctypes.create_string_buffer(size)
    if _libc.mlock(held, ctypes.c_size_t(size)) != 0:
        raise OSError(ctypes.get_errno(), "")


def _raise_limit(name):
    _, hard = resource.getrlimit(getattr(resource, name))
    resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1))


_OPERATIONS = {
    "open": _open,
    "list": lambda path: os.listdir(path),
    "fill": _fill,
    "connect": _connect,
    "resolve": _resolve,
    "through link": _through_link,
    "syscall": _syscall,
    "chmod": lambda path: os.chmod(path, 0o777),
    "unlink": os.unlink,
    "rename": os.rename,
    "link": os.link,
    "mkdir": os.mkdir,
    "fifo": lambda path: os.mkfifo(path),
    "device": lambda path: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    "nice": lambda value: os.setpriority(os.PRIO_PROCESS, 0, value),
    "schedule": _schedule,
    "lock": _lock,
    "raise limit": _raise_limit,
    "kill": lambda pid, number: os.kill(pid, number),
    "set uid": os.setuid,
    "set groups": lambda: os.setgroups([0]),
}


def _try(name, *arguments):
    try:
        _OPERATIONS[name](*arguments)
    except socket.gaierror as error:
        return "gai %d" % error.errno
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except ValueError:
        return "refused"
    return "ok"


def run(operations):
    return [_try(*operation) for operation in operations]
