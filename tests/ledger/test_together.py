"""Operations in one database transaction end as if they ran one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connections

from casino.api.callbacks.views import movement_body, reversal_body
from casino.ledger import execution
from casino.ledger.errors import InsufficientFunds, Refusal, TransactionConflict
from casino.ledger.errors import TransactionRolledBack as RolledBack
from casino.ledger.execution import Outcome, alone, together
from casino.ledger.operation import Receipt
from casino.ledger.pipeline import MoneyTransaction
from casino.ledger.posting import Posted, Posting
from casino.operations.betting import PlaceBet, RollBackBet, SettleWin
from casino.operations.seats import Finality, SessionSeat
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import unique
from tests.races.locks import held

Make = Callable[[Receipt[Any]], str]


class LateBetsRefused(SessionSeat):
    """A seat at which a win closes the round."""

    finality = Finality.ROUND_IS_CLOSED


def bet(play: Play, amount: int = 100, **fields: Any) -> Posting[PlaceBet]:
    said = {
        "source": "test",
        "external_id": unique("bet"),
        "seat": SessionSeat(play.token, play.session.provider_id),
        "round_id": unique("round"),
        "amount": amount,
        **fields,
    }
    return Posting(PlaceBet(**said), movement_body)


def win(play: Play, of: Posting[PlaceBet], amount: int, **fields: Any) -> Posting[SettleWin]:
    said = {
        "source": "test",
        "external_id": unique("win"),
        "seat": SessionSeat(play.token, play.session.provider_id),
        "round_id": of.operation.round_id,
        "amount": amount,
        **fields,
    }
    return Posting(SettleWin(**said), movement_body)


def rollback(play: Play, bet_id: str, **fields: Any) -> Posting[RollBackBet]:
    said = {
        "source": "test",
        "external_id": unique("rollback"),
        "seat": SessionSeat(play.token, play.session.provider_id),
        "bet_id": bet_id,
        **fields,
    }
    return Posting(RollBackBet(**said), reversal_body)


def again(posting: Posting[Any]) -> Posting[Any]:
    return Posting(posting.operation, posting.answer)


def post(*postings: Posting[Any]) -> list[Outcome | None]:
    return together(postings, waits_for=lambda _: False)


def ends(outcomes: list[Outcome | None]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of calls in each round trip that writes."""
    writes: list[int] = []
    commit, go_on = MoneyTransaction.commit, MoneyTransaction.go_on

    def note_commit(self: MoneyTransaction, calls: Any, sent: Any) -> None:
        writes.append(len(calls))
        commit(self, calls, sent)

    def note_go_on(self: MoneyTransaction, calls: Any) -> Any:
        writes.append(1)
        return go_on(self, calls)

    with monkeypatch.context() as patch:
        patch.setattr(MoneyTransaction, "commit", note_commit)
        patch.setattr(MoneyTransaction, "go_on", note_go_on)
        yield writes


# ---- what is written -----------------------------------------------------------------------------
def test_all_are_written_by_one_statement_and_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    plays = [make_play() for _ in range(5)]
    postings = [bet(play, 100 + number) for number, play in enumerate(plays)]
    with noted(monkeypatch) as writes:
        outcomes = post(*postings)

    assert writes == [1]
    assert ends(outcomes) == [Posted] * 5
    assert [play.balances[0] for play in plays] == [100_000 - 100 - n for n in range(5)]
    for play, posting, outcome in zip(plays, postings, outcomes, strict=True):
        (stored,) = play.transactions()
        assert isinstance(outcome, Posted)
        assert stored.external_transaction_id == posting.operation.external_id
        assert stored.response_cache == outcome.body
        assert stored.entries.count() == 2


def test_text_in_arrays_is_kept_as_it_is() -> None:
    plays = [make_play() for _ in range(4)]
    odd = ['a"b', "c\\d", "NULL", "{e,f}"]
    postings = [
        bet(play, external_id=unique(text), round_id=text, request_id=text)
        for play, text in zip(plays, odd, strict=True)
    ]
    assert ends(post(*postings)) == [Posted] * 4
    for play, text in zip(plays, odd, strict=True):
        (stored,) = play.transactions()
        assert (stored.round_id, stored.request_id) == (text, text)


