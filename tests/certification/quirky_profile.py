"""The contract of a wallet that is not ours: the native one with other names and signatures."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar

from scripts.certification.outcomes import Outcome
from scripts.certification.profiles.base import Profile
from scripts.certification.profiles.reading import Answer, Reading
from scripts.certification.profiles.requests import Draft, Operation

_MOVEMENT = {"session": "sid", "id": "tx", "round": "hand_no", "amount": "cents"}


class Quirky(Profile):
    name = "quirky"
    title = "Acme wallet 3"
    version = "3"
    operations: ClassVar[Mapping[str, Operation]] = {
        "balance": Operation("POST", "/funds", {"session": "sid"}),
        "bet": Operation("POST", "/take", _MOVEMENT),
        "win": Operation("POST", "/give", _MOVEMENT),
        "rollback": Operation("POST", "/void", {"session": "sid", "id": "tx", "bet": "tx_void"}),
    }
    features = frozenset({"rollbacks", "signed balances", "several wins in a round"})
    rules: ClassVar[Mapping[str, str]] = {
        "zero_bet": "invalid",
        "id_in_another_round": "conflict",
        "id_of_another_kind": "conflict",
        "id_of_another_player": "conflict",
        "refused_id_again": "accepted",
        "second_win": "accepted",
        "win_for_unknown_bet": "unknown_bet",
        "win_for_returned_bet": "unknown_bet",
        "win_before_bet": "unknown_bet",
        "bet_after_win": "accepted",
        "second_rollback": "accepted",
        "unknown_rollback": "accepted",
        "bet_after_rollback": "unknown_bet",
        "rollback_of_settled": "settled",
        "rollback_after_other_win": "settled",
        "rollback_of_win": "settled",
        "rollback_of_rollback": "settled",
        "rollback_by_another_player": "settled",
    }
    signature_header = "X-Acme-Sign"
    wrong_amounts = ('"100"', "1.5", "true", "null", "[]")
    absurd_amounts = ("9223372036854775807", "1e400", "1" + "0" * 40)
    negative_amounts = ("-1", "-100")
    finer_amounts = ("0.5", "100.5")
    codes: ClassVar[Mapping[str, Outcome]] = {
        "SIGN": Outcome.SIGNATURE,
        "SID": Outcome.UNKNOWN_SESSION,
        "FORMAT": Outcome.INVALID,
        "FUNDS": Outcome.FUNDS,
        "TWICE": Outcome.CONFLICT,
        "NO_BET": Outcome.UNKNOWN_BET,
        "PAID": Outcome.SETTLED,
    }

    def sign(self, signed: bytes, secret: str) -> str:
        return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha512)).decode()

    def read_body(
        self, operation: str, answer: Answer, body: dict[str, Any], draft: Draft
    ) -> Reading:
        if answer.status == 200 and body.get("ok") is True:
            cash = body.get("cash")
            faults = () if type(cash) is int else (f"cash is no integer: {cash!r}",)
            return Reading(
                Outcome.ACCEPTED,
                "ok",
                balance=cash if type(cash) is int else None,
                echoes={"id": body.get("tx")} if operation != "balance" else {},
                stable=body,
                faults=faults,
            )
        why = str(body.get("why"))
        return Reading(self.codes.get(why, Outcome.UNCERTAIN), f"{answer.status} {why}")


PROFILE = Quirky()
