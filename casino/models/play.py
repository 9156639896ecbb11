"""A player at a game: sessions, and the scripted rounds that testers run."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from casino.models.catalogue import Game, GameProvider
from casino.models.columns import PublicIdField
from casino.models.players import User, Wallet
from config.wire.tokens import SealedTokenField


class SessionStatus(models.TextChoices):
    LAUNCHING = "LAUNCHING", "launching (the provider has not answered yet)"
    ACTIVE = "ACTIVE", "active"
    ENDED = "ENDED", "ended"


class GameSession(models.Model):
    """One player at one game with one wallet. The provider identifies it by its token.

    It takes bets until it ends or expires. ``token`` is the digest of the token; the session is
    looked up by it.
    """

    session_id = PublicIdField(max_length=64, unique=True)
    token = PublicIdField(unique=True)
    session_token = SealedTokenField(help_text="The token that we show to the provider.")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="sessions")
    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="sessions")
    provider = models.ForeignKey(GameProvider, on_delete=models.PROTECT, related_name="sessions")
    provider_session_id = PublicIdField(blank=True)
    launch_url = SealedTokenField(blank=True)
    status = models.CharField(
        max_length=16, choices=SessionStatus.choices, default=SessionStatus.LAUNCHING
    )
    is_active = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(status=SessionStatus.ACTIVE), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(help_text="The session accepts no bets after this time.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "casino_game_sessions"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=SessionStatus.values), name="casino_game_sessions_status"
            ),
        ]

    def __str__(self) -> str:
        return str(self.session_id)


class SimulationRun(models.Model):
    """A scripted round. A second request with the same ``run_id`` continues it."""

    run_id = PublicIdField(max_length=64, unique=True)
    arguments = models.JSONField()
    session = models.ForeignKey(GameSession, on_delete=models.PROTECT, related_name="runs")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "casino_simulation_runs"

    def __str__(self) -> str:
        return str(self.run_id)
