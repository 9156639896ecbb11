"""Reads a report's parameters from a query string: days, a currency, a player, an amount."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest

from casino.ledger.errors import NotAnAmount
from casino.ledger.money import to_minor
from casino.models import Currency, User
from casino.reports.period import NotAPeriod, Period
from config.backoffice.report_page import Question, Unanswerable

_SPANS = (("Today", 1), ("7 days", 7), ("30 days", 30))


class Span(NamedTuple):
    """A period that a link sets."""

    label: str
    url: str
    is_current: bool


def today() -> date:
    return datetime.now(UTC).date()


def period_of(request: HttpRequest, default_days: int = 1) -> Period:
    """The query string's ``first`` and ``last``; by default the last days up to today.

    Raises Unanswerable.
    """
    first, last = request.GET.get("first"), request.GET.get("last")
    if not first and not last:
        return Period.ending(today(), default_days)
    try:
        return Period.read(first or last or "", last or first or "")
    except NotAPeriod as problem:
        raise Unanswerable(str(problem)) from None


def period_questions(request: HttpRequest, default_days: int = 1) -> list[Question]:
    try:
        period = period_of(request, default_days)
    except Unanswerable:
        period = Period.ending(today(), default_days)
    return [
        Question("first", "From", period.first.isoformat(), "date"),
        Question("last", "To (UTC)", period.last.isoformat(), "date"),
    ]


def spans(request: HttpRequest, default_days: int = 1) -> Iterator[Span]:
    """Links to the usual periods. They keep all other parameters."""
    try:
        current = period_of(request, default_days)
    except Unanswerable:
        current = None
    yesterday = Period.ending(today() - timedelta(days=1), 1)
    named = [(label, Period.ending(today(), days)) for label, days in _SPANS]
    for label, period in (named[0], ("Yesterday", yesterday), *named[1:]):
        yield Span(label, with_period(request, period), period == current)


def with_period(request: HttpRequest, period: Period) -> str:
    asked = request.GET.copy()
    asked.pop("format", None)
    asked["first"], asked["last"] = period.first.isoformat(), period.last.isoformat()
    return f"{request.path}?{asked.urlencode()}"


def period_query(period: Period, **more: object) -> str:
    return urlencode({"first": period.first, "last": period.last, **more})


def currency_of(request: HttpRequest) -> Currency | None:
    """Raises Unanswerable if there is no such currency."""
    code = request.GET.get("currency", "")
    if not code:
        return None
    found = Currency.objects.filter(code=code).first()
    if found is None:
        raise Unanswerable("There is no such currency.")
    return found


def currency_question(request: HttpRequest, *, may_be_any: bool = True) -> Question:
    codes = Currency.objects.order_by("is_asset", "code").values_list("code", flat=True)
    choices = [("", "all")] if may_be_any else []
    choices += [(code, code) for code in codes]
    return Question("currency", "Currency", request.GET.get("currency", ""), choices=choices)


def player_of(request: HttpRequest) -> User | None:
    """A player by public id. Raises Unanswerable if there is no such player."""
    player_id = request.GET.get("player", "").strip()
    if not player_id:
        return None
    found = User.objects.filter(username=player_id).first()
    if found is None:
        raise Unanswerable("There is no player with this id.")
    return found


def amount_of(request: HttpRequest, name: str, currency: Currency, default: int) -> int:
    """Convert an amount typed in major units to minor units. Raises Unanswerable."""
    typed = request.GET.get(name, "").strip()
    if not typed:
        return default
    try:
        return to_minor(typed, currency.exponent)
    except NotAnAmount as problem:
        raise Unanswerable(f"The amount {problem}.") from None


def number_of(request: HttpRequest, name: str, default: int, most: int) -> int:
    """Raises Unanswerable."""
    typed = request.GET.get(name, "").strip()
    if not typed:
        return default
    is_readable = typed.isascii() and typed.isdigit() and len(typed) < len(str(2**63))
    if not is_readable or int(typed) > most:
        raise Unanswerable(f"Enter a whole number of at most {most:,}.")
    return int(typed)
