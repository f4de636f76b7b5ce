"""Writes what it likes to its channel: descriptor 3 of a forked call, 4 of a warm worker."""

import os
import socket
import sys
import time


def _own_call():
    frame = sys._getframe()
    while "call" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["call"]


def _frame(kind, call, body, length=None):
    return (5 + len(body) if length is None else length).to_bytes(4, "big") + bytes([kind]) + call.to_bytes(4, "big") + body


def run(request):
    own = _own_call()
    data = b"".join(
        _frame(one["kind"], own + one.get("offset", 0), one.get("body", "").encode("latin-1"), one.get("length"))
        for one in request["frames"]
    )
    data += bytes.fromhex(request.get("raw", ""))
    with socket.socket(fileno=os.dup(request["channel"])) as channel:
        if request.get("descriptors"):
            socket.send_fds(channel, [data], [0] * request["descriptors"])
        else:
            channel.sendall(data)
    time.sleep(request.get("seconds", 0))
    return {"own": request["own"]}
