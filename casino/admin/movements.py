"""How the admin shows transactions: what each did to its wallet, and what it belongs to."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.safestring import SafeString

from casino.admin.display import money
from casino.backoffice.addresses import round_page
from casino.models import Account, Kind, LedgerEntry, Transaction
from config.backoffice import Panel
from config.backoffice.display import (
    NOTHING,
    identifier,
    link,
    list_url,
    moment,
    page_of,
    page_url,
    pill,
    stacked,
)

HEADERS = (
    "Posted", "No.", "Kind", "Amount", "Balance after", "Round, session", "External id, source",
)  # fmt: skip

_SHORT_NAMES = {Kind.TOMBSTONE: "tombstone", Kind.REPEATED_ROLLBACK: "repeated rollback"}
KINDS = {kind.value: _SHORT_NAMES.get(kind, kind.label) for kind in Kind}
"""A short name for every kind."""


def told(queryset: "QuerySet[Transaction]") -> "QuerySet[Transaction]":
    """Add everything that a row shows. ``moved`` is the signed change of the wallet, or None."""
    moved = LedgerEntry.objects.filter(transaction=OuterRef("pk"), account=Account.WALLET)
    return queryset.select_related("wallet__currency", "wallet__user", "session").annotate(
        moved=Subquery(moved.values("amount")[:1])
    )


def newest(queryset: "QuerySet[Transaction]", most: int) -> list[Transaction]:
    """Transactions of one wallet, newest first."""
    return list(told(queryset).order_by("-wallet_id", "-sequence")[:most])


def panel(title: str, transactions: Iterable[Transaction], note: Any = "") -> Panel:
    return Panel(title, HEADERS, [_cells(posted) for posted in transactions], note)


def _cells(posted: Transaction) -> tuple[Any, ...]:
    return (
        link(page_url(Transaction, posted.pk), moment(posted.created_at)),
        posted.sequence,
        kind(posted),
        moved(posted),
        money(posted.balance_after, posted.wallet.currency),
        stacked(round_link(posted), session_link(posted)),
        stacked(identifier(posted.external_transaction_id), posted.source),
    )


def kind(posted: Transaction) -> SafeString:
    return pill(KINDS[posted.transaction_type])


def moved(posted: Any) -> SafeString:
    return money(posted.moved or 0, posted.wallet.currency, signed=True)


def round_url(posted: Transaction) -> str:
    """There is no table of rounds: a round is all transactions of a wallet, source and round id."""
    return list_url(
        Transaction, wallet=posted.wallet_id, source=posted.source, round=posted.round_id
    )


def round_link(posted: Transaction) -> str | SafeString:
    """A link to the page that shows both halves of the round."""
    if posted.round_id is None:
        return NOTHING
    page = round_page(posted.round_id, wallet_pk=posted.wallet_id, source=posted.source)
    return link(page, identifier(posted.round_id))


def session_link(posted: Transaction) -> str | SafeString:
    """A link to our session, or to the transactions that name the caller's own session."""
    if posted.session is not None:
        return page_of(posted.session)
    if posted.external_session_id is None:
        return NOTHING
    url = list_url(
        Transaction, wallet=posted.wallet_id, external_session=posted.external_session_id
    )
    return link(url, identifier(posted.external_session_id))


def transaction_link(posted: Transaction | None) -> str | SafeString:
    if posted is None:
        return NOTHING
    return stacked(kind(posted), page_of(posted, posted.external_transaction_id))
