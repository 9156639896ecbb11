"""Players, the currencies they hold and the wallets they hold them in."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from casino.models.columns import PublicIdField

GENESIS = bytes(32)
"""The chain head of a wallet without transactions; its first link builds on it."""


class PlayerStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    BLOCKED = "BLOCKED"


class User(models.Model):
    """A player. ``username`` is the player id that callers use."""

    username = PublicIdField(unique=True)
    email = models.EmailField(null=True, blank=True)  # noqa: DJ001 - unknown is not empty
    display_name = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=16, choices=PlayerStatus.choices, default=PlayerStatus.ACTIVE
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "casino_users"
        verbose_name = "player"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PlayerStatus.values), name="casino_users_status"
            ),
            models.CheckConstraint(condition=~Q(username=""), name="casino_users_username"),
        ]

    def __str__(self) -> str:
        return str(self.username)


LARGEST_EXPONENT = 18


class Currency(models.Model):
    """A currency or an internal asset. Amounts are integers; the unit is 10**-exponent of it.

    Callers name an asset by its code or its short code, so the two share one namespace.
    """

    code = PublicIdField(max_length=16, primary_key=True)
    name = models.CharField(max_length=64)
    exponent = models.PositiveSmallIntegerField(
        help_text="The number of digits after the decimal point."
    )
    short_code = PublicIdField(max_length=8, unique=True, null=True, blank=True)
    is_redeemable = models.BooleanField(
        default=True, help_text="Whether players may withdraw wins. They cannot withdraw assets."
    )
    is_asset = models.BooleanField(
        default=False, help_text="Whether the internal wallet service handles it."
    )

    class Meta:
        db_table = "casino_currencies"
        verbose_name_plural = "currencies"
        constraints = [
            models.CheckConstraint(
                condition=Q(exponent__lte=LARGEST_EXPONENT), name="casino_currencies_exponent"
            )
        ]

    def __str__(self) -> str:
        return str(self.code)

    def clean(self) -> None:
        """Raises ValidationError. A trigger enforces the same rule on all other writes."""
        others = Currency.objects.exclude(pk=self.pk)
        taken = {}
        if others.filter(short_code=self.code).exists():
            taken["code"] = "Another currency has this as its short code."
        if self.short_code and others.filter(code=self.short_code).exists():
            taken["short_code"] = "Another currency has this as its code."
        if self.exponent is not None and self.exponent > LARGEST_EXPONENT:
            taken["exponent"] = f"A currency has at most {LARGEST_EXPONENT} decimals."
        if taken:
            raise ValidationError(taken)


class Wallet(models.Model):
    """What one player has in one currency.

    ``playable_balance`` is all of it, ``redeemable_balance`` the part that may be withdrawn.
    ``version`` counts the wallet's transactions; ``chain_head`` is the link of the last one.
    Only ``casino.ledger.execution`` writes balances, version and head.
    """

    wallet_id = PublicIdField(unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="wallets")
    currency = models.ForeignKey(
        Currency,
        on_delete=models.PROTECT,
        related_name="wallets",
        db_column="currency_code",
        db_index=False,
    )
    playable_balance = models.BigIntegerField(default=0, help_text="In minor units.")
    redeemable_balance = models.BigIntegerField(
        default=0, help_text="The part of the balance that may be withdrawn, in minor units."
    )
    version = models.BigIntegerField(default=0)
    chain_head = models.BinaryField(max_length=32, default=GENESIS)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "casino_wallets"
        permissions = [("adjust_wallet", "Can adjust a wallet's balance")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "currency"], name="casino_wallets_one_a_user_and_currency"
            ),
            models.CheckConstraint(
                condition=Q(redeemable_balance__gte=0)
                & Q(redeemable_balance__lte=F("playable_balance")),
                name="casino_wallets_redeemable_within_playable",
            ),
            models.CheckConstraint(condition=Q(version__gte=0), name="casino_wallets_version"),
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} ({self.currency_id})"
