"""Threads that stop where a test tells them to, until the test lets them go on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from provider.runs import driver, journal
from provider.runs.script import Action, ReadBalance, Send

PATIENCE_SECONDS = 10


# ---- threads that stop where they are told to ---------------------------------------------------


class Stop:
    """A place where one thread waits until the test lets it go on."""

    def __init__(self) -> None:
        self._is_there = threading.Event()
        self._may_go = threading.Event()

    def wait_here(self) -> None:
        self._is_there.set()
        assert self._may_go.wait(PATIENCE_SECONDS), "nobody let this thread go on"

    def until_reached(self) -> None:
        assert self._is_there.wait(PATIENCE_SECONDS), "no thread came here"

    def let_go(self) -> None:
        self._may_go.set()


def label(action: Action) -> str:
    match action:
        case Send(operation):
            return f"send {operation.kind.lower()}"
        case ReadBalance(moment):
            return f"read {moment}"
        case _:
            return action


class Stops:
    """The places where each thread stops when it gets there the first time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._places: dict[tuple[str, str], Stop] = {}
        decide, read_bets = driver.next_action, journal.bets_of

        def deciding(*args: Any, **options: Any) -> Action:
            action = decide(*args, **options)
            self._pass("decided", label(action))
            return action

        def reading(**which: Any) -> Any:
            self._pass("reading", "bets")
            return read_bets(**which)

        monkeypatch.setattr(driver, "next_action", deciding)
        monkeypatch.setattr(journal, "bets_of", reading)

    def where(self, thread: str, what: str) -> Stop:
        """``thread`` has decided on a step (``close``, ``send credit``), or is ``reading bets``."""
        return self._places.setdefault((thread, what), Stop())

    def _pass(self, how: str, what: str) -> None:
        name = what if how == "decided" else f"{how} {what}"
        stop = self._places.pop((threading.current_thread().name, name), None)
        if stop is not None:
            stop.wait_here()


class Actor(threading.Thread):
    """Does something in a named thread with its own connections, and keeps the result."""

    def __init__(self, name: str, act: Callable[[], Any]) -> None:
        super().__init__(name=name, daemon=True)
        self._act = act
        self._result: Any = None

    def run(self) -> None:
        try:
            self._result = self._act()
        except BaseException as fault:
            self._result = fault
        finally:
            connections.close_all()

    @property
    def result(self) -> Any:
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), f"{self.name} does not come to an end"
        return self._result


@contextmanager
def acting(name: str, act: Callable[[], Any]) -> Iterator[Actor]:
    actor = Actor(name, act)
    actor.start()
    yield actor
    if isinstance(actor.result, BaseException):
        raise actor.result
