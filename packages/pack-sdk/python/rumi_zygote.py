"""The fork server: every call gets a fresh process in namespaces of its own, in milliseconds instead of tens of them.

It runs as the first process of a pack's sandbox and never runs pack code itself. For each call it clones a child into
a new PID, mount and IPC namespace; the child empties /tmp, gives up every capability, loads the system call filter and
only then becomes the pack's. The child never holds the kernel's channel: it talks over a socket of its own, and what it
sends is tagged here with the number of its call, so that it cannot answer for another one.
"""

import ctypes
import gc
import mmap
import os
import select
import signal
import socket
import struct
import sys

import rumi_channel
import rumi_frames as frames
import rumi_host
import rumi_limits

CHANNEL_FD = 4
MAX_INPUT_BYTES = 16 << 20
FILTER_PATH = "/rumi/seccomp.bin"

#: A frame that a child may send, the room to hold one, and what is read of its raw output at once and in one go.
MAX_FRAME_BYTES = 5 << 20
RELAY_BYTES = MAX_FRAME_BYTES + (1 << 16)
OUTPUT_BYTES = 1 << 16
DRAIN_ROUNDS = 4
KNOWN_KINDS = (frames.READY, frames.RESULT, frames.STDOUT, frames.STDERR, frames.ASK)

