"""What ``manage.py check --deploy`` finds in the provider's tables."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Tags, register

from config.checks import partners_without_secrets
from provider.models import Casino


@register(Tags.security, deploy=True)
def check_casino_secrets(**_kwargs: Any) -> Iterator[CheckMessage]:
    """The environment's secrets belong to the casino CASINO_CODE; any other needs its own."""
    return partners_without_secrets(
        Casino.objects.filter(enabled=True),
        app="provider",
        names=("casino secret", "provider secret"),
        problem="The casino {code} has no {missing}: we cannot call it, or its calls are refused.",
        hint="Set it in the admin. The environment's secrets are only for CASINO_CODE.",
    )
