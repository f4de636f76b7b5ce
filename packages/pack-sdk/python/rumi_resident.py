"""A warm worker: one process serves the calls of one pack, one after the other. What a call leaves behind, the next one sees."""

import socket
import sys

import rumi_frames as frames
import rumi_host
import rumi_limits


def main():
    channel = socket.socket(fileno=4)
    channel.setblocking(True)
    channel.set_inheritable(False)
    sys.path.append("/rumi/python")
    channel.sendall(frames.pack(frames.READY, 0))
    limits = None
    while True:
        frame = frames.read_frame(channel, rumi_host.MAX_INPUT_BYTES)
        if frame is None or frame[0] != frames.CALL:
            return
        if limits is None:  # before any code of the pack runs
            limits = rumi_limits.unpack(frame[2])
            rumi_limits.apply(limits, per_call=False)
        rumi_host.serve_call(channel, frame[1], frame[2][rumi_limits.HEADER_BYTES :])


if __name__ == "__main__":
    main()
