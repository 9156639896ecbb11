"""Section 2 of the contract: what status a refusal has, and its envelope."""

from tests.oracle.answers import SOME, Expected, Refused

STATUS = {
    "INVALID_REQUEST": 400,
    "CURRENCY_MISMATCH": 400,
    "INVALID_SIGNATURE": 401,
    "INSUFFICIENT_FUNDS": 402,
    "PLAYER_BLOCKED": 403,
    "PROVIDER_DISABLED": 403,
    "GAME_INACTIVE": 403,
    "SESSION_INACTIVE": 403,
    "PLAYER_NOT_FOUND": 404,
    "WALLET_NOT_FOUND": 404,
    "GAME_NOT_FOUND": 404,
    "SESSION_NOT_FOUND": 404,
    "BET_NOT_FOUND": 404,
    "TRANSACTION_CONFLICT": 409,
    "TRANSACTION_ROLLED_BACK": 409,
    "ROUND_SETTLED": 409,
    "ROLLBACK_NOT_ALLOWED": 409,
    "BET_LIMIT": 422,
    "PROVIDER_UNAVAILABLE": 502,
}


def refusal(refused: Refused) -> Expected:
    name, told = refused.name, refused.told
    if name == "OVER_LARGEST":  # silent on a balance that would pass the largest amount there is
        name, told = "INVALID_REQUEST", {"errors": {"amount": [SOME]}}
    if name == "BET_LIMIT":
        told = {}
    return Expected(STATUS[name], {"status": "error", "code": name, "message": SOME, **told})
