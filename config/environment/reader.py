"""Reads settings and refuses invalid ones. Errors name the variable and never show its value.

A variable in the process's environment overrides the same one in `.env`, even if it is blank. A
blank value means the default. django-environ converts the values. It would take anything for a flag
and a dollar sign for the name of another variable; here, an invalid value prevents the start: a
flag that is neither true nor false, a number out of range, a secret in quotes.
"""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv6Address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE: Final = ("true", "yes", "on", "1", "t", "y")
_FALSE: Final = ("false", "no", "off", "0", "f", "n")
_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_RATE = re.compile(r"([0-9]{1,9})/(s|sec|second|m|min|minute|h|hour|d|day)", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)
_ALLOWED_HOST = re.compile(r"\*|\.?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


class Reader(environ.Env):
    """The variables of one process. Each method reads one, or raises ImproperlyConfigured."""

    BOOLEAN_TRUE_STRINGS = _TRUE

    def __init__(self, environment: Mapping[str, str], file: Mapping[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ENVIRON = {**file, **environment}  # type: ignore[assignment]
        self._in_file = file.keys()
        self.asked: set[str] = set()
        """The names that were read so far."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """What every method of django-environ reads a variable with."""
        self.asked.add(var)
        written = self.ENVIRON.get(var, "")
        if not _is_utf8(written):
            raise ImproperlyConfigured(f"{var} is not UTF-8 text")
        # The rest of such a value would be taken for the name of another variable.
        return written if written.startswith("$") else super().get_value(var, *args, **kwargs)

    def unknown(self, also_known: Collection[str] = ()) -> list[tuple[str, str | None]]:
        """Variables in `.env` that are not settings, each with the one that was probably meant."""
        known = sorted(self.asked | set(also_known))
        return [
            (name, next(iter(difflib.get_close_matches(name.upper(), known, 1, 0.8)), None))
            for name in sorted(self._in_file - set(known))
        ]

    def text(self, name: str, default: str = "") -> str:
        """The text without white space around it."""
        return self.str(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        written = self.text(name).lower()
        if not written:
            return default
        if written in _TRUE or written in _FALSE:
            return self.bool(name)
        raise ImproperlyConfigured(f"{name} must be true or false{self._quotes(written)}")

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        written = self.text(name)
        if not written:
            return default
        if _NUMBER.fullmatch(written) and least <= self.int(name) <= most:
            return self.int(name)
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {least} to {most}{self._quotes(written)}"
        )

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """One of ``choices``, in upper or lower case."""
        written = self.text(name)
        for choice in choices:
            if (written or default).lower() == choice.lower():
                return choice
        raise ImproperlyConfigured(
            f"{name} must be one of {', '.join(choices)}{self._quotes(written)}"
        )

    def names(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """A comma-separated list."""
        written = self.text(name)
        if not written:
            return list(default)
        entries = [entry.strip() for entry in written.split(",")]
        if not all(_VISIBLE.fullmatch(entry) for entry in entries):
            raise ImproperlyConfigured(
                f"{name} must be a list without empty entries between commas"
            )
        if self._quotes(written):
            raise ImproperlyConfigured(f"{name} must not have quotes around it")
        return entries

    def hosts(self, name: str, default: Sequence[str]) -> list[str]:
        """A comma-separated list of host names and addresses, without scheme and port."""
        entries = self.names(name, default)
        if not all(_ALLOWED_HOST.fullmatch(entry) for entry in entries):
            raise ImproperlyConfigured(
                f"{name} must list host names, .domains, addresses (IPv6 in brackets) or *, without"
                " scheme and port"
            )
        return entries

    def listening_host(self, name: str, default: str) -> str:
        """A host name or address without brackets."""
        written = self.text(name, default).removeprefix("[").removesuffix("]")
        if not _is_listening_host(written):
            raise ImproperlyConfigured(f"{name} must be a host name or an address, without port")
        return written

    def secret(self, name: str) -> str:
        """One secret, or the empty text."""
        [secret] = self.secrets(name, one=True) or [""]
        return secret

    def required_secret(self, name: str) -> str:
        secret = self.secret(name)
        if not secret:
            raise ImproperlyConfigured(f"{name} is not set")
        return secret

    def secrets(self, name: str, *, one: bool = False) -> list[str]:
        """A comma-separated list of secrets, for rotation. Empty if the variable is blank.

        Quotes are refused: they would be part of the secret here, but not where the other side
        reads it. An empty entry is refused: somebody probably forgot to set a variable.
        """
        written = self.str(name, "")
        if not written.strip():
            return []
        entries = [written] if one else [entry.strip(" ") for entry in written.split(",")]
        if written != written.strip():
            raise ImproperlyConfigured(f"{name} must not begin or end with white space")
        if "" in entries:
            raise ImproperlyConfigured(f"{name} has an empty entry between its commas")
        for entry in entries:
            if self._quotes(entry):
                raise ImproperlyConfigured(f"{name} must not have quotes around it")
            if not entry.isprintable():
                raise ImproperlyConfigured(f"{name} must not contain invisible characters")
        return entries

    def web_address(self, name: str, default: str) -> str:
        """An http or https address, without a slash at the end."""
        written = self.text(name, default)
        if not _is_web_address(written):
            raise ImproperlyConfigured(
                f"{name} must be an address like https://host:port, without user and query"
            )
        return written.rstrip("/")

    def origins(self, name: str) -> list[str]:
        """A comma-separated list of origins (scheme and host), as in a browser's Origin header."""
        entries = self.names(name)
        for entry in entries:
            plain = entry.replace("://*.", "://any.", 1)
            if not _is_web_address(plain) or urlsplit(plain).path:
                raise ImproperlyConfigured(f"{name} must list origins like https://host:port")
        return entries

    def redis_address(self, name: str) -> str:
        """redis://, rediss:// or unix://; an empty text if the variable is blank."""
        written = self.str(name, "").strip()
        if not written:
            return ""
        parts = _split(written)
        if parts is None or not (
            (parts.scheme in ("redis", "rediss") and parts.hostname)
            or (parts.scheme == "unix" and parts.path)
        ):
            raise ImproperlyConfigured(
                f"{name} must be redis://HOST:PORT/NUMBER, rediss:// with TLS or unix://PATH"
            )
        return written

    def rate(self, name: str, default: str) -> str:
        """Requests per period, like 600/min. Blank means no limit."""
        written = self.str(name, default).strip().replace(" ", "")
        if not written:
            return ""
        match = _RATE.fullmatch(written)
        if match is None or int(match[1]) == 0:
            raise ImproperlyConfigured(
                f'{name} must be a number of requests per s, min, hour or day, like "600/min", or'
                " blank for no limit"
            )
        return written

    def code(self, name: str, default: str) -> str:
        """A public identifier: 1–128 visible characters."""
        written = self.text(name, default)
        if not _VISIBLE.fullmatch(written) or len(written) > 128 or self._quotes(written):
            raise ImproperlyConfigured(f"{name} must be 1–128 visible ASCII characters")
        return written

    def _quotes(self, written: str) -> str:
        """What to add if the value includes quotes, which `docker --env-file` does not remove."""
        if len(written) >= 2 and written[0] == written[-1] and written[0] in "'\"`":
            return ", without quotes"
        return ""


def own_host(listening_host: str) -> str:
    """The host of an address at which the process can reach itself if it listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listening_host, listening_host)  # noqa: S104
    return f"[{host}]" if ":" in host else host


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _is_listening_host(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return ":" not in host and _HOST.fullmatch(host) is not None


def _is_utf8(text: str) -> bool:
    """Python keeps bytes of the environment that it cannot decode as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_web_address(address: str) -> bool:
    parts = _split(address)
    return (
        parts is not None
        and parts.scheme in ("http", "https")
        and "@" not in parts.netloc
        and not re.search(r"[\s\\?#]", address)
        and (parts.port is None or parts.port > 0)
        and _HOST.fullmatch(re.sub(r":\d+$", "", parts.netloc)) is not None
    )
