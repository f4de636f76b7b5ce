import datetime
import sys

_VALUES = {
    "nan": lambda: {"x": float("nan")},
    "infinity": lambda: [float("inf")],
    "large": lambda: "x" * 10_000_000,
    "none": lambda: None,
    "a date": lambda: {"at": datetime.datetime(2020, 1, 1)},
    "a set": lambda: {1, 2},
    "bytes": lambda: b"x",
    "a half character": lambda: "\ud800",
    "deep": lambda: _deep(100),
    "very deep": lambda: _deep(100_000),
    "circular": lambda: _circular(),
    "exit": lambda: sys.exit(3),
    "number keys": lambda: {1: "a"},
    "large number": lambda: 10**30,
    "characters": lambda: "日本語 🦊 \u0000 \" \\",
}


def _deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def _circular():
    value = []
    value.append(value)
    return value


def run(input_data):
    return _VALUES[input_data]()
