"""What staff keep next to the ledger: notes, flags, proposed adjustments, limits by currency."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from casino.ledger.money import to_major
from casino.models import Currency, User, Wallet

MOST_MULTIPLE = 1_000_000
"""The largest multiple of the stakes that a large win can be asked to be."""


class CurrencyPolicy(models.Model):
    """What needs a second look in one currency; amounts in minor units."""

    currency = models.OneToOneField(Currency, on_delete=models.PROTECT, related_name="policy")
    four_eyes_above = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Adjustments above this amount, in minor units, need a second person. Leave this "
        "empty if no adjustment does.",
    )
    large_win_from = models.BigIntegerField(
        default=4_000_000, help_text="The smallest large win, in minor units."
    )
    large_win_multiple = models.PositiveIntegerField(
        default=0,
        help_text="A large win must also be at least this many times the stakes of its round.",
    )

    class Meta:
        db_table = "casino_backoffice_currency_policies"
        verbose_name_plural = "currency policies"
        constraints = [
            models.CheckConstraint(
                condition=(Q(four_eyes_above__isnull=True) | Q(four_eyes_above__gte=0))
                & Q(large_win_from__gte=1),
                name="casino_backoffice_currency_policies_amounts",
            )
        ]

    def __str__(self) -> str:
        return str(self.currency_id)

    def clean(self) -> None:
        """Say what the constraint refuses. An amount that was not readable is None."""
        wrong = {}
        if self.four_eyes_above is not None and self.four_eyes_above < 0:
            wrong["four_eyes_above"] = "The amount must not be negative."
        if self.large_win_from is not None and self.large_win_from < 1:
            wrong["large_win_from"] = "The amount must be greater than 0."
        if self.large_win_multiple is not None and self.large_win_multiple > MOST_MULTIPLE:
            wrong["large_win_multiple"] = f"The multiple must be at most {MOST_MULTIPLE:,}."
        if wrong:
            raise ValidationError(wrong)


class PlayerNote(models.Model):
    """What a member of staff wrote about a player. Notes are never changed: write another one."""

    player = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notes")
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField(default=timezone.now)
    text = models.TextField()

    class Meta:
        db_table = "casino_backoffice_player_notes"
        permissions = [("block_player", "Can block and unblock players")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="casino_backoffice_player_notes_not_empty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.written_by} on {self.player}"


class FlagKind(models.TextChoices):
    WATCH = "WATCH", "watch"
    FRAUD = "FRAUD", "suspected fraud"
    BONUS_ABUSE = "BONUS_ABUSE", "bonus abuse"
    HARMFUL_PLAY = "HARMFUL_PLAY", "harmful play"


class PlayerFlag(models.Model):
    """A mark on a player that all staff see until somebody lowers it.

    A flag does not stop the player from playing; blocking does.
    """

    player = models.ForeignKey(User, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=16, choices=FlagKind)
    reason = models.TextField()
    raised_by = models.CharField(max_length=150)
    raised_at = models.DateTimeField(default=timezone.now)
    lowered_by = models.CharField(max_length=150, blank=True)
    lowered_at = models.DateTimeField(null=True, blank=True)
    lowered_because = models.TextField(blank=True)

    class Meta:
        db_table = "casino_backoffice_player_flags"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=FlagKind.values) & ~Q(reason=""),
                name="casino_backoffice_player_flags_sensible",
            ),
            models.CheckConstraint(
                condition=Q(lowered_at__isnull=True, lowered_by="")
                | (Q(lowered_at__isnull=False) & ~Q(lowered_by="")),
                name="casino_backoffice_player_flags_lowered_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["player", "kind"],
                condition=Q(lowered_at__isnull=True),
                name="casino_backoffice_player_flags_one_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.player}"


class ProposalStatus(models.TextChoices):
    PENDING = "PENDING", "waits for a second person"
    APPROVED = "APPROVED", "approved"
    REFUSED = "REFUSED", "refused"
    WITHDRAWN = "WITHDRAWN", "withdrawn"


class AdjustmentProposal(models.Model):
    """An adjustment that needs a second person. The adjustment uses its key, so it is posted once.

    ``amount_signed`` is in minor units of the wallet's currency. The proposer and the approver are
    different people; PostgreSQL checks that too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="proposals")
    amount_signed = models.BigIntegerField()
    reason = models.TextField()
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=ProposalStatus, default=ProposalStatus.PENDING)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    transaction_id = models.UUIDField(null=True, blank=True)

    class Meta:
        db_table = "casino_backoffice_adjustment_proposals"
        permissions = [("approve_adjustment", "Can approve adjustments that others proposed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values)
                & ~Q(amount_signed=0)
                & ~Q(reason="")
                & ~Q(proposed_by=""),
                name="casino_backoffice_proposals_sensible",
            ),
            models.CheckConstraint(
                condition=~Q(status=ProposalStatus.APPROVED)
                | (~Q(decided_by="") & ~Q(decided_by=F("proposed_by"))),
                name="casino_backoffice_proposals_four_eyes",
            ),
        ]
        indexes = [
            models.Index(
                fields=["proposed_at"],
                condition=Q(status=ProposalStatus.PENDING),
                name="casino_backoffice_waiting",
            )
        ]

    def __str__(self) -> str:
        currency = self.wallet.currency
        amount = to_major(self.amount_signed, currency.exponent)
        return f"{amount} {currency.code} for {self.wallet.wallet_id}"

    def is_expired(self, now: datetime) -> bool:
        return self.status == ProposalStatus.PENDING and now >= self.expires_at
