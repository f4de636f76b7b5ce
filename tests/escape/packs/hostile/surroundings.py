"""What an interpreter was started with."""

import os
import socket
import sys


def run(_):
    return {
        "environment": dict(os.environ),
        "arguments": sys.orig_argv[1:],
        "path": [entry for entry in sys.path if entry not in ("/rumi/python", "/pack")],
        "loaded": sorted({"site", "sitecustomize", "usercustomize"} & set(sys.modules)),
        "ids": [os.getpid(), os.getuid(), os.getgid(), os.getgroups()],
        "hostname": socket.gethostname(),
    }
