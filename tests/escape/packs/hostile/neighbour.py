"""Two calls of one pack at the same time: one listens, the other tells a secret, by whatever they might share."""

import ctypes
import os
import signal
import socket
import time

_libc = ctypes.CDLL(None, use_errno=True)


def _until(seconds, attempt):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = attempt()
        if seen is not None:
            return seen
        time.sleep(0.01)
    return None


class Socket:
    def listen(self, request):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind("\0" + request["name"])
            sock.listen(1)
            sock.settimeout(request["seconds"])
            try:
                connection, _ = sock.accept()
            except TimeoutError:
                return None
            message, descriptors, _, _ = socket.recv_fds(connection, 1000, 4)
            return {"message": message.decode(), "descriptors": len(descriptors)}

    def tell(self, request):
        with socket.socket(socket.AF_UNIX) as sock:
            if sock.connect_ex("\0" + request["name"]) != 0:
                return None
            socket.send_fds(sock, [b"a secret"], [3])
            return "told"


class Terminal:
    """A pseudo-terminal that one opens is a file the other could open."""

    def listen(self, request):
        leader = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
        _libc.unlockpt(leader)
        os.chmod(os.ptsname(leader) if hasattr(os, "ptsname") else _name(leader), 0o666)
        os.set_blocking(leader, False)

        def attempt():
            try:
                return os.read(leader, 100).decode()
            except BlockingIOError:
                return None

        return _until(request["seconds"], attempt)

    def tell(self, request):
        for entry in os.listdir("/dev/pts"):
            if entry != "ptmx":
                descriptor = os.open("/dev/pts/" + entry, os.O_RDWR | os.O_NOCTTY)
                os.write(descriptor, b"a secret")
                return "told"
        return None


def _name(leader):
    _libc.ptsname.restype = ctypes.c_char_p
    return _libc.ptsname(leader).decode()


class File:
    def listen(self, request):
        paths = ["/tmp/" + request["name"], "/dev/shm/" + request["name"]]
        return _until(request["seconds"], lambda: next((path for path in paths if os.path.exists(path)), None))

    def tell(self, request):
        for folder in ("/tmp/", "/dev/shm/"):
            open(folder + request["name"], "w").close()
        return _until(request["seconds"] / 2, lambda: "told" if os.path.exists("/tmp/heard") else None)


class SharedMemory:
    """System V shared memory, by a key both know."""

    def listen(self, request):
        return _until(request["seconds"], lambda: "found" if _libc.shmget(0x5EC, 64, 0) >= 0 else None)

    def tell(self, request):
        _libc.shmget(0x5EC, 64, 0o1666)
        time.sleep(request["seconds"] / 2)
        return None


class MessageQueue:
    """System V message queue, by a key both know."""

    def listen(self, request):
        return _until(request["seconds"], lambda: "found" if _libc.msgget(0x5EC, 0) >= 0 else None)

    def tell(self, request):
        _libc.msgget(0x5EC, 0o1666)
        time.sleep(request["seconds"] / 2)
        return None


class Signal:
    def listen(self, request):
        heard = []
        signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
        return _until(request["seconds"], lambda: "heard" if heard else None)

    def tell(self, request):
        told = [pid for pid in range(2, 400) if pid != os.getpid() and _send(pid)]
        return "told" if told else None


def _send(pid):
    try:
        os.kill(pid, signal.SIGUSR1)
    except ProcessLookupError:
        return False
    return True


_MEANS = {
    "socket": Socket,
    "terminal": Terminal,
    "file": File,
    "shared memory": SharedMemory,
    "message queue": MessageQueue,
    "signal": Signal,
}


def run(request):
    means = _MEANS[request["means"]]()
    if request["role"] == "listen":
        return means.listen(request)
    time.sleep(0.05)
    return _until(request["seconds"] - 0.1, lambda: means.tell(request)) or "nobody listened"
