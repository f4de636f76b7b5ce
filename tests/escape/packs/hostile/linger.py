"""Answers by itself, on its channel, and stays."""

import ctypes
import os
import time


def run(request):
    ctypes.CDLL(None).prctl(15, request["name"].encode(), 0, 0, 0)
    body = b'{"ok":true,"value":"early"}'
    os.write(3, (5 + len(body)).to_bytes(4, "big") + b"\x04" + bytes(4) + body)
    while True:
        time.sleep(1)
