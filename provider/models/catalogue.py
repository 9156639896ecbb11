"""The casinos that the provider serves, and the games it offers."""

import re

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from config.wire.encryption import EncryptedTextField
from config.wire.signing import parse_secrets
from config.wire.text import HTTP_ADDRESS_PATTERN
from provider.games.pay_table import PayTable, PayTableError
from provider.models.columns import IDENTIFIER_LENGTH, Timed


class Casino(Timed):
    """A casino this provider plays for.

    A blank address means the settings'. A blank secret means the settings' only for the casino
    CASINO_CODE: any other casino has no secret then, and nobody can sign for it.
    """

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    base_url = models.CharField(
        "base URL",
        max_length=500,
        blank=True,
        help_text="If this is empty, the CASINO_URL of the environment is used.",
    )
    casino_secret = EncryptedTextField(
        blank=True, help_text="The secret with which we sign our calls to the casino."
    )
    provider_secret = EncryptedTextField(
        blank=True, help_text="The secret with which we verify the casino's calls."
    )
    provider_code = models.CharField(
        max_length=IDENTIFIER_LENGTH,
        blank=True,
        help_text="The code by which the casino knows us. If it is set, we send it in the header "
        "x-provider-code.",
    )
    enabled = models.BooleanField(default=True)
    # Since when every call has failed, when the last one failed, and why. Blank if calls succeed.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        db_table = "provider_casinos"

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        if self.base_url and not re.fullmatch(HTTP_ADDRESS_PATTERN, self.base_url):
            raise ValidationError({"base_url": "Enter an http(s) address."})

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
        """Whether a blank secret means the environment's. Otherwise it means none."""
        return self.code == settings.CASINO_CODE

    def _from_environment(self, secrets: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return secrets if self.has_environment_secrets else ()


class Game(Timed):
    """A game and its pay table, which determines the return to player."""

    game_id = models.CharField(max_length=IDENTIFIER_LENGTH, unique=True)
    name = models.CharField(max_length=200)
    pay_table = models.JSONField(
        help_text='A list like [{"show": ["seven", "seven"], "weight": 1, "pays": 500}, …]. The '
        "payout (pays) is in hundredths of the stake. The weight is the line's share of the draws."
    )
    stakes = ArrayField(
        models.BigIntegerField(),
        help_text="The stakes that players may choose, in minor units, in ascending order.",
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
            raise ValidationError(
                {"stakes": "Enter amounts above 0 in ascending order, each of them once."}
            )
