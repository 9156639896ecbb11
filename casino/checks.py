"""Checks of the casino's tables for ``manage.py check --deploy``."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Tags, register

from casino.models import GameProvider
from casino.operations.catalogue import AGGREGATOR
from config.checks import partners_without_secrets


@register(Tags.security, deploy=True)
def check_provider_secrets(**_kwargs: Any) -> Iterator[CheckMessage]:
    """The environment's secrets belong to the default provider; any other needs its own."""
    return partners_without_secrets(
        GameProvider.objects.filter(is_disabled=False).exclude(code=AGGREGATOR),
        app="casino",
        names=("secret key", "provider secret"),
        problem="The provider {code} has no {missing}: its callbacks are refused, or we cannot "
        "call it.",
        hint="Set its secrets in the admin. Only the default provider uses the environment's.",
    )
