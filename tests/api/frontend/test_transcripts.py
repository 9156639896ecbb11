"""A provider's transcript reaches the caller only in its documented form, and checked."""

from typing import Any

import pytest

from tests.api.frontend.player import LAUNCHED, Player, says
from tests.api.frontend.simulating import TRANSCRIPT, plays, simulate, then
from tests.factories import unique

STEP = {
    "step": "debit", "request": {}, "httpStatus": 200, "response": {}, "durationMs": 1.5,
    "replayed": False, "attempts": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"openingBalance": True, "closingBalance": False},
        {"steps": "none"},
        {"steps": [None]},
        {"steps": [{**STEP, "attempts": "1"}]},
        {"consistent": "yes"},
        {"steps": [{**STEP, "step": "refund"}]},
        {"steps": [{**STEP, "httpStatus": 10**30}]},
        {"outcome": None},
        {"outcome": "won"},
        {"openingBalance": -1, "closingBalance": -1, "expectedBalance": -1},
        dict.fromkeys(("openingBalance", "closingBalance", "expectedBalance"), 10**30),
        {"status": "ok"},
    ],
    ids=str,
)
def test_a_transcript_of_another_form_is_no_answer(player: Player, changes: dict[str, Any]) -> None:
    with player.provider_that(then(says(LAUNCHED), plays(**changes))):
        answer = simulate(player)

    assert (answer.status, answer.code) == (502, "PROVIDER_UNAVAILABLE")


@pytest.mark.parametrize("name", [name for name in TRANSCRIPT if name != "status"])
def test_a_transcript_that_lacks_a_field_is_no_answer(player: Player, name: str) -> None:
    run_id = unique("run")
    whole = {**TRANSCRIPT, "runId": run_id}
    cut = {key: value for key, value in whole.items() if key != name}
    with player.provider_that(then(says(LAUNCHED), says(cut))):
        answer = simulate(player, runId=run_id)

    assert (answer.status, answer.code) == (502, "PROVIDER_UNAVAILABLE")


def test_steps_are_passed_on(player: Player) -> None:
    with player.provider_that(then(says(LAUNCHED), plays(steps=[STEP]))):
        assert simulate(player).body["steps"] == [STEP]


def test_a_provider_that_calls_a_wrong_sum_consistent_is_not_believed(player: Player) -> None:
    with player.provider_that(then(says(LAUNCHED), plays(expectedBalance=99_000))):
        answer = simulate(player)

    assert (answer.status, answer.body["consistent"]) == (200, False)


def test_a_transcript_of_another_run_is_no_answer(player: Player) -> None:
    other = plays(runId="other", openingBalance=1, closingBalance=200, expectedBalance=200)
    with player.provider_that(then(says(LAUNCHED), other)):
        answer = simulate(player, runId=unique("run"))

    assert (answer.status, answer.code) == (502, "PROVIDER_UNAVAILABLE")
    assert "The provider's transcript is about another run." in answer.body["message"]
