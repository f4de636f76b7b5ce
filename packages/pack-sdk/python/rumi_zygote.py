"""The fork server: every call gets a fresh process in namespaces of its own, in milliseconds instead of tens of them.

It runs as the first process of a pack's sandbox and never runs pack code itself. For each call it clones a child into
a new PID, mount and IPC namespace; the child empties /tmp, gives up every capability, loads the system call filter and
only then becomes the pack's. The child never holds the kernel's channel: it talks over a socket of its own, and what it
sends is tagged here with the number of its call, so that it cannot answer for another one.
"""

import ctypes
import gc
import os
import platform
import select
import signal
import socket
import struct
import sys

import rumi_frames as frames
import rumi_host
import rumi_limits

CHANNEL_FD = 4
MAX_INPUT_BYTES = 16 << 20
FILTER_PATH = "/rumi/seccomp.bin"

CLONE_FLAGS = 0x00020000 | 0x08000000 | 0x20000000 | signal.SIGCHLD  # NEWNS | NEWIPC | NEWPID
SYS_CLONE = {"x86_64": 56, "aarch64": 220}[platform.machine()]
MS_NOSUID, MS_NODEV = 2, 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 22, 24, 38, 47

# PyDLL keeps the interpreter lock, so that nothing of Python runs between the clone and the repair of its state.
_libc = ctypes.PyDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, what + ": " + os.strerror(error))


class Child:
    """A running call: its process, its socket and what its raw stdout and stderr said."""

    def __init__(self, call, pid, sock, output):
        self.call, self.pid, self.sock, self.output = call, pid, sock, output
        self.pidfd = os.pidfd_open(pid)
        self.buffer = bytearray()
        self.answered = False


class Zygote:
    def __init__(self, channel, program):
        self.channel, self.program = channel, program
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.by_fd = {}
        self.children = {}

    def serve(self):
        self.channel.sendall(frames.pack(frames.READY, 0))
        while True:
            for fd, _ in self.poll.poll():
                if fd == self.channel.fileno():
                    if not self._from_kernel():
                        return
                elif fd in self.by_fd:
                    self._from_child(fd)

    def _from_kernel(self):
        frame = frames.read_frame(self.channel, MAX_INPUT_BYTES)
        if frame is None:
            return False
        kind, call, body = frame
        if kind == frames.CALL:
            self._start(call, body)
        elif call in self.children:
            child = self.children[call]
            if kind == frames.KILL:
                os.kill(child.pid, signal.SIGKILL)
            elif kind == frames.ANSWER:
                child.sock.sendall(frames.pack(kind, call, body))
        return True

    def _start(self, call, body):
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        limits = rumi_limits.unpack(body)
        gc.disable()
        _libc.PyOS_BeforeFork()
        pid = _libc.syscall(SYS_CLONE, CLONE_FLAGS, 0, 0, 0, 0)
        if pid == 0:
            _libc.PyOS_AfterFork_Child()
            _become_pack(self, theirs, writing, limits, call, body[rumi_limits.HEADER_BYTES :])
        error = ctypes.get_errno()
        _libc.PyOS_AfterFork_Parent()
        theirs.close()
        os.close(writing)
        if pid < 0:
            ours.close()
            os.close(reading)
            self.channel.sendall(frames.pack(frames.END, call, b'{"fork":%d}' % error))
            return
        os.set_blocking(reading, False)
        child = Child(call, pid, ours, reading)
        self.children[call] = child
        for fd in (ours.fileno(), reading, child.pidfd):
            self.by_fd[fd] = child
            self.poll.register(fd, select.POLLIN)

    def _from_child(self, fd):
        child = self.by_fd[fd]
        if fd == child.output:
            self._drain(child)
        elif fd == child.pidfd:
            self._reap(child)
        else:
            self._relay(child)

    def _drain(self, child):
        """Forwards what was written to the raw stdout and stderr (by a subprocess, say)."""
        while child.output in self.by_fd:
            try:
                data = os.read(child.output, 65536)
            except BlockingIOError:
                return
            if not data:
                self._forget(child.output)
                return
            self.channel.sendall(frames.pack(frames.STDOUT, child.call, data))

    def _relay(self, child):
        try:
            data = child.sock.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self._forget(child.sock.fileno())
            return
        child.buffer += data
        while len(child.buffer) >= frames.HEADER_BYTES:
            length, kind, _ = frames.HEADER.unpack_from(child.buffer)
            # The length comes from the pack: refuse before waiting for that many bytes.
            if length < frames.COUNTED or length > (5 << 20) or kind not in (frames.RESULT, frames.STDOUT, frames.STDERR, frames.ASK):
                return self._violation(child)
            end = 4 + length
            if len(child.buffer) < end:
                return None
            body = bytes(child.buffer[frames.HEADER_BYTES : end])
            del child.buffer[:end]
            if kind == frames.RESULT:
                if child.answered:  # a second answer would be taken for the next call's
                    return self._violation(child)
                child.answered = True
                self._drain(child)
            self.channel.sendall(frames.pack(kind, child.call, body))
        return None

    def _violation(self, child):
        os.kill(child.pid, signal.SIGKILL)
        self._forget(child.sock.fileno())

    def _reap(self, child):
        _, status = os.waitpid(child.pid, 0)
        while child.sock.fileno() in self.by_fd:  # bytes sent before the end are still to be read
            self._relay(child)
        self._drain(child)
        for fd in (child.output, child.pidfd):
            self._forget(fd)
        child.sock.close()
        os.close(child.output)
        os.close(child.pidfd)
        del self.children[child.call]
        ended = b'{"signal":%d}' % os.WTERMSIG(status) if os.WIFSIGNALED(status) else b'{"code":%d}' % os.WEXITSTATUS(status)
        self.channel.sendall(frames.pack(frames.END, child.call, ended))

    def _forget(self, fd):
        if self.by_fd.pop(fd, None) is not None:
            self.poll.unregister(fd)


