"""Signed calls to a casino. Every result is judged, and calls are retried until the casino decides.

Attempts are spaced by exponential backoff with full jitter. If the casino has not decided after the
last one, the caller handles what is still open.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from config.wire.calls import GATE, TooManyCalls
from config.wire.client import NoReply, Reply, post_signed
from config.wire.signing import CASINO_SIGNATURE
from provider.alarm import note_answer
from provider.models import BetKind, Casino, Session
from provider.refusals import TooBusy
from provider.verdicts import Answer, read_reply, read_silence

PROVIDER_CODE_HEADER = "x-provider-code"

_BALANCE_PATH = "/casino/getBalance"

_chance = secrets.SystemRandom()


@contextmanager
def place_for_calls(casino: Casino, *, holder: str = "") -> Iterator[None]:
    """Reserve a place for calls to ``casino`` while a request is answered; see ``CallGate.place``.

    Raises: TooBusy: no place became free, and nothing was started.
    """
    with ExitStack() as place:
        try:
            place.enter_context(GATE.place(partner=f"casino {casino.code}", holder=holder))
        except TooManyCalls as fault:
            raise TooBusy(f"{fault} Nothing was started: send it again.") from None
        yield


@dataclass(frozen=True, slots=True)
class Balance:
    """The last answer to getBalance, and the number of attempts."""

    answer: Answer
    attempts: int


def balance_request(session: Session) -> dict[str, Any]:
    return {"sessionToken": session.session_token}


def get_balance(session: Session) -> Balance:
    def ask() -> Answer:
        return call(casino=session.casino, path=_BALANCE_PATH, request=balance_request(session))

    answers = until_decided(ask)
    return Balance(answers[-1], len(answers))


def until_decided(ask: Callable[[], Answer | None]) -> list[Answer]:
    """Ask until the casino decides, ``ask`` returns None, or the attempts are used up."""
    answers: list[Answer] = []
    while len(answers) < max(1, settings.PROVIDER_CALL_ATTEMPTS):
        if answers:
            time.sleep(
                wait_seconds(
                    attempts_made=len(answers),
                    retry_after_seconds=answers[-1].retry_after_seconds,
                    jitter=_chance.random(),
                )
            )
        answer = ask()
        if answer is None:
            break
        answers.append(answer)
        if answer.is_decision:
            break
    return answers


def call(
    *,
    casino: Casino,
    path: str,
    request: Mapping[str, Any],
    kind: BetKind | None = None,
    transaction_id: str | None = None,
) -> Answer:
    """One attempt, judged. ``kind`` is None for a request that moves no money."""
    try:
        reply = post(casino=casino, path=path, request=request)
    except NoReply as fault:
        answer = read_silence(fault)
    else:
        answer = read_reply(
            reply, kind=kind, transaction_id=transaction_id, good_once=settings.SIGN_STRICTLY
        )
    note_answer(casino=casino, answer=answer)
    return answer


def post(*, casino: Casino, path: str, request: Mapping[str, Any]) -> Reply:
    """Send one signed request in this provider's name. Raises NoReply."""
    return post_signed(
        casino.url + path,
        request,
        secrets=casino.casino_secrets,
        signature_header=CASINO_SIGNATURE,
        headers={PROVIDER_CODE_HEADER: casino.provider_code} if casino.provider_code else {},
        connect_timeout_seconds=settings.PROVIDER_CONNECT_TIMEOUT_MS / 1000,
        read_timeout_seconds=settings.PROVIDER_READ_TIMEOUT_MS / 1000,
    )


def wait_seconds(*, attempts_made: int, retry_after_seconds: int, jitter: float) -> float:
    """How long to wait before the next attempt: the time that the casino asked for, plus backoff.

    ``jitter``, from 0 to 1, is the share of the backoff to take. It is random, so that
    callers who were turned away together do not come back together.
    """
    longest = settings.PROVIDER_LONGEST_WAIT_MS / 1000
    backoff = min(longest, settings.PROVIDER_BACKOFF_MS / 1000 * 2 ** (attempts_made - 1))
    return float(min(longest, retry_after_seconds) + jitter * backoff)
