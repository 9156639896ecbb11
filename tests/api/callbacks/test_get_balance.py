"""POST /casino/getBalance."""

import pytest

from casino.models import PlayerStatus, SessionStatus
from tests.casino_world import Play, make_play, nothing_written
from tests.factories import CurrencyFactory, unique
from tests.races.locks import held


def test_it_answers_what_the_wallet_holds(play: Play) -> None:
    answer = play.balance()

    assert answer.status == 200
    assert answer.body == {
        "status": "success",
        "playerId": play.session.user.username,
        "currency": "EUR",
        "exponent": 2,
        "balance": 100_000,
        "playableBalance": 100_000,
        "redeemableBalance": 0,
    }


@pytest.mark.parametrize(("code", "exponent"), [("IDR", 2), ("JPY", 0), ("BTC", 8), ("IQD", 3)])
def test_it_tells_where_the_decimal_point_is(code: str, exponent: int) -> None:
    """No caller needs to know the currencies or to guess."""
    currency = CurrencyFactory(code=f"{code}_{unique('')[-8:]}", exponent=exponent)
    play = make_play(wallet__currency=currency)
    body = play.balance().body
    assert (body["currency"], body["exponent"]) == (currency.code, exponent)


def test_it_tells_what_may_be_withdrawn(play: Play) -> None:
    play.win(play.bet(30_000), 50_000)

    body = play.balance().body
    assert (body["balance"], body["playableBalance"], body["redeemableBalance"]) == (
        120_000,
        120_000,
        50_000,
    )


def test_it_shows_what_other_sessions_of_the_wallet_did(play: Play) -> None:
    play.beside().bet(1)

    assert play.balance().body["balance"] == 99_999


def test_it_writes_nothing(play: Play) -> None:
    before = play.wallet
    with nothing_written():
        assert play.balance().status == 200

    after = play.wallet
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_it_does_not_wait_for_a_wallet_that_is_locked(play: Play) -> None:
    with held(play.wallet_pk):
        assert play.balance().body["balance"] == 100_000


@pytest.mark.parametrize(
    "state",
    [
        {"status": SessionStatus.LAUNCHING},
        {"status": SessionStatus.ENDED},
        {"game__is_active": False},
        {"game__provider__is_disabled": True},
        {"wallet__user__status": PlayerStatus.BLOCKED},
    ],
    ids=lambda state: "{}={}".format(*next(iter(state.items()))),
)
def test_it_answers_whatever_became_of_the_session(state: dict[str, object]) -> None:
    play = make_play(**state)

    answer = play.balance()

    assert (answer.status, answer.body["balance"]) == (200, 100_000)


def test_an_empty_wallet_holds_nothing() -> None:
    assert make_play(wallet__opening=0).balance().body["balance"] == 0


def test_an_unknown_session_is_not_found(untouched: Play) -> None:
    answer = untouched.send("getBalance", {"sessionToken": unique("token")})

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_the_session_id_is_no_session_token(untouched: Play) -> None:
    answer = untouched.send("getBalance", {"sessionToken": untouched.session.session_id})

    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")
