"""API keys, each for one family of the API. The key itself is never stored."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Family(models.TextChoices):
    """The families of the API that a key can open. Signed callbacks need no key."""

    FRONTEND = "frontend", "frontend (launchGame, simulateRound)"
    EVENTS = "events", "aggregator events"
    WALLETS = "wallets", "wallet service"


class ApiKey(models.Model):
    """One client's key to one family.

    ``digest`` is the key's SHA-256. A slow hash is not needed, because nobody can guess 256 random
    bits. ``prefix`` is how a person recognises the key.
    """

    name = models.CharField(max_length=200, help_text="The client that uses the key.")
    scope = models.CharField(
        max_length=16,
        choices=Family.choices,
        help_text="The family of the API that the key opens.",
    )
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    enabled = models.BooleanField(default=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Leave this empty if the key never expires."
    )
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="This is accurate to the minute."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "casino_api_keys"
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=Family.values), name="casino_api_keys_scope"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="casino_api_keys_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
