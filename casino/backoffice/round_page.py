"""One page per round id: the provider's attempts next to what the casino booked."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

from casino.admin.display import joined
from casino.backoffice.addresses import round_page
from casino.backoffice.flags import pills, raised_on
from casino.models import Currency, Game, GameProvider, GameSession, Transaction, Wallet
from casino.operations.errors import (
    ProviderBusy,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
)
from casino.operations.providers import source_of
from casino.provider_client import round_details
from casino.reports.rounds import Booked, Found, Sums, booked_in, find_rounds, sums
from casino.reports.timeline import Line, differences, tell
from casino.round_details import Outcome, RoundDetails
from config.backoffice.display import identifier, link, list_url, page_of, page_url
from config.backoffice.money import money_span
from config.backoffice.own_pages import OwnPage, own_page

_SYMBOLS = "provider/symbols.svg"


@dataclass(frozen=True, slots=True)
class Halves:
    """What each side has. ``problem`` says why the provider's half is missing."""

    wallet: Wallet | None
    booked: list[Booked]
    provider: RoundDetails | None
    problem: str
    currency: Currency | None

    @property
    def exponent(self) -> int:
        return self.currency.exponent if self.currency else 0


@own_page("round/", "round")
class RoundPage(OwnPage):
    title = "Round"
    permissions = ("casino.view_transaction",)
    template = "casino/backoffice/round.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        round_id = request.GET.get("id", "").strip()
        found = _found(request, round_id)
        if len(found) > 1:
            return self.page(
                request,
                title=f"Round {round_id}",
                choices=_choices(found, round_id),
                round_id=round_id,
            )
        halves = _halves(found[0] if found else None, round_id)
        if not halves.booked and halves.provider is None:
            return self.page(
                request, title=f"Round {round_id}", nothing=True, round_id=round_id,
                problem=halves.problem, status=404,
            )  # fmt: skip
        return self.page(
            request, title=f"Round {round_id}", round_id=round_id, **_contents(halves, round_id)
        )


def _found(request: HttpRequest, round_id: str) -> list[Found]:
    """The rounds with this id; ``wallet`` and ``source`` select one of them."""
    wallet, source = request.GET.get("wallet", ""), request.GET.get("source", "")
    if not round_id:
        return []
    pks = [int(wallet)] if wallet.isascii() and wallet.isdigit() and len(wallet) < 19 else None
    found = find_rounds(round_id=round_id, wallet_pks=pks)
    return [each for each in found if source in ("", each.source)]


def _choices(found: list[Found], round_id: str) -> list[tuple[Any, str]]:
    wallets = Wallet.objects.select_related("user").in_bulk([each.wallet_pk for each in found])
    return [
        (
            link(
                round_page(round_id, wallet_pk=each.wallet_pk, source=each.source),
                f"{wallets[each.wallet_pk].user} · {wallets[each.wallet_pk]}",
            ),
            each.source,
        )
        for each in found
    ]


def _halves(found: Found | None, round_id: str) -> Halves:
    provider, problem = _ask(_provider_of(found), round_id)
    if found is None:
        code = provider.currency if provider else ""
        currency = Currency.objects.filter(code=code).first()
        return Halves(None, [], provider, problem, currency)
    wallet = Wallet.objects.select_related("user", "currency").get(pk=found.wallet_pk)
    named = [each.transaction_id for each in provider.transactions] if provider else []
    booked = booked_in(found=found, round_id=round_id, named=named)
    return Halves(wallet, booked, provider, problem, wallet.currency)


def _provider_of(found: Found | None) -> GameProvider | None:
    """The round's provider. A round that we know nothing about may be the default provider's."""
    if found is None:
        return GameProvider.objects.filter(is_default=True).first()
    providers = {source_of(each.code): each for each in GameProvider.objects.all()}
    return providers.get(found.source)


