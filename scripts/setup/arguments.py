"""The arguments of each command, read the same way with and without the virtual environment."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.environment import processors
from scripts.setup.env_file import setting

DEFAULT_PORT = 8000
LOOPBACK = "127.0.0.1"
SETTINGS = "config.settings"


@dataclass(frozen=True, slots=True)
class Options:
    command: str
    port: int = DEFAULT_PORT
    port_is_given: bool = False
    host: str = LOOPBACK
    workers: int = processors.WORKERS
    blocking_threads: int = 64
    once: bool = False
    new_admin_password: bool = False
    setup: bool = True
    everything: bool = False  # for reset: also remove the environment and .env
    parent: int = 0  # the process with which the server ends
    settings: str = SETTINGS
    pytest_arguments: list[str] = field(default_factory=list)


def parse(command: str, arguments: Sequence[str]) -> Options:
    """Exits with a usage line if an argument is wrong."""
    if command == "test":
        return Options("test", pytest_arguments=list(arguments))
    if command == "reset":
        return _parse_reset(arguments)
    parser = argparse.ArgumentParser(prog=f"scripts/{command}", allow_abbrev=False)
    parser.add_argument("--port", type=_port, help="default: PORT or 8000")
    if command == "demo":
        parser.description = "Set everything up, run one round between the services, stay up."
        parser.add_argument("--once", action="store_true", help="exit after the round")
        parser.add_argument(
            "--new-admin-password", action="store_true", help="set a new admin password"
        )
    else:
        parser.description = "Set everything up and serve in the foreground."
        parser.add_argument(
            "--host", type=_host, help="default: LISTEN_HOST or 127.0.0.1 (this machine only)"
        )
        parser.add_argument(
            "--workers", type=_count, help=f"processes; default: WORKERS or {processors.WORKERS}"
        )
        parser.add_argument(
            "--no-setup",
            dest="setup",
            action="store_false",
            help="only serve; the database is ready",
        )
        parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
        parser.add_argument("--settings", default=SETTINGS, help=argparse.SUPPRESS)
    given = vars(parser.parse_args(arguments))
    port, workers = given.pop("port"), given.pop("workers", None)
    host = given.pop("host", None)
    return Options(
        command,
        port=port or _setting(parser, "PORT", _port, DEFAULT_PORT),
        port_is_given=port is not None,
        host=host or _host(setting("LISTEN_HOST") or LOOPBACK),
        workers=workers or _setting(parser, "WORKERS", _count, processors.WORKERS),
        blocking_threads=_setting(parser, "BLOCKING_THREADS", _count, 64),
        **given,
    )


def _parse_reset(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="scripts/reset",
        allow_abbrev=False,
        description="Remove the embedded database with all its data, and the logs.",
    )
    parser.add_argument(
        "--all",
        dest="everything",
        action="store_true",
        help="also remove .env, the virtual environment and caches",
    )
    return Options("reset", **vars(parser.parse_args(arguments)))


def _setting(
    parser: argparse.ArgumentParser, name: str, kind: Callable[[str], int], default: int
) -> int:
    text = setting(name)
    if not text:
        return default
    try:
        return kind(text)
    except argparse.ArgumentTypeError as error:
        parser.error(f"{name}: {error}")


def _host(text: str) -> str:
    """Accepts IPv6 addresses with and without brackets."""
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 256:
        return int(text)
    raise argparse.ArgumentTypeError("give a number from 1 to 256")
