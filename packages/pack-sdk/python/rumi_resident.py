"""A warm worker: one process serves the calls of one pack, one after the other. What a call leaves behind, the next one sees."""

import socket
import sys

import rumi_channel
import rumi_frames as frames
import rumi_host
import rumi_limits


def main():
    sock = socket.socket(fileno=4)
    sock.setblocking(True)
    sock.set_inheritable(False)
    sys.path.append("/rumi/python")
    rumi_host.prepare()
    channel = rumi_channel.Channel(sock)
    channel.send(frames.READY, 0)
    limits = None
    while True:
        received = channel.next_call()
        if received is None:
            return
        call, body = received
        if limits is None:  # before any code of the pack runs
            limits = rumi_limits.unpack(body)
            rumi_limits.apply(limits, per_call=False)
        rumi_host.serve_call(channel, call, body[rumi_limits.HEADER_BYTES :])


if __name__ == "__main__":
    main()
