"""certify.toml: the wallet, credentials, players, games, how to get a session, hooks.

``${NAME}`` in a text is the environment's variable NAME. The commented sample is ``sample.toml``.
"""

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from scripts.certification import CannotRun, hooks
from scripts.certification.templates import (
    HOOK_PLACEHOLDERS,
    SESSION_PLACEHOLDERS,
    is_address,
    must_be_a_command,
    must_be_filled_in,
)
from scripts.certification.wire import can_be_sent, must_be_an_address

LONGEST_SECONDS = 3_600

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VARIABLE = re.compile(r"\$\{([^}]*)(\}?)")


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Wallet(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``name``: the wallet's name in the report.

    ``outside_url``: a way to the wallet from an address that it should not let in.
    """

    name: str = ""
    url: str = ""
    outside_url: str = ""
    timeout_seconds: float = 10.0


class Credentials(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``other_secret``: of the other direction. ``headers`` go with every call to the wallet."""

    secret: str = ""
    other_secret: str = ""
    old_secret: str = ""
    strict: bool = False
    headers: dict[str, str] = {}


class Player(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``sessions``: tokens that were opened by hand, where the kit cannot open any."""

    id: str
    currency: str
    exponent: int = 2
    wallet: str = ""
    sessions: list[str] = []


class Games(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``least`` and ``most``: the stakes that ``main`` takes, in minor units.

    ``least`` is at least 1. ``most`` 0 means that there is no upper limit.

    ``limited``: a game with stakes from ``limited_least`` to ``limited_most``.
    """

    main: str = ""
    least: int = 1
    most: int = 0
    other: str = ""
    limited: str = ""
    limited_least: int = 0
    limited_most: int = 0


class Session(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to open a session. ``{player}``, ``{game}``, ``{currency}`` stand for what is opened.

    ``launch``: a path or URL to POST ``body`` to; the token is at ``token`` of the answer, with
    dots between levels. ``command``: prints the token.
    """

    launch: str = ""
    body: dict[str, str] = {}
    headers: dict[str, str] = {}
    token: str = "sessionToken"  # noqa: S105 - the name of a field
    command: str = ""


class Config(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``stake``: what most bets of the kit stake. ``large``: the very large win. Minor units."""

    wallet: Wallet = Wallet()
    credentials: Credentials = Credentials()
    players: list[Player] = []
    games: Games = Games()
    session: Session = Session()
    hooks: dict[str, str] = {}
    stake: int = 100
    large: int = 6_372_709_234


T = TypeVar("T", bound=Table)


def load(path: Path | None, environment: Mapping[str, str] | None = os.environ) -> Config:
    """Raises CannotRun if the file is missing or wrong.

    Without an ``environment`` its variables stay as they are written.
    """
    if path is None:
        return Config()
    config = read(path, Config, environment)
    try:
        _must_make_sense(config)
    except CannotRun as fault:
        raise CannotRun(f"{path}: {fault}") from None
    return config


def read(path: Path, kind: type[T], environment: Mapping[str, str] | None = os.environ) -> T:
    """The file's content. Raises CannotRun."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        if environment is not None:
            values = _filled(values, environment)
        return msgspec.convert(values, kind)
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CannotRun(f"{path}: {error}") from None


def sample() -> str:
    return (Path(__file__).parent / "sample.toml").read_text(encoding="utf-8")


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, environment) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, environment) for each in value]
    if not isinstance(value, str):
        return value

    def look_up(found: re.Match[str]) -> str:
        if not found[2]:
            raise CannotRun(f"{found[0]} lacks the brace that ends the name of a variable")
        if found[1] not in environment:
            raise CannotRun(f"the environment has no {found[1]}, which the configuration names")
        return environment[found[1]]

    return _VARIABLE.sub(look_up, value)


def _must_make_sense(config: Config) -> None:
    games = config.games
    troubles = [
        (config.stake < 1, "stake must be at least 1"),
        (games.least < 1, "games.least must be at least 1, the smallest amount there is"),
        (games.least > config.stake, "stake is below games.least"),
        (games.most < 0, "games.most must be 0 (no upper limit) or more"),
        (games.most and config.stake * 3 > games.most, "games.most is below three stakes"),
        (any(not 0 <= each.exponent <= 18 for each in config.players), "exponent: 0 to 18"),
        (config.large < 1, "large must be at least 1"),
        (
            bool(games.limited) and not 1 <= games.limited_least <= games.limited_most,
            "games.limited needs limited_least and limited_most",
        ),
        (
            len({each.id for each in config.players}) < len(config.players),
            "two players have the same id",
        ),
    ]
    for is_wrong, message in troubles:
        if is_wrong:
            raise CannotRun(message)
    must_be_a_time("wallet.timeout_seconds", config.wallet.timeout_seconds)
    if config.wallet.outside_url:
        must_be_an_address(config.wallet.outside_url)
    _must_be_sessions(config.session)
    _must_be_headers("credentials.headers", config.credentials.headers)
    must_be_hooks(config.hooks, hooks.NAMES, HOOK_PLACEHOLDERS)


def must_be_a_time(where: str, seconds: float) -> None:
    """Raises CannotRun. TOML knows nan and inf, for which no socket can wait."""
    if not 0 < seconds <= LONGEST_SECONDS:
        raise CannotRun(f"{where} must be more than 0 and at most {LONGEST_SECONDS}")


def _must_be_sessions(session: Session) -> None:
    if is_address(session.launch):
        must_be_an_address(session.launch.partition("?")[0])
    elif session.launch and not session.launch.startswith("/"):
        raise CannotRun("session.launch must be a path that begins with / or a whole address")
    if not can_be_sent(session.launch):
        raise CannotRun("session.launch must be printable ASCII without spaces")
    must_be_a_command("session.command", session.command, SESSION_PLACEHOLDERS)
    for name, value in session.body.items():
        must_be_filled_in(f"session.body.{name}", value, SESSION_PLACEHOLDERS)
    _must_be_headers("session.headers", session.headers)


def _must_be_headers(where: str, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise CannotRun(f"{where}: {name!r} is not a valid header name")
        if not value.isprintable() or not value.isascii():
            raise CannotRun(f"{where}.{name} must be printable ASCII")


def must_be_hooks(
    configured: Mapping[str, str], known: Collection[str], placeholders: Collection[str]
) -> None:
    """Raises CannotRun for a hook that no case calls, or that cannot be filled in."""
    for name, target in configured.items():
        if name not in known:
            raise CannotRun(f"there is no hook {name}; there are {', '.join(known)}")
        must_be_this = must_be_filled_in if is_address(target) else must_be_a_command
        must_be_this(f"hooks.{name}", target, placeholders)
