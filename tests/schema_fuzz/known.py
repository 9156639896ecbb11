"""Names that the demo knows, so that a random request sometimes gets past 404."""

import json
from typing import Any

from config.wire.signing import sign
from tests.schema_fuzz.signer import SECRETS
from tests.servers import Server

Known = dict[str, list[str] | list[int]]
"""The possible values of a parameter or a field with this name."""

PLAYER = {"playerId": "67fff5c", "gameId": "lucky-sevens", "currency": "INR"}

AMOUNTS = [10, 25, 100]

PLAYED_ROUND = "played-round"

KEY_OF_REMOVE_FUNDS = "key-of-remove-funds"
"""A key that add-funds has used already is a conflict for remove-funds."""


def learn(server: Server, *, of: str) -> Known:
    """Names from the demo data, a session that this opens, and ids that nobody else uses."""
    launched = _post(server, "/casino/launchGame", PLAYER)
    _post(server, "/api/v1/wallets/topup", _TOP_UP)
    token = launched["sessionToken"]
    rounds = [f"{of}-round-{number}" for number in range(10)]
    for number, round_id in enumerate(rounds):
        bet = {"sessionToken": token, "transactionId": f"{of}-first-{number}", "roundId": round_id}
        _post(server, "/casino/debit", {**bet, "amount": 10})
    playing = {**PLAYER, "sessionToken": token, "casinoCode": "demo-casino"}
    played = _post(server, "/provider/launch", playing)
    playing = {**playing, "providerSessionId": played["providerSessionId"]}
    simulated = _post(server, "/provider/simulate", {**playing, "bets": [10], "wins": []})
    history = server.request("GET", "/wallet/user_alice/transactions?limit=1").body
    references = [f"{of}-reference-{number}" for number in range(200)]
    bets = [f"{of}-bet-{number}" for number in range(400)]
    return {
        "amount": AMOUNTS,
        "bets[*]": AMOUNTS,
        "wins[*]": AMOUNTS,
        "playerId": ["67fff5c"],
        "gameId": ["lucky-sevens"],
        "currency": ["INR"],
        "sessionToken": [token],
        "transactionId": bets,
        "transactionIds[*]": bets,
        "originalTransactionId": bets,
        "relatedTransactionId": bets,
        "roundId": rounds,
        PLAYED_ROUND: [simulated["steps"][1]["request"]["roundId"]],
        "runId": [f"{of}-run-{number}" for number in range(20)],
        "casinoCode": ["demo-casino"],
        "providerSessionId": [played["providerSessionId"]],
        "player_id": ["67fff5c"],
        "wallet_id": ["684038d"],
        "game_code": ["aviator"],
        "req_id": bets,
        "round_id": rounds,
        "cursor": [history["next_cursor"]],
        "after": ["67fff5c"],
        "user_id": ["user_alice", "user_bob", f"{of}-user"],  # the last one has no wallet yet
        "asset_code": ["GOLD_COINS", "DI"],
        "reference_id": references,
        "idempotency_key": references,
        "Idempotency-Key": [f"{of}-key-{number}" for number in range(200)],
        KEY_OF_REMOVE_FUNDS: [f"{of}-other-key-{number}" for number in range(200)],
    }


_TOP_UP = {
    "user_id": "user_alice",
    "asset_code": "GOLD_COINS",
    "amount": 1,
    "reference_id": "reference-1",
}


def _post(server: Server, path: str, fields: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(fields).encode()
    signatures = {header: sign((secret,), body) for header, secret in SECRETS.values()}
    answer = server.post(path, body, signatures)  # endpoints that need no signature ignore it
    assert answer.status == 200, answer
    return answer.body
