"""What POST /provider/simulate refuses; nothing is begun."""

import json
from typing import Any

import pytest

from config.wire.signing import PROVIDER_SIGNATURE, sign
from provider.models import Run
from tests.provider.fake_casino import FakeCasino
from tests.provider.table import (
    Table,
    lay_table,
    post,
    post_signed,
    unique,
)

# ---- who may ask ---------------------------------------------------------------------------


def test_another_session_token_finds_no_session(table: Table) -> None:
    answer = table.simulate(sessionToken="guessed")
    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")
    assert table.casino.asked == []


def test_a_token_beyond_ascii_finds_no_session(table: Table) -> None:
    answer = table.simulate(sessionToken="gueßed")
    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_an_unknown_session_is_not_found(table: Table, settings: Any) -> None:
    settings.PROVIDER_SECRETS = (b"the settings' secret",)
    raw = json.dumps(
        {"providerSessionId": unique("ps"), "sessionToken": "t", "playerId": "p"}
    ).encode()
    answer = post(
        "/provider/simulate", raw, **{PROVIDER_SIGNATURE: sign(settings.PROVIDER_SECRETS, raw)}
    )
    assert (answer.status, answer.code) == (404, "SESSION_NOT_FOUND")


def test_another_player_is_a_conflict(table: Table) -> None:
    answer = table.simulate(playerId=unique("player"))
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert table.casino.asked == []


def test_a_casino_cannot_play_anothers_session(casino: FakeCasino, table: Table) -> None:
    other = lay_table(casino)
    body = {
        "providerSessionId": table.session.provider_session_id,
        "sessionToken": table.session.session_token,
        "playerId": table.session.customer.player_id,
    }
    answer = post_signed("/provider/simulate", body, other.session.casino)
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")
    assert casino.asked == []


def test_the_secret_of_the_other_direction_is_refused(table: Table) -> None:
    raw = json.dumps({"providerSessionId": table.session.provider_session_id}).encode()
    signature = sign(table.session.casino.casino_secrets, raw)
    answer = post("/provider/simulate", raw, **{PROVIDER_SIGNATURE: signature})
    assert (answer.status, answer.code) == (401, "INVALID_SIGNATURE")


def test_a_casino_that_is_not_served_begins_nothing(table: Table) -> None:
    table.simulate(runId="before", bets=[10], wins=[0])
    table.session.casino.enabled = False
    table.session.casino.save()
    answer = table.simulate(runId="after")
    assert (answer.status, answer.code) == (403, "PROVIDER_DISABLED")
    assert not Run.objects.filter(casino=table.session.casino, run_id="after").exists()
    assert table.simulate(runId="before", bets=[10], wins=[0]).status == 200


def test_a_withdrawn_game_begins_nothing(table: Table) -> None:
    table.session.game.is_active = False
    table.session.game.save()
    answer = table.simulate(runId="r1")
    assert (answer.status, answer.code) == (403, "GAME_INACTIVE")
    assert table.casino.asked == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("bets", [], "must have 1 to 20 amounts"),
        ("bets", [1] * 21, "must have 1 to 20 amounts"),
        ("bets", [0], "must be at least 1"),
        ("bets", [1.0], "must be an integer in minor units"),
        ("bets", [True], "must be an integer in minor units"),
        ("bets", ["1"], "must be an integer in minor units"),
        ("bets", [2**63], "must be at most 9223372036854775807"),
        ("bets", 5, "must be a list of integers in minor units"),
        ("wins", [-1], "must be at least 0"),
        ("wins", [0] * 21, "must have 0 to 20 amounts"),
        ("rollbackBet", 0, "must be at least 1"),
        ("runId", "x" * 65, "must have 1 to 64 characters"),
        ("runId", "a b", "must have visible characters only"),
        ("runId", "a\u0000b", "must have visible characters only"),
        ("playerId", None, "must not be null"),
    ],
)
def test_a_wrong_field_is_named(table: Table, field: str, value: Any, message: str) -> None:
    answer = table.simulate(**{field: value})
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["errors"] == {field: [message]}
    assert table.casino.asked == []


def test_bets_beyond_every_balance_are_refused_by_the_casino(table: Table) -> None:
    """The draw for a bet of 2**63 - 1 must not overflow the column of payouts either."""
    table.session.game.pay_table = [{"show": ["seven"], "weight": 1, "pays": 5000}]
    table.session.game.save()
    answer = table.simulate(runId="r1", bets=[2**63 - 1])
    assert answer.status == 200
    assert answer.steps[1] == ("debit", 402)
    assert table.run("r1").wins == [2**63 - 1]
