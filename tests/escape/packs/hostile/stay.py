"""Does not end: ignores every signal, keeps stdout open, spins or sleeps. Its processes carry the name from the input."""

import ctypes
import os
import signal
import time


def _rename(name):
    ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)


def _ignore_signals():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue


def _stay(how):
    while how == "spin":
        pass
    while True:
        time.sleep(1)


def _daemonise(request):
    """Leaves session, group and parent behind."""
    middle = os.fork()
    if middle == 0:
        os.setsid()
        if os.fork() == 0:
            _ignore_signals()
            _rename(request["name"])
            _stay("sleep")
        os._exit(0)
    os.waitpid(middle, 0)


def run(request):
    if request.get("daemon"):
        _daemonise(request)
        time.sleep(0.05)
    _ignore_signals()
    if request.get("unbind"):  # from the end of its parent: PR_SET_PDEATHSIG to nothing
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    if request["how"] == "answer":
        return "answered"
    _rename(request["name"])
    print("half a line", end="", flush=True)
    _stay(request["how"])
