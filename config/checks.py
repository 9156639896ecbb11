"""``manage.py check --deploy`` refuses settings that are fine for a demonstration only."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, InterfaceError

from config.wire.encryption import SecretUnreadable

SHORTEST_SECRET = 32
MOST_ATTEMPTS = 20
SHORTEST_LOCK_OUT = timedelta(minutes=1)
FRESH = "To make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"


@register(Tags.security, deploy=True)
def check_demonstration(**_kwargs: Any) -> Iterator[CheckMessage]:
    if settings.DEMO_MODE:
        yield Error(
            "DEMO_MODE is on: launchGame, events and the wallet service are open to everybody.",
            hint="Take DEMO_MODE out of the environment and .env, and make API keys: "
            "manage.py create_api_key --name NAME --scope frontend|events|wallets",
            id="config.E010",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG is on: error pages show code and settings to anybody.",
            hint="Take DEBUG out of the environment and .env.",
            id="config.E011",
        )
    if settings.SIMULATE_ROUND:
        yield Error(
            "simulateRound is on: it is a tool for testers and moves real players' balances.",
            hint="Take SIMULATE_ROUND out of the environment and .env.",
            id="config.E012",
        )


@register(Tags.security, deploy=True)
def check_secrets(**_kwargs: Any) -> Iterator[CheckMessage]:
    yield from _short("SECRET_KEY", [settings.SECRET_KEY.encode()])
    for name, secrets in _signing_secrets().items():
        if not secrets and name != "EVENT_SECRET":
            yield Error(f"{name} is not set.", hint=f"Set {name}. {FRESH}", id="config.E020")
        yield from _short(name, secrets)
    for name, secrets in _other_secrets().items():
        yield from _short(name, secrets)
    yield from _shared()


@register(Tags.security, deploy=True)
def check_secrets_at_rest(**_kwargs: Any) -> Iterator[CheckMessage]:
    if not _keys_of_their_own():
        yield checks.Warning(
            "SECRETS_KEY is not set: stored secrets are encrypted with SECRET_KEY, so that neither "
            "can be changed without the other.",
            hint=f"Set SECRETS_KEY and run manage.py rotate_secrets. {FRESH}",
            id="config.W024",
        )


@register(Tags.security, deploy=True)
def check_sign_in(**_kwargs: Any) -> Iterator[CheckMessage]:
    if not 1 <= settings.AXES_FAILURE_LIMIT <= MOST_ATTEMPTS:
        yield Error(
            f"SIGN_IN_ATTEMPTS={settings.AXES_FAILURE_LIMIT} lets somebody guess passwords of the "
            "admin.",
            hint=f"Set SIGN_IN_ATTEMPTS to a number from 1 to {MOST_ATTEMPTS}.",
            id="config.E032",
        )
    if settings.AXES_COOLOFF_TIME < SHORTEST_LOCK_OUT:
        yield Error(
            f"SIGN_IN_LOCKED_MINUTES: {settings.AXES_COOLOFF_TIME} is too short to stop guessing.",
            hint="Set SIGN_IN_LOCKED_MINUTES to 1 or more.",
            id="config.E033",
        )


@register(Tags.security, deploy=True)
def check_own_signatures(**_kwargs: Any) -> Iterator[CheckMessage]:
    if settings.REQUIRE_TIMESTAMP and not settings.SIGN_STRICTLY:
        yield Error(
            "REQUIRE_TIMESTAMP is on but SIGN_STRICTLY is off: the services refuse each other.",
            hint="Take SIGN_STRICTLY out of the environment and .env, or turn it on.",
            id="config.E034",
        )


@register(Tags.security, deploy=True)
def check_events_are_signed(**_kwargs: Any) -> Iterator[CheckMessage]:
    if "casino" in settings.SERVICES and not settings.EVENT_SECRETS:
        yield checks.Warning(
            "EVENT_SECRET is not set: POST /event only needs an API key, so anybody with a leaked "
            "key can invent bets and results.",
            hint=f"Set EVENT_SECRET and let the aggregator sign with it. {FRESH}",
            id="config.W021",
        )


@register(Tags.security, deploy=True)
def check_web(**_kwargs: Any) -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is '*': a request may claim any host, which then appears in links.",
            hint="Set ALLOWED_HOSTS to the host names of this service.",
            id="config.E030",
        )
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield Error(
            "The admin's cookies are also sent over plain HTTP.",
            hint="Take SECURE_COOKIES out of the environment and .env (it is on by default outside "
            "demo mode), and serve the admin over HTTPS.",
            id="config.E031",
        )


class Partner(Protocol):
    """A service that we call, and that calls us: each direction is signed with its own secrets."""

    code: str

    @property
    def casino_secrets(self) -> Sequence[bytes]: ...

    @property
    def provider_secrets(self) -> Sequence[bytes]: ...

    @property
    def has_environment_secrets(self) -> bool:
        """Whether the environment's secrets belong to this partner."""


def partners_without_secrets(
    partners: Iterable[Partner], *, app: str, names: tuple[str, str], problem: str, hint: str
) -> Iterator[CheckMessage]:
    """Warn about each partner that needs its own secret in one direction and has none.

    ``names`` are the names of the two secrets in ``app``. ``problem`` contains the placeholders
    {code} and {missing}.
    """
    try:
        found = list(partners)
    except (DatabaseError, InterfaceError):
        return  # the settings can be checked without a database
    except SecretUnreadable as fault:
        yield Error(
            str(fault),
            hint="Put the key that encrypted it back into SECRETS_KEY, or enter the secret again.",
            id=f"{app}.E001",
        )
        return
    for partner in found:
        secrets = (partner.casino_secrets, partner.provider_secrets)
        missing = [name for name, known in zip(names, secrets, strict=True) if not known]
        if missing and not partner.has_environment_secrets:
            yield checks.Warning(
                problem.format(code=partner.code, missing=" and no ".join(missing)),
                hint=hint,
                id=f"{app}.W001",
            )


def _signing_secrets() -> dict[str, Sequence[bytes]]:
    return {
        "CASINO_SECRET": settings.CASINO_SECRETS,
        "PROVIDER_SECRET": settings.PROVIDER_SECRETS,
        "EVENT_SECRET": settings.EVENT_SECRETS,
    }


def _keys_of_their_own() -> list[bytes]:
    """SECRETS_KEY without SECRET_KEY, which is always the last one."""
    return [key.encode() for key in settings.SECRETS_KEYS[:-1]]


def _other_secrets() -> dict[str, Sequence[bytes]]:
    metrics = [settings.METRICS_TOKEN.encode()] if settings.METRICS_TOKEN else []
    return {"SECRETS_KEY": _keys_of_their_own(), "METRICS_TOKEN": metrics}


def _short(name: str, secrets: Sequence[bytes]) -> Iterator[CheckMessage]:
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        yield Error(
            f"{name} has fewer than {SHORTEST_SECRET} characters: it could be guessed.",
            hint=f"Set another {name}. {FRESH}",
            id="config.E022",
        )


def _shared() -> Iterator[CheckMessage]:
    """If a secret is used for two purposes, each side could sign for the other."""
    secrets = {
        "SECRET_KEY": [settings.SECRET_KEY.encode()],
        **_signing_secrets(),
        **_other_secrets(),
    }
    names = list(secrets)
    for number, name in enumerate(names):
        for other in names[number + 1 :]:
            if set(secrets[name]) & set(secrets[other]):
                yield Error(
                    f"{name} and {other} are the same secret: whoever verifies one could sign the "
                    "other.",
                    hint=f"Set another {other}. {FRESH}",
                    id="config.E023",
                )
