"""The arguments of `scripts/console`; it refuses an impossible address at once."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scripts.setup.env_file import setting

KEY_VARIABLE = "WALLETS_API_KEY"


@dataclass(frozen=True, slots=True)
class Options:
    url: str
    asset: str
    key: str | None = field(repr=False)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Exits with a usage line if an argument is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/console",
        description="Try the wallet service: open a wallet, add, remove, repeat, all at once.",
        allow_abbrev=False,
    )
    port = setting("PORT") or "8000"
    parser.add_argument(
        "--url",
        type=_url,
        default=f"http://127.0.0.1:{port}",
        help="where the service is; default: %(default)s",
    )
    parser.add_argument("--asset", default="GOLD_COINS", help="default: %(default)s")
    parser.add_argument(
        "--key",
        default=os.environ.get(KEY_VARIABLE) or None,
        type=_key,
        help=f"an API key of scope wallets, which a demo does not need; default: {KEY_VARIABLE}",
    )
    return Options(**vars(parser.parse_args(arguments)))


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError if it is not a number
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address: {fault}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} must look like http://127.0.0.1:8000")
    if parts.query or parts.fragment or parts.username:
        raise argparse.ArgumentTypeError(f"{text!r} must end after the host, port or folder")
    return text.rstrip("/")


def _key(text: str) -> str:
    if not (text and text.isascii() and text.isprintable() and " " not in text):
        raise argparse.ArgumentTypeError("a key has only visible ASCII characters")
    return text
