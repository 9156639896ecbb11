"""Providers, games and currencies can be edited; those in use keep their name and stay."""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model

from casino.models import Currency, Game, GameProvider, Wallet
from tests.admin.conftest import Person
from tests.admin.pages import adding_to, list_of, page_of, text_of
from tests.casino_world import Play
from tests.factories import CurrencyFactory, GameFactory, GameProviderFactory, unique


def delete_in_bulk(person: Person, row: Model) -> None:
    person.post(
        list_of(type(row)),
        {"action": "delete_selected", ACTION_CHECKBOX_NAME: [str(row.pk)], "post": "yes"},
    )


def game_fields(game: Game, **fields: Any) -> dict[str, Any]:
    return {
        "name": game.name,
        "provider": game.provider_id,
        "is_active": "on",
        "min_bet": game.min_bet,
        "max_bet": game.max_bet or "",
        **fields,
    }


def test_a_game_is_edited_and_the_change_holds(boss: Person, play: Play) -> None:
    game = play.session.game
    fields = game_fields(
        game, name="Renamed", min_bet="100", max_bet="200", provider_game_id="another"
    )
    assert boss.post(page_of(game), fields).status_code == 302
    game_id = game.provider_game_id
    game.refresh_from_db()
    assert (game.name, game.min_bet, game.max_bet) == ("Renamed", 100, 200)
    assert game.provider_game_id == game_id  # transactions refer to it
    assert (play.debit(99).status, play.debit(99).code) == (422, "BET_LIMIT")
    assert play.debit(100).status == 200


def test_a_game_is_withdrawn(boss: Person, play: Play) -> None:
    fields = game_fields(play.session.game)
    del fields["is_active"]
    assert boss.post(page_of(play.session.game), fields).status_code == 302
    assert (play.debit(100).status, play.debit(100).code) == (403, "GAME_INACTIVE")


def test_limits_that_exclude_every_bet_are_refused(boss: Person) -> None:
    game = GameFactory()
    for limits, said in (
        ({"min_bet": "0"}, "The smallest stake must be greater than 0."),
        ({"min_bet": "100", "max_bet": "99"}, "The largest stake must not be below the smallest."),
        ({"min_bet": ""}, "This field is required."),
    ):
        page = boss.post(page_of(game), game_fields(game, **limits))
        assert page.status_code == 200
        assert said in text_of(page)
        assert "Constraint" not in text_of(page)
        game.refresh_from_db()
        assert (game.min_bet, game.max_bet) == (1, 1_000_000)


def test_a_game_is_never_deleted(boss: Person, play: Play) -> None:
    game = play.session.game
    assert boss.post(page_of(game, "delete"), {"post": "yes"}).status_code == 403
    delete_in_bulk(boss, game)
    assert Game.objects.filter(pk=game.pk).exists()


def test_a_provider_in_use_is_never_deleted(boss: Person, play: Play) -> None:
    with_session, with_game = play.session.provider, GameFactory().provider
    for provider in (with_session, with_game):
        assert boss.post(page_of(provider, "delete"), {"post": "yes"}).status_code == 403
        delete_in_bulk(boss, provider)
        assert GameProvider.objects.filter(pk=provider.pk).exists()
    unused = GameProviderFactory()
    delete_in_bulk(boss, unused)
    assert GameProvider.objects.filter(pk=unused.pk).exists()
    assert boss.post(page_of(unused, "delete"), {"post": "yes"}).status_code == 302
    assert not GameProvider.objects.filter(pk=unused.pk).exists()


def test_a_providers_code_is_given_once(boss: Person) -> None:
    """Transaction ids belong to a code: under another one, the same ids could move money again."""
    provider = GameProviderFactory()
    code = provider.code
    fields = {"code": unique("other"), "name": "Renamed"}
    assert boss.post(page_of(provider), fields).status_code == 302
    provider.refresh_from_db()
    assert (provider.code, provider.name) == (code, "Renamed")


def test_a_provider_that_is_disabled_takes_no_bets(boss: Person, play: Play) -> None:
    provider = play.session.provider
    assert (
        boss.post(page_of(provider), {"name": provider.name, "is_disabled": "on"}).status_code
        == 302
    )
    assert (play.debit(100).status, play.debit(100).code) == (403, "PROVIDER_DISABLED")


