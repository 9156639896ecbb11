"""An operation: what a caller wants to do with one wallet, as plain data with its rules. Pure.

``casino.ledger.execution`` carries it out: lock → look → decide → write.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from casino.ledger import statements
from casino.ledger.details import say_the_same
from casino.ledger.errors import NotAnAmount, Refusal, TransactionConflict, WalletNotFound
from casino.ledger.locks import LockedWallet, WalletLock
from casino.ledger.movements import Movement
from casino.ledger.statements import Look

Moves = TypeVar("Moves", bound=Movement, covariant=True)  # noqa: PLC0105 - read more than written
"""The movements that an operation may result in. Their classes fix the kind of transaction."""


class GameTerms(NamedTuple):
    """What a game requires of a bet. Stakes are minor units; ``max_bet`` None means no limit."""

    code: str
    is_active: bool
    min_bet: int
    max_bet: int | None
    provider_pk: int
    provider_is_disabled: bool


class Standing(NamedTuple):
    """Who plays which game, as read while the wallet is locked.

    ``session_pk`` is None if the session is not one of the casino's own; ``game`` is None if there
    is no such game.
    """

    player_status: str = ""
    session_pk: int | None = None
    session_status: str = ""
    game: GameTerms | None = None


NOBODY_PLAYS = Standing()


class Original(NamedTuple):
    """The transaction that a request refers to."""

    id: UUID
    kind: str
    wallet_pk: int
    round_id: str | None
    amount: int
    redeemable_amount: int
    is_reversed: bool


class Past(NamedTuple):
    """Everything that the look found under the lock and that a decision may depend on."""

    standing: Standing = NOBODY_PLAYS
    original: Original | None = None
    round_has_payout: bool = False
    round_has_bet: bool = False
    round_has_open_bet: bool = False


class RequestContent(NamedTuple):
    """What a request says, as its transaction stores it. None means the request does not say.

    ``amount`` is in minor units. ``details`` is JSON text of what the ledger has no column for.
    """

    amount: int | None = None
    currency: str | None = None
    round_id: str | None = None
    related_external_id: str | None = None
    external_session_id: str | None = None
    game_code: str | None = None
    details: str = ""


class Stored(NamedTuple):
    """The transaction that already has the request's id."""

    kind: str
    wallet_pk: int
    amount: int
    round_id: str | None
    related_external_id: str | None
    external_session_id: str | None
    game_code: str | None
    details: str
    response_cache: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Generic[Moves]):
    """What to write, or that there is nothing to write.

    ``round_id`` is set if it is not the request's. ``related`` is the transaction that the request
    refers to. ``claims`` is the id of an unknown bet, for which a tombstone must be written.
    ``meets_tombstone`` says that the bet has a tombstone, an earlier one or the one written now.
    ``done_by`` is an earlier transaction that already did all this: then nothing is written.
    """

    movement: Moves
    round_id: str | None = None
    related: UUID | None = None
    claims: str | None = None
    meets_tombstone: bool = False
    done_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(ABC, Generic[Moves]):
    """What a caller wants to do with one wallet, once per ``external_id``.

    ``source`` is the namespace of ``external_id``: within a source, an id moves money only once.
    ``request_id`` is stored with the transaction for people who investigate it.
    """

    source: str
    external_id: str
    request_id: str = ""

    @property
    @abstractmethod
    def moves(self) -> "tuple[type[Moves], ...]":
        """The movements that it may result in."""

    @property
    @abstractmethod
    def lock(self) -> WalletLock:
        """How to find and lock its wallet, and what to read around it."""

    @property
    def look(self) -> Look:
        """Which past transactions its rules need, besides the one that has its id."""
        return statements.NOTHING

    @abstractmethod
    def parameters(self) -> Mapping[str, str | None]:
        """The parameters of lock and look: the wallet's key, and what the look refers to."""

    @abstractmethod
    def content(self, wallet: LockedWallet) -> RequestContent:
        """The content that a repetition of the request must have too. Raises NotAnAmount."""

    @abstractmethod
    def decide(self, wallet: LockedWallet, past: Past) -> Decision[Moves]:
        """Check the request against the rules. Raises Refusal.

        This runs under the lock, so it must only compute.
        """

    def admit(self, past: Past) -> None:
        """Raise a Refusal if the caller may not even see the stored answer."""

    def missing(self) -> Refusal:
        """Why there is no such wallet. It may query the database: nothing is locked."""
        return WalletNotFound("There is no such wallet.")

    def is_done_by(self, stored: Stored, wallet: LockedWallet) -> bool:
        """Whether the stored transaction with this id came from this request (contract, rule 2).

        False means that it came from another request and that this one must still be decided.

        Raises:
            TransactionConflict: the id was used for something else.
        """
        if not (self._has_made(stored) and self._says_what_is_in(stored, wallet)):
            raise TransactionConflict("This id was used before, for something else.")
        return True

    def _has_made(self, stored: Stored) -> bool:
        return any(stored.kind == movement.kind for movement in self.moves)

    def _says_what_is_in(self, stored: Stored, wallet: LockedWallet) -> bool:
        try:
            said = self.content(wallet)
        except NotAnAmount:
            return False
        return (
            stored.wallet_pk == wallet.pk
            and said.amount in (None, stored.amount)
            and said.currency in (None, wallet.currency)
            and said.round_id in (None, stored.round_id)
            and said.game_code in (None, stored.game_code)
            and said.related_external_id == stored.related_external_id
            and said.external_session_id == stored.external_session_id
            and say_the_same(said.details, stored.details)
        )


Asked = TypeVar("Asked", bound=Operation[Movement])


class Receipt(NamedTuple, Generic[Asked]):
    """A transaction that is about to be written; the answer is made from it.

    ``wallet`` is the wallet after the transaction.
    """

    operation: Asked
    transaction_id: UUID
    movement: Movement
    round_id: str | None
    meets_tombstone: bool
    wallet: LockedWallet
    booked_at: datetime
