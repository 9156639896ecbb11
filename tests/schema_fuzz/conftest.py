"""The demo on a real server, and its served document as schemathesis reads it.

It uses real HTTP because that is what a caller meets: the server reads headers and addresses, and
launchGame and simulateRound reach the provider. Generating requests costs several times as much as
sending them, so the same in this process would not be faster.
"""

from typing import Any

import pytest
import schemathesis
from schemathesis.schemas import BaseSchema

from config.wire.signing import CASINO_SIGNATURE
from tests.schema_fuzz.known import KEY_OF_REMOVE_FUNDS, PLAYED_ROUND, learn
from tests.schema_fuzz.signer import sign_what_is_signed
from tests.servers import Server

EXAMPLES = 15
"""How many random requests are generated per operation, in addition to those at every boundary of
its schema."""


@pytest.fixture
def served_schema(demo: Server, seed: int) -> BaseSchema:
    known = learn(demo, of=f"seed-{seed}")
    config = schemathesis.Config.from_dict(
        {
            "seed": seed,
            "base-url": demo.url,
            "dictionaries": {name: {"values": values} for name, values in known.items()},
            "parameters": {
                **{
                    place: {"dictionary": name, "probability": 0.9}
                    for name in known
                    for place in (name, f"body.{name}")
                },
                "header.x-provider-code": "demo-provider",  # another's signature would not fit
            },
            "operations": [
                # Each would be a whole round; /provider/simulate is tried at the same boundaries.
                {
                    "include-path": "/casino/simulateRound",
                    "phases": {"coverage": {"enabled": False}},
                },
                {
                    "include-path": "/provider/roundDetails",
                    "parameters": {
                        "body.roundId": {"dictionary": PLAYED_ROUND, "probability": 0.9}
                    },
                },
                {
                    "include-path": "/api/v1/wallets/{user_id}/remove-funds",
                    "parameters": {
                        "header.Idempotency-Key": {
                            "dictionary": KEY_OF_REMOVE_FUNDS,
                            "probability": 0.9,
                        }
                    },
                },
            ],
            "generation": {
                "max-examples": EXAMPLES,
                "database": "none",
                "deterministic": False,  # otherwise the seed would not count
                "with-security-parameters": False,  # the signer adds them
            },
            "checks": {
                # A valid request may still name something unknown, or exceed the balance.
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 502, 503, 504]},
            },
            "output": {"sanitization": {"enabled": False}},  # so that a failure can be repeated
        }
    )
    schema = schemathesis.openapi.from_dict(served_document(demo), config=config)
    sign_what_is_signed(schema)
    return schema


def served_document(demo: Server) -> dict[str, Any]:
    """The document without an event's signature: the demo has no EVENT_SECRET to check it with."""
    served = demo.request("GET", "/schema").body
    event = served["paths"]["/event"]["post"]
    event["parameters"] = [each for each in event["parameters"] if each["name"] != CASINO_SIGNATURE]
    return served