def test_there_is_one_default(boss: Person) -> None:
    default = GameProvider.objects.filter(is_default=True).first() or GameProviderFactory(
        is_default=True
    )
    other = GameProviderFactory()
    fields = {"name": other.name, "is_default": "on"}
    try:
        refused = boss.post(page_of(other), fields)
        assert f"{default.code} is the default. Change that provider first." in text_of(refused)
        other.refresh_from_db()
        assert not other.is_default
        same = {"name": default.name, "is_default": "on"}
        assert boss.post(page_of(default), same).status_code == 302
    finally:
        GameProvider.objects.filter(pk=default.pk).update(is_default=False)
    assert boss.post(page_of(other), fields).status_code == 302
    GameProvider.objects.filter(pk=other.pk).update(is_default=False)


def test_a_currency_keeps_its_exponent(boss: Person) -> None:
    """Another exponent would turn every balance into another amount."""
    currency = CurrencyFactory()
    other = unique("Z")[:12]
    fields = {"code": other, "name": "Euro", "exponent": "3", "is_redeemable": "on"}
    assert boss.post(page_of(currency), fields).status_code == 302
    currency.refresh_from_db()
    assert (currency.code, currency.exponent, currency.is_redeemable) == ("EUR", 2, True)
    assert not Currency.objects.filter(code=other).exists()


def test_what_a_currency_pays_is_fixed_once_there_are_wallets(boss: Person, play: Play) -> None:
    currency = CurrencyFactory(code=unique("C")[:12])
    fields = {"code": currency.code, "name": "Test", "exponent": "2"}
    assert boss.post(page_of(currency), fields).status_code == 302
    currency.refresh_from_db()
    assert not currency.is_redeemable

    Wallet.objects.create(user=play.session.user, currency=currency, wallet_id=unique("wallet"))
    assert boss.post(page_of(currency), {**fields, "is_redeemable": "on"}).status_code == 302
    currency.refresh_from_db()
    assert not currency.is_redeemable


def test_a_currency_takes_no_other_ones_code(boss: Person) -> None:
    short = unique("s")[:8]
    asset = CurrencyFactory(code=unique("A")[:12], short_code=short, is_asset=True)
    fields = {"name": "Test", "exponent": "0", "is_asset": "on"}

    as_code = boss.post(adding_to(Currency), {**fields, "code": short})
    as_short_code = boss.post(
        adding_to(Currency), {**fields, "code": unique("B")[:12], "short_code": asset.code[:8]}
    )
    assert "Another currency has this as its short code." in text_of(as_code)
    assert as_short_code.status_code == 302  # a part of a code is not a code

    shorter = CurrencyFactory(code=unique("D")[:8])
    refused = boss.post(page_of(asset), {**fields, "short_code": shorter.code})
    assert "Another currency has this as its code." in text_of(refused)
    asset.refresh_from_db()
    assert asset.short_code == short


def test_a_currency_is_entered_and_deleted_until_it_is_used(boss: Person, play: Play) -> None:
    code = unique("C")[:12]
    fields = {"code": code, "name": "Test", "exponent": "4", "is_redeemable": "on"}
    assert boss.post(adding_to(Currency), fields).status_code == 302
    currency = Currency.objects.get(code=code)
    wallet = Wallet.objects.create(
        user=play.session.user, currency=currency, wallet_id=unique("wallet")
    )
    assert boss.post(page_of(currency, "delete"), {"post": "yes"}).status_code == 403
    wallet.delete()
    assert boss.post(page_of(currency, "delete"), {"post": "yes"}).status_code == 302
    assert not Currency.objects.filter(code=code).exists()


def test_a_currency_has_no_more_decimals_than_an_amount_can_have(boss: Person) -> None:
    fields = {"code": unique("C")[:12], "name": "Test", "exponent": "19"}
    page = boss.post(adding_to(Currency), fields)
    assert "A currency has at most 18 decimals." in text_of(page)
    assert "Constraint" not in text_of(page)
