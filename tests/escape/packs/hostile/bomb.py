"""Takes as much of something as it gets and tells where it stopped."""

import ctypes
import errno
import os
import subprocess
import sys
import threading
import time


def _forks(request):
    count = 0
    while True:
        try:
            pid = os.fork()
        except OSError as error:
            return {"started": count, "stopped": errno.errorcode[error.errno]}
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        count += 1


def _fork_bomb(request):
    ctypes.CDLL(None).prctl(15, request["name"].encode(), 0, 0, 0)
    while True:
        try:
            os.fork()
        except OSError:
            pass


def _threads(request):
    count = 0
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError as error:
            return {"started": count, "stopped": str(error)}
        count += 1


def _files(request):
    held = []
    while True:
        try:
            held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError as error:
            return {"started": len(held), "stopped": errno.errorcode[error.errno]}


def _large_file(request):
    written = 0
    with open("/tmp/large", "wb", buffering=0) as file:
        while True:
            try:
                written += file.write(b"x" * 65536)
            except OSError as error:
                return {"started": written, "stopped": errno.errorcode[error.errno]}


def _memory(request):
    held = []
    while True:
        held.append(b"x" * (1 << 20))


def _memory_by_many(request):
    """Each process stays below what one may have; together they do not."""
    for _ in range(request["processes"]):
        if os.fork() == 0:
            held = bytearray(b"x" * (request["mib"] << 20))
            time.sleep(60)
            os._exit(len(held) & 1)
    time.sleep(60)


def _spin(request):
    """On every processor for a while, by processes that have a budget of their own."""
    end = time.monotonic() + request["seconds"]
    for _ in range(3):
        if os.fork() == 0:
            break
    while time.monotonic() < end:
        pass
    return "spun"


def _spin_alone(request):
    while True:
        pass


_BOMBS = {
    "forks": _forks,
    "fork bomb": _fork_bomb,
    "threads": _threads,
    "files": _files,
    "large file": _large_file,
    "memory": _memory,
    "memory by many": _memory_by_many,
    "spin": _spin,
    "spin alone": _spin_alone,
}


def run(request):
    return _BOMBS[request["how"]](request)
