"""Tells how many calls its process has served."""

calls = 0


def run(_):
    global calls
    calls += 1
    return {"calls": calls}
