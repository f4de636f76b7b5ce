"""The self-test's attacks, run as a block: each must fail in the way the sandbox promises."""

import ctypes
import errno
import os
import platform
import socket

_libc = ctypes.CDLL(None, use_errno=True)

#: System call numbers: x86_64, aarch64.
_NUMBERS = {
    "unshare": (272, 97),
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "ptrace": (101, 117),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "mount": (165, 40),
    "setns": (308, 268),
    "personality": (135, 92),
    "prctl": (157, 167),
    "ioctl": (16, 29),
    "unknown": (999, 999),
}
_COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]


def _syscall(name, *arguments):
    ctypes.set_errno(0)
    result = _libc.syscall(ctypes.c_long(_NUMBERS[name][_COLUMN]), *[ctypes.c_long(a) for a in arguments])
    return 0 if result >= 0 else ctypes.get_errno()


def _open(path, flags=os.O_RDONLY):
    try:
        os.close(os.open(path, flags))
        return 0
    except OSError as error:
        return error.errno


def _socket(family):
    try:
        socket.socket(family, socket.SOCK_STREAM).close()
        return 0
    except OSError as error:
        return error.errno


def _expect(identity, what, seen, *wanted):
    names = errno.errorcode.get(seen, "success" if seen == 0 else str(seen))
    return {"id": identity, "passed": seen in wanted, "detail": "%s: %s" % (what, names)}


def _files():
    missing = (errno.ENOENT, errno.ENOTDIR)
    for path in ("/etc/shadow", "/etc/passwd", "/root", "/home", "/var/run/docker.sock"):
        yield _expect("SBX-01", path, _open(path), *missing)
    for path in ("/proc/1/environ", "/proc/self/mem", "/proc/keys"):
        yield _expect("SBX-02", path, _open(path), *missing)
    yield _expect("SBX-02", "write core_pattern", _open("/proc/sys/kernel/core_pattern", os.O_WRONLY), *missing)
    for path in ("/sys/fs/cgroup", "/dev/kmsg", "/dev/mem", "/dev/kvm", "/dev/fuse", "/dev/net/tun"):
        yield _expect("SBX-03", path, _open(path), *missing)
    for path in ("/pack/probe.py", "/usr/x", "/dev/x", "/run/x"):
        flags = os.O_WRONLY | os.O_CREAT
        yield _expect("SBX-05", "write " + path, _open(path, flags), errno.EROFS, errno.EACCES)


def _connect(name):
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex("\0" + name)


def _sockets(door):
    for name in ("AF_INET", "AF_INET6", "AF_VSOCK", "AF_NETLINK", "AF_PACKET"):
        yield _expect("SBX-07", name, _socket(getattr(socket, name)), errno.EAFNOSUPPORT)
    yield _expect("SBX-09", "AF_UNIX inside", _socket(socket.AF_UNIX), 0)
    yield _expect("SBX-09", "abstract socket", _connect(door), errno.ECONNREFUSED)


def _calls():
    yield _expect("SBX-13", "clone3", _syscall("clone3", 0, 0), errno.ENOSYS)
    for name in ("io_uring_setup", "bpf", "keyctl", "userfaultfd", "perf_event_open", "mount", "setns"):
        yield _expect("SBX-14", name, _syscall(name, 0, 0, 0, 0, 0), errno.EPERM)
    yield _expect("SBX-14", "unshare user", _syscall("unshare", 0x10000000), errno.EPERM)
    yield _expect("SBX-15", "ptrace", _syscall("ptrace", 0, 0, 0, 0), errno.EPERM)
    yield _expect("SBX-17", "unknown", _syscall("unknown"), errno.ENOSYS)
    yield _expect("SBX-18", "TIOCSTI", _syscall("ioctl", 0, 0x5412, 0), errno.EPERM)
    yield _expect("SBX-19", "personality", _syscall("personality", 0x0040000), errno.EPERM)
    yield _expect("LIM-16", "outlive the kernel", _syscall("prctl", 1, 0, 0, 0, 0), errno.EPERM)


def _process():
    open_files = []
    for descriptor in range(4, 256):
        try:
            os.fstat(descriptor)
            open_files.append(descriptor)
        except OSError:
            continue
    yield {"id": "SBX-22", "passed": not open_files, "detail": "descriptors above the channel: %s" % open_files}
    names = sorted(os.environ)
    yield {"id": "SBX-23", "passed": set(names) <= {"HOME", "LANG", "PATH", "PWD"}, "detail": "environment: %s" % names}
    yield {"id": "IPC-07", "passed": os.listdir("/tmp") in ([], ["p"]), "detail": "/tmp: %s" % os.listdir("/tmp")}
    yield {"id": "SBX-29", "passed": os.getuid() == 65534, "detail": "uid %d" % os.getuid()}


def run(input_data, context=None):
    """Every attack and what came of it."""
    return [*_files(), *_sockets(input_data["door"]), *_calls(), *_process()]
