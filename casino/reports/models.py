"""Sums of the ledger, so that a report about a month reads only thousands of rows.

Only ``casino.reports.summary`` writes these tables; they can be emptied and filled again from the
ledger at any time. Amounts are in minor units, as numeric without decimals: sums outgrow 64 bits.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from casino.models import Currency, Game, Wallet
from casino.models.columns import PublicIdField


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # no generic at run time
    """A sum of minor units."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 60, "decimal_places": 0, "default": 0, **kwargs})

    def deconstruct(self) -> Any:
        """Migrations record it as a plain DecimalField."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs


class Counted(models.Model):
    """What both summaries count.

    ``rounds`` are counted at their first bet; ``returned`` are stakes that rollbacks gave back;
    ``bonuses`` and what adjustments ``added`` and ``removed`` are not play.
    """

    game_code = PublicIdField(blank=True, default="")
    source = PublicIdField(max_length=80)
    rounds = models.BigIntegerField(default=0)
    bets = models.BigIntegerField(default=0)
    wins = models.BigIntegerField(default=0)
    rollbacks = models.BigIntegerField(default=0)
    staked = AmountField()
    returned = AmountField()
    paid = AmountField()
    bonuses = AmountField()
    added = AmountField()
    removed = AmountField()

    class Meta:
        abstract = True


class GameHour(Counted):
    """One hour of one game in one currency.

    ``staked_squared`` is the sum of the squared stakes without the stakes that were given back.
    """

    hour = models.DateTimeField()
    currency = models.ForeignKey(
        Currency,
        on_delete=models.PROTECT,
        related_name="+",
        db_column="currency_code",
        db_index=False,
    )
    staked_squared = AmountField()

    class Meta:
        db_table = "casino_report_game_hours"
        permissions = [("view_reports", "Can see reports")]
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "currency", "game_code", "source"],
                name="casino_report_game_hours_once",
            )
        ]


class PlayerDay(Counted):
    """One day (UTC) of one wallet at one game.

    ``first_sequence`` and ``last_sequence`` say where in the wallet's history the day lies, so that
    its transactions can be read without reading others.
    """

    day = models.DateField()
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    largest_win = AmountField()
    first_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()

    class Meta:
        db_table = "casino_report_player_days"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "wallet", "game_code", "source"],
                name="casino_report_player_days_once",
            )
        ]
        indexes = [
            models.Index(fields=["wallet", "day"], name="casino_report_player_days_of"),
        ]


class OpenRound(models.Model):
    """A round that had a standing bet and no payout when it was last looked at."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = PublicIdField(max_length=80)
    round_id = PublicIdField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "casino_report_open_rounds"
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "round_id", "source"], name="casino_report_open_rounds_once"
            )
        ]
        indexes = [models.Index(fields=["opened_at"], name="casino_report_open_rounds_age")]


class Progress(models.Model):
    """The summaries hold every transaction with a smaller id. The table has one row."""

    before = models.UUIDField(null=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "casino_report_progress"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="casino_report_progress_one_row")
        ]


class GameTheory(models.Model):
    """A game's return and variance, as its provider declares them."""

    game = models.OneToOneField(Game, on_delete=models.PROTECT, related_name="theory")
    return_to_player = models.DecimalField(
        max_digits=10,
        decimal_places=8,
        help_text="The share of all stakes that players win back in the long run: 0.96 means 96 %.",
    )
    payout_variance = models.DecimalField(
        max_digits=16,
        decimal_places=6,
        help_text="The variance of the payout on a stake of 1, computed from the pay table.",
    )

    class Meta:
        db_table = "casino_report_game_theory"
        verbose_name = "theoretical return"
        verbose_name_plural = "theoretical returns"
        constraints = [
            models.CheckConstraint(
                condition=Q(return_to_player__gt=0) & Q(payout_variance__gte=0),
                name="casino_report_game_theory_sensible",
            )
        ]

    def __str__(self) -> str:
        return str(self.game)

    def clean(self) -> None:
        """Say what the constraint refuses. A number that was not readable is None."""
        wrong = {}
        if self.return_to_player is not None and self.return_to_player <= 0:
            wrong["return_to_player"] = "The return must be greater than 0."
        if self.payout_variance is not None and self.payout_variance < 0:
            wrong["payout_variance"] = "The variance must not be negative."
        if wrong:
            raise ValidationError(wrong)
