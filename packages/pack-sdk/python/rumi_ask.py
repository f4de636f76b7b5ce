"""Questions of the block to the host. A refusal is an answer; the block never gets an exception for one."""

import json
import os

#: A question as JSON, and its depth. The kernel ends a call that asks for more.
MAX_BYTES = 4 << 20
MAX_DEPTH = 64
_ENCODER = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":"))

#: The channel of this process; only the host code sets it.
_channel = None


class NotAsked(Exception):
    """A question that did not leave this process. `invalid`: because of what it holds."""

    def __init__(self, invalid, message):
        super().__init__(message)
        self.invalid = invalid


def connect(channel):
    global _channel
    _channel = channel


def ask(message):
    """What the host answers to a message, which must be JSON. Raises NotAsked."""
    try:
        _check(message)
        question = _ENCODER.encode(message).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise NotAsked(True, "this is not JSON: " + str(error)) from None
    if len(question) > MAX_BYTES:
        raise NotAsked(True, "this takes %d bytes as JSON; the limit is %d" % (len(question), MAX_BYTES))
    answer = _channel.ask(question) if _channel is not None else None
    if not answer:
        raise NotAsked(False, "only a block can ask, in its own process and until it has answered")
    return json.loads(answer)


def _check(message):
    """Refuses what Python would write and a strict reader would not take, or would read as something else."""
    level, depth = [message], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        inner = []
        for container in level:
            if isinstance(container, dict):
                _check_keys(container)
                container = container.values()
            for value in container:
                if isinstance(value, (dict, list, tuple)):
                    inner.append(value)
                elif isinstance(value, int) and value.bit_length() > 1023:
                    raise ValueError("a number is out of range")
        level = inner


def _check_keys(container):
    if all(type(key) is str for key in container):
        return
    names = {key if isinstance(key, str) else json.dumps(key, allow_nan=False) for key in container}
    if len(names) != len(container):
        raise ValueError("a key occurs twice")


def _forget_threads():
    if _channel is not None:
        _channel.forget_threads()


os.register_at_fork(after_in_child=_forget_threads)
