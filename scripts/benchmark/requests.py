"""Makes and signs the requests of each workload, as bytes, before the clock runs.

``effect`` is how a request changes the sum of all balances once it is accepted, in minor units.
"""

import json
import random
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, NamedTuple

from config.wire.signing import CASINO_SIGNATURE, sign
from scripts.benchmark.databases import SECRETS
from scripts.benchmark.population import ASSET, CURRENCY, GAME, SEATS, Seat

STAKE = 100
PRIZE = 150


class Request(NamedTuple):
    content: bytes
    effect: int = 0


class Bet(NamedTuple):
    """A bet that stands, for a credit or a rollback to refer to."""

    token: str
    round_id: str
    transaction_id: str
    amount: int = STAKE
    currency: str = CURRENCY


Workload = Iterator[Request]
"""An endless stream of requests, or all that there are."""


def fresh_id() -> str:
    """Random, as ids usually are."""
    return secrets.token_hex(16)


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    return _head("GET", path, headers or {}) + b"\r\n"


def post(path: str, fields: Mapping[str, Any], *, signed: bool = False) -> bytes:
    body = json.dumps(fields, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    if signed:
        headers[CASINO_SIGNATURE] = sign([SECRETS["CASINO_SECRET"].encode()], body)
    return _head("POST", path, headers) + b"\r\n" + body


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n").encode()


def any_of(seats: Sequence[Seat]) -> Iterator[Seat]:
    draw = random.Random(len(seats))  # noqa: S311 - the same wallets in every pass
    while True:
        yield draw.choice(seats)


def zipf(seats: Sequence[Seat]) -> Iterator[Seat]:
    """The second seat half as often as the first, the third a third as often, and so on."""
    draw = random.Random(len(seats))  # noqa: S311 - the same wallets in every pass
    weights = [*accumulate(1 / rank for rank in range(1, len(seats) + 1))]
    while True:
        yield from draw.choices(seats, cum_weights=weights, k=1_000)


def bets(
    seats: Sequence[Seat], drawn: Callable[[Sequence[Seat]], Iterator[Seat]] = any_of
) -> Iterator[Bet]:
    for seat in drawn(seats):
        yield Bet(seat.token, fresh_id(), fresh_id(), currency=seat.currency)


def debit(bet: Bet, path: str = "/casino/debit") -> Request:
    fields = {
        "sessionToken": bet.token,
        "transactionId": bet.transaction_id,
        "roundId": bet.round_id,
        "amount": bet.amount,
        "currency": bet.currency,
    }
    return Request(post(path, fields, signed=True), -bet.amount)


def credit(bet: Bet, amount: int = PRIZE) -> Request:
    fields = {
        "sessionToken": bet.token,
        "transactionId": fresh_id(),
        "roundId": bet.round_id,
        "amount": amount,
        "currency": bet.currency,
    }
    return Request(post("/casino/credit", fields, signed=True), amount)


def rollback(bet: Bet) -> Request:
    fields = {
        "sessionToken": bet.token,
        "transactionId": fresh_id(),
        "originalTransactionId": bet.transaction_id,
    }
    return Request(post("/casino/rollback", fields, signed=True), bet.amount)


def debits(seats: Sequence[Seat] = SEATS, path: str = "/casino/debit") -> Workload:
    return (debit(bet, path) for bet in bets(seats))


def mix(
    seats: Sequence[Seat] = SEATS, drawn: Callable[[Sequence[Seat]], Iterator[Seat]] = any_of
) -> Workload:
    """Of twenty: twelve debits, then seven credits and one rollback for these."""
    placed = bets(seats, drawn)
    while True:
        twelve = list(islice(placed, 12))
        yield from map(debit, twelve)
        yield from map(credit, twelve[:7])
        yield rollback(twelve[7])


def events(seats: Sequence[Seat] = SEATS) -> Workload:
    """Bets; STAKE in major units."""
    for seat in any_of(seats):
        fields = {
            "type": "bet",
            "req_id": fresh_id(),
            "round_id": fresh_id(),
            "session_id": f"aggregator-{seat.wallet_id}",
            "player_id": seat.player_id,
            "wallet_id": seat.wallet_id,
            "game_code": GAME,
            "amount": "1.00",
            "currency": seat.currency,
        }
        yield Request(post("/event", fields), -STAKE)


def top_ups(seats: Sequence[Seat] = SEATS) -> Workload:
    for seat in any_of(seats):
        fields = {
            "user_id": seat.player_id,
            "asset_code": ASSET,
            "amount": STAKE,
            "reference_id": fresh_id(),
        }
        yield Request(post("/api/v1/wallets/topup", fields), STAKE)


def balance(seat: Seat) -> Request:
    return Request(post("/casino/getBalance", {"sessionToken": seat.token}, signed=True))


def balances(seats: Sequence[Seat] = SEATS) -> Workload:
    return map(balance, any_of(seats))


def replays(sent: Sequence[Request]) -> Workload:
    """Each of them again and again; no money moves."""
    while True:
        for request in sent:
            yield Request(request.content)


def gets(path_of: Callable[[Seat], str], headers: Mapping[str, str] | None = None) -> Workload:
    made: dict[str, Request] = {}
    for seat in any_of(SEATS):
        path = path_of(seat)
        if path not in made:
            made[path] = Request(get(path, headers))
        yield made[path]


def no_ops() -> Workload:
    request = Request(post("/no-op", {"sessionToken": SEATS[0].token}))
    while True:
        yield request
