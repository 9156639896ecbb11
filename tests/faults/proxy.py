"""A proxy between two services that causes the faults it is told to, and counts them.

It passes whole HTTP/1.1 requests and answers on byte for byte, or what is left of them. It runs in
a thread of its own.
"""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from tests.faults.faults import LONGEST_HOLD_SECONDS, Back, Copy, Fault, Sent

COPIED_AFTER_SECONDS = 1.0
_HEAD_END = b"\r\n\r\n"
_UNHARMED = Fault("")


@dataclass(frozen=True)
class Message:
    """A request or an answer: its head, with the empty line at the end, and its body."""

    head: bytes
    body: bytes

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> "Message":
        head = await reader.readuntil(_HEAD_END)
        length = int(cls(head, b"").headers.get("content-length", 0))
        return cls(head, await reader.readexactly(length))

    @property
    def whole(self) -> bytes:
        return self.head + self.body

    @cached_property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").splitlines()[1:]
        named = (line.partition(":") for line in lines if line)
        return {name.lower(): value.strip() for name, _, value in named}

    @cached_property
    def words(self) -> list[str]:
        """The words of the first line: method and path, or protocol and status."""
        return self.head.decode("latin-1").partition("\r\n")[0].split(" ")

    @cached_property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.body)
        return fields

    @property
    def name(self) -> str:
        """What the call is about; the same each time it is sent."""
        about = self.fields.get("transactionId") or self.headers.get("x-request-id", "")
        return f"{self.words[1]} {about}"


Result = TypeVar("Result")
FaultOf = Callable[[Message, str], Fault | None]
"""What should go wrong with a request; it gets the request, and its name with its number."""


