"""What an author might try against the code that runs the block, and against its own first process."""

import ctypes
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time

_libc = ctypes.CDLL(None, use_errno=True)
_libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]


def _close_channel(request):
    os.close(3)
    return "nobody hears this"


def _close_output(request):
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    sys.stdout.close()
    return "still there"


def _no_streams(request):
    sys.stdout = sys.stderr = None
    return "still there"


def _hostile_streams(request):
    class Stream(io.StringIO):
        def flush(self):
            raise SystemExit(0)

    sys.stdout = sys.stderr = Stream()
    return "still there"


def _replace_modules(request):
    for name in list(sys.modules):
        if not name.startswith("rumi"):
            sys.modules[name] = None
    json.dumps = lambda *_, **__: '{"ok":true,"value":"forged"}'
    return "own"


def _garbage(request):
    os.write(3, os.urandom(100_000))
    time.sleep(5)


def _kill_everybody(request):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for target in (-1, 0, 1, os.getppid()):
        for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
            try:
                os.kill(target, number)
            except OSError:
                continue
    try:
        os.killpg(0, signal.SIGTERM)
    except OSError:
        pass
    return "still there"


def _hold_processes(request):
    held = 0
    while True:
        try:
            if os.fork() == 0:
                time.sleep(60)
        except OSError:
            break
        held += 1
    print("held", flush=True)
    time.sleep(request["seconds"])
    return held


def _hold_files(request):
    """Memory that belongs to no process: a killer of processes gets nothing back."""
    written = 0
    for folder in ("/tmp", "/dev/shm"):
        try:
            with open(folder + "/held", "wb", buffering=0) as file:
                for _ in range(15):
                    written += file.write(b"x" * (1 << 20))
        except OSError:
            continue
    time.sleep(request["seconds"])
    return written >> 20


def _hold_secret(request):
    """Leaves a part of a frame with whoever reads its channel."""
    text = request["secret"].encode()
    os.write(3, (5 + len(text) + 1).to_bytes(4, "big") + b"\x05" + bytes(4) + text)
    _libc.prctl(15, request["name"].encode(), 0, 0, 0)
    time.sleep(request["seconds"])
    os.write(3, b"\n")
    return "held"


def _look_back(request):
    """Finds the fork server's own objects, which were copied when it forked, and reads what they hold."""
    server = next((one for one in _everything() if type(one).__name__ == "Zygote"), None)
    if server is None:
        return "no fork server"
    try:
        server.channel.send(b"forged")
        sent = "sent"
    except OSError as error:
        sent = os.strerror(error.errno)
    held = [child.pages for child in server.children.values()] + [server.inbox]
    return [sent, *(_read(ctypes.addressof(ctypes.c_char.from_buffer(pages)), 1000) for pages in held)]


def _everything():
    yield from gc.get_objects()
    frame = sys._getframe()
    while frame is not None:
        yield from frame.f_locals.values()
        frame = frame.f_back


def _read(address, count):
    reading, writing = os.pipe()
    if _libc.write(writing, address, count) < 0:
        return os.strerror(ctypes.get_errno())
    return os.read(reading, count).decode("utf-8", "replace").strip("\0")


def _environment_of_a_child(request):
    """A library for a program of its own: it may have one, it is the same sandbox."""
    environment = {"LD_PRELOAD": "/pack/evil.so", "PYTHONPATH": "/pack/evil", "PATH": "/usr/bin"}
    command = [sys.executable, "-c", "import os; print(os.getuid()); open('/etc/shadow')"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    return [done.stdout.strip(), "FileNotFoundError" in done.stderr]


def _raise_strangely(request):
    class Strange(Exception):
        def __str__(self):
            raise Strange("again")

        __repr__ = __str__

    raise Strange(Strange("inside"))


def _raise_endlessly(request):
    error = None
    for number in range(300):
        try:
            raise ValueError("x" * 10_000 + str(number)) from error
        except ValueError as caught:
            error = caught
    raise error


def _return_strangely(request):
    class Strange(dict):
        def items(self):
            os._exit(0)

    return Strange(a=1)


def _exit_as_the_sandbox(request):
    os._exit(97)


def _stop(request):
    os.kill(os.getpid(), signal.SIGSTOP)
    middle = os.fork()
    if middle == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    return "stopped its child"


_TRICKS = {name[1:].replace("_", " "): one for name, one in globals().items() if name.startswith("_") and callable(one)}


def run(request):
    return _TRICKS[request["trick"]](request)
