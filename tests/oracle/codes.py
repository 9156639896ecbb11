"""Section 2 of the contract: a refusal in its envelope."""

from tests.contract_codes import STATUS_OF_CODE
from tests.oracle.answers import SOME, Expected, Refused


def refusal(refused: Refused) -> Expected:
    name, told = refused.name, refused.told
    if name == "OVER_LARGEST":  # the contract names no code for passing the largest amount
        name, told = "INVALID_REQUEST", {"errors": {"amount": [SOME]}}
    if name == "BET_LIMIT":
        told = {}
    return Expected(
        STATUS_OF_CODE[name], {"status": "error", "code": name, "message": SOME, **told}
    )
