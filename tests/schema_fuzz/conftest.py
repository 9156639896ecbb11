"""The demo behind a real server, and its served document as schemathesis reads it.

Over real HTTP, because that is what a caller meets: the server reads the headers and the address,
and launchGame and simulateRound reach the provider. To make the requests up costs several times
what it costs to send them, so that the same in process would not be faster.
"""

from typing import Any

import pytest
import schemathesis
from schemathesis.schemas import BaseSchema

from config.wire.signing import CASINO_SIGNATURE
from tests.docs.conftest import demo
from tests.schema_fuzz.known import PLAYED_ROUND, learn
from tests.schema_fuzz.signer import sign_what_is_signed
from tests.servers import Server

__all__ = ["demo"]  # a fixture is found by its name

EXAMPLES = 15
"""How many requests of each operation are made up at random, besides those at every boundary of
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
            ],
            "generation": {
                "max-examples": EXAMPLES,
                "database": "none",
                "deterministic": False,  # or it would not be by the seed
                "with-security-parameters": False,  # the signer knows them
            },
            "checks": {
                # A well-formed request may still name what is not there, or not be covered.
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 502, 503, 504]},
            },
            "output": {"sanitization": {"enabled": False}},  # a failure is to be done again
        }
    )
    schema = schemathesis.openapi.from_dict(served_document(demo), config=config)
    sign_what_is_signed(schema)
    return schema


def served_document(demo: Server) -> dict[str, Any]:
    """All of it but the signature of an event: the demo has no EVENT_SECRET, and looks at none."""
    served = demo.request("GET", "/schema").body
    event = served["paths"]["/event"]["post"]
    event["parameters"] = [each for each in event["parameters"] if each["name"] != CASINO_SIGNATURE]
    return served