CLONE_FLAGS = 0x00020000 | 0x08000000 | 0x20000000 | signal.SIGCHLD  # NEWNS | NEWIPC | NEWPID
CLONE_NEWNET = 0x40000000
SYS_CLONE = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
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

    def __init__(self, call, pid, sock, output, cpu_seconds, network):
        self.call, self.pid, self.sock, self.output = call, pid, sock, output
        self.cpu_seconds, self.network = cpu_seconds, network
        self.pidfd = os.pidfd_open(pid)
        # What this call says is not inherited by the calls forked after it.
        self.pages = mmap.mmap(-1, RELAY_BYTES + OUTPUT_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.pages.madvise(mmap.MADV_DONTFORK)
        pages = memoryview(self.pages)
        self.relayed, self.printed = pages[:RELAY_BYTES], pages[RELAY_BYTES:]
        self.used = 0
        self.ready = False
        self.violated = False


class Zygote:
    def __init__(self, channel, program):
        self.channel, self.program = channel, program
        # A call's child inherits this memory and reads its request from it; then it is given back, emptied. Nothing
        # else here ever holds a request: freed memory keeps its bytes, and every later child would inherit those.
        self.inbox = mmap.mmap(-1, MAX_INPUT_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.by_fd = {}
        self.children = {}
        self.network = 0

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
        header = frames.read_exactly(self.channel, frames.HEADER_BYTES)
        if header is None:
            return False
        length, kind, call = frames.HEADER.unpack(header)
        if length - frames.COUNTED > MAX_INPUT_BYTES:
            raise ValueError("frame out of bounds")
        with memoryview(self.inbox) as inbox, inbox[: length - frames.COUNTED] as body:
            if not frames.read_into(self.channel, body):
                return False
            if kind == frames.CALL:
                self._start(call, body)
            elif call in self.children:
                child = self.children[call]
                if kind == frames.KILL:
                    os.kill(child.pid, signal.SIGKILL)
                elif kind == frames.ANSWER:
                    self._tell(child, header, body)
        self.inbox.madvise(mmap.MADV_DONTNEED)
        return True

    def _tell(self, child, *parts):
        """Passes on an answer. The child may be writing instead of reading: what it says is taken meanwhile, so that the
        two do not wait for each other. One that does neither is ended by the kernel, and this server with it."""
        poll = select.poll()
        poll.register(child.sock, select.POLLIN | select.POLLOUT)
        poll.register(child.pidfd, select.POLLIN)
        if child.output in self.by_fd:
            poll.register(child.output, select.POLLIN)
        for part in parts:
            at = 0
            while at < len(part):
                try:
                    at += child.sock.send(part[at:], socket.MSG_DONTWAIT)
                    continue
                except BlockingIOError:
                    ready = [fd for fd, _ in poll.poll()]
                except OSError:  # it has gone
                    return
                if child.pidfd in ready:
                    return
                if child.output in ready:
                    self._drain(child)
                    if child.output not in self.by_fd:
                        poll.unregister(child.output)
                self._relay(child)
                if child.sock.fileno() not in self.by_fd:  # it has said its last
                    return

    def _start(self, call, body):
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        limits = rumi_limits.unpack(body)
        self._leave_shared_network()
        gc.disable()
        _libc.PyOS_BeforeFork()
        pid = _libc.syscall(SYS_CLONE, CLONE_FLAGS, 0, 0, 0, 0)
        if pid == 0:
            _libc.PyOS_AfterFork_Child()
            _become_pack(self, theirs, writing, limits, call, bytes(body[rumi_limits.HEADER_BYTES :]))
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
        child = Child(call, pid, ours, reading, limits[2], self.network)
        self.children[call] = child
        for fd in (ours.fileno(), reading, child.pidfd):
            self.by_fd[fd] = child
            self.poll.register(fd, select.POLLIN)

    def _leave_shared_network(self):
        """Two calls at the same time may serve two people: they must not meet at an abstract socket, whose names belong
        to the network namespace. One call after the other may have the same one, for a name ends with its socket."""
        if any(child.network == self.network for child in self.children.values()):
            _check(_libc.unshare(CLONE_NEWNET), "unshare network")
            self.network += 1

    def _from_child(self, fd):
        child = self.by_fd[fd]
        if fd == child.output:
            self._drain(child)
        elif fd == child.pidfd:
            self._reap(child)
        else:
            self._relay(child)

    def _drain(self, child):
        """Forwards what was written to the raw stdout and stderr (by a subprocess, say): a bounded part, since the writer may never stop."""
        for _ in range(DRAIN_ROUNDS):
            if child.output not in self.by_fd:
                return
            try:
                count = os.readv(child.output, [child.printed[frames.HEADER_BYTES :]])
            except BlockingIOError:
                return
            if count == 0:
                self._forget(child.output)
                return
            frames.HEADER.pack_into(child.printed, 0, frames.COUNTED + count, frames.STDOUT, child.call)
            self.channel.sendall(child.printed[: frames.HEADER_BYTES + count])

    def _relay(self, child):
        """Passes on whole frames, each with the number of the child's own call; tells whether it read anything."""
        try:
            count = child.sock.recv_into(child.relayed[child.used :], 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            count = 0
        if count == 0:
            self._forget(child.sock.fileno())
            return False
        child.used += count
        start = 0
        while child.used - start >= frames.HEADER_BYTES:
            length, kind, _ = frames.HEADER.unpack_from(child.relayed, start)
            # The length comes from the pack: refuse before waiting for that many bytes.
            if length < frames.COUNTED or length > MAX_FRAME_BYTES or kind not in KNOWN_KINDS:
                return self._violation(child)
            end = start + 4 + length
            if child.used < end:
                break
            if (kind == frames.READY) == child.ready:  # first of all, and only once: the pack's code runs after it
                return self._violation(child)
            if kind == frames.READY:
                child.ready = True
                start = end
                continue
            if kind == frames.RESULT:
                self._drain(child)
            frames.HEADER.pack_into(child.relayed, start, length, kind, child.call)
            self.channel.sendall(child.relayed[start:end])
            if kind == frames.RESULT:  # it has had its say: no second answer, and no life after the first
                return self._end(child)
            start = end
        self._shift(child, start)
        return True

    def _shift(self, child, start):
        if start:
            child.pages.move(0, start, child.used - start)
            child.used -= start

    def _violation(self, child):
        child.violated = True
        return self._end(child)

    def _end(self, child):
        os.kill(child.pid, signal.SIGKILL)
        self._forget(child.sock.fileno())
        return False

    def _reap(self, child):
        _, status, usage = os.wait4(child.pid, 0)
        while child.sock.fileno() in self.by_fd and self._relay(child):  # bytes sent before the end are still to be read
            continue
        self._drain(child)
        for fd in (child.sock.fileno(), child.output, child.pidfd):
            self._forget(fd)
        child.sock.close()
        os.close(child.output)
        os.close(child.pidfd)
        del self.children[child.call]
        self.channel.sendall(frames.pack(frames.END, child.call, _describe_end(child, status, usage)))

    def _forget(self, fd):
        if self.by_fd.pop(fd, None) is not None:
            self.poll.unregister(fd)


def _describe_end(child, status, usage):
    if child.violated:
        return b'{"violation":1}'
    if not os.WIFSIGNALED(status):
        return b'{"%s":%d}' % (b"code" if child.ready else b"setup", os.WEXITSTATUS(status))
    number = os.WTERMSIG(status)
    # The first process of a namespace ignores SIGXCPU; the limit ends it with the same SIGKILL as a lack of memory.
    if number == signal.SIGKILL and usage.ru_utime + usage.ru_stime >= child.cpu_seconds:
        number = signal.SIGXCPU
    return b'{"signal":%d}' % number


def _become_pack(zygote, sock, output, limits, call, body):
    """In the child: shut every door, then run the call. Never returns."""
    try:
        for name in (b"/tmp", b"/dev/shm"):  # the last call's files are not for this one
            _check(_libc.mount(b"tmpfs", name, b"tmpfs", MS_NOSUID | MS_NODEV, b"size=%d,mode=1777" % limits[3]), "mount")
        # nor are the terminals of the calls beside it
        _check(_libc.mount(b"devpts", b"/dev/pts", b"devpts", MS_NOSUID, b"newinstance,ptmxmode=0666,mode=620"), "mount")
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
        os._exit(1)
    gc.enable()
    try:
        channel.sendall(frames.pack(frames.READY, call))
        rumi_host.serve_call(rumi_channel.Channel(channel), call, body)
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
    rumi_host.prepare()
    gc.collect()
    gc.freeze()
    Zygote(channel, program).serve()


if __name__ == "__main__":
    main()
