"""Writes without end."""

import os
import socket
import sys
import threading
import time


def run(request):
    how = request["how"]
    if how == "raw":
        while True:
            os.write(1, b"x" * 65536)
    if how == "stderr":
        while True:
            os.write(2, b"x" * 65536)
    if how == "print":
        while True:
            print("x" * 1000)
    if how == "no newline":
        while True:
            sys.stdout.write("x" * 4096)
    if how == "empty frames":
        channel = socket.socket(fileno=request["channel"])
        frames = (5).to_bytes(4, "big") + b"\x05" + request["call"].to_bytes(4, "big")
        while True:
            channel.sendall(frames * 7000)
    if how == "afterwards":
        threading.Thread(target=_raw, daemon=True).start()
        return "done"
    return None


def _raw():
    time.sleep(0.05)  # by then the call has been answered
    while True:
        os.write(1, b"x" * 65536)