def test_a_wallet_several_times_carries_its_balance_on(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    with noted(monkeypatch) as writes:
        outcomes = post(*[bet(play, 40_000) for _ in range(3)], bet(play, 20_000))

    assert ends(outcomes) == [Posted, Posted, InsufficientFunds, Posted]
    assert writes == [1]
    assert play.balances == (0, 0)
    stored = play.transactions()
    assert [each.balance_after for each in stored] == [60_000, 20_000, 0]
    assert [each.sequence for each in stored] == [2, 3, 4]
    times = [each.created_at for each in stored]
    assert times == sorted(set(times))
    assert play.wallet.updated_at == times[-1]


def test_two_sessions_of_one_wallet_are_one_wallet(play: Play) -> None:
    other = play.beside()
    assert ends(post(bet(play, 60_000), bet(other, 60_000))) == [Posted, InsufficientFunds]
    assert play.balances == (40_000, 0)


def test_a_refusal_disturbs_nobody(play: Play) -> None:
    poor = make_play(wallet__opening=1)
    outcomes = post(bet(play), bet(poor), win(play, bet(play), 5))
    assert ends(outcomes)[:2] == [Posted, InsufficientFunds]
    assert isinstance(outcomes[2], Refusal)
    assert outcomes[1].exponent == 2  # type: ignore[union-attr]
    assert play.balances == (99_900, 0)


def test_if_all_are_refused_nothing_is_written() -> None:
    poor = [make_play(wallet__opening=1) for _ in range(3)]
    with nothing_written():
        assert ends(post(*[bet(each) for each in poor])) == [InsufficientFunds] * 3


# ---- what one changes for another ----------------------------------------------------------------
def test_copies_are_written_once_and_answered_alike(play: Play) -> None:
    first = bet(play)
    outcomes = post(first, again(first), again(first))
    bodies = {outcome.body for outcome in outcomes if isinstance(outcome, Posted)}
    assert len(bodies) == 1
    assert [outcome.is_replay for outcome in outcomes] == [False, True, True]  # type: ignore[union-attr]
    assert len(play.transactions()) == 1


def test_an_id_with_other_content_is_a_conflict(play: Play) -> None:
    other, first = make_play(game=play.session.game), bet(play)
    taken = first.operation.external_id
    outcomes = post(first, bet(play, 101, external_id=taken), bet(other, external_id=taken))
    assert ends(outcomes) == [Posted, TransactionConflict, TransactionConflict]
    assert (play.balances, other.balances) == ((99_900, 0), (100_000, 0))


def test_a_bet_and_its_rollback(play: Play) -> None:
    staked = bet(play)
    outcomes = post(staked, rollback(play, staked.operation.external_id))
    assert ends(outcomes) == [Posted, Posted]
    assert '"rolledBack":true' in outcomes[1].body  # type: ignore[union-attr]
    assert play.balances == (100_000, 0)


@pytest.mark.parametrize("is_of_another_wallet", [False, True])
def test_a_rollback_before_its_bet(play: Play, is_of_another_wallet: bool) -> None:
    other = make_play(game=play.session.game) if is_of_another_wallet else play
    late = bet(other)
    outcomes = post(rollback(play, late.operation.external_id), late)
    assert ends(outcomes) == [Posted, RolledBack]
    assert '"tombstone":true' in outcomes[0].body  # type: ignore[union-attr]
    assert other.balances == (100_000, 0)


def test_two_rollbacks_of_one_bet_give_back_once(play: Play) -> None:
    staked = play.bet(100)["transactionId"]
    source = play.transactions()[0].source
    outcomes = post(*[rollback(play, staked, source=source) for _ in "12"])
    assert ends(outcomes) == [Posted, Posted]
    assert play.balances == (100_000, 0)
    kinds = [each.transaction_type for each in play.transactions()]
    assert kinds == ["BET", "ROLLBACK", "REPEATED_ROLLBACK"]


def test_a_round_within_one_transaction(play: Play) -> None:
    staked = bet(play, 100)
    outcomes = post(staked, win(play, staked, 250), win(play, staked, 50))
    assert ends(outcomes) == [Posted, Posted, Posted]
    assert play.balances == (100_200, 300)


def test_a_win_after_the_rollback_of_its_only_bet(play: Play) -> None:
    staked = bet(play)
    assert ends(post(staked)) == [Posted]
    outcomes = post(rollback(play, staked.operation.external_id), win(play, staked, 5))
    assert ends(outcomes) == [Posted, RolledBack]


def test_a_rollback_after_a_win_in_the_same_transaction_sees_it(play: Play) -> None:
    closing = LateBetsRefused(play.token, play.session.provider_id)
    staked = bet(play, seat=closing)
    assert ends(post(staked)) == [Posted]
    outcomes = post(
        win(play, staked, 5, seat=closing),
        rollback(play, staked.operation.external_id, seat=closing),
        bet(play, seat=closing, round_id=staked.operation.round_id),
    )
    assert isinstance(outcomes[0], Posted)
    assert [type(each).__name__ for each in outcomes[1:]] == ["RoundSettled", "RoundSettled"]


# ---- what is taken apart -------------------------------------------------------------------------
def test_a_wallet_that_somebody_else_holds_is_left_out(play: Play) -> None:
    other = make_play()
    with held(play.wallet_pk):
        outcomes = post(bet(play), bet(other), bet(play))
    assert outcomes[0] is outcomes[2] is None
    assert isinstance(outcomes[1], Posted)
    assert (play.balances, other.balances) == ((100_000, 0), (99_900, 0))


def test_a_fault_of_one_leaves_nothing_of_any(play: Play) -> None:
    other = make_play()

    def fail(_receipt: Receipt[Any]) -> str:
        raise ValueError("a fault of the program")

    faulty = Posting(bet(play).operation, fail)
    with nothing_written():
        assert post(bet(other), faulty) == [None, None]


def test_an_id_that_was_taken_meanwhile_takes_it_apart(play: Play) -> None:
    """PostgreSQL's unique index finds it when the transaction writes; then each is posted alone."""
    other, third = make_play(), make_play(game=play.session.game)
    mine = bet(play)

    def take_its_id(receipt: Receipt[Any]) -> str:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_alone, bet(third, external_id=mine.operation.external_id)).result()
        return movement_body(receipt)

    mine.answer = take_its_id
    assert post(bet(other), mine) == [None, None]
    assert (play.balances, other.balances) == ((100_000, 0), (100_000, 0))
    mine.answer = movement_body
    with pytest.raises(TransactionConflict):
        alone(mine)
    assert third.balances == (99_900, 0)


def _alone(posting: Posting[Any]) -> None:
    try:
        alone(posting)
    finally:
        connections.close_all()  # this thread's


def test_a_database_that_is_away_is_the_outcome_of_each(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(*_: Any) -> Any:
        raise OperationalError("no answer") from execution.NoAnswer()

    monkeypatch.setattr(MoneyTransaction, "begin", be_away)
    assert ends(post(bet(play), bet(play))) == [OperationalError, OperationalError]
