"""The service answers as the contract says, whatever is sent, in any order and at any time.

A model of the contract, written only from its text, gets the same requests as two real servers.
Every answer, every balance, and at the end of each world every history and the audit must agree.
"""

from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from tests.oracle.house import House, open_house
from tests.oracle.machine import Machine
from tests.oracle.mutants import MUTANTS
from tests.oracle.oracle import Oracle
from tests.oracle.trial import Disagreement, Tally
from tests.reliability import Measure

WORLDS = 9
STEPS_A_WORLD = 100
GENERATE = (Phase.generate,)
MUST_HAPPEN = {
    f"{endpoint} 200"
    for endpoint in ("casino/debit", "casino/credit", "casino/rollback", "casino/launchGame")
} | {"event 200", "transaction 200", "casino/debit 409 TRANSACTION_ROLLED_BACK"}
_seen: set[int] = set()
"""Digests of the states of this whole run."""


@pytest.fixture(scope="module")
def house(database: None, no_rate_limits: None, one_key_for_secrets: None) -> Iterator[House]:
    with open_house() as house:
        yield house


def run(
    house: House,
    seed: int,
    tally: Tally,
    oracle: type[Oracle] = Oracle,
    *,
    phases: tuple[Phase, ...] = GENERATE,
) -> None:
    """Drive the service and the model through some worlds. Raises Disagreement."""
    machine = type("Machine", (Machine,), {"house": house, "tally": tally, "oracle": oracle})
    profile = settings(
        phases=phases,
        max_examples=WORLDS,
        stateful_step_count=STEPS_A_WORLD,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=profile)
    except Flaky as flaky:
        # It did not happen again with the same requests, because it depends on who won a race.
        if tally.disagreement is None:
            raise
        raise tally.disagreement from flaky


@pytest.mark.seeds(ci=1, long=24)
@pytest.mark.timeout(600)
def test_it_answers_as_the_model_does(
    house: House, seed: int, measure: Measure, request: pytest.FixtureRequest
) -> None:
    # With one seed there is time to find the shortest way to the error.
    is_given = request.config.getoption("--seed") is not None
    tally = Tally()
    try:
        run(house, seed, tally, phases=(*GENERATE, Phase.shrink) if is_given else GENERATE)
    except Disagreement as disagreement:
        disagreement.add_note(
            f"Seed {seed}. To run it again, with fewer steps if they suffice: "
            f"scripts/test tests/oracle/test_oracle.py --seed {seed}"
        )
        raise
    finally:
        _report(tally, measure)
    assert tally.answers.keys() >= MUST_HAPPEN, "what was never tried proves nothing"


def _report(tally: Tally, measure: Measure) -> None:
    new = tally.states - _seen
    _seen.update(new)
    measure("steps of the reference model", tally.steps)
    measure("states explored", len(new))
    measure("cents lost", tally.cents_lost)
    measure("movements doubled", tally.movements_doubled)
    measure("answers 500", tally.answers_500)
    measure("audits failed", tally.audits_failed)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
@pytest.mark.timeout(600)
def test_it_finds_a_rule_that_was_misread(house: House, mutant: type[Oracle]) -> None:
    """Compared with a wrong model, the service must differ."""
    with pytest.raises(Disagreement):
        run(house, 0, Tally(), mutant)
