"""A casino's customers, their sessions, and the runs that were requested in them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now

from config.wire.tokens import DIGEST_LENGTH, SealedTokenField
from provider.models.catalogue import Casino, Game
from provider.models.columns import IDENTIFIER_LENGTH, ExactJSONField, Timed, one_of


class RunKind(models.TextChoices):
    SIMULATION = "SIMULATION", "simulation"
    SPIN = "SPIN", "spin"


class RunStatus(models.TextChoices):
    RUNNING = "RUNNING", "running"
    # It was ended early: nothing more is staked, and open bets are being rolled back.
    CLOSING = "CLOSING", "closing"
    FINISHED = "FINISHED", "finished"


class RunOutcome(models.TextChoices):
    COMPLETED = "completed", "completed"
    REFUSED = "refused", "refused"


class Customer(Timed):
    """A player of one casino. ``player_id`` is the casino's id for the player, unchanged."""

    casino = models.ForeignKey(Casino, models.PROTECT, db_index=False, related_name="customers")
    casino_code = models.CharField(max_length=64, help_text="A copy of the casino's code.")
    player_id = models.CharField(max_length=IDENTIFIER_LENGTH)
    external_user_id = models.GeneratedField(
        expression=ExpressionWrapper(F("player_id"), output_field=models.CharField()),
        output_field=models.CharField(max_length=IDENTIFIER_LENGTH),
        db_persist=True,
    )

    class Meta:
        db_table = "provider_customers"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "player_id"], name="provider_customers_player_once"
            )
        ]

    def __str__(self) -> str:
        return self.player_id


class Session(Timed):
    """One launch of one game by one customer.

    Anybody who has the launch token may play until the session expires. We show the session token
    to the casino. Both are looked up by their digests.
    """

    provider_session_id = models.CharField(max_length=64, unique=True, editable=False)
    casino = models.ForeignKey(Casino, models.PROTECT, db_index=False, related_name="sessions")
    session_token = SealedTokenField()
    session_token_digest = models.CharField(max_length=DIGEST_LENGTH, editable=False)
    launch_token = SealedTokenField(editable=False)
    launch_token_digest = models.CharField(max_length=DIGEST_LENGTH, unique=True, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="sessions")
    game = models.ForeignKey(Game, models.PROTECT, related_name="sessions")
    currency = models.CharField(max_length=32)
    exponent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="The number of digits after the decimal point that the casino last reported. "
        "Empty if it has not reported any.",
    )

    expires_at = models.DateTimeField(
        help_text="After this time, the launch address no longer opens the game."
    )

    class Meta:
        db_table = "provider_sessions"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "session_token_digest"], name="provider_sessions_token_once"
            )
        ]

    def __str__(self) -> str:
        return self.provider_session_id

    @property
    def launch_url(self) -> str:
        return f"{settings.PROVIDER_PUBLIC_URL}/provider/play/{self.launch_token}"


class Run(Timed):
    """What a session was asked to play: the scripted rounds of a simulation, or one spin.

    The arguments are kept both as requested and as completed, so that a run continues as it began.
    """

    casino = models.ForeignKey(Casino, models.PROTECT, db_index=False, related_name="runs")
    kind = models.CharField(max_length=16, choices=RunKind)
    run_id = models.CharField(max_length=IDENTIFIER_LENGTH)
    session = models.ForeignKey(Session, models.PROTECT, related_name="runs")
    asked = models.JSONField()
    bets = ArrayField(models.BigIntegerField())
    wins = ArrayField(models.BigIntegerField())
    rollback_bet = models.BigIntegerField(null=True, blank=True)
    seed = models.CharField(
        max_length=64,
        blank=True,
        help_text="The seed of the draw, in hexadecimal. Empty if nothing was drawn.",
    )
    shown = models.JSONField(
        default=list,
        help_text="The lines that were drawn from the pay table, as the player saw them.",
    )
    status = models.CharField(max_length=16, choices=RunStatus, default=RunStatus.RUNNING)
    outcome = models.CharField(max_length=16, choices=RunOutcome, blank=True)
    opening = ExactJSONField(null=True, blank=True)
    closing = ExactJSONField(null=True, blank=True)
    opening_balance = models.BigIntegerField(null=True, blank=True)
    closing_balance = models.BigIntegerField(null=True, blank=True)
    touched_at = models.DateTimeField(
        db_default=Now(), help_text="When a process last started to play the run to its end."
    )

    class Meta:
        db_table = "provider_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "kind", "run_id"], name="provider_runs_run_once"
            ),
            one_of(field="kind", choices=RunKind, table=db_table),
            one_of(field="status", choices=RunStatus, table=db_table),
            models.CheckConstraint(
                condition=(
                    Q(status=RunStatus.FINISHED, outcome__in=RunOutcome.values)
                    | (~Q(status=RunStatus.FINISHED) & Q(outcome=""))
                ),
                name="provider_runs_outcome_when_finished",
            ),
        ]
        indexes = [
            # For recovery. Finished runs, which are nearly all, are not in it.
            models.Index(
                fields=["touched_at"],
                name="provider_runs_unfinished",
                condition=~Q(status=RunStatus.FINISHED),
            ),
        ]

    def __str__(self) -> str:
        return self.run_id
