"""Resource limits of a call: six unsigned 32-bit numbers before the call's JSON."""

import ctypes
import resource
import struct

_FIELDS = struct.Struct(">6I")
HEADER_BYTES = _FIELDS.size


#: mallopt(3): arenas of the C library. Each reserves 64 MiB of the addresses below, and it would make one per thread.
_M_ARENA_MAX = -8


def unpack(body):
    """(memory in KiB, processes, processor seconds, bytes of /tmp, open files, bytes of a file)"""
    return _FIELDS.unpack_from(body)


def apply(limits, per_call):
    """Bounds this process and all it starts. Processor time is bounded only where the process serves one call."""
    memory_kib, processes, cpu_seconds, _, files, file_bytes = limits
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))
    if per_call:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    ctypes.PyDLL(None).mallopt(_M_ARENA_MAX, 1)
    # Counts reserved addresses, not touched pages; where a memory control group exists, that is the exact bound.
    reserved = memory_kib * 1024 + (160 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (reserved, reserved))
