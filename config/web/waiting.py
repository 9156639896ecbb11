"""Answers that wait for work which is done for several requests at once."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from django.http import HttpResponse


class Work(Protocol):
    """What a request waits for."""

    @property
    def is_done(self) -> bool:
        """Whether nobody needs to wait for it any more."""

    def carry_out(self, works: Sequence[Any], make_way: Callable[[], None], /) -> None:
        """Do several works of this kind at once. Some may be left undone. Raises nothing.

        Calls ``make_way`` once others may be carried out at the same time.
        """


class Waiting(NamedTuple):
    """``answer`` says how the work ended. It does the work itself if it was left undone."""

    work: Work
    answer: Callable[[], HttpResponse]
