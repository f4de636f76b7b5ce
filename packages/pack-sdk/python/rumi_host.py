"""Runs one block call inside the sandbox: load the file, call `run`, answer once.

The kernel trusts nothing that comes from here: this process belongs to the pack as soon as its code is imported.
"""

import importlib.machinery
import importlib.util
import inspect
import io
import json
import os
import sys
import traceback

import rumi_ask
import rumi_capability  # noqa: F401  loaded here, so that a pack's file of this name does not take its place
import rumi_frames as frames
import rumi_syscall

PACK_ROOT = os.environ.get("RUMI_PACK_ROOT", "/pack")
#: Characters of a traceback that are printed, from its end: a message of the block's may have any size.
MAX_TRACEBACK = 1 << 16
#: Bytes and files of a pack that are looked through before it counts as one with `async` functions.
MAX_LOOKED_THROUGH = (1 << 20, 500)


def prepare():
    """Loads asyncio for a pack that may need it: that takes as long as all the rest of a start, and a call would wait."""
    if _mentions_async():
        import asyncio  # noqa: F401


def _mentions_async():
    bytes_left, files_left = MAX_LOOKED_THROUGH
    for folder, _, names in os.walk(PACK_ROOT):
        for name in names:
            if not name.endswith(".py"):
                continue
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    text = file.read(bytes_left)
            except OSError:
                return True
            bytes_left, files_left = bytes_left - len(text), files_left - 1
            if b"async" in text or bytes_left <= 0 or files_left <= 0:
                return True
    return False


class FrameWriter(io.RawIOBase):
    """A text stream's bottom that sends what is printed as frames, so that it stays in order with the answer."""

    def __init__(self, channel, kind, call):
        super().__init__()
        self._channel, self._kind, self._call = channel, kind, call

    def writable(self):
        return True

    def write(self, data):
        data = bytes(data)
        for start in range(0, len(data), 65536):
            self._channel.send(self._kind, self._call, data[start : start + 65536])
        return len(data)


def serve_call(channel, call, body):
    """Runs the call described by `body` and sends its one RESULT frame."""
    stdout, stderr = (
        io.TextIOWrapper(FrameWriter(channel, kind, call), "utf-8", "replace", line_buffering=True)
        for kind in (frames.STDOUT, frames.STDERR)
    )
    sys.stdout, sys.stderr = stdout, stderr
    rumi_ask.connect(channel)
    channel.begin(call)
    try:
        request = json.loads(body)
        limit = request["limits"]["answerBytes"]
        answer = _encode(_run(request), limit)
    except BaseException as error:  # whatever a block raises, SystemExit included, is an answer and not our end
        answer = _describe(error, stderr)
    for stream in (sys.stdout, sys.stderr, stdout, stderr):
        try:
            stream.flush()
        except BaseException:  # the block closed it, or put something of its own there: its answer stands all the same
            continue
    channel.finish(answer)


class _SourceLoader(importlib.machinery.SourceFileLoader):
    """Loads what people can read and have approved: compiled code beside a source could be that of another one."""

    def path_stats(self, path):
        raise OSError("the source is always compiled")


def _find_sources(entry):
    """A path hook for folders of the pack. Compiled files without a source are none of its modules."""
    if entry != PACK_ROOT and not entry.startswith(PACK_ROOT + "/"):
        raise ImportError("not of the pack", path=entry)
    kinds = (
        (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
        (_SourceLoader, importlib.machinery.SOURCE_SUFFIXES),
    )
    return importlib.machinery.FileFinder(entry, *kinds)


sys.path_hooks.insert(0, _find_sources)


class Refused(Exception):
    """A failure with one of the documented error types."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def _run(request):
    entry = request.get("entry") or {"function": "run", "style": "block"}
    function, count = _find_function(request, entry["function"])
    context = dict(request["context"])
    context["inputs"] = request["input"]
    context["network_check"] = rumi_syscall.network_check
    context["http_request"] = rumi_syscall.http_request
    given = (request["input"], context)
    if entry["style"] == "handler" and count == 2:
        given = (context, request["input"])
    value = function(*given[:count])
    if inspect.isawaitable(value):
        import asyncio

        value = asyncio.run(_await(value))
    if inspect.isgenerator(value):
        value = {"chunks": list(value), "is_streaming": True}
    return value


#: What a warm worker has loaded: modules by file; functions, and how many arguments they take, by file and name.
_modules = {}
_functions = {}


def _find_function(request, name):
    file = request["file"]
    if (file, name) not in _functions:
        path = os.path.join(PACK_ROOT, file)
        if not os.path.isfile(path):
            raise Refused("block_missing", "the pack has no file " + file)
        if file not in _modules:
            _modules[file] = _load(path, request)
        function = getattr(_modules[file], name, None)
        if not callable(function):
            form = "run(input_data, context=None)" if name == "run" else name
            raise Refused("block_missing", file + " defines no function " + form)
        _functions[file, name] = (function, _positional_count(function))
    return _functions[file, name]


def _load(path, request):
    roots = [os.path.dirname(path), os.path.join(PACK_ROOT, request["subdir"])]
    sys.path[:0] = [root for root in dict.fromkeys(os.path.normpath(root) for root in roots) if root not in sys.path]
    name = "rumi_block_" + str(abs(hash(path)))
    spec = importlib.util.spec_from_file_location(name, path, loader=_SourceLoader(name, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


def _positional_count(run):
    """How many arguments of ours the function takes: 0, 1 or 2."""
    try:
        parameters = inspect.signature(run).parameters.values()
    except (TypeError, ValueError):
        return 2
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    return min(2, sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters))


async def _await(value):
    return await value


def _encode(value, limit):
    try:
        text = json.dumps({"ok": True, "value": value}, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused("bad_output", "the block returned something that is not JSON: " + str(error)) from None
    if len(data) > limit:
        raise Refused("output_too_large", "the block returned %d bytes; the limit is %d" % (len(data), limit))
    return data


def _describe(error, stderr):
    if isinstance(error, Refused):
        kind, message = error.error_type, str(error)
    elif isinstance(error, MemoryError):
        kind, message = "oom", "the block ran out of memory"
    elif isinstance(error, SystemExit):
        kind, message = "bad_output", "the block called exit(%r) instead of returning an answer" % (error.code,)
    else:
        kind, message = "block_error", "%s%s: %s" % (_place(error), type(error).__name__, _text(error))
        _print_traceback(error, stderr)
    return json.dumps({"ok": False, "type": kind, "message": message[:4000]}).encode("utf-8")


def _print_traceback(error, stderr):
    """The pack's own part of the traceback, with paths as the pack knows them."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith(PACK_ROOT + "/"):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    try:
        stderr.write(text.replace(PACK_ROOT + "/", "")[-MAX_TRACEBACK:])
    except ValueError:  # the block closed it
        return


def _text(error):
    try:
        return str(error)
    except BaseException:  # a block's own __str__ may raise
        return "(no text)"


def _place(error):
    """`file:line ` of the innermost frame inside the pack, or nothing."""
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(PACK_ROOT + "/"):
        return "%s:%s " % (error.filename[len(PACK_ROOT) + 1 :], error.lineno)
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(PACK_ROOT + "/"):
            place = "%s:%d " % (frame.filename[len(PACK_ROOT) + 1 :], frame.lineno)
    return place
