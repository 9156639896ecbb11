"""POST /provider/simulate: the scripted round and its transcript."""

from typing import Any

from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import refusal
from tests.provider.table import (
    OPENING,
    Table,
    lay_table,
    make_session,
)

WHOLE_SCRIPT = [
    ("getBalance", 200),
    ("debit", 200),
    ("debit", 200),
    ("credit", 200),
    ("debit", 200),
    ("rollback", 200),
    ("getBalance", 200),
]


def test_it_plays_the_script_and_adds_up(table: Table) -> None:
    answer = table.simulate(runId="r1", bets=[1000, 500], wins=[2000], rollbackBet=300)

    assert answer.status == 200, answer.body
    assert answer.steps == WHOLE_SCRIPT
    assert {name: answer.body[name] for name in answer.body if name != "steps"} == {
        "status": "success",
        "runId": "r1",
        "outcome": "completed",
        "openingBalance": OPENING,
        "closingBalance": OPENING + 500,
        "expectedBalance": OPENING + 500,
        "consistent": True,
    }
    assert table.balance == OPENING + 500
    assert table.rounds("r1") == ["SETTLED", "VOID"]
    assert [step["replayed"] for step in answer.body["steps"]] == [False] * 7
    assert [step["attempts"] for step in answer.body["steps"]] == [1] * 7


def test_each_step_shows_what_was_sent_and_what_was_answered(table: Table) -> None:
    answer = table.simulate(runId="r1", bets=[1000], wins=[700], rollbackBet=300)

    for step, asked in zip(answer.body["steps"], table.casino.requests(), strict=True):
        assert asked.path == f"/casino/{step['step']}"
        assert step["request"] == asked.body
        assert step["durationMs"] > 0
    _, bet, win, second_bet, rollback, _ = answer.body["steps"]
    name = bet["request"]["transactionId"].removesuffix("bet-1")
    assert name.startswith("r1.")
    assert bet["request"] == {
        "sessionToken": table.session.session_token,
        "transactionId": f"{name}bet-1",
        "roundId": f"{name}round-1",
        "amount": 1000,
        "currency": "EUR",
    }
    assert bet["response"]["balance"] == OPENING - 1000
    assert win["request"] == {
        **bet["request"],
        "transactionId": f"{name}win-1",
        "amount": 700,
        "relatedTransactionId": f"{name}bet-1",
    }
    assert second_bet["request"]["roundId"] == f"{name}round-2"
    assert rollback["request"] == {
        "sessionToken": table.session.session_token,
        "transactionId": f"{name}bet-2.rollback",
        "roundId": f"{name}round-2",
        "originalTransactionId": f"{name}bet-2",
    }


def test_every_argument_has_a_default_that_fits_the_game(table: Table) -> None:
    answer = table.simulate()

    assert answer.status == 200
    assert len(answer.body["runId"]) == 32
    run = table.run(answer.body["runId"])
    assert (run.bets, run.rollback_bet) == ([1000, 500], 100)
    assert len(run.wins) == len(run.shown) == 2
    assert answer.body["consistent"] is True
    assert table.balance == OPENING - 1500 + sum(run.wins)


def test_the_default_wins_are_drawn_from_the_run_id(casino: FakeCasino, table: Table) -> None:
    """A run keeps its draw, which depends only on its casino and its id."""
    first = table.run(table.simulate(runId="the-same").body["runId"])
    other_player = Table(casino, make_session(table.session.casino, game=table.session.game))
    other_player.balance = OPENING
    pays = table.session.game.pays
    for run in (first, other_player.run(other_player.simulate(runId="another").body["runId"])):
        lines = [pays.draw(seed=bytes.fromhex(run.seed), number=number) for number in (1, 2)]
        assert run.wins == [
            line.payout_minor(bet) for line, bet in zip(lines, run.bets, strict=True)
        ]
        assert run.shown == [list(line.show) for line in lines]


def test_no_wins_is_a_lost_round(table: Table) -> None:
    answer = table.simulate(runId="r1", bets=[1000], wins=[], rollbackBet=1)

    credit = answer.body["steps"][2]
    assert (credit["step"], credit["request"]["amount"]) == ("credit", 0)
    assert answer.body["closingBalance"] == OPENING - 1000
    assert answer.body["consistent"] is True
    assert table.rounds("r1") == ["SETTLED", "VOID"]


def test_twenty_bets_and_twenty_wins_are_played(table: Table) -> None:
    answer = table.simulate(bets=[1] * 20, wins=[2] * 20, rollbackBet=1)

    assert len(answer.body["steps"]) == 1 + 20 + 20 + 2 + 1
    assert answer.body["closingBalance"] == OPENING + 20


