"""A transaction in a few words: the description from its request, or one made from its kind."""

import msgspec

from casino.ledger.histories import HistoryRow
from casino.ledger.money import to_major
from casino.models import Kind
from casino.operations.holdings import Details

_PLAIN = {kind: kind.label.capitalize() for kind in Kind} | {
    Kind.OPENING: "Opening balance",
    Kind.ROLLBACK: "Rollback of a bet",
    Kind.TOMBSTONE: "Refusal of a bet to come",
    Kind.REPEATED_ROLLBACK: "Rollback of a bet that was rolled back already",
    Kind.SPEND: "Purchase",
}


def type_of(kind: str) -> str:
    """A transaction's kind by the name that it has in version 1."""
    return "INITIAL_BALANCE" if kind == Kind.OPENING else kind


def word_of(kind: str) -> str:
    """A kind as the root service names it: purchase for SPEND, the lower-case name for others."""
    return "purchase" if kind == Kind.SPEND else kind.lower()


def number(minor: int, exponent: int) -> msgspec.Raw:
    """A JSON number of whole units, written with all the asset's decimals; never a float."""
    return msgspec.Raw(to_major(minor, exponent).encode())


def description_of(row: HistoryRow) -> str:
    """The description from the request, otherwise one made from the transaction."""
    plain = _PLAIN[Kind(row.kind)]
    details = _details(row.details)
    if details.description is not None:
        return details.description
    if details.item_id or details.bonus_type:
        return f"{plain}: {details.item_id or details.bonus_type}"
    if details.payment_method:
        return f"{plain} by {details.payment_method}"
    return f"{plain} in {row.game_code}" if row.game_code else plain


def _details(text: str) -> Details:
    """None if another family stored something else there."""
    try:
        return msgspec.json.decode(text, type=Details)
    except msgspec.DecodeError:
        return Details()
