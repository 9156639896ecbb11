"""The journal: every round, every bet, payout and rollback, and every attempt to send one.

The provider keeps no balances. Every balance here comes from a casino's answer.
"""

from typing import Any

from django.db import models
from django.db.models import Q

from provider.models.catalogue import Casino, Game
from provider.models.columns import (
    IDENTIFIER_LENGTH,
    ExactJSONField,
    JSONColumnField,
    Timed,
    one_of,
)
from provider.models.play import Customer, Run, Session


class RoundStatus(models.TextChoices):
    OPEN = "OPEN", "open"
    SETTLED = "SETTLED", "settled"
    VOID = "VOID", "void"


class BetKind(models.TextChoices):
    DEBIT = "DEBIT", "debit"
    CREDIT = "CREDIT", "credit"
    ROLLBACK = "ROLLBACK", "rollback"


class BetStatus(models.TextChoices):
    # It was never sent, or the casino has certainly not acted on it yet.
    PENDING = "PENDING", "pending"
    # It was sent, and no reliable answer came.
    UNKNOWN = "UNKNOWN", "unknown"
    ACCEPTED = "ACCEPTED", "accepted"
    REFUSED = "REFUSED", "refused"
    # It will be rolled back, whether or not the casino took it.
    VOIDING = "VOIDING", "voiding"
    VOIDED = "VOIDED", "voided"


UNDECIDED = (BetStatus.PENDING, BetStatus.UNKNOWN)
OPEN_STATUSES = (*UNDECIDED, BetStatus.VOIDING)
"""A bet in one of these states waits for the casino's decision."""


class Verdict(models.TextChoices):
    """The result of one attempt."""

    # There is no answer yet, or the process died while it waited.
    IN_FLIGHT = "IN_FLIGHT", "in flight"
    ACCEPTED = "ACCEPTED", "accepted"
    REFUSED = "REFUSED", "refused"
    # The casino certainly did not act on it: it was busy, or was never reached.
    NOT_DONE = "NOT_DONE", "not done"
    # The casino may have acted on it: no reliable answer came.
    UNCERTAIN = "UNCERTAIN", "uncertain"


class GameRound(Timed):
    """Bets and payouts that belong together. It ends settled (paid, even if only 0) or void.

    Player, game and currency are copied from the session. The totals are in minor units: the
    standing stakes and the payouts that the casino accepted. The journal updates them whenever it
    writes a bet's status.
    """

    casino = models.ForeignKey(Casino, models.PROTECT, db_index=False, related_name="rounds")
    round_id = models.CharField(max_length=IDENTIFIER_LENGTH)
    session = models.ForeignKey(Session, models.PROTECT, related_name="rounds")
    run = models.ForeignKey(Run, models.PROTECT, related_name="rounds")
    player = models.ForeignKey(Customer, models.PROTECT, db_index=False, related_name="+")
    game = models.ForeignKey(Game, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=RoundStatus, default=RoundStatus.OPEN)
    total_bet_amount = models.BigIntegerField(default=0)
    total_payout_amount = models.BigIntegerField(default=0)

    class Meta:
        db_table = "provider_game_rounds"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "round_id"], name="provider_game_rounds_round_once"
            ),
            one_of(field="status", choices=RoundStatus, table=db_table),
            models.CheckConstraint(
                condition=Q(total_bet_amount__gte=0, total_payout_amount__gte=0),
                name="provider_game_rounds_totals_fit",
            ),
        ]
        indexes = [
            # For metrics and reconciliation. It leaves out ended rounds, which are nearly all of
            # them.
            models.Index(
                fields=["created_at"],
                name="provider_game_rounds_open",
                condition=Q(status=RoundStatus.OPEN),
            ),
        ]

    def __str__(self) -> str:
        return self.round_id

    @property
    def shown(self) -> list[list[str]] | None:
        """The lines that the player saw. None until the round is settled, or if none was drawn."""
        if self.status != RoundStatus.SETTLED or not self.run.shown:
            return None
        lines: list[list[str]] = self.run.shown
        return lines


class Bet(Timed):
    """One money operation at a casino: the request, and whether the casino has decided it.

    Every attempt sends the same bytes (``body``): the session's token, then ``request``.
    ``http_status`` and ``response_cache`` are the decisive answer, if there is one.
    ``casino_balance_after`` is the balance in that answer, if the casino accepted the operation.
    """

    casino = models.ForeignKey(Casino, models.PROTECT, db_index=False, related_name="bets")
    transaction_id = models.CharField(max_length=IDENTIFIER_LENGTH)
    bet_type = models.CharField(max_length=16, choices=BetKind)
    run = models.ForeignKey(Run, models.PROTECT, related_name="bets_made")
    round = models.ForeignKey(GameRound, models.PROTECT, related_name="bets_made")
    session = models.ForeignKey(Session, models.PROTECT, related_name="bets_made")
    related = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers"
    )
    amount = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=BetStatus, default=BetStatus.PENDING)
    request = ExactJSONField()
    http_status = models.SmallIntegerField(null=True, blank=True)
    casino_balance_after = models.BigIntegerField(null=True, blank=True)
    response_cache = JSONColumnField(null=True, blank=True)
    duration_ms = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "provider_bets"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "transaction_id"], name="provider_bets_transaction_once"
            ),
            models.UniqueConstraint(
                fields=["related"],
                condition=Q(bet_type=BetKind.ROLLBACK),
                name="provider_bets_rolled_back_once",
            ),
            one_of(field="bet_type", choices=BetKind, table=db_table),
            one_of(field="status", choices=BetStatus, table=db_table),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(bet_type=BetKind.CREDIT, amount=0),
                name="provider_bets_amount_fits",
            ),
            models.CheckConstraint(
                condition=(
                    Q(bet_type=BetKind.DEBIT, related__isnull=True)
                    | Q(bet_type=BetKind.CREDIT)
                    | Q(bet_type=BetKind.ROLLBACK, related__isnull=False)
                ),
                name="provider_bets_related_fits",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(status__in=[BetStatus.ACCEPTED, BetStatus.REFUSED])
                    | Q(http_status__isnull=False)
                ),
                name="provider_bets_decided_by_an_answer",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(status__in=[BetStatus.VOIDING, BetStatus.VOIDED]) | Q(bet_type=BetKind.DEBIT)
                ),
                name="provider_bets_only_debits_void",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="provider_bets_undecided",
                condition=Q(status__in=OPEN_STATUSES),
            ),
            # For reconciliation: a window of the journal.
            models.Index(fields=["casino", "created_at"], name="provider_bets_by_time"),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def body(self) -> dict[str, Any]:
        """The body to send. Reads the session."""
        return {"sessionToken": self.session.session_token, **self.request}

    @property
    def was_accepted(self) -> bool:
        """Whether the casino ever accepted it, even if it has been rolled back since."""
        return self.http_status == 200

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED


class BetAttempt(models.Model):
    """One attempt to send a bet's request. Written before the call, completed with the answer."""

    bet = models.ForeignKey(Bet, models.PROTECT, related_name="attempts")
    verdict = models.CharField(max_length=16, choices=Verdict, default=Verdict.IN_FLIGHT)
    http_status = models.SmallIntegerField(null=True, blank=True)
    response = ExactJSONField(null=True, blank=True)
    replayed = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)
    duration_ms = models.FloatField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "provider_bet_attempts"
        constraints = [one_of(field="verdict", choices=Verdict, table=db_table)]

    def __str__(self) -> str:
        return f"{self.bet_id}/{self.pk}"
