"""certify-provider.toml: the provider, the casino that it is to call, and what is played."""

import os
from collections.abc import Mapping
from pathlib import Path

from scripts.certification import CannotRun
from scripts.certification.config import Table, must_be_a_time, must_be_hooks, read

HOOKS = ("restart",)
LAST_PORT = 65_535


class Provider(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``name``: its name in the report.

    ``patience_seconds``: how long it may take to settle a round by itself.
    ``quiet_seconds``: a round is over when it asks nothing for so long.
    """

    name: str = ""
    url: str = ""
    timeout_seconds: float = 60.0
    patience_seconds: float = 60.0
    quiet_seconds: float = 0.3


class Credentials(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``secret`` signs the kit's calls to the provider, ``casino_secret`` its calls to the kit."""

    secret: str = ""
    casino_secret: str = ""


class CasinoSide(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the kit listens as the casino, and under which code the provider knows it."""

    host: str = "127.0.0.1"
    port: int = 9400
    code: str = ""


class Play(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minor units. The three amounts differ, so that requests can be distinguished by amount."""

    player: str = "certify-player"
    game: str = ""
    currency: str = "EUR"
    balance: int = 100_000
    bet: int = 500
    win: int = 1_500
    rolled_back_bet: int = 300


class Config(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    provider: Provider = Provider()
    credentials: Credentials = Credentials()
    casino: CasinoSide = CasinoSide()
    play: Play = Play()
    hooks: dict[str, str] = {}


def load(path: Path | None, environment: Mapping[str, str] | None = os.environ) -> Config:
    """Raises CannotRun if the file is missing or wrong."""
    config = read(path, Config, environment) if path else Config()
    try:
        _must_make_sense(config)
    except CannotRun as fault:
        raise CannotRun(f"{path}: {fault}") from None
    return config


def _must_make_sense(config: Config) -> None:
    for name in ("timeout_seconds", "patience_seconds", "quiet_seconds"):
        must_be_a_time(f"provider.{name}", getattr(config.provider, name))
    if not 0 <= config.casino.port <= LAST_PORT:
        raise CannotRun(f"casino.port must be from 0 (a free one) to {LAST_PORT}")
    must_be_hooks(config.hooks, HOOKS, placeholders=())
    amounts = {config.play.bet, config.play.win, config.play.rolled_back_bet}
    if len(amounts) < 3 or min(amounts) < 1:
        raise CannotRun("play.bet, win and rolled_back_bet must differ and be at least 1")
    if config.play.balance < config.play.bet + config.play.rolled_back_bet:
        raise CannotRun("play.balance must cover play.bet and play.rolled_back_bet")


def sample() -> str:
    return Path(__file__).with_name("sample.toml").read_text(encoding="utf-8")
