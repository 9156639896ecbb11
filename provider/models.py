"""What the provider knows: whom it plays for, what it plays, and every call it ever made for money.

Money is BIGINT in minor units of the session's currency. The provider keeps no balances: those in
here are what a casino answered.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q
from django.db.models.functions import Now

from config.wire.encryption import EncryptedTextField
from config.wire.signing import parse_secrets
from config.wire.tokens import DIGEST_LENGTH, SealedTokenField
from provider.exact_json import ExactJSONField, JSONColumnField
from provider.games import PayTable, PayTableError

IDENTIFIER_LENGTH = 128


class RunKind(models.TextChoices):
    SIMULATION = "SIMULATION", "simulation"
    SPIN = "SPIN", "spin"


class RunStatus(models.TextChoices):
    RUNNING = "RUNNING", "running"
    # Ended early: nothing more is staked, and open bets are being rolled back.
    CLOSING = "CLOSING", "closing"
    FINISHED = "FINISHED", "finished"


class RunOutcome(models.TextChoices):
    COMPLETED = "completed", "completed"
    REFUSED = "refused", "refused"


class RoundStatus(models.TextChoices):
    OPEN = "OPEN", "open"
    SETTLED = "SETTLED", "settled"
    VOID = "VOID", "void"


class BetKind(models.TextChoices):
    DEBIT = "DEBIT", "debit"
    CREDIT = "CREDIT", "credit"
    ROLLBACK = "ROLLBACK", "rollback"


class BetStatus(models.TextChoices):
    # Certainly not acted on so far, or never sent.
    PENDING = "PENDING", "pending"
    # Sent, and no answer that can be trusted.
    UNKNOWN = "UNKNOWN", "unknown"
    ACCEPTED = "ACCEPTED", "accepted"
    REFUSED = "REFUSED", "refused"
    # To be rolled back, whether the casino took it or not.
    VOIDING = "VOIDING", "voiding"
    VOIDED = "VOIDED", "voided"


class Verdict(models.TextChoices):
    """What one attempt taught us."""

    # No answer yet, or the process died waiting for it.
    IN_FLIGHT = "IN_FLIGHT", "in flight"
    ACCEPTED = "ACCEPTED", "accepted"
    REFUSED = "REFUSED", "refused"
    # Certainly not acted on: the casino was busy, or never reached.
    NOT_DONE = "NOT_DONE", "not done"
    # May have been acted on: no answer that can be trusted.
    UNCERTAIN = "UNCERTAIN", "uncertain"


def one_of(field: str, choices: type[models.TextChoices], table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}), name=f"{table}_{field}_known"
    )


class Timed(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Casino(Timed):
    """A casino this provider plays for.

    A blank address is the settings'. The settings' secrets are those of the casino CASINO_CODE
    alone: any other casino with a blank secret has none, and nobody can sign for it.
    """

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    base_url = models.CharField(
        "base URL", max_length=500, blank=True, help_text="Blank: the environment's CASINO_URL."
    )
    casino_secret = EncryptedTextField(blank=True, help_text="Signs our calls to the casino.")
    provider_secret = EncryptedTextField(blank=True, help_text="Verifies the casino's calls to us.")
    provider_code = models.CharField(
        max_length=IDENTIFIER_LENGTH,
        blank=True,
        help_text="Our code at the casino, sent as x-provider-code where it is set.",
    )
    enabled = models.BooleanField(default=True)
    # Since when every call to it fails, when one last failed and why; blank: they succeed.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        db_table = "provider_casinos"

    def __str__(self) -> str:
        return self.code

    @property
    def url(self) -> str:
        return (self.base_url or settings.CASINO_URL).rstrip("/")

    @property
    def casino_secrets(self) -> tuple[bytes, ...]:
        return parse_secrets(self.casino_secret) or self._from_environment(settings.CASINO_SECRETS)

    @property
    def provider_secrets(self) -> tuple[bytes, ...]:
        return parse_secrets(self.provider_secret) or self._from_environment(
            settings.PROVIDER_SECRETS
        )

    @property
    def has_environment_secrets(self) -> bool:
        """Whether a blank secret means the environment's. It means none otherwise."""
        return self.code == settings.CASINO_CODE

    def _from_environment(self, secrets: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return secrets if self.has_environment_secrets else ()


class Game(Timed):
    """A game and its pay table, from which its return to player follows."""

    game_id = models.CharField(max_length=IDENTIFIER_LENGTH, unique=True)
    name = models.CharField(max_length=200)
    pay_table = models.JSONField(
        help_text='[{"show": ["seven", "seven"], "weight": 1, "pays": 500}, …]: pays is in '
        "hundredths of the stake, weight its share of the draws."
    )
    stakes = ArrayField(
        models.BigIntegerField(), help_text="What may be staked, in minor units, ascending."
    )
    min_bet = models.GeneratedField(
        expression=Func(F("stakes"), template="(%(expressions)s)[1]"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    max_bet = models.GeneratedField(
        expression=Func(F("stakes"), template="(%(expressions)s)[cardinality(%(expressions)s)]"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "provider_games"
        constraints = [
            models.CheckConstraint(
                condition=Q(stakes__len__gte=1), name="provider_games_have_stakes"
            ),
        ]

    def __str__(self) -> str:
        return self.game_id

    @property
    def pays(self) -> PayTable:
        return PayTable.parse(self.pay_table)

    def clean(self) -> None:
        try:
            PayTable.parse(self.pay_table)
        except PayTableError as error:
            raise ValidationError({"pay_table": str(error)}) from None
        if not self.stakes or self.stakes != sorted(set(self.stakes)) or self.stakes[0] < 1:
            raise ValidationError({"stakes": "List ascending amounts over 0, each once."})


class Customer(Timed):
    """A player as one casino names them."""

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

    Whoever holds the launch token may play it until it expires; the session token is what we show
    to the casino. Both are found by their digests.
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
        help_text="Digits behind the decimal point, as the casino last said; blank: it did not.",
    )

    expires_at = models.DateTimeField(help_text="From then on its launch address opens no game.")

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

    The arguments are kept as asked and as resolved, so that a run goes on as it began.
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
        max_length=64, blank=True, help_text="What the draw came from, in hex; blank: none drawn."
    )
    shown = models.JSONField(
        default=list,
        help_text="The lines of the pay table that were drawn, as the player saw them.",
    )
    status = models.CharField(max_length=16, choices=RunStatus, default=RunStatus.RUNNING)
    outcome = models.CharField(max_length=16, choices=RunOutcome, blank=True)
    opening = ExactJSONField(null=True, blank=True)
    closing = ExactJSONField(null=True, blank=True)
    opening_balance = models.BigIntegerField(null=True, blank=True)
    closing_balance = models.BigIntegerField(null=True, blank=True)
    touched_at = models.DateTimeField(
        db_default=Now(), help_text="When somebody last set out to play it to its end."
    )

    class Meta:
        db_table = "provider_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["casino", "kind", "run_id"], name="provider_runs_run_once"
            ),
            one_of("kind", RunKind, db_table),
            one_of("status", RunStatus, db_table),
            models.CheckConstraint(
                condition=(
                    Q(status=RunStatus.FINISHED, outcome__in=RunOutcome.values)
                    | (~Q(status=RunStatus.FINISHED) & Q(outcome=""))
                ),
                name="provider_runs_outcome_when_finished",
            ),
        ]
        indexes = [
            # What recovery looks for; finished runs, nearly all of them, are not in it.
            models.Index(
                fields=["touched_at"],
                name="provider_runs_unfinished",
                condition=~Q(status=RunStatus.FINISHED),
            ),
        ]

    def __str__(self) -> str:
        return self.run_id


class GameRound(Timed):
    """Bets and payouts that belong together. It ends settled (paid, if only 0) or void.

    Player, game and currency are copied from the session. The totals are kept by the journal, in
    minor units: stakes that stand, and payouts that the casino accepted.
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
            one_of("status", RoundStatus, db_table),
            models.CheckConstraint(
                condition=Q(total_bet_amount__gte=0, total_payout_amount__gte=0),
                name="provider_game_rounds_totals_fit",
            ),
        ]
        indexes = [
            # What is watched and reconciled; rounds that ended, nearly all, are not in it.
            models.Index(
                fields=["created_at"],
                name="provider_game_rounds_open",
                condition=Q(status=RoundStatus.OPEN),
            ),
        ]

    def __str__(self) -> str:
        return self.round_id


class Bet(Timed):
    """One operation with money at a casino: what was asked, and how far it is decided.

    ``request`` is the body without the session's token, with which it begins: every attempt sends
    the same bytes (``body``). ``http_status`` and ``response_cache`` are the casino's answer that
    decided, where one did; ``casino_balance_after`` is the balance in it, if it accepted the bet.
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
            one_of("bet_type", BetKind, db_table),
            one_of("status", BetStatus, db_table),
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
                condition=Q(status__in=[BetStatus.PENDING, BetStatus.UNKNOWN, BetStatus.VOIDING]),
            ),
            # A window of the journal, to hold against the casino's books.
            models.Index(fields=["casino", "created_at"], name="provider_bets_by_time"),
        ]

    def __str__(self) -> str:
        return self.transaction_id

    @property
    def body(self) -> dict[str, Any]:
        """What is sent. Needs the session."""
        return {"sessionToken": self.session.session_token, **self.request}

    @property
    def was_accepted(self) -> bool:
        """The casino once said yes, whatever became of it since."""
        return self.http_status == 200

    @property
    def is_undecided(self) -> bool:
        return self.status in (BetStatus.PENDING, BetStatus.UNKNOWN)


class BetAttempt(models.Model):
    """One sending of a bet's request. Written before the call, completed by what came back."""

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
        constraints = [one_of("verdict", Verdict, db_table)]

    def __str__(self) -> str:
        return f"{self.bet_id}/{self.pk}"
