"""manage.py check --deploy refuses what must not go live, and says what to set."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.checks.registry import Tags
from pytest_django import Settings

from casino.models import GameProvider
from tests.factories import GameProviderFactory
from tests.processes import manage
from tests.provider.table import make_casino

ROOT = Path(__file__).resolve().parents[2]

SAFE = {
    "DEMO_MODE": False,
    "DEBUG": False,
    "SIMULATE_ROUND": False,
    "SECRET_KEY": "k" * 50,
    "CASINO_SECRETS": (b"c" * 32, b"d" * 32),
    "PROVIDER_SECRETS": (b"p" * 32,),
    "EVENT_SECRETS": (b"e" * 32,),
    "SERVICES": frozenset({"casino", "provider"}),
    "ALLOWED_HOSTS": ["casino.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECRETS_KEYS": ["s" * 32, "k" * 50],
    "METRICS_TOKEN": "m" * 32,
    "REQUIRE_TIMESTAMP": False,
    "SIGN_STRICTLY": False,
    "AXES_FAILURE_LIMIT": 5,
    "AXES_COOLOFF_TIME": timedelta(minutes=10),
}


def found(settings: Settings, **unsafe: object) -> list[CheckMessage]:
    """The messages of our checks for settings that are safe except for ``unsafe``."""
    for name, value in {**SAFE, **unsafe}.items():
        setattr(settings, name, value)
    messages = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [message for message in messages if str(message.id).startswith("config.")]


def test_a_provider_that_nobody_can_sign_for_is_said(settings: Settings) -> None:
    """The environment's secrets belong only to the default provider and CASINO_CODE."""
    provider = GameProviderFactory(secret_key="", provider_secret="")
    casino = make_casino("http://127.0.0.1:9", secret="")
    settings.CASINO_CODE = "another"

    def said() -> dict[str, str]:
        messages = run_checks(tags=[Tags.security], include_deployment_checks=True)
        return {
            str(each.id): each.msg
            for each in messages
            if each.id in ("casino.W001", "provider.W001")
            and (provider.code in each.msg or casino.code in each.msg)
        }

    assert provider.code in said()["casino.W001"]
    assert "no secret key and no provider secret" in said()["casino.W001"]
    assert casino.code in said()["provider.W001"]
    settings.CASINO_CODE = casino.code
    GameProvider.objects.filter(pk=provider.pk).update(is_disabled=True)
    assert said() == {}


def test_safe_settings_pass(settings: Settings) -> None:
    assert found(settings) == []


@pytest.mark.parametrize(
    ("unsafe", "check", "to_set"),
    [
        ({"DEMO_MODE": True}, "config.E010", "DEMO_MODE"),
        ({"DEBUG": True}, "config.E011", "DEBUG"),
        ({"SIMULATE_ROUND": True}, "config.E012", "SIMULATE_ROUND"),
        ({"CASINO_SECRETS": ()}, "config.E020", "CASINO_SECRET"),
        ({"PROVIDER_SECRETS": ()}, "config.E020", "PROVIDER_SECRET"),
        ({"EVENT_SECRETS": ()}, "config.W021", "EVENT_SECRET"),
        ({"SECRET_KEY": "k" * 31}, "config.E022", "SECRET_KEY"),
        ({"CASINO_SECRETS": (b"c" * 31,)}, "config.E022", "CASINO_SECRET"),
        ({"CASINO_SECRETS": (b"c" * 32, b"old")}, "config.E022", "CASINO_SECRET"),
        ({"PROVIDER_SECRETS": (b"p" * 31,)}, "config.E022", "PROVIDER_SECRET"),
        ({"EVENT_SECRETS": (b"e" * 31,)}, "config.E022", "EVENT_SECRET"),
        ({"PROVIDER_SECRETS": (b"c" * 32,)}, "config.E023", "PROVIDER_SECRET"),
        ({"PROVIDER_SECRETS": (b"p" * 32, b"d" * 32)}, "config.E023", "PROVIDER_SECRET"),
        ({"EVENT_SECRETS": (b"c" * 32,)}, "config.E023", "EVENT_SECRET"),
        ({"CASINO_SECRETS": (b"k" * 50,)}, "config.E023", "CASINO_SECRET"),
        ({"ALLOWED_HOSTS": ["casino.example", "*"]}, "config.E030", "ALLOWED_HOSTS"),
        ({"SESSION_COOKIE_SECURE": False}, "config.E031", "SECURE_COOKIES"),
        ({"CSRF_COOKIE_SECURE": False}, "config.E031", "SECURE_COOKIES"),
        ({"SECRETS_KEYS": ["k" * 50]}, "config.W024", "SECRETS_KEY"),
        ({"SECRETS_KEYS": ["s" * 31, "k" * 50]}, "config.E022", "SECRETS_KEY"),
        ({"SECRETS_KEYS": ["s" * 32, "k" * 50, "k" * 50]}, "config.E023", "SECRETS_KEY"),
        ({"METRICS_TOKEN": "m" * 31}, "config.E022", "METRICS_TOKEN"),
        ({"METRICS_TOKEN": "c" * 32}, "config.E023", "METRICS_TOKEN"),
        ({"AXES_FAILURE_LIMIT": 0}, "config.E032", "SIGN_IN_ATTEMPTS"),
        ({"AXES_FAILURE_LIMIT": 1_000}, "config.E032", "SIGN_IN_ATTEMPTS"),
        ({"AXES_COOLOFF_TIME": timedelta(0)}, "config.E033", "SIGN_IN_LOCKED_MINUTES"),
        ({"REQUIRE_TIMESTAMP": True}, "config.E034", "SIGN_STRICTLY"),
    ],
)
def test_an_unsafe_setting_is_found_and_the_hint_names_it(
    settings: Settings, unsafe: dict[str, object], check: str, to_set: str
) -> None:
    (message,) = found(settings, **unsafe)
    assert message.id == check
    assert to_set in str(message.hint)


def test_the_secrets_themselves_are_not_printed(settings: Settings) -> None:
    messages = found(
        settings, SECRET_KEY="hush", CASINO_SECRETS=(b"hush",), PROVIDER_SECRETS=(b"hush",)
    )
    assert len(messages) == 6
    assert "hush" not in str(messages)


def test_a_provider_by_itself_needs_no_secret_of_events(settings: Settings) -> None:
    assert found(settings, SERVICES=frozenset({"provider"}), EVENT_SECRETS=()) == []


def checked(**environment: str) -> subprocess.CompletedProcess[str]:
    return manage("check", "--deploy", timeout=60, **environment)


LIVE = {
    "DEMO_MODE": "false",
    "DEBUG": "false",
    "SECRET_KEY": "kS8" * 20,
    "CASINO_SECRET": "c" * 40,
    "PROVIDER_SECRET": "p" * 40,
    "EVENT_SECRET": "e" * 40,
    "ALLOWED_HOSTS": "casino.example",
    "SECRETS_KEY": "s" * 40,
}


def test_the_command_passes_an_environment_that_may_go_live() -> None:
    result = checked(**LIVE)
    assert result.returncode == 0, result.stderr
    assert "config." not in result.stderr


def test_the_command_refuses_the_environment_of_a_demonstration() -> None:
    result = checked(**{**LIVE, "DEMO_MODE": "true"})
    assert result.returncode == 1
    for check in ("config.E010", "config.E012", "config.E031"):
        assert check in result.stderr
