"""Capabilities: what the host does for a pack that was granted it. `import rumi_capability` in a block."""

import rumi_ask


def call(permission_id, args=None, timeout_seconds=30.0, request_id=None):
    """Asks the host to do something and waits for its answer. May be called from several threads.

    Returns {"success": bool, "output": anything, "error": str or None, "error_type": str or None, "latency_ms": float}.
    A refusal is such an answer too: nothing is raised.
    """
    message = {
        "kind": "capability",
        "permission_id": permission_id,
        "args": {} if args is None else args,
        "timeout_seconds": timeout_seconds,
        "request_id": request_id,
    }
    try:
        return rumi_ask.ask(message)
    except rumi_ask.NotAsked as problem:
        error_type = "invalid_request" if problem.invalid else "internal_error"
        failure = {"success": False, "error": str(problem), "error_type": error_type}
        return dict(failure, output=dict(failure), latency_ms=0.0)
