"""One round under one plan of faults, from its launch until nothing is open or patience ends."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.certification.engine import CannotJudge
from scripts.certification.masking import Masker
from scripts.certification.other_side import native
from scripts.certification.other_side.cases import Trial
from scripts.certification.other_side.casino import Casino, Trialled
from scripts.certification.other_side.checks import Round
from scripts.certification.other_side.config import Config
from scripts.certification.other_side.faults import Fault
from scripts.certification.profiles.reading import Answer
from scripts.certification.wire import Exchange, Wire

MOST_SHOWN = 200
"""How many characters of an answer are told if the contract does not have it."""
UNTOLD_QUIET = 7
"""How many times ``quiet_seconds`` to wait if the provider did not say that a round is over."""


@dataclass(slots=True)
class Bench:
    """Everything that trials share. ``keep`` receives every exchange that the kit began."""

    url: str
    config: Config
    casino: Casino
    masker: Masker
    keep: Callable[[str, Exchange], None]


def play(bench: Bench, trial: Trial) -> Round:
    """Raises CannotJudge if the provider opens no session."""
    config = bench.config
    state = Trialled(
        session=f"certify-{uuid.uuid4().hex}",
        balance=config.play.balance,
        faults={
            operation: [Fault.read(text) for text in texts]
            for operation, texts in trial.faults.items()
        },
        always={operation: Fault.read(text) for operation, text in trial.always.items()},
    )
    bench.masker.hide(state.session, "TOKEN")
    bench.casino.begin(state)
    wire = Wire(config.provider.timeout_seconds)
    try:
        told = _simulate(bench, wire, state, _launch(bench, wire, state))
    finally:
        wire.close()
    quiet_seconds = config.provider.quiet_seconds * (1 if told.status == 200 else UNTOLD_QUIET)
    _wait_until_settled(state, config.provider.patience_seconds, quiet_seconds)
    play = config.play
    return Round(play.bet, play.win, play.rolled_back_bet, state, told)


def _launch(bench: Bench, wire: Wire, state: Trialled) -> str:
    config = bench.config
    request = native.launch(
        bench.url,
        config.credentials.secret,
        {
            "casinoCode": config.casino.code,
            "sessionToken": state.session,
            "playerId": config.play.player,
            "gameId": config.play.game,
            "currency": config.play.currency,
        },
    )
    exchange = wire.send(request)
    bench.keep("launch", exchange)
    session = native.launched(exchange.answer)
    if not session:
        said = exchange.answer.fault or _shown(bench, exchange.answer)
        raise CannotJudge(f"the provider opened no session: {said}")
    return session


def _simulate(bench: Bench, wire: Wire, state: Trialled, session: str) -> native.Told:
    play = bench.config.play
    request = native.simulate(
        bench.url,
        bench.config.credentials.secret,
        {
            "providerSessionId": session,
            "sessionToken": state.session,
            "playerId": play.player,
            "runId": f"certify-{uuid.uuid4().hex[:16]}",
            "bets": [play.bet],
            "wins": [play.win],
            "rollbackBet": play.rolled_back_bet,
        },
    )
    exchange = wire.send(request)
    bench.keep("simulate", exchange)
    told = native.told(exchange.answer)
    return told if told.said else replace(told, said=_shown(bench, exchange.answer))


def _shown(bench: Bench, answer: Answer) -> str:
    """The beginning of an answer, in one line."""
    text = " ".join(bench.masker.body(answer.body).split())
    return f"{answer.status} {text[:MOST_SHOWN]}".rstrip() + answer.telling("Location")


def _wait_until_settled(state: Trialled, patience_seconds: float, quiet_seconds: float) -> None:
    until = time.monotonic() + patience_seconds
    while time.monotonic() < until:
        last = max((each.at for each in state.asked), default=0.0)
        is_quiet = time.monotonic() - last > quiet_seconds
        if is_quiet and not state.open_bets():
            return
        time.sleep(0.01)
