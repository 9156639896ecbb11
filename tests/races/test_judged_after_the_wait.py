"""A request is judged by what is true when it gets the wallet, not when it began to wait.

Each waits for a wallet that somebody else has locked; meanwhile something changes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import connection, connections

from casino.ledger import dispatcher
from casino.ledger.ids import time_of
from casino.models import (
    Currency,
    Game,
    GameProvider,
    GameSession,
    PlayerStatus,
    SessionStatus,
    Transaction,
    User,
    Wallet,
)
from tests.api.events.gambler import Gambler, accepted, make_gambler, reason
from tests.casino_world import Answer, Play, make_play
from tests.factories import CurrencyFactory, GameProviderFactory, WalletFactory, unique
from tests.races.locks import Held, held

Result = TypeVar("Result")


def waiting_together(
    lock: Held, calls: Sequence[Callable[[], Result]], change: Callable[[], object]
) -> list[Result]:
    """The results of the calls, which begin to wait one after the other before ``change``."""
    with ThreadPoolExecutor(len(calls)) as threads:
        running: list[Future[Result]] = []
        for call in calls:
            running.append(threads.submit(_alone, call))
            lock.wait_for_waiting(len(running))
        change()
        lock.release()
        return [future.result() for future in running]


def after_the_wait(
    wallet_pk: int, call: Callable[[], Result], change: Callable[[], object]
) -> Result:
    with held(wallet_pk) as lock:
        (result,) = waiting_together(lock, [call], change)
    return result


def _alone(call: Callable[[], Result]) -> Result:
    try:
        return call()
    finally:
        connections.close_all()  # this thread's


# ---- callbacks ----------------------------------------------------------------------------------
def block_player(session: GameSession) -> None:
    User.objects.filter(pk=session.user_id).update(status=PlayerStatus.BLOCKED)


def end_session(session: GameSession) -> None:
    GameSession.objects.filter(pk=session.pk).update(status=SessionStatus.ENDED)


def disable_provider(session: GameSession) -> None:
    GameProvider.objects.filter(pk=session.provider_id).update(is_disabled=True)


def withdraw_game(session: GameSession) -> None:
    Game.objects.filter(pk=session.game_id).update(is_active=False)


def raise_least_bet(session: GameSession) -> None:
    Game.objects.filter(pk=session.game_id).update(min_bet=1_000)


def lower_largest_bet(session: GameSession) -> None:
    Game.objects.filter(pk=session.game_id).update(max_bet=10)


def give_to_another_provider(session: GameSession) -> None:
    GameSession.objects.filter(pk=session.pk).update(provider=GameProviderFactory())


CHANGES = [
    (block_player, (403, "PLAYER_BLOCKED")),
    (end_session, (403, "SESSION_INACTIVE")),
    (disable_provider, (403, "PROVIDER_DISABLED")),
    (withdraw_game, (403, "GAME_INACTIVE")),
    (raise_least_bet, (422, "BET_LIMIT")),
    (lower_largest_bet, (422, "BET_LIMIT")),
    (give_to_another_provider, (404, "SESSION_NOT_FOUND")),
]


@pytest.mark.parametrize(
    ("change", "refused"), CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_bet_that_waited_is_refused_for_what_changed_meanwhile(
    play: Play, change: Callable[[GameSession], None], refused: tuple[int, str]
) -> None:
    answer = after_the_wait(play.wallet_pk, lambda: play.debit(100), lambda: change(play.session))

    assert (answer.status, answer.code) == refused
    assert play.balances == (100_000, 0)


@pytest.mark.parametrize("change", [block_player, end_session, disable_provider, withdraw_game])
def test_a_bet_that_waited_is_taken_for_what_changed_meanwhile(
    play: Play, change: Callable[[GameSession], None]
) -> None:
    """Something that would have refused it at first no longer does."""
    change(play.session)
    assert play.debit(100).status == 403

    def undo() -> None:
        User.objects.filter(pk=play.session.user_id).update(status=PlayerStatus.ACTIVE)
        GameSession.objects.filter(pk=play.session.pk).update(status=SessionStatus.ACTIVE)
        GameProvider.objects.filter(pk=play.session.provider_id).update(is_disabled=False)
        Game.objects.filter(pk=play.session.game_id).update(is_active=True)

    assert after_the_wait(play.wallet_pk, lambda: play.debit(100), undo).status == 200
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize("callback", ["debit", "credit", "rollback"])
def test_another_providers_session_serves_nothing_that_waited(play: Play, callback: str) -> None:
    """It does not even serve a request that would have been a replay."""
    bet = play.bet(100)
    sent: dict[str, dict[str, Any]] = {
        "debit": bet,
        "credit": play.movement(50, roundId=bet["roundId"]),
        "rollback": {
            "sessionToken": play.token,
            "transactionId": unique("rollback"),
            "originalTransactionId": bet["transactionId"],
        },
    }
    answer = after_the_wait(
        play.wallet_pk,
        lambda: play.send(callback, sent[callback]),
        lambda: give_to_another_provider(play.session),
    )

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")
    assert play.balances == (99_900, 0)


@pytest.mark.parametrize("change", [block_player, end_session, disable_provider, withdraw_game])
def test_what_is_owed_is_paid_whatever_changed_meanwhile(
    play: Play, change: Callable[[GameSession], None]
) -> None:
    bet, other = play.bet(100), play.bet(100)
    with held(play.wallet_pk) as lock:
        answers: list[Answer] = waiting_together(
            lock,
            [
                lambda: play.credit(50, roundId=bet["roundId"]),
                lambda: play.rollback(other["transactionId"]),
            ],
            lambda: change(play.session),
        )

    assert [answer.status for answer in answers] == [200, 200]
    assert play.balances == (99_950, 50)


def test_a_database_that_shows_one_snapshot_by_default_changes_nothing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "give_connection_back", lambda: None)  # keep its settings

    def bet() -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_isolation = 'repeatable read'")
        try:
            return play.debit(100)
        finally:
            connection.connection.close()  # nothing else can use it

    answer = after_the_wait(play.wallet_pk, bet, lambda: block_player(play.session))
    assert (answer.status, answer.code) == (403, "PLAYER_BLOCKED")


# ---- what an amount means -----------------------------------------------------------------------
def test_a_currency_that_was_entered_again_is_counted_by_its_new_decimals() -> None:
    """This holds however long ago this process read the former one."""
    code = unique("C")[:12]
    before = make_gambler(currency=code, opening=None)
    assert "0.00" in reason(before.bet("10"))
    before.wallet.delete()
    Currency.objects.filter(code=code).delete()
    CurrencyFactory(code=code, exponent=0)
    wallet = WalletFactory(currency=Currency.objects.get(code=code), opening=1_000)
    gambler = Gambler(wallet, unique("game"))

    assert reason(gambler.bet("10.50")) == "amount: must have at most 0 decimals"
    assert "1000 " in reason(gambler.bet("1001"))
    assert accepted(gambler.bet("10"))
    assert gambler.balances == (990, 0)


# ---- when it was booked -------------------------------------------------------------------------
def assert_times_follow_the_sequence(wallet_pk: int) -> None:
    booked = list(Transaction.objects.filter(wallet_id=wallet_pk).order_by("sequence"))
    times = [each.created_at for each in booked]
    assert times == sorted(set(times))
    assert [each.pk for each in booked] == sorted(each.pk for each in booked)
    for each in booked:
        late = each.created_at - time_of(each.pk)
        assert timedelta() <= late < timedelta(milliseconds=1)
    wallet = Wallet.objects.get(pk=wallet_pk)
    assert wallet.updated_at == times[-1]


def test_requests_that_waited_are_booked_in_the_order_of_the_sequence(play: Play) -> None:
    """The last to come may get the wallet first; its time must then be the earlier one."""
    with held(play.wallet_pk) as lock, ThreadPoolExecutor(12) as threads:
        waiting = [threads.submit(_alone, lambda: play.debit(1)) for _ in range(12)]
        lock.wait_for_waiting(12)
        released_at = _now(play)
        lock.release()
        assert {future.result().status for future in waiting} == {200}

    assert_times_follow_the_sequence(play.wallet_pk)
    assert min(each.created_at for each in play.transactions()) >= released_at


def _now(play: Play) -> Any:
    """The time of PostgreSQL's clock."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def test_the_time_of_a_wallet_never_goes_back(play: Play) -> None:
    """The last writer's clock was ahead; the next transaction must not be earlier."""
    ahead = _now(play) + timedelta(hours=1)
    Wallet.objects.filter(pk=play.wallet_pk).update(updated_at=ahead)

    bet = play.bet(100)
    play.win(bet, 50)
    play.rollback(unique("unknown"))

    assert [each.created_at - ahead for each in play.transactions()] == [
        timedelta(microseconds=after) for after in (1, 2, 3, 4)
    ]
    assert_times_follow_the_sequence(play.wallet_pk)


def test_every_family_books_under_the_lock() -> None:
    gambler = make_gambler()
    other = make_play(wallet=gambler.wallet, user=gambler.wallet.user)
    with held(gambler.wallet.pk) as lock:
        waiting_together(
            lock,
            [
                lambda: gambler.bet("1"),
                lambda: other.debit(1),
                lambda: gambler.bet("1"),
                lambda: other.rollback(unique("unknown")),
            ],
            lambda: None,
        )

    assert_times_follow_the_sequence(gambler.wallet.pk)
