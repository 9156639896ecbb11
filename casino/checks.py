"""What ``manage.py check --deploy`` finds in the casino's tables."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, InterfaceError

from casino.models import GameProvider
from casino.operations.catalogue import AGGREGATOR
from config.wire.encryption import SecretUnreadable


@register(Tags.security, deploy=True)
def check_provider_secrets(**_kwargs: Any) -> Iterator[CheckMessage]:
    """The environment's secrets are the default provider's; any other needs its own."""
    try:
        providers = list(GameProvider.objects.filter(is_disabled=False).exclude(code=AGGREGATOR))
    except (DatabaseError, InterfaceError):
        return  # the settings may be checked where no database is
    except SecretUnreadable as fault:
        yield checks.Error(
            str(fault),
            hint="Put the key that encrypted it back into SECRETS_KEY, or enter the secret again.",
            id="casino.E001",
        )
        return
    for provider in providers:
        missing = [
            name
            for name, secrets in (
                ("secret key", provider.casino_secrets),
                ("provider secret", provider.provider_secrets),
            )
            if not secrets
        ]
        if missing and not provider.has_environment_secrets:
            yield checks.Warning(
                f"The provider {provider.code} has no {' and no '.join(missing)}: its callbacks "
                "are refused, or we cannot call it.",
                hint="Set its own in the admin. The environment's are the default provider's only.",
                id="casino.W001",
            )
