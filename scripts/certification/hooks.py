"""What the operator does for a case: an address that is called, or a command that is run."""

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

from scripts.certification import templates

NAMES = (
    "block_player",
    "unblock_player",
    "end_session",
    "withdraw_game",
    "restore_game",
    "restart",
    "limit_losses",
    "unlimit_losses",
    "exclude_player",
    "readmit_player",
)
PAIRS = {
    "block_player": "unblock_player",
    "withdraw_game": "restore_game",
    "limit_losses": "unlimit_losses",
    "exclude_player": "readmit_player",
}
"""A hook that leaves something behind needs the hook that undoes it."""
_SECONDS = 120


class HookFailed(Exception):
    """The hook refused or could not be reached."""


class Hooks:
    """``configured``: name → URL (called with POST) or command. The seat fills in ``{player}``,
    ``{session}`` and ``{game}``; ``{amount}`` is two stakes in minor units."""

    def __init__(self, configured: Mapping[str, str], stake: int) -> None:
        self._configured = configured
        self._amount = str(2 * stake)

    def has(self, name: str) -> bool:
        return bool(self._configured.get(name)) and (
            name not in PAIRS or bool(self._configured.get(PAIRS[name]))
        )

    def call(self, name: str, filling: Mapping[str, str]) -> None:
        """``filling`` has the seat's values for the placeholders. Raises HookFailed."""
        call_hook(name, self._configured[name], {**filling, "amount": self._amount})


def call_hook(name: str, target: str, filling: Mapping[str, str]) -> None:
    """Raises HookFailed."""
    try:
        if templates.is_address(target):
            _post(target, filling)
        else:
            templates.run(target, filling, timeout_seconds=_SECONDS)
    except (OSError, HTTPException, ValueError) as fault:
        raise HookFailed(f"the hook {name} failed: {type(fault).__name__}: {fault}") from None
    except templates.CommandFailed as fault:
        raise HookFailed(f"the hook {name} failed: {fault}") from None


def _post(url: str, filling: Mapping[str, str]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the caller saw that it is http(s)
        url.format_map(filling),
        data=json.dumps(filling).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        answer.read()
