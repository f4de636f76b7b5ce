"""A worker's end of the channel: what the block prints and asks goes up, calls and answers come down.

Any thread of a block may ask. One of those that wait reads, for all of them; the lock for writing keeps frames whole.
"""

import os
import struct
import threading

import rumi_frames as frames

#: Questions that are open at the same time; further ones wait. The kernel ends a call that opens more than 32.
MAX_OPEN = 16
MAX_FRAME_BYTES = 16 << 20
_NUMBER = struct.Struct(">I")
_READ_BYTES = 1 << 16
#: The place of a question that nobody waits for any more: it stays open until its answer comes.
_ABANDONED = object()


class Channel:
    def __init__(self, sock):
        self._sock, self._process = sock, os.getpid()
        self._writing = threading.Lock()
        # Guards all that follows. Never held while `_writing` is waited for.
        self._changed = threading.Condition(threading.Lock())
        self._buffer = bytearray()
        self._reading = False
        self._closed = False
        self._call, self._next_call = 0, None
        #: By the number of the question: None, then its answer.
        self._answers = {}
        self._last, self._open_count = 0, 0

    def send(self, kind, call, body=b""):
        with self._writing:
            self._sock.sendall(frames.pack(kind, call, body))

    def next_call(self):
        """(number, body) of the next call; None when there will be none."""

        def take():
            found, self._next_call = self._next_call, None
            return found

        return self._wait(take)

    def begin(self, call):
        """From now on questions are about this call."""
        with self._changed:
            self._call = call

    def finish(self, answer):
        """Sends the call's answer. Whoever still waits for one of its own is told that there will be none."""
        with self._writing:
            with self._changed:
                call, self._call = self._call, 0
                self._answers.clear()
                self._open_count = 0
                self._changed.notify_all()
            self._sock.sendall(frames.pack(frames.RESULT, call, answer))

    def ask(self, question):
        """The answer to a question, as bytes; None when the call has ended, or this is not its process."""
        if os.getpid() != self._process:  # a fork of it would take the answers of the others
            return None
        with self._changed:
            call = self._call
        number = self._wait(lambda: self._open(call))
        if not number:
            return None
        try:
            return self._wait(lambda: self._take(number)) if self._send_question(call, number, question) else None
        except BaseException:  # an alarm of the block's own, say
            with self._changed:
                if number in self._answers and self._answers[number] is None:
                    self._answers[number] = _ABANDONED
            raise

    def _open(self, call):
        if not call or call != self._call:
            return 0
        if self._open_count >= MAX_OPEN:
            return None
        self._open_count += 1
        self._last = self._last % 0xFFFFFFFF + 1
        self._answers[self._last] = None
        return self._last

    def _send_question(self, call, number, question):
        with self._writing:
            if self._call != call:  # it has answered meanwhile: a question would be a violation
                return False
            self._sock.sendall(frames.pack(frames.ASK, call, _NUMBER.pack(number) + question))
            return True

    def _take(self, number):
        if number not in self._answers:
            return b""
        return None if self._answers[number] is None else self._answers.pop(number)

    def _wait(self, take):
        """What `take` finds, asked under the lock until it is not None; None when the channel has ended."""
        while True:
            with self._changed:
                while True:
                    found = take()
                    if found is not None or self._closed:
                        return found
                    if not self._reading:
                        break
                    self._changed.wait()
                self._reading = True
            try:
                self._read()
            finally:
                with self._changed:
                    self._reading = False
                    self._changed.notify_all()

    def _read(self):
        """Reads once. Half a frame stays for whoever reads next."""
        data = self._sock.recv(max(_READ_BYTES, min(self._missing(), 1 << 20)))
        with self._changed:
            self._buffer += data
            self._closed = self._closed or not data
            while not self._closed and len(self._buffer) >= frames.HEADER_BYTES:
                length, kind, call = frames.HEADER.unpack_from(self._buffer)
                if length < frames.COUNTED or length - frames.COUNTED > MAX_FRAME_BYTES:
                    self._closed = True
                if self._missing() or self._closed:
                    return
                with memoryview(self._buffer) as view:
                    body = bytes(view[frames.HEADER_BYTES : 4 + length])
                del self._buffer[: 4 + length]
                self._receive(kind, call, body)

    def _missing(self):
        """Bytes that the frame in the buffer lacks."""
        if len(self._buffer) < frames.HEADER_BYTES:
            return frames.HEADER_BYTES - len(self._buffer)
        return max(0, 4 + frames.HEADER.unpack_from(self._buffer)[0] - len(self._buffer))

    def _receive(self, kind, call, body):
        if kind == frames.CALL:
            self._next_call = (call, body)
        elif kind != frames.ANSWER:
            self._closed = True
        elif call == self._call and len(body) > _NUMBER.size:  # otherwise it is for a call that is over
            number = _NUMBER.unpack_from(body)[0]
            if number not in self._answers:
                return
            # The place is free from here on: whoever waits for it may be the one that reads.
            self._open_count -= 1
            if self._answers[number] is _ABANDONED:
                del self._answers[number]
            else:
                self._answers[number] = body[_NUMBER.size :]

    def forget_threads(self):
        """After a fork: the threads that held the lock for writing are not in this process."""
        self._writing = threading.Lock()
