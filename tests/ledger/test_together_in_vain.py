"""What becomes of operations in one transaction whose lock came too late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from casino.ledger import execution
from casino.ledger.execution import alone, together
from casino.ledger.posting import Posted
from tests.casino_world import make_play, nothing_written
from tests.ledger.test_together import bet, ends


def _failing_with(fault: OperationalError) -> Callable[[], Any]:
    @contextmanager
    def failing() -> Iterator[Any]:
        raise fault
        yield

    return failing


@pytest.mark.parametrize("is_held", [True, False], ids=["lock time-out", "deadlock"])
def test_who_waited_for_a_lock_in_vain_is_told_and_the_others_go_on(is_held: bool) -> None:
    waiting, other = bet(make_play()), bet(make_play())
    fault = OperationalError("in vain")
    fault.__cause__ = LockNotAvailable() if is_held else DeadlockDetected()
    with nothing_written(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "money_transaction", _failing_with(fault))
        outcomes = together([waiting, other], waits_for=lambda key: key == waiting.key)
    assert ends(outcomes) == [OperationalError if is_held else type(None), type(None)]
    assert isinstance(alone(other), Posted)
