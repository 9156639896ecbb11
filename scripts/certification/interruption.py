"""Ctrl-C during a run: the case stops, the wallet is restored, the evidence is written."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """How often the run was interrupted, by Ctrl-C or SIGTERM.

    Work stops only where ``stops_after`` allows it, so that a signal never breaks off the
    clean-up or the evidence.
    """

    def __init__(self) -> None:
        self._times = 0
        self._limit = 0

    @property
    def was_asked(self) -> bool:
        return self._times > 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Receive the signals until the block ends."""
        before = {}
        with suppress(ValueError):  # only a main thread may do this
            before = {number: signal.signal(number, self._receive) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def stops_after(self, times: int) -> Iterator[None]:
        """Raise KeyboardInterrupt in the block at the signal of this number, or if it has come."""
        self._limit = times
        try:
            if self._times >= times:
                raise KeyboardInterrupt
            yield
        finally:
            self._limit = 0

    def _receive(self, *_: Any) -> None:
        self._times += 1
        if 0 < self._limit <= self._times:
            raise KeyboardInterrupt
