"""Makes raw system calls, each in a process of its own, and prints what Linux answered.

Started as `python3 -I -S -c <this text> <json>`, where the json is
{"filter": base64 or null, "probes": [[label, number, [argument, ...]], ...]}.
An argument is a number or a text. With a filter, every process loads it with prctl before the call.
Prints {label: "ok" | errno name | "signal N"}.
"""

import base64
import ctypes
import errno
import json
import mmap
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def load_filter(instructions):
    program = Program(len(instructions) // 8, instructions)
    assert libc.prctl(38, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS"
    assert libc.prctl(22, 2, ctypes.byref(program), 0, 0) == 0, "PR_SET_SECCOMP"


def call_i386_getpid():
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20; int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()


def call(number, arguments):
    if number == "int 0x80":
        return call_i386_getpid()
    words = [ctypes.c_char_p(a.encode()) if isinstance(a, str) else ctypes.c_ulong(a) for a in arguments]
    words += [ctypes.c_ulong(0)] * (6 - len(words))
    return libc.syscall(ctypes.c_long(number), *words)


def probe(number, arguments, instructions):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if instructions is not None:
            load_filter(instructions)
        parent = os.getpid()
        returned = call(number, arguments)
        reason = ctypes.get_errno()
        if os.getpid() == parent or returned != 0:  # not in a child that the call itself made
            os.write(writer, ("ok" if returned != -1 else errno.errorcode.get(reason, str(reason))).encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    answer = os.read(reader, 64).decode()
    os.close(reader)
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else answer


request = json.loads(sys.argv[1])
instructions = base64.b64decode(request["filter"]) if request["filter"] else None
print(json.dumps({label: probe(number, arguments, instructions) for label, number, arguments in request["probes"]}))
