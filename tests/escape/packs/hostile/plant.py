"""Plants what it can for the next call, and tells what it finds of the last one."""

import builtins
import json
import os
import socket
import time

calls = 0


def run(_):
    global calls
    found = {
        "module": calls,
        "builtins": hasattr(builtins, "planted"),
        "library": hasattr(json, "planted"),
        "environment": "PLANTED" in os.environ,
        "files": [folder for folder in ("/tmp", "/dev/shm", "/run") if "planted" in os.listdir(folder)],
        "folder": os.getcwd(),
        "daemon": _find_daemon(),
        "pid": os.getpid(),
    }
    calls += 1
    builtins.planted = json.planted = True
    os.environ["PLANTED"] = "1"
    for folder in ("/tmp", "/dev/shm"):
        open(folder + "/planted", "w").close()
    os.chdir("/dev")
    if not found["daemon"]:
        _leave_daemon()
    return found


def _leave_daemon():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0planted")
    listener.listen(8)
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
    listener.close()


def _find_daemon():
    with socket.socket(socket.AF_UNIX) as sock:
        return sock.connect_ex("\0planted") == 0
