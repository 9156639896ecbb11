"""Game providers with their credentials, and the games they serve."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from casino.models.columns import PublicIdField
from casino.models.networks import Network, parse_networks, validate_networks
from config.wire.encryption import EncryptedTextField
from config.wire.signing import parse_secrets
from config.wire.text import HTTP_ADDRESS_PATTERN


class GameProvider(models.Model):
    """A company that runs games and moves money with signed callbacks.

    A secret may be a comma-separated list (the first signs, all verify). If it is blank, the
    default provider uses the environment's (CASINO_SECRET, PROVIDER_SECRET). Any other provider
    then has no secret and nobody can sign for it; otherwise anyone with the default secret could.
    """

    code = PublicIdField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    # Not a URLField: that rejects a host without a dot, such as a container's name.
    api_endpoint = models.CharField(
        max_length=200,
        blank=True,
        validators=[RegexValidator(rf"\A{HTTP_ADDRESS_PATTERN}\Z", "Enter an http(s) address.")],
        help_text="The address of the provider's API. If this is empty, the PROVIDER_URL of the "
        "settings is used.",
    )
    is_disabled = models.BooleanField(default=False)
    is_default = models.BooleanField(
        default=False,
        help_text="The credentials of this provider apply to callbacks that name no provider.",
    )
    secret_key = EncryptedTextField(
        blank=True, help_text="The secret with which we verify the provider's callbacks."
    )
    provider_secret = EncryptedTextField(
        blank=True, help_text="The secret with which we sign our calls to the provider."
    )
    allowed_networks = models.TextField(
        blank=True,
        help_text="The addresses or networks (203.0.113.0/24) from which the provider may send "
        "callbacks, separated by commas or white space. If this is empty, callbacks may come from "
        "anywhere.",
    )

    class Meta:
        db_table = "casino_game_providers"
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="casino_game_providers_one_default",
            ),
            models.CheckConstraint(condition=~Q(code=""), name="casino_game_providers_code"),
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def casino_secrets(self) -> tuple[bytes, ...]:
        return parse_secrets(self.secret_key) or self._from_environment(settings.CASINO_SECRETS)

    @property
    def provider_secrets(self) -> tuple[bytes, ...]:
        return parse_secrets(self.provider_secret) or self._from_environment(
            settings.PROVIDER_SECRETS
        )

    @property
    def has_environment_secrets(self) -> bool:
        """Whether a blank secret means the environment's; otherwise it means no secret."""
        return self.is_default

    def _from_environment(self, secrets: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return secrets if self.has_environment_secrets else ()

    def clean(self) -> None:
        try:
            validate_networks(self.allowed_networks)
        except ValidationError as error:
            raise ValidationError({"allowed_networks": error}) from None

    @property
    def networks(self) -> tuple[Network, ...]:
        return parse_networks(self.allowed_networks)

    @property
    def url(self) -> str:
        return self.api_endpoint.rstrip("/") or settings.PROVIDER_URL


class Game(models.Model):
    """A game and the stakes it accepts, in minor units of whichever currency is played."""

    provider_game_id = PublicIdField(unique=True)
    name = models.CharField(max_length=200)
    provider = models.ForeignKey(GameProvider, on_delete=models.PROTECT, related_name="games")
    is_active = models.BooleanField(default=True)
    min_bet = models.BigIntegerField(default=1, help_text="The smallest stake, in minor units.")
    max_bet = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="The largest stake, in minor units. Leave this empty if there is no limit.",
    )

    class Meta:
        db_table = "casino_games"
        constraints = [
            models.CheckConstraint(condition=Q(min_bet__gte=1), name="casino_games_min_bet"),
            models.CheckConstraint(
                condition=Q(max_bet__isnull=True) | Q(max_bet__gte=F("min_bet")),
                name="casino_games_max_bet",
            ),
        ]

    def __str__(self) -> str:
        return str(self.provider_game_id)

    def clean(self) -> None:
        """Say what the constraints refuse. An amount that was not readable is None."""
        if self.min_bet is not None and self.min_bet < 1:
            raise ValidationError({"min_bet": "The smallest stake must be greater than 0."})
        if self.min_bet is None or self.max_bet is None:
            return
        if self.max_bet < self.min_bet:
            raise ValidationError({"max_bet": "The largest stake must not be below the smallest."})
