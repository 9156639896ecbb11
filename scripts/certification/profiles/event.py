"""The aggregator's events: one address for bets and results, decimals of major units.

A result settles its round: neither bets nor results come after. There are no rollbacks.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from scripts.certification.amounts import to_major, to_minor
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Answer, Reading
from scripts.certification.profiles.requests import Draft, Operation

_NAMES = {
    "id": "req_id",
    "round": "round_id",
    "session": "session_id",
    "player": "player_id",
    "wallet": "wallet_id",
    "game": "game_code",
    "amount": "amount",
    "currency": "currency",
}


class Event(Profile):
    name = "event"
    title = "Aggregator events: bet and result"
    version = "1"
    operations: ClassVar[Mapping[str, Operation]] = {
        "balance": Operation("GET", "/wallet/{player}", is_signed=False),
        "bet": Operation("POST", "/event", _NAMES, constants={"type": "bet"}),
        "win": Operation("POST", "/event", _NAMES, constants={"type": "result"}),
    }
    features = frozenset(
        {
            "players named in requests",
            "games named in requests",
            "rounds that close",
            "sessions of the sender's own",
            "amounts as numbers too",
        }
    )
    has_codes = False
    rules: ClassVar[Mapping[str, str]] = {
        "zero_bet": "refused",
        "id_in_another_round": "refused",
        "id_of_another_kind": "refused",
        "id_of_another_player": "refused",
        "refused_id_again": "accepted",
        "second_win": "refused",
        "win_for_unknown_bet": "refused",
        "win_before_bet": "refused",
        "bet_after_win": "refused",
        "other_game": "accepted",
        "unknown_game": "accepted",
    }
    signature_header = "x-casino-signature"
    longest_id = 128
    wrong_amounts = (
        '"ten"', '""', '" 1"', '"1 "', '"1,00"', '"1e2"', '"+1"', '"0x1"', '"NaN"', '"Infinity"',
        '"١"', "true", "null", "NaN", '["1"]', "{}",
    )  # fmt: skip
    absurd_amounts = (
        '"21474836.47"', '"92233720368547758.07"', '"92233720368547758.08"', '"1e400"', "1e400",
        '"1' + "0" * 40 + '"',
    )  # fmt: skip
    negative_amounts = ('"-1"', '"-0.01"', "-1", '"-92233720368547758.08"')
    finer_amounts = ('"1.0001"', '"0.0001"', "1.0001")

    def write_amount(self, minor: int, exponent: int) -> object:
        return to_major(minor, exponent)

    def read_body(
        self, operation: str, answer: Answer, body: dict[str, Any], draft: Draft
    ) -> Reading:
        status = answer.status
        if operation == "balance":
            return self._balance(answer, body, draft)
        if status == 200 and body.get("status") == "success":
            # The contract lets a wallet mark repetitions, and does not ask for it.
            replayed = answer.header("Idempotent-Replayed") == "true" or None
            return Reading(Outcome.ACCEPTED, "200", stable=body, replayed=replayed)
        if body.get("status") != "rejected":
            return Reading(Outcome.UNCERTAIN, f"{status} with status {body.get('status')!r:.40}")
        reason = body.get("reason")
        if not isinstance(reason, str) or not reason:
            return Reading(Outcome.UNCERTAIN, f"{status} without a reason in words")
        said = f"{status} {reason}"
        if status in (429, 503):
            return Reading(Outcome.BUSY, said)
        return Reading(Outcome.REFUSED if status in _FINAL else Outcome.UNCERTAIN, said)

    def _balance(self, answer: Answer, body: Mapping[str, Any], draft: Draft) -> Reading:
        if answer.status == 404:
            return Reading(Outcome.UNKNOWN_PLAYER, "404")
        if answer.status in (429, 503):
            return Reading(Outcome.BUSY, str(answer.status))
        if answer.status != 200:
            return Reading(Outcome.UNCERTAIN, str(answer.status))
        others = body.get("wallets", [])
        wallets = [body, *others] if isinstance(others, list) else [body]
        own = [
            each
            for each in wallets
            if isinstance(each, dict) and each.get("wallet_id") == draft.values.get("wallet")
        ]
        if not own:
            return Reading(Outcome.UNCERTAIN, "200 without the player's wallet")
        try:
            if not isinstance(own[0]["balance"], str):
                raise TypeError("the balance is not a string")  # noqa: TRY301 - one place for both
            balance = to_minor(own[0]["balance"], draft.exponent)
        except (KeyError, TypeError, ValueError) as fault:
            return Reading(Outcome.ACCEPTED, "200", faults=(f"the balance: {fault}",))
        echoes = {"player": body.get("player_id"), "currency": own[0].get("currency")}
        return Reading(Outcome.ACCEPTED, "200", balance=balance, echoes=echoes)


_FINAL = (400, 413, 415)

PROFILE = Event()
