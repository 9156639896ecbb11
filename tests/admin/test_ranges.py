"""Filters with two ends: transactions by their days and by their amount."""

from datetime import timedelta

import pytest
from django.db.models import Model
from django.utils import timezone

from casino.backoffice.models import CurrencyPolicy
from casino.models import LedgerEntry, Transaction, Wallet
from config.backoffice.display import list_url
from tests.admin.conftest import Person
from tests.admin.pages import list_of, rows_of, text_of
from tests.casino_world import Play, make_play
from tests.factories import CurrencyFactory, WalletFactory


def test_transactions_are_found_by_their_days(boss: Person, play: Play) -> None:
    play.bet(10)
    today = timezone.now().date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)

    def found(query: str) -> int:
        return len(rows_of(boss.get(list_of(Transaction, f"?wallet={play.wallet_pk}&{query}"))))

    everything = found("")
    assert everything == 2
    assert found(f"day_from={today}&day_to={today}") == everything
    assert found(f"day_from={today}") == everything
    assert found(f"day_to={today}") == everything
    assert found(f"day_from={tomorrow}") == 0
    assert found(f"day_to={yesterday}") == 0
    assert found("day_from=&day_to=") == everything


def test_transactions_are_found_by_their_amount(boss: Person) -> None:
    yen = make_play(
        wallet=WalletFactory(currency=CurrencyFactory(code="YEN", exponent=0), opening=5_000)
    )
    euro = make_play()
    for play, amounts in ((yen, (9, 10, 11)), (euro, (999, 1_000, 1_050, 1_051))):
        for amount in amounts:
            play.bet(amount)

    def found(play: Play, query: str) -> list[int]:
        address = list_of(Transaction, f"?wallet={play.wallet_pk}&kind=BET&{query}")
        return sorted(row.amount for row in rows_of(boss.get(address)))

    assert found(yen, "amount_from=9.5&amount_to=10.5") == [10]
    assert found(euro, "amount_from=9.995&amount_to=10.50") == [1_000, 1_050]
    assert found(euro, "amount_to=9.99") == [999]
    assert found(euro, "amount_from=999999999999999") == []


@pytest.mark.parametrize("query", ["day_from=x", "day_to=2026-13-01", "amount_from=-1",
                                   "amount_to=1e9", "amount_from=" + "9" * 30])  # fmt: skip
def test_a_range_that_makes_no_sense_shows_the_whole_list(boss: Person, query: str) -> None:
    response = boss.get(list_of(Transaction, f"?{query}"))
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{list_of(Transaction)}?e=1",
    )
    said = "That filter makes no sense, so the list is not filtered."
    assert said in text_of(boss.get(response.headers["Location"]))
    assert said not in text_of(boss.get(list_of(Transaction)))


@pytest.mark.parametrize("model", [Wallet, LedgerEntry, CurrencyPolicy])
def test_a_filter_with_a_null_character_makes_no_sense(boss: Person, model: type[Model]) -> None:
    address = list_url(model)
    response = boss.get(f"{address}?currency=%00")
    assert (response.status_code, response.headers["Location"]) == (302, f"{address}?e=1")


@pytest.mark.parametrize(
    ("model", "query"),
    [
        *((model, "pk__regex=(") for model in (Wallet, Transaction, CurrencyPolicy)),
        (Transaction, "amount__range=1"),
        (Transaction, "amount__contained_by=1"),
        (Transaction, "created_at__year=" + "9" * 30),
        (Wallet, "chain_head=x"),
    ],
)
def test_a_filter_that_the_database_refuses_makes_no_sense(
    boss: Person, model: type[Model], query: str
) -> None:
    response = boss.get(f"{list_url(model)}?{query}")
    assert (response.status_code, response.headers["Location"]) == (302, f"{list_url(model)}?e=1")


def test_a_range_keeps_what_else_is_set(boss: Person, play: Play) -> None:
    address = list_of(Transaction, f"?wallet={play.wallet_pk}&kind=BET&day_to=2026-01-01")
    form = boss.get(address).content.decode().partition('class="range"')[2].partition("</form>")[0]
    assert f'name="wallet" value="{play.wallet_pk}"' in form
    assert 'name="kind" value="BET"' in form
    assert form.count('name="day_to"') == 1
