"""Calls the wallet service over HTTP.

A movement has an idempotency key. If no answer comes, it is sent again with the same key, and the
service does it only once.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

TIMEOUT_SECONDS = (3.0, 15.0)  # to connect, to answer
ATTEMPTS = 4
BUSY = 503


class NoAnswer(Exception):
    """The service could not be reached, or the answer did not come from a wallet service."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The service's answer. ``is_replay``: it had done this before and did nothing now."""

    status: int
    body: dict[str, Any]
    is_replay: bool
    milliseconds: float
    attempts: int = 1

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Why it refused, as a code: "INSUFFICIENT_FUNDS"."""
        return str(self._error().get("code", "no code"))

    @property
    def refusal(self) -> str:
        """Why it refused, for a person."""
        return f"{self.status} {self.code}: {self._error().get('message', self.body)}"

    def _error(self) -> dict[str, Any]:
        """The refusal. Other families have no object ``error`` around it."""
        error = self.body.get("error", self.body)
        return error if isinstance(error, dict) else {}


@dataclass(frozen=True, slots=True)
class Holding:
    """A wallet's balance, and how many movements led to it."""

    balance: int
    version: int


class _Session(requests.Session):
    def get_redirect_target(self, _response: requests.Response) -> None:
        """Even if it must not follow it, requests would read the address, and fail if it cannot."""
        return


class WalletService:
    """May be used by several threads; each keeps a connection of its own."""

    def __init__(self, url: str, *, asset: str, key: str | None) -> None:
        self.url = url
        self.asset = asset
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._thread = threading.local()

    def create_wallet(self, user_id: str) -> Answer:
        return self._ask(
            "POST", "/api/v1/wallets", json={"user_id": user_id, "asset_code": self.asset}
        )

    def add_funds(self, user_id: str, amount: int, *, key: str) -> Answer:
        return self._move("add-funds", user_id, amount, key)

    def remove_funds(self, user_id: str, amount: int, *, key: str) -> Answer:
        return self._move("remove-funds", user_id, amount, key)

    def balance(self, user_id: str) -> Answer:
        return self._ask("GET", f"{_wallet_of(user_id)}/balance", params={"asset_code": self.asset})

    def _move(self, what: str, user_id: str, amount: int, key: str) -> Answer:
        return self._ask(
            "POST",
            f"{_wallet_of(user_id)}/{what}",
            json={"asset_code": self.asset, "amount": amount},
            headers={"Idempotency-Key": key},
        )

    def _ask(self, method: str, path: str, **request: Any) -> Answer:
        """Send until there is an answer, at most ``ATTEMPTS`` times. Raises NoAnswer."""
        for attempt in range(1, ATTEMPTS + 1):
            is_last = attempt == ATTEMPTS
            began = time.perf_counter()
            try:
                response = self._session().request(
                    method,
                    self.url + path,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                    **request,
                )
            except requests.RequestException as fault:
                if is_last or _never_arrived(fault):
                    raise NoAnswer(_why(self.url, fault)) from None
            else:
                if is_last or response.status_code != BUSY:
                    return _answer(self.url, response, began, attempt)
            time.sleep(0.25 * 2**attempt)
        raise AssertionError("the last attempt answers or raises")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._thread, "session", None)
        if session is None:
            session = _Session()
            session.trust_env = False  # a .netrc would replace the key
            session.headers.update(self._headers)
            self._thread.session = session
        return session


def holding_of(answer: Answer) -> Holding:
    """The holding in an answer to ``balance``. Raises NoAnswer if there is none."""
    try:
        (held,) = answer.body["balances"]
        return Holding(int(held["balance"]), int(held["version"]))
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("The answer has no balance; is this a wallet service?") from None


def _wallet_of(user_id: str) -> str:
    return f"/api/v1/wallets/{quote(user_id, safe='')}"


def _never_arrived(fault: requests.RequestException) -> bool:
    """No byte left this machine, so sending it again immediately would not help."""
    reason = getattr(fault.args[0], "reason", None) if fault.args else None
    return isinstance(fault, requests.ConnectTimeout | requests.exceptions.InvalidURL) or (
        type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "SSLError")
    )


def _why(url: str, fault: requests.RequestException) -> str:
    if isinstance(fault, requests.ReadTimeout):
        return f"{url} took too long to answer, {ATTEMPTS} times over."
    if _never_arrived(fault):
        return f"Nobody answers at {url}. Is the server up? scripts/serve starts one."
    return f"The connection to {url} broke off, {ATTEMPTS} times over."


def _answer(url: str, response: requests.Response, began: float, attempts: int) -> Answer:
    milliseconds = (time.perf_counter() - began) * 1000
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise NoAnswer(
            f"{url} answered {response.status_code}, but not as a wallet service does. "
            "Is the address right?"
        )
    is_replay = response.headers.get("Idempotent-Replayed") == "true"
    return Answer(response.status_code, body, is_replay, milliseconds, attempts)
