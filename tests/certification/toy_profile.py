"""A toy dialect, written by following the guide in docs/certification.md.

The verdict and the signature are in the body, amounts are decimals, ids are unique per player, a
win settles its bet, tokens rotate, and there are promotions.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from scripts.certification.amounts import to_major, to_minor
from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Answer, Reading
from scripts.certification.profiles.requests import Draft, Operation, Request

_SEAT = {"session": "token", "player": "user", "wallet": "purse", "game": "game"}
_MOVEMENT = {**_SEAT, "id": "ref", "round": "hand", "amount": "sum", "currency": "cur"}


def _command(name: str, names: Mapping[str, str], *optional: str) -> Operation:
    return Operation("POST", "/rpc", names, frozenset(optional), constants={"cmd": name})


class Toy(Profile):
    name = "toy"
    title = "A toy dialect"
    version = "1"
    operations: ClassVar[Mapping[str, Operation]] = {
        "balance": _command("cash", _SEAT),
        "check": _command("hello", _SEAT),
        "bet": _command("stake", {**_MOVEMENT, "free": "gift"}, "free"),
        "win": _command("pay", {**_MOVEMENT, "bet": "stake_ref"}, "bet"),
        "play": _command("spin", {**_MOVEMENT, "pays": "gain"}),
        "promo": _command("prize", {**_SEAT, "id": "ref", "amount": "sum", "currency": "cur"}),
        "jackpot": _command("pot", {**_SEAT, "id": "ref", "amount": "sum", "currency": "cur"}),
        "end": _command("close", {**_SEAT, "id": "ref", "round": "hand"}),
        "list": _command("many", {**_SEAT, "id": "ref", "parts": "all"}),
        "rollback": _command("undo", {**_SEAT, "id": "ref", "bet": "stake_ref"}),
    }
    features = frozenset(
        {
            "rollbacks", "signed balances", "players named in requests", "games named in requests",
            "several wins in a round", "an explicit end of the round", "rounds that close",
            "bet and win in one call", "lists of transactions", "rotating tokens", "free bets",
            "promotional payouts", "jackpots",
        }
    )  # fmt: skip
    rules: ClassVar[Mapping[str, str]] = {
        "zero_bet": "accepted",
        "id_in_another_round": "conflict",
        "id_of_another_kind": "conflict",
        "id_of_another_player": "accepted",
        "other_game": "accepted",
        "unknown_game": "unknown_game",
        "refused_id_again": "accepted",
        "second_win": "settled",
        "win_for_unknown_bet": "unknown_bet",
        "win_for_returned_bet": "rolled_back",
        "win_before_bet": "unknown_bet",
        "bet_after_win": "accepted",
        "second_rollback": "accepted",
        "unknown_rollback": "unknown_bet",
        "bet_after_rollback": "rolled_back",
        "rollback_of_settled": "settled",
        "rollback_after_other_win": "accepted",
        "rollback_of_win": "not_allowed",
        "rollback_of_rollback": "not_allowed",
        "rollback_by_another_player": "unknown_bet",
    }
    signature_header = "in the body"
    ids_per_player = True
    replay_balance = "current"
    wrong_amounts = ("1", "1.0", '"1"', '"1,00"', '"one"', "true", "null", '["1.00"]')
    absurd_amounts = ('"99999999999999999999.00"', '"1e400"', '"' + "9" * 60 + '.00"')
    negative_amounts = ('"-1.00"', '"-0.01"')
    finer_amounts = ('"0.001"', '"1.999"')

    codes: ClassVar[Mapping[int, Outcome]] = {
        0: Outcome.ACCEPTED,
        1: Outcome.SIGNATURE,
        2: Outcome.INVALID,
        3: Outcome.UNKNOWN_SESSION,
        4: Outcome.UNKNOWN_PLAYER,
        5: Outcome.FUNDS,
        6: Outcome.CONFLICT,
        7: Outcome.UNKNOWN_BET,
        8: Outcome.ROLLED_BACK,
        9: Outcome.SETTLED,
        10: Outcome.NOT_ALLOWED,
        11: Outcome.UNKNOWN_GAME,
        12: Outcome.CURRENCY,
    }

    def write_amount(self, minor: int, exponent: int) -> object:
        return to_major(minor, exponent)

    def sign(self, signed: bytes, secret: str) -> str:
        return hashlib.md5(signed + secret.encode()).hexdigest()

    def finish(self, draft: Draft) -> Request:
        """Put the signature into the body's last field; it signs everything before it."""
        body = self.write(draft) if draft.body is None else draft.body
        signed = body if draft.signed is None else draft.signed
        shown = [self.sign(signed, draft.secret)]
        if draft.signatures is not None:
            shown = [
                each.value.decode("latin-1") if isinstance(each.value, bytes) else each.value
                for each in draft.signatures
            ]
        for signature in shown:
            body = body[:-1] + b',"sign":"' + signature.encode() + b'"' + body[-1:]
        request = super().finish(draft)
        headers = tuple(each for each in request.headers if each.name != self.signature_header)
        return Request("POST", request.url, headers, body, is_plain=False)

    def read_body(
        self, operation: str, answer: Answer, body: dict[str, Any], draft: Draft
    ) -> Reading:
        error = body.get("error")
        if answer.status != 200 or type(error) is not int:
            return Reading(Outcome.UNCERTAIN, f"{answer.status} without an error number")
        outcome = self.codes.get(error, Outcome.UNCERTAIN)
        if outcome is not Outcome.ACCEPTED:
            return Reading(outcome, f"error {error}")
        try:
            balance = to_minor(body["cash"], draft.exponent)
        except (KeyError, TypeError, ValueError) as fault:
            return Reading(outcome, "error 0", faults=(f"cash: {fault}",))
        echoes = {"id": body["ref"]} if "ref" in body else {}
        return Reading(
            outcome, "error 0", balance=balance, echoes=echoes, token=body.get("token", "")
        )


PROFILE = Toy()
