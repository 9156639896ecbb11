"""POST /casino/simulateRound over two services: a whole round, and repetitions of it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from config.wire.tokens import token_digest
from tests.casino_world import Answer
from tests.end_to_end.two_services import DEFAULT_PLAYER, TwoServices
from tests.factories import unique
from tests.races.together import together


def names(answer: Answer) -> list[str]:
    return [step["step"] for step in answer.body["steps"]]


def transaction_ids(answer: Answer) -> list[str]:
    return [
        step["request"]["transactionId"]
        for step in answer.body["steps"]
        if step["step"] != "getBalance"
    ]


def is_settled(answer: Answer) -> bool:
    body = answer.body
    assert answer.status == 200, body
    assert (body["status"], body["outcome"]) == ("success", "completed")
    assert body["closingBalance"] == body["expectedBalance"]
    assert body["consistent"] is True
    return all(step["httpStatus"] == 200 for step in body["steps"])


def test_without_a_body_it_plays_the_default_round(services: TwoServices) -> None:
    before = services.balance()
    answer = services.post("simulateRound")

    assert is_settled(answer)
    assert set(answer.body) >= {
        "status", "runId", "session", "steps", "openingBalance", "closingBalance",
        "expectedBalance", "consistent", "outcome",
    }  # fmt: skip
    assert answer.body["session"]["playerId"] == DEFAULT_PLAYER
    assert answer.body["openingBalance"] == before
    assert answer.body["closingBalance"] == services.balance()
    for step in answer.body["steps"]:
        assert set(step) >= {"step", "request", "httpStatus", "response", "durationMs"}


def test_the_script_is_balance_bets_wins_a_bet_its_rollback_balance(services: TwoServices) -> None:
    answer = services.simulate(bets=[500, 300], wins=[700, 0], rollbackBet=90)

    assert is_settled(answer)
    assert names(answer) == [
        "getBalance", "debit", "debit", "credit", "credit", "debit", "rollback", "getBalance",
    ]  # fmt: skip
    debits = [step for step in answer.body["steps"] if step["step"] == "debit"]
    payouts = [step for step in answer.body["steps"] if step["step"] == "credit"]
    assert [step["request"]["amount"] for step in debits] == [500, 300, 90]
    assert [step["request"]["amount"] for step in payouts] == [700, 0]
    rounds = [step["request"]["roundId"] for step in debits]
    assert rounds[0] == rounds[1] != rounds[2]
    (rollback,) = (step for step in answer.body["steps"] if step["step"] == "rollback")
    assert rollback["request"]["originalTransactionId"] == debits[2]["request"]["transactionId"]
    assert rollback["response"]["rolledBack"] is True
    assert answer.body["closingBalance"] == answer.body["openingBalance"] - 800 + 700


def test_every_step_shows_what_the_casino_answered(services: TwoServices) -> None:
    answer = services.simulate(bets=[500], wins=[200], rollbackBet=90)

    balance = answer.body["openingBalance"]
    told = [step["response"]["balance"] for step in answer.body["steps"]]
    assert told == [
        balance, balance - 500, balance - 300, balance - 390, balance - 300, balance - 300,
    ]  # fmt: skip
    assert all(step["durationMs"] > 0 for step in answer.body["steps"])


def test_both_sides_keep_the_same_account(services: TwoServices) -> None:
    answer = services.simulate(bets=[500, 300], wins=[700], rollbackBet=90)
    session = answer.body["session"]["sessionId"]

    at_casino = services.movements(session)
    at_provider = services.provider.rows(
        "SELECT transaction_id, bet_type, amount FROM provider_bets "
        "WHERE transaction_id = ANY(%(ids)s) ORDER BY id",
        ids=transaction_ids(answer),
    )
    kinds = {"DEBIT": "BET", "CREDIT": "WIN", "ROLLBACK": "ROLLBACK"}
    assert [(name, kinds[kind], amount) for name, kind, amount in at_provider] == at_casino
    assert [name for name, _, _ in at_casino] == transaction_ids(answer)


def test_each_service_has_its_own_tables_in_its_own_database(services: TwoServices) -> None:
    query = (
        "SELECT DISTINCT split_part(table_name, '_', 1) FROM information_schema.tables "
        "WHERE table_name ~ '^(casino|provider)_'"
    )

    assert services.casino.rows(query) == [("casino",)]
    assert services.provider.rows(query) == [("provider",)]


def test_player_game_and_currency_may_be_chosen(services: TwoServices) -> None:
    answer = services.simulate(playerId="player-007", gameId="neon-dice", currency="USD")

    assert is_settled(answer)
    session = answer.body["session"]
    assert (session["playerId"], session["gameId"], session["currency"]) == (
        "player-007",
        "neon-dice",
        "USD",
    )
    assert answer.body["openingBalance"] == 50_000
    assert services.balance("player-007", "USD") == answer.body["closingBalance"]
    assert services.balance("player-007", "EUR") == 100_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"playerId": "nobody"}, "PLAYER_NOT_FOUND"),
        ({"gameId": "nothing"}, "GAME_NOT_FOUND"),
        ({"currency": "KWD"}, "WALLET_NOT_FOUND"),
    ],
)
def test_who_or_what_is_unknown_is_not_found(
    services: TwoServices, fields: dict[str, str], code: str
) -> None:
    answer = services.simulate(**fields)

    assert (answer.status, answer.code) == (404, code)


# ---- a refused step -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("bets", "status", "code"),
    [
        ([500, 10_000_000], 422, "BET_LIMIT"),
        ([500, 1], 422, "BET_LIMIT"),
        ([99_000, 99_000], 402, "INSUFFICIENT_FUNDS"),
    ],
)
def test_a_refused_step_ends_the_script_and_gives_the_open_bets_back(
    services: TwoServices, bets: list[int], status: int, code: str
) -> None:
    before = services.balance("player-002")

    answer = services.simulate(playerId="player-002", bets=bets, wins=[100], rollbackBet=50)

    assert (answer.status, answer.body["outcome"]) == (200, "refused")
    assert names(answer) == ["getBalance", "debit", "debit", "rollback", "getBalance"]
    refused = answer.body["steps"][2]
    assert (refused["httpStatus"], refused["response"]["code"]) == (status, code)
    assert answer.body["closingBalance"] == answer.body["openingBalance"] == before
    assert answer.body["consistent"] is True
    assert services.balance("player-002") == before


def test_a_payout_past_the_largest_balance_is_refused_and_the_bets_given_back(
    services: TwoServices,
) -> None:
    before = services.balance("player-002")

    answer = services.simulate(playerId="player-002", bets=[500], wins=[2**63 - 1])

    assert (answer.status, answer.body["outcome"]) == (200, "refused")
    assert names(answer) == ["getBalance", "debit", "credit", "rollback", "getBalance"]
    assert answer.body["steps"][2]["response"]["code"] == "INVALID_REQUEST"
    assert answer.body["consistent"] is True
    assert services.balance("player-002") == before


@pytest.mark.parametrize("run_id", ["😀" * 64, "../..//%2e?#&", "'\";--", "Ru\u0308n-名前"])
def test_any_visible_characters_make_a_run_id(services: TwoServices, run_id: str) -> None:
    run_id = (unique("")[1:9] + run_id)[:64]
    first, again = (services.simulate(runId=run_id, playerId="player-010") for _ in "12")

    assert is_settled(first)
    assert is_settled(again)
    assert first.body["runId"] == run_id
    assert transaction_ids(again) == transaction_ids(first)


# ---- the same run again -------------------------------------------------------------------------
def test_a_run_again_moves_nothing_and_says_so(services: TwoServices) -> None:
    run: dict[str, Any] = {"runId": unique("run"), "bets": [500, 300], "wins": [900]}
    first = services.simulate(**run)
    assert is_settled(first)
    balance = services.balance()

    again = services.simulate(**run)

    assert is_settled(again)
    assert transaction_ids(again) == transaction_ids(first)
    assert again.body["session"]["sessionId"] == first.body["session"]["sessionId"]
    assert all(step["replayed"] for step in again.body["steps"] if step["step"] != "getBalance")
    assert not any(step["replayed"] for step in first.body["steps"])
    assert [step["response"] for step in again.body["steps"]] == [
        step["response"] for step in first.body["steps"]
    ]
    assert services.balance() == balance
    assert len(services.movements(first.body["session"]["sessionId"])) == 5


def test_a_refused_run_again_is_the_same_refusal(services: TwoServices) -> None:
    run = {"runId": unique("run"), "playerId": "player-003", "bets": [500, 1]}
    before = services.balance("player-003")

    first, again = services.simulate(**run), services.simulate(**run)

    for answer in (first, again):
        assert (answer.status, answer.body["outcome"]) == (200, "refused")
        assert answer.body["consistent"] is True
    assert transaction_ids(again) == transaction_ids(first)
    assert services.balance("player-003") == before


@pytest.mark.parametrize(
    "other",
    [
        {"bets": [501]},
        {"bets": [500, 500]},
        {"wins": [1]},
        {"rollbackBet": 51},
        {"playerId": "player-005"},
        {"gameId": "neon-dice"},
        {"currency": "USD"},
    ],
    ids=str,
)
def test_a_run_again_with_other_arguments_is_a_conflict(
    services: TwoServices, other: dict[str, Any]
) -> None:
    run = {"runId": unique("run"), "playerId": "player-004", "bets": [500], "wins": [0]}
    first = services.simulate(**run)
    balance = services.balance("player-004")

    answer = services.simulate(**{**run, **other})

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert services.balance("player-004") == balance
    assert transaction_ids(services.simulate(**run)) == transaction_ids(first)


def test_one_run_many_times_at_once_is_played_once(services: TwoServices) -> None:
    run = {"runId": unique("run"), "playerId": "player-006", "bets": [500], "wins": [200]}
    answers = together([partial(patiently, services, run) for _ in range(6)])

    assert all(is_settled(answer) for answer in answers)
    assert len({tuple(transaction_ids(answer)) for answer in answers}) == 1
    assert len({answer.body["session"]["sessionId"] for answer in answers}) == 1
    assert len(services.movements(answers[0].body["session"]["sessionId"])) == 4
    assert services.balance("player-006") == 100_000 - 500 + 200


def patiently(services: TwoServices, run: dict[str, Any]) -> Answer:
    """Send again while the casino is busy, as the contract tells callers to do."""
    while (answer := services.simulate(**run)).status == 503:
        assert int(answer.headers["Retry-After"]) >= 1
    return answer


def test_twenty_rounds_at_once_on_one_wallet_are_all_consistent(services: TwoServices) -> None:
    before = services.balance()
    run: dict[str, Any] = {"bets": [500, 300], "wins": [100], "rollbackBet": 90}
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: patiently(services, dict(run)), range(20)))

    assert all(is_settled(answer) for answer in answers)
    assert len({name for answer in answers for name in transaction_ids(answer)}) == 20 * 5
    assert services.balance() == before - 20 * 700


# ---- launchGame ---------------------------------------------------------------------------------
def test_a_game_is_launched_at_the_provider(services: TwoServices) -> None:
    choice = {"playerId": "67fff5c", "gameId": "lucky-sevens", "currency": "INR"}
    answer = services.post("launchGame", choice)

    assert answer.status == 200
    assert answer.body["launchUrl"].startswith(services.provider.url)
    assert answer.body["balance"] == services.balance("67fff5c", "INR")
    rows = services.provider.rows(
        "SELECT session_token_digest FROM provider_sessions WHERE provider_session_id = %(id)s",
        id=answer.body["providerSessionId"],
    )
    assert rows == [(token_digest(answer.body["sessionToken"]),)]
