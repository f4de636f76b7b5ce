"""Two calls of one pack at the same time: one tells a secret, the other listens."""

import os
import socket
import time


def run(request):
    if request["role"] == "listen":
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
    end = time.monotonic() + request["seconds"]
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect("\0" + request["name"])
            except ConnectionRefusedError:
                time.sleep(0.01)
                continue
            socket.send_fds(sock, [b"a secret"], [3])
            return "told"
    return "nobody listened"
