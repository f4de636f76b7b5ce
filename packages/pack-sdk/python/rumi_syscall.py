"""HTTP through the host, which is the only way out. `import rumi_syscall` in a block.

Every function returns {"success": bool, "status_code": int, "headers": dict, "body": str, "error": str or None,
"error_type": str or None, "latency_ms": float, "redirect_hops": int, "bytes_read": int, "final_url": str}; any HTTP
status is a success. A refusal is such an answer too: nothing is raised.
"""

import binascii
import json

import rumi_ask


def http_request(method, url, headers=None, body=None, timeout_seconds=30.0):
    """Sends a request. `body`: str or bytes."""
    message = {"kind": "http", "method": method, "url": url, "timeout_seconds": timeout_seconds, "body": None}
    if isinstance(body, (bytes, bytearray, memoryview)):
        message["body_base64"] = binascii.b2a_base64(body, newline=False).decode("ascii")
    elif body is None or isinstance(body, str):
        message["body"] = body
    else:
        kind = type(body).__name__
        return _failure(url, "the body must be str or bytes, not %s; to send JSON use post_json(url, data)" % kind)
    try:
        message["headers"] = {} if headers is None else dict(headers)
        answer = rumi_ask.ask(message)
    except (TypeError, ValueError):
        return _failure(url, "the headers must be a dict of names and values")
    except rumi_ask.NotAsked as problem:
        return _failure(url, str(problem), "bad_request" if problem.invalid else "internal_error")
    return dict(_failure(url, None, None), **answer)


def get(url, headers=None, timeout_seconds=30.0):
    return http_request("GET", url, headers, None, timeout_seconds)


def post(url, body=None, headers=None, timeout_seconds=30.0):
    return http_request("POST", url, headers, body, timeout_seconds)


def post_json(url, data, headers=None, timeout_seconds=30.0):
    """Sends `data` as JSON; sets Content-Type unless `headers` has one."""
    try:
        body = json.dumps(data, allow_nan=False, ensure_ascii=False).encode("utf-8").decode("utf-8")
        headers = {} if headers is None else dict(headers)
    except (TypeError, ValueError, RecursionError) as error:
        return _failure(url, "this is not JSON: " + str(error))
    if not any(str(name).lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return http_request("POST", url, headers, body, timeout_seconds)


def put(url, body=None, headers=None, timeout_seconds=30.0):
    return http_request("PUT", url, headers, body, timeout_seconds)


def delete(url, headers=None, timeout_seconds=30.0):
    return http_request("DELETE", url, headers, None, timeout_seconds)


def patch(url, body=None, headers=None, timeout_seconds=30.0):
    return http_request("PATCH", url, headers, body, timeout_seconds)


def head(url, headers=None, timeout_seconds=30.0):
    return http_request("HEAD", url, headers, None, timeout_seconds)


def network_check(domain, port=443):
    """{"allowed": bool, "reason": str}: whether a connection would be allowed. Connects to nothing."""
    try:
        answer = rumi_ask.ask({"kind": "network_check", "domain": domain, "port": port})
    except rumi_ask.NotAsked as problem:
        answer = {"error": str(problem)}
    # Whatever went wrong: a block that looks only at `allowed` must not take it for a yes.
    return dict({"allowed": False, "reason": answer.get("error") or ""}, **answer)


def _failure(url, error, error_type="bad_request"):
    return {
        **{"success": False, "status_code": 0, "headers": {}, "body": "", "error": error, "error_type": error_type},
        **{"latency_ms": 0.0, "redirect_hops": 0, "bytes_read": 0, "final_url": url if isinstance(url, str) else ""},
    }
