"""GET /players."""

import time
from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casino.models import User, Wallet
from tests.api.events.gambler import Gambler, look_up, make_gambler, reason
from tests.casino_world import Answer
from tests.factories import CurrencyFactory, UserFactory, WalletFactory, unique


@pytest.fixture(scope="module")
def crowd() -> str:
    """2,500 players with two wallets each; their ids are this prefix and a number from 0000."""
    prefix = unique("~~crowd") + "-"
    currencies = [CurrencyFactory(code=code) for code in ("USD", "EUR")]
    users = User.objects.bulk_create(
        User(username=f"{prefix}{number:04}") for number in range(2_500)
    )
    Wallet.objects.bulk_create(
        Wallet(wallet_id=f"{user.username}-{currency.code}", user=user, currency=currency)
        for currency in currencies
        for user in users
    )
    return prefix


def pages(after: str) -> Iterator[Answer]:
    """Page after page, following the Link header."""
    path: str | None = f"/players?after={after}"
    while path:
        answer = look_up(path)
        assert answer.status == 200
        yield answer
        link = answer.headers.get("Link")
        assert link is None or (link.startswith("</players?") and link.endswith('>; rel="next"'))
        path = link and link[1 : link.index(">")]


def test_it_lists_players_with_one_wallet_each(gambler: Gambler) -> None:
    gambler.bet("10")
    WalletFactory(user=gambler.wallet.user, currency=CurrencyFactory(code="USD"))

    answer = look_up(f"/players?after={gambler.player_id[:-1]}")

    mine = [row for row in answer.body if row["player_id"] == gambler.player_id]
    assert mine == [
        {
            "player_id": gambler.player_id,
            "wallet_id": gambler.wallet.wallet_id,
            "currency": "EUR",
            "balance": "990.00",
        }
    ]


def test_it_begins_at_the_beginning() -> None:
    first = make_gambler(username="!" + unique(""))
    for path in ("/players", "/players?after=", "/players?unknown=1"):
        assert first.player_id in [row["player_id"] for row in look_up(path).body]


def test_its_pages_are_a_thousand_long_and_miss_nobody(crowd: str) -> None:
    answers = list(pages(after=crowd))

    assert [len(answer.body) for answer in answers[:2]] == [1_000, 1_000]
    listed = [row["player_id"] for answer in answers for row in answer.body]
    assert listed[:2_500] == [f"{crowd}{number:04}" for number in range(2_500)]
    assert listed == sorted(set(listed), key=str.encode)
    assert {row["wallet_id"] for row in answers[0].body} == {
        f"{crowd}{number:04}-USD" for number in range(1_000)
    }
    assert unquote(answers[0].headers["Link"]) == f'</players?after={crowd}0999>; rel="next"'


def test_an_id_that_needs_it_is_quoted_in_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casino.api.events.lookups.PLAYERS_A_PAGE", 2)
    prefix = unique("~~quoted")
    ids = sorted((f'{prefix}&after=">;a', f"{prefix}%41", f"{prefix}ä#b"), key=str.encode)
    for player_id in ids:
        make_gambler(username=player_id)

    walk = pages(after=prefix)
    listed = [row["player_id"] for answer in (next(walk), next(walk)) for row in answer.body]
    assert listed[:3] == ids


def test_a_page_is_one_query(crowd: str) -> None:
    for after in (crowd, f"{crowd}1499"):
        with CaptureQueriesContext(connection) as queries:
            assert len(look_up(f"/players?after={after}").body) == 1_000
        assert len(queries) == 1


def test_a_page_is_quick(crowd: str) -> None:
    look_up(f"/players?after={crowd}")
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        look_up(f"/players?after={crowd}")
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 2  # reading every wallet would take longer


def test_players_without_a_wallet_are_left_out() -> None:
    prefix = unique("~~")
    UserFactory(username=f"{prefix}-a")
    make_gambler(username=f"{prefix}-b")

    assert look_up(f"/players?after={prefix}").body[0]["player_id"] == f"{prefix}-b"


@pytest.mark.parametrize("after", ["%00", "a%20b", "x" * 129, "%0A", "%ef%bb%bf"])
def test_what_is_no_player_id_is_400(after: str) -> None:
    assert reason(look_up(f"/players?after={after}")).startswith("after: must have ")


def test_it_ends_with_an_empty_page() -> None:
    answer = look_up("/players?after=" + quote("\U0002fa1d" * 128))
    assert (answer.status, answer.raw, "Link" in answer.headers) == (200, b"[]", False)