def test_more_wins_than_bets_belong_to_the_last_bet(table: Table) -> None:
    table.simulate(runId="r1", bets=[1, 1], wins=[5, 6, 7], rollbackBet=1)

    related = [asked.body["relatedTransactionId"] for asked in table.casino.requests("credit")]
    bets = [table.name("r1", f"bet-{number}") for number in (1, 2)]
    assert related == [bets[0], bets[1], bets[1]]


def test_a_refused_bet_ends_the_script_and_open_bets_are_rolled_back(table: Table) -> None:
    answer = table.simulate(runId="r1", bets=[60_000, 30_000, 60_000, 5], wins=[1])

    assert answer.status == 200
    assert answer.body["outcome"] == "refused"
    assert answer.steps == [
        ("getBalance", 200),
        ("debit", 200),
        ("debit", 200),
        ("debit", 402),
        ("rollback", 200),
        ("rollback", 200),
        ("getBalance", 200),
    ]
    assert answer.body["steps"][3]["response"] == {
        "status": "error",
        "code": "INSUFFICIENT_FUNDS",
        "message": "insufficient_funds",
        "balance": 10_000,
    }
    assert answer.body["closingBalance"] == answer.body["expectedBalance"] == OPENING
    assert answer.body["consistent"] is True
    assert table.balance == OPENING
    assert table.rounds("r1") == ["VOID"]
    assert table.statuses("r1") == [
        ("DEBIT", "VOIDED"),
        ("DEBIT", "VOIDED"),
        ("DEBIT", "REFUSED"),
        ("ROLLBACK", "ACCEPTED"),
        ("ROLLBACK", "ACCEPTED"),
    ]


def test_a_refused_bet_of_the_second_round_leaves_the_first_settled(table: Table) -> None:
    answer = table.simulate(runId="r1", bets=[1000], wins=[50], rollbackBet=OPENING)

    assert answer.body["outcome"] == "refused"
    assert answer.steps[3:] == [("debit", 402), ("getBalance", 200)]
    assert table.balance == OPENING - 950
    assert table.rounds("r1") == ["SETTLED", "VOID"]


def test_a_refused_payout_ends_the_script_and_the_bets_are_rolled_back(table: Table) -> None:
    table.casino.misbehave("credit", refusal(409, "TRANSACTION_CONFLICT"))
    answer = table.simulate(runId="r1", bets=[1000], wins=[50])

    assert answer.body["outcome"] == "refused"
    assert answer.steps == [
        ("getBalance", 200),
        ("debit", 200),
        ("credit", 409),
        ("rollback", 200),
        ("getBalance", 200),
    ]
    assert table.balance == OPENING
    assert answer.body["consistent"] is True


def test_a_refused_rollback_leaves_the_bet_and_says_so(table: Table) -> None:
    table.casino.misbehave("rollback", refusal(409, "ROLLBACK_NOT_ALLOWED"))
    answer = table.simulate(runId="r1", bets=[1000], wins=[1000], rollbackBet=400)

    assert answer.body["outcome"] == "refused"
    assert answer.steps[-2:] == [("rollback", 409), ("getBalance", 200)]
    assert answer.body["closingBalance"] == answer.body["expectedBalance"] == OPENING - 400
    assert answer.body["consistent"] is True
    assert table.statuses("r1")[-2:] == [("DEBIT", "VOIDING"), ("ROLLBACK", "REFUSED")]
    assert table.rounds("r1") == ["SETTLED", "OPEN"]


def test_a_balance_refused_at_the_start_stakes_nothing(table: Table) -> None:
    table.casino.misbehave("getBalance", refusal(404, "SESSION_NOT_FOUND"))
    answer = table.simulate(runId="r1")

    assert answer.status == 200
    assert answer.steps == [("getBalance", 404)]
    assert answer.body["outcome"] == "refused"
    assert answer.body["openingBalance"] is None
    assert answer.body["closingBalance"] is None
    assert table.bets("r1") == []


def test_a_balance_that_does_not_fit_is_reported_as_inconsistent(table: Table) -> None:
    def take_a_cent(path: str, _body: Any) -> None:
        if path == "/casino/rollback":
            table.balance -= 1

    table.casino.on_request = take_a_cent
    answer = table.simulate(bets=[10], wins=[10])

    assert answer.body["closingBalance"] == OPENING - 1
    assert answer.body["expectedBalance"] == OPENING
    assert answer.body["consistent"] is False


def test_it_sends_the_provider_code_where_the_casino_has_one(casino: FakeCasino) -> None:
    table = lay_table(casino)
    table.simulate(bets=[1])
    assert "x-provider-code" not in casino.asked[0].headers
    table.session.casino.provider_code = "we-here"
    table.session.casino.save()
    table.simulate(bets=[1])
    assert casino.asked[-1].headers["x-provider-code"] == "we-here"
