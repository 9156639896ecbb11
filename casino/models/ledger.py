"""The ledger: every movement of money, in double entry, appended and never changed.

PostgreSQL refuses what must never happen (see the migrations): to update or delete a row here, to
write entries that do not balance, to use an id or sequence number twice, to reverse a bet twice.
"""

from django.db import models
from django.db.models import Func, Q
from django.utils import timezone

from casino.models.columns import PublicIdField, StoredAnswerField
from casino.models.play import GameSession
from casino.models.players import Wallet


class Kind(models.TextChoices):
    """What a transaction is."""

    OPENING = "OPENING", "initial balance"
    BET = "BET", "bet"
    WIN = "WIN", "win"
    ROLLBACK = "ROLLBACK", "rollback"
    TOMBSTONE = "TOMBSTONE", "tombstone (blocks the id of a bet that must never be accepted)"
    REPEATED_ROLLBACK = "REPEATED_ROLLBACK", "rollback of a bet that was already rolled back"
    TOPUP = "TOPUP", "top-up"
    BONUS = "BONUS", "bonus"
    SPEND = "SPEND", "spend"
    ADJUSTMENT = "ADJUSTMENT", "adjustment"


class Account(models.TextChoices):
    """The account of an entry: a wallet, or one of the house's accounts.

    No row holds the balance of a house account; it is the sum of its entries.
    """

    WALLET = "WALLET", "wallet"
    GAMES = "GAMES", "games"
    TREASURY = "TREASURY", "treasury"
    BONUS = "BONUS", "bonus"
    SALES = "SALES", "sales"
    ADJUSTMENT = "ADJUSTMENT", "adjustment"


def _is_sound(function: str, *columns: str) -> Func:
    """A rule for rows, as a PostgreSQL function. See ``migrations/sql/sound_rows.sql``."""
    return Func(*columns, function=function, output_field=models.BooleanField())


class Transaction(models.Model):
    """One accepted request, with the answer that was given to it.

    ``amount`` is what moved, ``redeemable_amount`` the part that moved in the redeemable bucket.
    ``source`` is the namespace of ``external_transaction_id``. ``link`` chains the wallet's
    transactions: see ``casino.ledger.chain``.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    wallet = models.ForeignKey(
        Wallet, on_delete=models.PROTECT, related_name="transactions", db_index=False
    )
    sequence = models.BigIntegerField()
    transaction_type = models.CharField(max_length=20, choices=Kind.choices)
    source = PublicIdField(max_length=80)
    external_transaction_id = PublicIdField()
    round_id = PublicIdField(null=True, blank=True)
    session = models.ForeignKey(
        GameSession,
        on_delete=models.PROTECT,
        related_name="transactions",
        null=True,
        blank=True,
    )
    external_session_id = PublicIdField(null=True, blank=True)
    game_code = PublicIdField(null=True, blank=True)
    amount = models.BigIntegerField(help_text="In minor units.")
    redeemable_amount = models.BigIntegerField(
        help_text="The redeemable part of the amount, in minor units."
    )
    balance_after = models.BigIntegerField(
        help_text="The playable balance afterwards, in minor units."
    )
    redeemable_after = models.BigIntegerField(
        help_text="The redeemable balance afterwards, in minor units."
    )
    # Its indexes are the partial ones below: only reversals are looked up this way.
    related_transaction = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="related_by",
        null=True,
        blank=True,
        db_index=False,
    )
    related_external_transaction_id = PublicIdField(null=True, blank=True)
    response_cache = StoredAnswerField(
        null=True, blank=True, help_text="The body of the answer. Duplicate requests get it again."
    )
    details = models.TextField(blank=True, help_text="Other fields of the request, as JSON.")
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    link = models.BinaryField(max_length=32)

    class Meta:
        db_table = "casino_transactions"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_transaction_id"], name="casino_transactions_once"
            ),
            models.UniqueConstraint(
                fields=["wallet", "sequence"], name="casino_transactions_sequence"
            ),
            models.UniqueConstraint(
                fields=["related_transaction"],
                condition=Q(transaction_type=Kind.ROLLBACK),
                name="casino_transactions_one_reversal_a_bet",
            ),
            models.CheckConstraint(
                condition=_is_sound(
                    "casino_transaction_is_sound",
                    "transaction_type",
                    "sequence",
                    "amount",
                    "redeemable_amount",
                    "balance_after",
                    "redeemable_after",
                    "round_id",
                    "related_transaction",
                ),
                name="casino_transactions_sound",
            ),
        ]
        indexes = [
            # The state of a round; a round belongs to one wallet and one source.
            models.Index(
                fields=["wallet", "round_id"],
                condition=Q(round_id__isnull=False),
                name="casino_transactions_round",
            ),
            # The history of a session that is not the casino's own; only events write into it.
            models.Index(
                fields=["wallet", "external_session_id", "sequence"],
                condition=Q(external_session_id__isnull=False),
                name="casino_transactions_ext_sess",
            ),
            # Repeated rollbacks; this index has hardly any rows.
            models.Index(
                fields=["related_transaction"],
                condition=Q(transaction_type=Kind.REPEATED_ROLLBACK),
                name="casino_transactions_repeats",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transaction_type} {self.external_transaction_id}"


class LedgerEntry(models.Model):
    """One side of a transaction: what it did to a wallet, or to an account of the house.

    ``amount`` is signed; the entries of a transaction sum to zero. A wallet's entry carries its
    balances before and after.
    """

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=16, choices=Account.choices)
    wallet = models.ForeignKey(
        Wallet,
        on_delete=models.PROTECT,
        related_name="entries",
        null=True,
        blank=True,
        db_index=False,
    )
    currency = PublicIdField(max_length=16)
    amount = models.BigIntegerField(help_text="In minor units, with a sign.")
    redeemable_amount = models.BigIntegerField(
        default=0, help_text="The redeemable part of the amount, in minor units, with a sign."
    )
    balance_before = models.BigIntegerField(null=True, blank=True)
    balance_after = models.BigIntegerField(null=True, blank=True)
    redeemable_before = models.BigIntegerField(null=True, blank=True)
    redeemable_after = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "casino_ledger_entries"
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(
                condition=_is_sound(
                    "casino_ledger_entry_is_sound",
                    "account",
                    "wallet",
                    "amount",
                    "redeemable_amount",
                    "balance_before",
                    "balance_after",
                    "redeemable_before",
                    "redeemable_after",
                ),
                name="casino_ledger_entries_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount:+d}"