def _become_pack(zygote, sock, output, limits, call, body):
    """In the child: shut every door, then run the call. Never returns."""
    try:
        for name in (b"/tmp", b"/dev/shm"):  # the last call's files are not for this one
            _check(_libc.mount(b"tmpfs", name, b"tmpfs", MS_NOSUID | MS_NODEV, b"size=%d,mode=1777" % limits[3]), "mount")
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(sock.fileno(), 3)
        sock.detach()
        os.closerange(4, 65536)  # the kernel's channel among them: a block must not forge frames
        channel = socket.socket(fileno=3)
        os.set_inheritable(3, False)
        os.chdir("/tmp")
        os.setsid()
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        rumi_limits.apply(limits, per_call=True)
        _drop_privileges(zygote.program)
    except BaseException as error:
        os.write(output if output != 3 else 2, ("sandbox set-up failed: %s\n" % error).encode())
        os._exit(97)
    gc.enable()
    try:
        rumi_host.serve_call(channel, call, body)
    finally:
        os._exit(0)


def _drop_privileges(program):
    for capability in range(41):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and capability <= 37:
            _check(-1, "drop capability %d" % capability)
    _check(_libc.prctl(PR_CAP_AMBIENT, 4, 0, 0, 0), "clear ambient capabilities")
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "clear capabilities")
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    _check(_libc.prctl(PR_SET_SECCOMP, 2, program, 0, 0), "load the system call filter")


def _load_filter():
    with open(FILTER_PATH, "rb") as file:
        code = file.read()
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
    return program, buffer


def main():
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    program, _keep = _load_filter()
    channel = socket.socket(fileno=CHANNEL_FD)
    channel.setblocking(True)
    sys.path.append("/rumi/python")
    gc.collect()
    gc.freeze()
    Zygote(channel, program).serve()


if __name__ == "__main__":
    main()
