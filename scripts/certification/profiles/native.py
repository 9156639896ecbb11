"""The native contract: getBalance, debit, credit, rollback; minor units; HMAC over the raw body."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Answer, Reading, whole
from scripts.certification.profiles.requests import HIDDEN, Draft, Header, Operation

_MOVEMENT = {
    "session": "sessionToken",
    "id": "transactionId",
    "round": "roundId",
    "amount": "amount",
    "currency": "currency",
}


class Native(Profile):
    name = "native"
    title = "Native callbacks: getBalance, debit, credit, rollback"
    version = "1"
    operations: ClassVar[Mapping[str, Operation]] = {
        "balance": Operation("POST", "/casino/getBalance", {"session": "sessionToken"}),
        "bet": Operation("POST", "/casino/debit", _MOVEMENT, frozenset({"currency"})),
        "win": Operation(
            "POST",
            "/casino/credit",
            {**_MOVEMENT, "bet": "relatedTransactionId"},
            frozenset({"currency", "bet"}),
        ),
        "rollback": Operation(
            "POST",
            "/casino/rollback",
            {
                "session": "sessionToken",
                "id": "transactionId",
                "bet": "originalTransactionId",
                "round": "roundId",
            },
            frozenset({"round"}),
        ),
    }
    features = frozenset(
        {
            "rollbacks",
            "signed balances",
            "balances in refusals for funds",
            "a strict signature",
            "several wins in a round",
            "ids of their own for rollbacks",
            "rounds named in rollbacks",
            "first answers that stay",
        }
    )
    rules: ClassVar[Mapping[str, str]] = {
        "zero_bet": "invalid",
        "id_in_another_round": "conflict",
        "id_of_another_kind": "conflict",
        "id_of_another_player": "conflict",
        "refused_id_again": "accepted",
        "second_win": "accepted",
        "win_for_unknown_bet": "unknown_bet",
        "win_for_returned_bet": "rolled_back",
        "win_before_bet": "unknown_bet",
        "bet_after_win": "accepted",
        "second_rollback": "accepted",
        "unknown_rollback": "accepted",
        "bet_after_rollback": "rolled_back",
        "rollback_of_settled": "settled",
        "rollback_after_other_win": "settled",
        "rollback_of_win": "not_allowed",
        "rollback_of_rollback": "not_allowed",
        "rollback_by_another_player": "not_allowed",
        "rollback_in_another_round": "not_allowed",
        "own_id_unknown_bet": "accepted",
        "own_id_booked_bet": "conflict",
    }
    signature_header = "x-casino-signature"
    longest_id = 128
    wrong_amounts = ('"100"', "100.0", "1e2", "true", "null", "NaN", "[100]", "{}")
    absurd_amounts = (
        "2147483647", "9223372036854775807", "9223372036854775808", "18446744073709551617", "1e400",
        "1" + "0" * 40,
    )  # fmt: skip
    negative_amounts = ("-1", "-100", "-9223372036854775808")
    finer_amounts = ("0.5", "100.5", "99.99")

    codes: ClassVar[Mapping[tuple[int, str], Outcome]] = {
        (400, "INVALID_REQUEST"): Outcome.INVALID,
        (400, "CURRENCY_MISMATCH"): Outcome.CURRENCY,
        (401, "INVALID_SIGNATURE"): Outcome.SIGNATURE,
        (402, "INSUFFICIENT_FUNDS"): Outcome.FUNDS,
        (403, "PLAYER_BLOCKED"): Outcome.BLOCKED,
        (403, "PROVIDER_DISABLED"): Outcome.INACTIVE_GAME,
        (403, "GAME_INACTIVE"): Outcome.INACTIVE_GAME,
        (403, "SESSION_INACTIVE"): Outcome.INACTIVE_SESSION,
        (403, "LIMIT_REACHED"): Outcome.PLAY_LIMIT,
        (403, "SELF_EXCLUDED"): Outcome.EXCLUDED,
        (404, "PLAYER_NOT_FOUND"): Outcome.UNKNOWN_PLAYER,
        (404, "WALLET_NOT_FOUND"): Outcome.UNKNOWN_PLAYER,
        (404, "GAME_NOT_FOUND"): Outcome.UNKNOWN_GAME,
        (404, "SESSION_NOT_FOUND"): Outcome.UNKNOWN_SESSION,
        (404, "BET_NOT_FOUND"): Outcome.UNKNOWN_BET,
        (409, "TRANSACTION_CONFLICT"): Outcome.CONFLICT,
        (409, "TRANSACTION_ROLLED_BACK"): Outcome.ROLLED_BACK,
        (409, "ROUND_SETTLED"): Outcome.SETTLED,
        (409, "ROLLBACK_NOT_ALLOWED"): Outcome.NOT_ALLOWED,
        (413, "REQUEST_TOO_LARGE"): Outcome.TOO_LARGE,
        (422, "BET_LIMIT"): Outcome.STAKE_LIMIT,
        (429, "RATE_LIMITED"): Outcome.BUSY,
        (503, "BUSY"): Outcome.BUSY,
    }

    def read_body(
        self, operation: str, answer: Answer, body: dict[str, Any], draft: Draft
    ) -> Reading:
        if answer.status == 200 and body.get("status") == "success":
            return self._accepted(operation, answer, body)
        if body.get("status") != "error":
            said = f"{answer.status} with status {body.get('status')!r:.40}"
            return Reading(Outcome.UNCERTAIN, said)
        code = body.get("code")
        if not isinstance(code, str):
            return Reading(Outcome.UNCERTAIN, f"{answer.status} without a code")
        said = f"{answer.status} {code}"
        assert answer.status is not None
        outcome = self.codes.get((answer.status, code))
        if outcome is None:
            is_final = 400 <= answer.status < 500
            outcome = Outcome.REFUSED if is_final else Outcome.UNCERTAIN
        faults = [] if isinstance(body.get("message"), str) else ["the refusal has no message"]
        if code == "INVALID_REQUEST" and not _are_errors(body.get("errors")):
            faults.append("the refusal does not say what is wrong with which field (errors)")
        balance = body.get("balance")
        return Reading(
            outcome, said, balance=balance if type(balance) is int else None, faults=tuple(faults)
        )

    def _accepted(self, operation: str, answer: Answer, body: dict[str, Any]) -> Reading:
        faults = [
            f"{name} is not an integer: {body.get(name)!r}"
            for name in (
                ("balance", "playableBalance", "redeemableBalance")
                if operation == "balance"
                else ("balance", "amount")
            )
            if type(body.get(name)) is not int
        ]
        balance = whole(body.get("balance"))
        if operation == "balance":
            return Reading(
                Outcome.ACCEPTED,
                "200",
                balance=balance,
                redeemable=whole(body.get("redeemableBalance")),
                echoes={"currency": body.get("currency"), "player": body.get("playerId")},
                faults=tuple(faults + _buckets(body)),
            )
        reference = body.get("casinoTransactionId")
        if not isinstance(reference, str) or not reference:
            faults.append(f"casinoTransactionId is not an id: {reference!r}")
        reading = Reading(
            Outcome.ACCEPTED,
            "200",
            balance=balance,
            echoes={
                "id": body.get("transactionId"),
                "round": body.get("roundId"),
                "currency": body.get("currency"),
            },
            stable=body,
            written=answer.body,
            reference=reference if isinstance(reference, str) else "",
            replayed=answer.header("Idempotent-Replayed") == "true",
            faults=tuple(faults),
        )
        return _rollback(reading, body) if operation == "rollback" else _bet_or_win(reading, body)

    # ---- the stricter signature ----------------------------------------------------------------

    def sign_strictly(self, draft: Draft, *, age_seconds: int = 0) -> None:
        """Sign method, path, time and a number used once together with the body."""
        body = self.write(draft)
        timestamp, nonce = str(int(time.time()) - age_seconds), secrets.token_urlsafe(18)
        path = urlsplit(draft.url + self.path(draft)).path
        signed = "\n".join([draft.operation.method, path, timestamp, nonce, ""]).encode() + body
        draft.signatures = [
            Header("x-casino-timestamp", timestamp),
            Header("x-casino-nonce", nonce),
            Header(self.signature_header, self.sign(signed, draft.secret), HIDDEN),
        ]


def _are_errors(errors: object) -> bool:
    """Field → list of messages."""
    return (
        isinstance(errors, dict)
        and bool(errors)
        and all(isinstance(each, list) and each for each in errors.values())
    )


def _bet_or_win(reading: Reading, body: Mapping[str, Any]) -> Reading:
    return replace(reading, echoes={**reading.echoes, "amount": body.get("amount")})


def _rollback(reading: Reading, body: Mapping[str, Any]) -> Reading:
    said = {name: body.get(name) for name in ("rolledBack", "tombstone")}
    faults = [
        f"{name} is neither true nor false: {value!r}"
        for name, value in said.items()
        if type(value) is not bool
    ]
    return replace(
        reading,
        echoes={**reading.echoes, "bet": body.get("originalTransactionId")},
        moved=said["rolledBack"],
        unknown_bet=said["tombstone"],
        returned=whole(body.get("amount")),
        faults=(*reading.faults, *faults),
    )


def _buckets(body: Mapping[str, Any]) -> list[str]:
    """0 ≤ redeemable ≤ playable = balance."""
    playable, redeemable = body.get("playableBalance"), body.get("redeemableBalance")
    if type(playable) is not int or type(redeemable) is not int:
        return []  # said already
    if playable != body.get("balance"):
        return [f"playableBalance {playable} is not the balance"]
    if not 0 <= redeemable <= playable:
        return [f"redeemableBalance {redeemable} is not within 0 and {playable}"]
    return []


PROFILE = Native()
