"""The gate for calls to other systems: how many at once, for whom, and how long they wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connection, transaction

from config.wire import calls
from config.wire.calls import CallGate, TooManyCalls
from config.wire.client import HoldsTransaction


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT_SECONDS", 0.05)


@pytest.fixture
def open_calls() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def taken_by(gate: CallGate, open_calls: ExitStack, partner: str, **more: str) -> int:
    """How many places a partner gets if it keeps asking for more."""
    number = 0
    while True:
        try:
            open_calls.enter_context(gate.place(partner=partner, **more))
        except TooManyCalls:
            return number
        number += 1


@pytest.mark.parametrize(
    ("threads", "alone", "second", "third"),
    [(64, 22, 7, 2), (48, 16, 6, 1), (16, 6, 1, 1), (8, 3, 1, 0), (4, 1, 1, 0), (3, 1, 1, 0)],
)
def test_a_partner_that_hangs_leaves_places_to_the_others(
    open_calls: ExitStack, threads: int, alone: int, second: int, third: int
) -> None:
    gate = CallGate(threads)
    shares = [taken_by(gate, open_calls, name) for name in ("first", "second", "third")]
    assert shares == [alone, second, third]
    assert sum(shares) <= threads // 2 + 1


@pytest.mark.parametrize("threads", [2, 3, 4, 8, 16, 48, 64])
def test_threads_are_left_to_answer_what_is_called_back(threads: int) -> None:
    """This holds however many partners there are, and however many calls wait in line."""
    gate = CallGate(threads)
    begun: list[str] = []
    refused: list[str] = []
    leave = threading.Event()

    def call(partner: str) -> None:
        try:
            with gate.place(partner=partner):
                begun.append(partner)
                leave.wait(10)
        except TooManyCalls:
            refused.append(partner)

    callers = [
        threading.Thread(target=call, args=[f"partner {number % 40}"]) for number in range(150)
    ]
    for caller in callers:
        caller.start()
    while len(begun) + len(refused) < len(callers):
        assert threading.active_count() < 400
        time.sleep(0.01)
    leave.set()
    for caller in callers:
        caller.join()
    assert 1 <= len(begun) <= max(1, threads - 1)


def test_a_place_that_is_given_back_goes_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LONGEST_WAIT_SECONDS", 5.0)
    gate = CallGate(8)
    entered = threading.Event()

    def wait() -> None:
        with gate.place(partner="one"):
            entered.set()

    with ExitStack() as taken:
        for _ in range(3):
            taken.enter_context(gate.place(partner="one"))
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not entered.wait(0.1)
    assert entered.wait(5)
    waiting.join()


def test_who_waits_too_long_is_turned_away(open_calls: ExitStack) -> None:
    gate = CallGate(8)
    taken_by(gate, open_calls, "one")
    started = time.monotonic()
    with pytest.raises(TooManyCalls), gate.place(partner="one"):
        raise AssertionError("there is no place")
    assert 0.04 < time.monotonic() - started < 1


def test_the_line_is_short(open_calls: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its end, calls are refused at once, because waiting occupies a thread too."""
    gate = CallGate(8)
    taken_by(gate, open_calls, "one")
    monkeypatch.setattr(calls, "LONGEST_WAIT_SECONDS", 5.0)
    line = [threading.Thread(target=_try, args=[gate], daemon=True) for _ in range(1)]
    for waiting in line:
        waiting.start()
    time.sleep(0.1)
    started = time.monotonic()
    with pytest.raises(TooManyCalls), gate.place(partner="one"):
        raise AssertionError("there is no place")
    assert time.monotonic() - started < 1
    open_calls.close()
    for waiting in line:
        waiting.join()


def _try(gate: CallGate) -> None:
    with gate.place(partner="one"):
        pass


def test_one_session_has_a_bound_of_its_own(open_calls: ExitStack) -> None:
    gate = CallGate(64)
    mine = taken_by(gate, open_calls, "casino", holder="mine")
    theirs = taken_by(gate, open_calls, "casino", holder="theirs")
    assert mine == theirs == calls.MOST_OF_ONE_HOLDER
    open_calls.close()
    with gate.place(partner="casino", holder="mine"):
        pass


def test_a_failed_call_gives_its_place_back(open_calls: ExitStack) -> None:
    gate = CallGate(8)
    for _ in range(20):
        with pytest.raises(ValueError, match="oops"), gate.place(partner="one", holder="mine"):
            raise ValueError("oops")
    assert taken_by(gate, open_calls, "one") == 3


def test_nobody_waits_with_a_database_connection_or_a_transaction() -> None:
    gate = CallGate(8)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with gate.place(partner="one"):
        assert connection.connection is None
    with transaction.atomic(), pytest.raises(HoldsTransaction), gate.place(partner="one"):
        raise AssertionError("it must not be let in")
