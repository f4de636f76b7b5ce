"""Frames on the channel between the kernel and a worker.

A frame is: length of the rest (4 bytes, big endian), kind (1 byte), call number (4 bytes, big endian), body.
The kernel's reader has the same definition; docs/protocols/channel.md describes both.
"""

import struct

CALL, KILL, READY, RESULT, STDOUT, STDERR, END, ASK, ANSWER = range(1, 10)

HEADER = struct.Struct(">IBI")
#: Bytes that a header takes, and how many of them the length field counts.
HEADER_BYTES = HEADER.size
COUNTED = HEADER_BYTES - 4


def pack(kind, call, body=b""):
    """One frame as bytes."""
    return HEADER.pack(COUNTED + len(body), kind, call) + body


def read_exactly(sock, count):
    """Exactly `count` bytes, or None when the other side has closed."""
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_into(sock, view):
    """Fills `view`; False when the other side has closed. Unlike `read_exactly` it leaves no copies in memory."""
    while len(view):
        count = sock.recv_into(view)
        if count == 0:
            return False
        view = view[count:]
    return True
