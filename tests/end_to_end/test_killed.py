"""A server is killed in the middle of a run; when it is asked again, it continues the run.

Somebody else holds the player's wallet, so that the run stops at a known step.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from tests.casino_world import Answer
from tests.end_to_end.two_services import Service, TwoServices
from tests.factories import unique

PLAYER = "player-008"
# Steps of the run below: 2 is its second bet, 3 the payout, 5 the rollback of the bet before.
STEPS = [2, 3, 5]


@pytest.fixture
def run() -> dict[str, Any]:
    return {
        "runId": unique("run"),
        "playerId": PLAYER,
        "bets": [500, 300],
        "wins": [200],
        "rollbackBet": 90,
    }


def play(services: TwoServices, run: dict[str, Any]) -> Answer | None:
    """Return None if the connection broke."""
    try:
        return services.simulate(**run)
    except urllib3.exceptions.HTTPError:
        return None


def killed_at(
    step: int, services: TwoServices, run: dict[str, Any], victim: Service
) -> Answer | None:
    """Kill ``victim`` while the run waits at its movement number ``step``, and start it again."""
    with ThreadPoolExecutor(1) as threads, services.wallet_held(PLAYER) as lock:
        running: Future[Answer | None] = threads.submit(play, services, run)
        for _ in range(1, step):
            lock.wait_for_waiting(1)
            lock.let_one_by()
        lock.wait_for_waiting(1)
        assert services.movements_of_run(run["runId"]) == step - 1
        victim.kill()
        lock.release()
        answer = running.result(timeout=60)
    victim.restart()
    return answer


def is_played_once(services: TwoServices, answer: Answer, before: int) -> bool:
    """Whether every movement of the script was made once."""
    body = answer.body
    assert answer.status == 200, body
    assert (body["outcome"], body["consistent"]) == ("completed", True)
    movements = services.movements(body["session"]["sessionId"])
    assert [(kind, amount) for _, kind, amount in movements] == [
        ("BET", 500),
        ("BET", 300),
        ("WIN", 200),
        ("BET", 90),
        ("ROLLBACK", 90),
    ]
    assert len({name for name, _, _ in movements}) == 5
    assert totals_of_rounds(services, body["runId"]) == [(800, 200), (0, 0)]
    return services.balance(PLAYER) == before - 600


def is_taken_back(services: TwoServices, answer: Answer, before: int) -> bool:
    """Whether the bets were rolled back, and one without an answer has a tombstone."""
    body = answer.body
    assert answer.status == 200, body
    assert (body["outcome"], body["consistent"]) == ("refused", True)
    movements = services.movements(body["session"]["sessionId"])
    moved = [(kind, amount) for _, kind, amount in movements if amount]
    bets = [amount for kind, amount in moved if kind == "BET"]
    rollbacks = [amount for kind, amount in moved if kind == "ROLLBACK"]
    assert sorted(bets) == sorted(rollbacks)
    assert len(moved) == 2 * len(bets)
    assert body["closingBalance"] == before
    assert set(totals_of_rounds(services, body["runId"])) == {(0, 0)}
    return services.balance(PLAYER) == before


def totals_of_rounds(services: TwoServices, run_id: str) -> list[tuple[int, int]]:
    """The stakes and payouts of each round of the run, as the provider recorded them."""
    return services.provider.rows(
        "SELECT total_bet_amount, total_payout_amount FROM provider_game_rounds "
        "WHERE starts_with(round_id, %(run)s) ORDER BY round_id",
        run=run_id,
    )


@pytest.mark.parametrize("step", STEPS)
def test_the_casino_is_killed_in_the_middle_of_a_run(
    services: TwoServices, run: dict[str, Any], step: int
) -> None:
    """The provider may give up a bet that gets no answer, but never a payout."""
    before = services.balance(PLAYER)

    assert killed_at(step, services, run, services.casino) is None
    first, second = services.simulate(**run), services.simulate(**run)

    may_be_given_up = step <= 2 and first.body["outcome"] == "refused"
    for answer in (first, second):
        is_settled = is_taken_back if may_be_given_up else is_played_once
        assert is_settled(services, answer, before)


@pytest.mark.parametrize("step", STEPS)
def test_the_provider_is_killed_in_the_middle_of_a_run(
    services: TwoServices, run: dict[str, Any], step: int
) -> None:
    before = services.balance(PLAYER)

    answer = killed_at(step, services, run, services.provider)

    assert answer is not None
    assert (answer.status, answer.code) == (502, "PROVIDER_UNAVAILABLE")
    assert is_played_once(services, services.simulate(**run), before)
    assert is_played_once(services, services.simulate(**run), before)


def test_a_run_that_was_cut_off_is_played_on_beside_serving(
    services: TwoServices, run: dict[str, Any]
) -> None:
    """Nobody asks for it again, and nobody starts a recovery."""
    before = services.balance(PLAYER)
    services.provider.environment["PROVIDER_RECOVERY_GRACE_SECONDS"] = "0"
    try:
        killed_at(3, services, run, services.provider)
        give_up_at = time.monotonic() + 60
        while not is_finished(services, run) and time.monotonic() < give_up_at:
            time.sleep(0.2)
    finally:
        del services.provider.environment["PROVIDER_RECOVERY_GRACE_SECONDS"]

    assert is_finished(services, run)
    assert services.balance(PLAYER) == before - 600
    assert services.movements_of_run(run["runId"]) == 5


def is_finished(services: TwoServices, run: dict[str, Any]) -> bool:
    query = "SELECT status = 'FINISHED' FROM provider_runs WHERE run_id = %(run)s"
    return services.provider.rows(query, run=run["runId"]) == [(True,)]


def test_without_its_provider_the_casino_says_so(services: TwoServices) -> None:
    services.provider.end()
    try:
        launched = services.post(
            "launchGame", {"playerId": PLAYER, "gameId": "lucky-sevens", "currency": "EUR"}
        )
        simulated = services.simulate(playerId=PLAYER)
    finally:
        services.provider.start()

    assert (launched.status, launched.code) == (502, "PROVIDER_UNAVAILABLE")
    assert (simulated.status, simulated.code) == (502, "PROVIDER_UNAVAILABLE")
    assert services.simulate(playerId=PLAYER).body["consistent"] is True


def test_a_provider_with_another_secret_moves_no_money(services: TwoServices) -> None:
    """The casino accepts none of its callbacks, and the run says so."""
    before = services.balance(PLAYER)
    services.provider.end()
    own = services.provider.environment["CASINO_SECRET"]
    services.provider.environment["CASINO_SECRET"] = "not-the-casinos"
    services.provider.start()
    try:
        answer = services.simulate(playerId=PLAYER)
    finally:
        services.provider.environment["CASINO_SECRET"] = own
        services.provider.restart()

    assert answer.status in (200, 502, 504)
    assert answer.body.get("outcome") != "completed"
    assert services.balance(PLAYER) == before
