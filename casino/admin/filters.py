"""Filters that links set, shown only while they are set, and filters that use an index."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from casino.admin.movements import KINDS
from casino.backoffice.models import FlagKind, PlayerFlag
from casino.ledger.ids import first_id_at
from casino.ledger.queries import sources_in_use
from casino.models import Currency, Game, GameSession, Transaction, User, Wallet
from config.backoffice.linked_filter import LinkedFilter, ValueFilter
from config.backoffice.range_filter import RangeFilter

Choices = Iterable[tuple[str, str]]
_LAST_DAY = date(9000, 1, 1)
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)


class WalletFilter(LinkedFilter):
    title = parameter_name = "wallet"
    model = Wallet
    column = "wallet_id"


class EntryWalletFilter(WalletFilter):
    """Entries have no index by wallet, but their transactions do. Shows the house's side too."""

    column = "transaction__wallet_id"


class PlayerFilter(LinkedFilter):
    title = parameter_name = "player"
    model = User
    column = "user_id"


class PlayersWalletsFilter(PlayerFilter):
    """Transactions of all wallets of a player."""

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() is None:
            return queryset
        wallets = Wallet.objects.filter(user_id=self.key()).values_list("pk", flat=True)
        return queryset.filter(wallet_id__in=list(wallets))


class SessionFilter(LinkedFilter):
    title = parameter_name = "session"
    model = GameSession
    column = "session_id"


class GameFilter(LinkedFilter):
    title = parameter_name = "game"
    model = Game
    column = "game_id"


class ExternalSessionFilter(ValueFilter):
    """A session that the caller manages. Links set the wallet as well."""

    title = "external session"
    parameter_name = "external_session"
    column = "external_session_id"


class KindFilter(ValueFilter):
    title = parameter_name = "kind"
    column = "transaction_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return KINDS.items()


class RoundFilter(ValueFilter):
    """A round is identified by wallet, source and round id. Links set all three."""

    title = parameter_name = "round"
    column = "round_id"


class NumbersFilter(SimpleListFilter):
    """A part of a wallet's history: from after the first number up to the second."""

    title = "numbers in the wallet"
    parameter_name = "numbers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        value = self.value()
        return () if value is None else ((value, f"after {value.replace('-', ' up to ')}"),)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        if value is None:
            return queryset
        after, _, upto = value.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (after, upto)):
            raise IncorrectLookupParameters("these are not numbers")
        return queryset.filter(sequence__gt=int(after), sequence__lte=int(upto))


class SourceFilter(ValueFilter):
    title = parameter_name = column = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(source, source) for source in sources_in_use()]


class PostedFilter(SimpleListFilter):
    """Filters by the time of posting. Ids sort by time, so this uses the primary key."""

    title = parameter_name = "posted"
    spans: ClassVar = {
        "hour": ("in the last hour", timedelta(hours=1)),
        "day": ("in the last 24 hours", timedelta(days=1)),
        "week": ("in the last 7 days", timedelta(days=7)),
        "month": ("in the last 30 days", timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(name, label) for name, (label, _) in self.spans.items()]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> "QuerySet[Transaction]":
        value = self.value()
        if value is None:
            return queryset
        if value not in self.spans:
            raise IncorrectLookupParameters("there is no such period")
        return queryset.filter(id__gte=first_id_at(timezone.now() - self.spans[value][1]))


class DaysFilter(RangeFilter):
    """By the days, in UTC, on which a transaction was posted; the primary key answers."""

    title = "days (UTC)"
    parameter_name = "day"
    field_type = "date"

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> "QuerySet[Transaction]":
        if self.begin:
            queryset = queryset.filter(id__gte=first_id_at(_day(self.begin)))
        if self.end:
            queryset = queryset.filter(id__lt=first_id_at(_day(self.end) + timedelta(days=1)))
        return queryset


def _day(typed: str) -> datetime:
    """Where a day begins."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise IncorrectLookupParameters("Enter a date like 2026-01-31.") from None
    return datetime.combine(min(day, _LAST_DAY), time(), UTC)


class AmountFilter(RangeFilter):
    """By the size of a movement, in major units of its own currency."""

    title = parameter_name = "amount"

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[Transaction]"
    ) -> "QuerySet[Transaction]":
        for typed, comparison in ((self.begin, "gte"), (self.end, "lte")):
            if typed:
                queryset = queryset.filter(_compared(typed, comparison))
        return queryset


def _compared(typed: str, comparison: str) -> Q:
    """The amount in the minor units of each exponent that currencies have."""
    if not _AMOUNT.fullmatch(typed):
        raise IncorrectLookupParameters("Enter an amount like 12.50.")
    rounding = ROUND_CEILING if comparison == "gte" else ROUND_FLOOR
    condition = Q(pk__in=())
    for exponent in Currency.objects.values_list("exponent", flat=True).distinct():
        minor = int(Decimal(typed).scaleb(exponent).to_integral_value(rounding))
        condition |= Q((f"amount__{comparison}", minor), wallet__currency__exponent=exponent)
    return condition


class CurrencyFilter(ValueFilter):
    """For tables that store a currency's code."""

    title = parameter_name = column = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        codes = Currency.objects.order_by("code").values_list("code", flat=True)
        return [(code, code) for code in codes]


class FlagFilter(SimpleListFilter):
    """Players with a raised flag."""

    title = parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("any", "any flag"), *FlagKind.choices]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[User]") -> "QuerySet[User]":
        value = self.value()
        if value is None:
            return queryset
        raised = PlayerFlag.objects.filter(lowered_at=None)
        if value != "any":
            raised = raised.filter(kind=value)
        return queryset.filter(pk__in=raised.values("player_id"))