def _ask(provider: GameProvider | None, round_id: str) -> tuple[RoundDetails | None, str]:
    if not round_id:
        return None, ""
    if provider is None:
        return None, "This round came from a source that cannot be asked: only our half is shown."
    try:
        return round_details(provider, round_id), ""
    except ProviderRefused as refusal:
        if refusal.code == "ROUND_NOT_FOUND":
            return None, f"{provider.name} does not know this round."
        return None, f"{refusal.message} Only our half is shown."
    except (ProviderUnavailable, ProviderTimedOut, ProviderBusy) as problem:
        return None, f"{problem.message} Only our half is shown."


def _contents(halves: Halves, round_id: str) -> dict[str, Any]:
    total = sums(halves.booked)
    provider = halves.provider
    lines = tell(halves.booked, provider, halves.exponent)
    return {
        "facts": _facts(halves, total),
        "timeline": [_told(line, halves) for line in lines],
        "differences": differences(provider, total) if provider and halves.booked else [],
        "problem": halves.problem,
        "only_provider": not halves.booked,
        "outcome": _outcome(provider.outcome if provider else None),
        "tools": _tools(halves, round_id),
    }


def _facts(halves: Halves, total: Sums) -> list[tuple[str, Any]]:
    provider = halves.provider
    code = next((each.game_code for each in halves.booked if each.game_code), None)
    code = code or (provider.game_id if provider else None)
    game = Game.objects.filter(provider_game_id=code).first() if code else None
    facts: list[tuple[str, Any]] = []
    if halves.wallet is not None:
        player = halves.wallet.user
        flags = pills(flag.kind for flag in raised_on(player))
        facts.append(("Player", joined([page_of(player), *flags])))
        facts.append(("Wallet", page_of(halves.wallet, halves.wallet.wallet_id)))
    elif provider is not None:
        facts.append(("Player", provider.player_id))
    facts.append(("Game", page_of(game, game.name) if game else code or "—"))
    if halves.currency is not None and halves.booked:
        currency = halves.currency
        for label, minor, signed in (
            ("Stake", total.staked, False), ("Win", total.paid, False), ("Net", total.net, True),
        ):  # fmt: skip
            amount = money_span(minor, currency.exponent, currency.code, signed=signed)
            facts.append((label, amount))
    facts.append(("State", total.state if halves.booked else "unknown to the casino"))
    sessions = {each.session_pk for each in halves.booked if each.session_pk is not None}
    found = GameSession.objects.filter(pk__in=sessions)[:3]
    return [*facts, *(("Session", page_of(session)) for session in found)]


def _told(line: Line, halves: Halves) -> dict[str, Any]:
    """One line for the template, with a link to the row behind it."""
    booked, currency = line.booked, halves.currency
    change = None
    if booked is not None and booked.change and currency is not None:
        change = money_span(booked.change, currency.exponent, currency.code, signed=True)
    return {
        "at": line.at,
        "id": identifier(line.transaction_id),
        "said": line.said,
        "asked": line.asked,
        "booked": booked,
        "kind": booked.kind.replace("_", " ").lower() if booked else "",
        "change": change,
        "url": page_url(Transaction, booked.transaction_id) if booked else "",
    }


def _outcome(outcome: Outcome | None) -> dict[str, Any] | None:
    """What the player saw, with pictures if this process serves the provider's symbols."""
    if outcome is None:
        return None
    drawings = static(_SYMBOLS) if finders.find(_SYMBOLS) else ""
    return {"lines": outcome.symbols, "text": outcome.text or "", "drawings": drawings}


def _tools(halves: Halves, round_id: str) -> list[tuple[str, str]]:
    tools = []
    if halves.wallet is not None and halves.booked:
        source = halves.booked[0].source
        address = list_url(Transaction, wallet=halves.wallet.pk, source=source, round=round_id)
        tools.append(("Its transactions as a list", address))
    if halves.provider is not None:
        with suppress(NoReverseMatch):  # the provider is served elsewhere
            address = reverse("admin:provider_gameround_changelist")
            tools.append(("The provider’s page", f"{address}?{urlencode({'q': round_id})}"))
    return tools
