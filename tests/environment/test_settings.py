"""The settings read every variable strictly, at the start of every process."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import env

ROOT = Path(__file__).resolve().parents[2]
START = "import django; django.setup(); from django.conf import settings; print({})"

UNREADABLE = {
    "hush?": """DEBUG DEMO_MODE REQUIRE_TIMESTAMP SIGN_STRICTLY PROVIDER_RECOVERY CASINO_SUMMARIES
        LISTEN_HOST SESSION_LIFETIME_MINUTES REQUEST_TIMEOUT_MS KEEP_ALIVE_SECONDS MAX_CONNECTIONS
        SIMULATE_ROUND SECURE_COOKIES SSL_REDIRECT PORT WORKERS BLOCKING_THREADS POSTINGS_AT_ONCE
        NUM_PROXIES HSTS_SECONDS
        DATABASE_POOL_SIZE LOCK_TIMEOUT_MS STATEMENT_TIMEOUT_MS IDLE_IN_TRANSACTION_TIMEOUT_MS
        PROVIDER_CONNECT_TIMEOUT_MS PROVIDER_READ_TIMEOUT_MS PROVIDER_CALL_ATTEMPTS
        PROVIDER_BACKOFF_MS PROVIDER_LONGEST_WAIT_MS PROVIDER_RECOVERY_GRACE_SECONDS
        PROVIDER_RECOVERY_HOURS SIGN_IN_ATTEMPTS SIGN_IN_LOCKED_MINUTES SERVICES ALLOWED_HOSTS
        CASINO_URL PROVIDER_URL PROVIDER_PUBLIC_URL CSRF_TRUSTED_ORIGINS CORS_ALLOWED_ORIGINS
        REDIS_URL RATE_LIMIT_FRONTEND RATE_LIMIT_EVENTS RATE_LIMIT_WALLETS RATE_LIMIT_CALLBACKS
        SIGNATURE_FAILURES_PER_MINUTE LOG_FORMAT LOG_LEVEL BOOK""",
    "hush?,": "CASINO_SECRET PROVIDER_SECRET EVENT_SECRET SECRETS_KEY",
    "'hush?'": "SECRET_KEY METRICS_TOKEN CASINO_CODE",
}


FREE_TEXT = {"DATABASE_URL", "PROVIDER_DATABASE_URL", "READ_DATABASE_URL", "EMBEDDED_DATA_DIR"}


def minimal(environment: dict[str, str]) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "k" * 40,
        "DATABASE_URL": "postgresql://u@127.0.0.1:9/none",
        **environment,
    }


def start(
    environment: dict[str, str], show: str = "''", folder: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", START.format(show)],
        env=minimal(environment),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for value, listed in UNREADABLE.items() for name in listed.split()),
        *((name, os.fsdecode(b"postgresql://hush\xe4@h/d")) for name in sorted(FREE_TEXT)),
    ],
    ids=ascii,
)
def test_no_process_starts_with_a_value_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(os, "environ", minimal({name: value}))
    with pytest.raises(ImproperlyConfigured) as refused:
        runpy.run_path(str(ROOT / "config" / "settings.py"))
    assert str(refused.value).startswith(f"{name} ")
    assert "hush" not in "".join(traceback.format_exception(refused.value))


def test_a_dollar_is_part_of_a_secret() -> None:
    shown = start(
        {"EVENT_SECRET": "$ecret,$$", "SECRET_KEY": "$" * 40, "METRICS_TOKEN": "$HOME"},
        "[settings.EVENT_SECRETS, settings.SECRET_KEY, settings.METRICS_TOKEN]",
    )
    assert shown.stdout.strip() == str([(b"$ecret", b"$$"), "$" * 40, "$HOME"])


def test_the_table_above_leaves_no_variable_out() -> None:
    listed = {name for names in UNREADABLE.values() for name in names.split()}
    assert listed | FREE_TEXT == env.asked


def test_the_document_explains_every_variable_and_no_other() -> None:
    rows = re.findall(r"(?m)^\|([^|]+)\|", (ROOT / "docs/settings.md").read_text())
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", "".join(rows))) == env.asked


def test_a_misspelt_variable_of_the_file_is_told_at_the_start(tmp_path: Path) -> None:
    for name in ("config", "casino", "provider"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".env").write_text("REQUIRE_TIMESTAPM=hush\nSOMETHING=else\n")
    result = start({}, folder=tmp_path)
    assert (
        ".env sets REQUIRE_TIMESTAPM, which is not a setting; did you mean REQUIRE_TIMESTAMP?"
        in (result.stderr)
    )
    assert ".env sets SOMETHING, which is not a setting" in result.stderr
    assert "hush" not in result.stderr
