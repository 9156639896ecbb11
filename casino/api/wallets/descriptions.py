"""A transaction in a few words: what its request said of it, or what it is."""

import msgspec

from casino.ledger.histories import HistoryRow
from casino.models import Kind


class Details(msgspec.Struct, omit_defaults=True):
    """What else a request said: the part of its content that the ledger has no column for.

    ``request`` is the endpoint. Written with its fields in this order, so equal content is equal
    text.
    """

    request: str = ""
    bonus_type: str | None = None
    item_id: str | None = None
    payment_method: str | None = None
    description: str | None = None
    metadata: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def text(self) -> str:
        return msgspec.json.encode(self).decode()


_PLAIN = {
    Kind.OPENING: "Opening balance",
    Kind.BET: "Bet",
    Kind.WIN: "Win",
    Kind.ROLLBACK: "Rollback of a bet",
    Kind.TOMBSTONE: "Refusal of a bet to come",
    Kind.REPEATED_ROLLBACK: "Rollback of a bet that was rolled back already",
    Kind.TOPUP: "Top-up",
    Kind.BONUS: "Bonus",
    Kind.SPEND: "Purchase",
    Kind.ADJUSTMENT: "Adjustment",
}


def type_of(kind: str) -> str:
    """A transaction's kind by the name that it has in version 1."""
    return "INITIAL_BALANCE" if kind == Kind.OPENING else kind


def description_of(row: HistoryRow) -> str:
    """The description that was given, else one made of the transaction."""
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
    """Nothing where another family kept something else there."""
    try:
        return msgspec.json.decode(text, type=Details)
    except msgspec.DecodeError:
        return Details()
