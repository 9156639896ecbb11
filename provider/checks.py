"""What ``manage.py check --deploy`` finds in the provider's tables."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, InterfaceError

from config.wire.encryption import SecretUnreadable
from provider.models import Casino


@register(Tags.security, deploy=True)
def check_casino_secrets(**_kwargs: Any) -> Iterator[CheckMessage]:
    """The environment's secrets are those of the casino CASINO_CODE; any other needs its own."""
    try:
        casinos = list(Casino.objects.filter(enabled=True))
    except (DatabaseError, InterfaceError):
        return  # the settings may be checked where no database is
    except SecretUnreadable as fault:
        yield checks.Error(
            str(fault),
            hint="Put the key that encrypted it back into SECRETS_KEY, or enter the secret again.",
            id="provider.E001",
        )
        return
    for casino in casinos:
        missing = [
            name
            for name, secrets in (
                ("casino secret", casino.casino_secrets),
                ("provider secret", casino.provider_secrets),
            )
            if not secrets
        ]
        if missing and not casino.has_environment_secrets:
            yield checks.Warning(
                f"The casino {casino.code} has no {' and no '.join(missing)}: we cannot call it, "
                "or its calls are refused.",
                hint="Set its own in the admin. The environment's are those of CASINO_CODE only.",
                id="provider.W001",
            )