class Proxy:
    """Listens on ``port``, passes on to ``receiver_port``. Its counts can be read at any time."""

    def __init__(self, receiver_port: int, fault_of: FaultOf) -> None:
        self.fault_of = fault_of
        self.happened: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, int]] = Counter()
        """How many requests for a path got which status from the receiver."""
        self.kept: list[Message] = []
        """Copies to deliver when all is over."""
        self._receiver_port = receiver_port
        self._sendings: Counter[str] = Counter()
        self._held: dict[str, list[asyncio.Event]] = defaultdict(list)
        self._bets: list[Message] = []
        self._rolled_back: set[str] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @contextlib.contextmanager
    def serving(self) -> Iterator["Proxy"]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        server = self._now(asyncio.start_server(self._serve, sock=self._listener))
        try:
            yield self
        finally:
            self._now(self._stop(server))
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    @property
    def rolled_back(self) -> list[Message]:
        """Every bet that passed and that the receiver has rolled back."""
        return [bet for bet in self._bets if bet.fields["transactionId"] in self._rolled_back]

    def drain(self) -> None:
        """Return when nothing is under way any more."""
        self._now(self._until_nothing_is_under_way())

    def deliver(self, copies: Sequence[Message]) -> list[int]:
        """Pass on copies at the same time; return the receiver's statuses, 0 for no answer."""
        return self._now(self._deliver(copies))

    def _now(self, work: Coroutine[Any, Any, Result]) -> Result:
        running: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return running.result(timeout=60)

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_nothing_is_under_way(self) -> None:
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _deliver(self, copies: Sequence[Message]) -> list[int]:
        return await asyncio.gather(*map(self._pass_copy, copies))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # These are cancelled at the very end, and asyncio would report that at length.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            is_open = True
            while is_open:
                request = await Message.read(reader)
                is_open = await self._tracked(self._exchange(request, writer))
        writer.close()

    def _tracked(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._loop.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _exchange(self, request: Message, client: asyncio.StreamWriter) -> bool:
        """Return False if the connection to the client was closed."""
        self._sendings[request.name] += 1
        name = f"{request.name} #{self._sendings[request.name]}"
        fault = self.fault_of(request, name) or _UNHARMED
        if request.words[1].endswith("debit"):
            self._bets.append(request)
        await self._hold(request, fault)
        self._copy(request, fault)
        reply = await self._pass_on(request, fault)
        await asyncio.sleep(fault.answered_after_seconds)
        self._count(fault, reply)
        return await _give_back(reply, fault, client)

    async def _hold(self, request: Message, fault: Fault) -> None:
        await asyncio.sleep(fault.held_seconds)
        if fault.until_overtaken:
            overtaken = asyncio.Event()
            self._held[request.fields["sessionToken"]].append(overtaken)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(overtaken.wait(), LONGEST_HOLD_SECONDS)
            self.happened[fault.kind] += overtaken.is_set()

    def _copy(self, request: Message, fault: Fault) -> None:
        if fault.copy is Copy.SOON:
            self._tracked(self._copy_soon(request))
        elif fault.copy is Copy.WHEN_ALL_IS_OVER:
            self.kept.append(request)

    async def _copy_soon(self, request: Message) -> None:
        await asyncio.sleep(COPIED_AFTER_SECONDS)
        await self._pass_copy(request)

    async def _pass_copy(self, request: Message) -> int:
        if request.fields.get("transactionId") in self._rolled_back:
            self.happened["bet copied after its rollback"] += 1
        reply = await self._send(request, request.whole)
        return int(reply.words[1]) if reply else 0

    async def _pass_on(self, request: Message, fault: Fault) -> Message | None:
        """The receiver's answer; None if it was sent nothing, or gave none."""
        if fault.sent is Sent.NOTHING:
            return None
        if fault.sent is Sent.HALF:
            return await self._send(request, request.head + request.body[: len(request.body) // 2])
        copies = 2 if fault.sent is Sent.TWICE else 1
        sendings = [self._send(request, request.whole) for _ in range(copies)]
        return (await asyncio.gather(*sendings))[fault.heard]

    async def _send(self, request: Message, sent: bytes) -> Message | None:
        reply = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._receiver_port)
            try:
                writer.write(sent)
                await writer.drain()
                if sent == request.whole:
                    reply = await Message.read(reader)
            finally:
                writer.close()
        if reply is not None:
            self._note(request, int(reply.words[1]))
        return reply

    def _note(self, request: Message, status: int) -> None:
        """Note the receiver's answer; requests of the session that were held for it may pass."""
        self.statuses[request.words[1], status] += 1
        for overtaken in self._held.pop(request.fields.get("sessionToken", ""), []):
            overtaken.set()
        if status == 200 and request.words[1].endswith("rollback"):
            self._rolled_back.add(request.fields["originalTransactionId"])

    def _count(self, fault: Fault, reply: Message | None) -> None:
        if fault is _UNHARMED or fault.until_overtaken:
            return
        self.happened[fault.kind] += 1
        done = reply is not None and reply.words[1] == "200"
        if done and (fault.back is not Back.WHOLE or fault.instead is not None):
            self.happened["reply lost after it was done"] += 1


async def _give_back(reply: Message | None, fault: Fault, client: asyncio.StreamWriter) -> bool:
    """Send what is left of the answer. Return False if the connection was closed."""
    left = _left_of(reply, fault)
    with contextlib.suppress(OSError):
        client.write(left)
        await client.drain()
    if fault.resets:
        _reset(client)
        return False
    return reply is not None and left == reply.whole


def _left_of(reply: Message | None, fault: Fault) -> bytes:
    if fault.instead is not None:
        return fault.instead
    if reply is None or fault.back is Back.NOTHING:
        return b""
    if fault.back is Back.PART_OF_HEAD:
        return reply.head[: len(reply.head) // 2]
    if fault.back is Back.PART_OF_BODY:
        return reply.head + reply.body[: len(reply.body) // 2]
    return reply.whole


def _reset(client: asyncio.StreamWriter) -> None:
    """Close with RST, like a machine that has forgotten the connection."""
    linger_for_nothing = struct.pack("ii", 1, 0)
    connection = client.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_nothing)
    client.transport.abort()
