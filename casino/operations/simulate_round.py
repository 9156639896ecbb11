"""A whole scripted round, for testers: launch, then let the provider play it with callbacks.

A run is identified by its ``run_id``. A second request for it continues where it was interrupted,
with the same session and the same transaction ids.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from casino import provider_client
from casino.ledger.errors import TransactionConflict, WalletNotFound
from casino.ledger.queries import movements_between
from casino.models import Game, GameSession, SimulationRun, User, Wallet
from casino.operations.errors import (
    GameNotFound,
    PlayerNotFound,
    ProviderBusy,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
)
from casino.operations.launch import activate, choose, open_session
from config.postgres.outcome import after_writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a tester asked for; None means the default. Amounts are minor units."""

    run_id: str | None = None
    player_id: str | None = None
    game_id: str | None = None
    currency: str | None = None
    bets: tuple[int, ...] | None = None
    wins: tuple[int, ...] | None = None
    rollback_bet: int | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """The session that was played, and the provider's transcript, checked against the ledger."""

    session: GameSession
    transcript: dict[str, Any]


def simulate_round(*, script: Script) -> Simulated:
    """Play ``script``, or continue the run with its ``run_id``.

    Raises:
        TransactionConflict: the run was requested before with other arguments.
        Everything that ``launch_game`` raises.
    """
    run = _run_of(script)
    with after_writing():
        return _play(run, script)


def _play(run: SimulationRun, script: Script) -> Simulated:
    session = run.session
    activate(session)
    payload: dict[str, Any] = {
        "providerSessionId": session.provider_session_id,
        "sessionToken": session.session_token,
        "playerId": session.user.username,
        "runId": run.run_id,
        "bets": script.bets,
        "wins": script.wins,
        "rollbackBet": script.rollback_bet,
    }
    with _naming_the_run(run.run_id):
        transcript = provider_client.simulate(
            session.provider, {name: value for name, value in payload.items() if value is not None}
        )
        return Simulated(session, _held_against_ledger(session, transcript))


@contextmanager
def _naming_the_run(run_id: str) -> Iterator[None]:
    """Tell the caller how to continue a run whose end is not known: we may have made its id."""
    try:
        yield
    except (ProviderUnavailable, ProviderTimedOut, ProviderBusy, ProviderRefused) as refusal:
        if not isinstance(refusal, ProviderRefused) or refusal.status != 409:
            refusal.message += f" Send it again with runId {run_id}."
        raise


def _run_of(script: Script) -> SimulationRun:
    """The run with this ``run_id`` and its session; a new run is entered."""
    runs = SimulationRun.objects.select_related(
        "session__user", "session__game", "session__provider", "session__wallet"
    )
    run_id = script.run_id or f"run-{uuid.uuid4().hex}"
    run = runs.filter(run_id=run_id).first()
    if run is None:
        arguments = _arguments(script)
        choice = choose(
            player_id=arguments["playerId"],
            game_id=arguments["gameId"],
            currency=arguments["currency"],
        )
        with transaction.atomic():
            session = open_session(choice)
            SimulationRun.objects.bulk_create(
                [SimulationRun(run_id=run_id, arguments=arguments, session=session)],
                ignore_conflicts=True,
            )
            run = runs.get(run_id=run_id)  # another request's, if two came at the same time
            if run.session_id != session.pk:
                transaction.set_rollback(True)
    if run.arguments != _arguments(script):
        raise TransactionConflict("This runId was used before with other arguments.")
    return run


def _arguments(script: Script) -> dict[str, Any]:
    """The script's arguments, with the defaults for player, game and currency filled in."""
    player_id = script.player_id or _first_player_id()
    return {
        "playerId": player_id,
        "gameId": script.game_id or _first_game_id(),
        "currency": script.currency or _first_currency(player_id),
        "bets": None if script.bets is None else list(script.bets),
        "wins": None if script.wins is None else list(script.wins),
        "rollbackBet": script.rollback_bet,
    }


def _first_player_id() -> str:
    player_id = User.objects.order_by("pk").values_list("username", flat=True).first()
    if player_id is None:
        raise PlayerNotFound("There is no player yet.")
    return player_id


def _first_game_id() -> str:
    game_id = Game.objects.order_by("pk").values_list("provider_game_id", flat=True).first()
    if game_id is None:
        raise GameNotFound("There is no game yet.")
    return game_id


def _first_currency(player_id: str) -> str:
    currency = (
        Wallet.objects.filter(user__username=player_id, currency__is_asset=False)
        .order_by("pk")
        .values_list("currency_id", flat=True)
        .first()
    )
    if currency is None:
        if not User.objects.filter(username=player_id).exists():
            raise PlayerNotFound("There is no such player.")
        raise WalletNotFound("The player has no wallet.")
    return currency


def _held_against_ledger(session: GameSession, transcript: dict[str, Any]) -> dict[str, Any]:
    """Add the wallet's other movements, so that a busy wallet does not look inconsistent."""
    opening, closing = transcript.get("openingBalance"), transcript.get("closingBalance")
    expected = transcript.get("expectedBalance")
    if (
        not isinstance(opening, int)
        or not isinstance(closing, int)
        or not isinstance(expected, int)
    ):
        raise ProviderUnavailable("The provider's transcript lacks its balances.")
    others: int | None = 0
    if closing != expected:
        others = movements_between(
            wallet_pk=session.wallet_id, session_pk=session.pk, opening=opening, closing=closing
        )
    if not others:
        is_consistent = transcript["consistent"] and closing == expected
        return {**transcript, "otherMovements": 0, "consistent": is_consistent}
    expected += others
    return {
        **transcript,
        "otherMovements": others,
        "expectedBalance": expected,
        "consistent": closing == expected,
    }
