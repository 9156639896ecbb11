"""Sends requests that were made beforehand and measures each, in a cheap process of its own.

Closed loop: each connection sends its next request when the last one is answered. Open loop: a
request is due every 1/rate seconds, whatever happened to earlier ones, and its time counts from
when it was due, so a stalling server cannot hide how many requests it kept waiting (coordinated
omission).

It loads only the standard library. It reads the pickled job from standard input, writes "ready"
when every connection is open, starts the clock at the next byte, and writes the pickled outcome.
"""

import gc
import pickle
import select
import socket
import sys
import time
from array import array
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

HEAD_ENDS = b"\r\n\r\n"
LENGTHS = (b"Content-Length: ", b"content-length: ")  # as our server and others write it
LAST_CHUNK = b"0\r\n\r\n"
GIVE_UP_AFTER_SECONDS = 30


class Job(NamedTuple):
    """What to send. ``lanes``: the requests of each connection, in order.

    If ``rate_per_second`` is None, the loop is closed. Otherwise the lanes only stand for
    connections, and whichever is free sends the next request when it is due. Every right answer
    contains ``expected``.
    """

    port: int
    lanes: Sequence[Sequence[bytes]]
    seconds: float
    rate_per_second: float | None
    expected: bytes


class Outcome(NamedTuple):
    """``sent``: the number of requests per lane; all were answered. Times are in nanoseconds."""

    sent: list[int]
    latencies: "array[int]"
    seconds: float
    cpu_seconds: float
    wrong: int
    examples: list[bytes]


class Lane:
    """One connection that is kept alive, with at most one request in progress."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), GIVE_UP_AFTER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests
        self.sent = 0
        self.since = 0
        self.answer = b""

    def send(self, request: bytes, since: int) -> None:
        self.since = since
        self.answer = b""
        self.socket.sendall(request)
        self.sent += 1

    def receive(self) -> bool:
        """Whether the answer is complete."""
        received = self.socket.recv(262_144)
        if not received:
            raise ConnectionError(f"the server hung up: {self.answer[:200]!r}")
        self.answer = self.answer + received if self.answer else received
        return is_whole(self.answer)


def is_whole(answer: bytes) -> bool:
    head = answer.find(HEAD_ENDS)
    if head < 0:
        return False
    for name in LENGTHS:
        length = answer.find(name, 0, head)
        if length >= 0:
            end = answer.index(b"\r", length)
            return len(answer) >= head + 4 + int(answer[length + len(name) : end])
    return answer.endswith(LAST_CHUNK)


class Tally:
    """The results: latencies in nanoseconds, and wrong answers."""

    def __init__(self, expected: bytes) -> None:
        self.expected = expected
        self.latencies = array("q")
        self.wrong = 0
        self.examples: list[bytes] = []

    def count(self, lane: Lane, now: int) -> None:
        self.latencies.append(now - lane.since)
        if lane.answer[9:12] != b"200" or self.expected not in lane.answer:
            self.wrong += 1
            if len(self.examples) < 3:
                self.examples.append(lane.answer[:600])


def closed_loop(job: Job, lanes: list[Lane], tally: Tally) -> None:
    clock = time.perf_counter_ns
    poller = select.epoll()
    by_file = {lane.socket.fileno(): lane for lane in lanes}
    for file in by_file:
        poller.register(file, select.EPOLLIN)
    end = clock() + int(job.seconds * 1e9)
    for lane in lanes:
        lane.send(lane.requests[0], clock())
    under_way = len(lanes)
    while under_way:
        ready = poller.poll(GIVE_UP_AFTER_SECONDS)
        if not ready:
            raise TimeoutError("no answer came")
        for file, _ in ready:
            lane = by_file[file]
            if not lane.receive():
                continue
            now = clock()
            tally.count(lane, now)
            if now < end and lane.sent < len(lane.requests):
                lane.send(lane.requests[lane.sent], now)
            else:
                under_way -= 1


def open_loop(job: Job, lanes: list[Lane], tally: Tally) -> None:
    assert job.rate_per_second is not None
    clock = time.perf_counter_ns
    requests = [request for lane in job.lanes for request in lane]
    requests = requests[: int(job.rate_per_second * job.seconds)]
    every = 1e9 / job.rate_per_second
    idle = deque(lanes)  # in turns, because the server closes connections that stay idle for long
    by_socket = {lane.socket: lane for lane in lanes}
    busy: set[socket.socket] = set()
    number, start = 0, clock()
    while number < len(requests) or busy:
        due = start + int(number * every)
        while number < len(requests) and idle and clock() >= due:
            lane = idle.popleft()
            busy.add(lane.socket)
            lane.send(requests[number], due)
            number += 1
            due = start + int(number * every)
        wait = GIVE_UP_AFTER_SECONDS * 1e9
        if number < len(requests) and idle:
            wait = max(0, due - clock())
        ready, _, _ = select.select(list(busy), [], [], wait / 1e9)
        for answered in ready:
            lane = by_socket[answered]
            if lane.receive():
                tally.count(lane, clock())
                busy.remove(answered)
                idle.append(lane)


def main() -> None:
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
    lanes = [Lane(job.port, requests) for requests in job.lanes]
    tally = Tally(job.expected)
    gc.freeze()
    gc.disable()
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    sys.stdin.buffer.read(1)
    began, cpu_began = time.perf_counter(), time.process_time()
    (closed_loop if job.rate_per_second is None else open_loop)(job, lanes, tally)
    outcome = Outcome(
        [lane.sent for lane in lanes],
        tally.latencies,
        time.perf_counter() - began,
        time.process_time() - cpu_began,
        tally.wrong,
        tally.examples,
    )
    pickle.dump(outcome, sys.stdout.buffer)
