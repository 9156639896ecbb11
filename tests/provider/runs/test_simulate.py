"""POST /provider/simulate: the scripted round and its transcript."""

import json
from dataclasses import replace
from typing import Any

import pytest

from config.wire.signing import PROVIDER_SIGNATURE, sign
from provider.models import Run
from tests.provider.fake_casino import FakeCasino, refusal
from tests.provider.table import (
    OPENING,
    Table,
    lay_table,
    make_session,
    post,
    post_signed,
    unique,
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
    """A run keeps its draw; only its own casino and id decide it."""
    first = table.run(table.simulate(runId="the-same").body["runId"])
    other_player = Table(casino, make_session(table.session.casino, game=table.session.game))
    other_player.balance = OPENING
    pays = table.session.game.pays
    for run in (first, other_player.run(other_player.simulate(runId="another").body["runId"])):
        lines = [pays.draw(bytes.fromhex(run.seed), number) for number in (1, 2)]
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


# ---- a run again ---------------------------------------------------------------------------


def test_a_run_again_moves_nothing_and_tells_its_replays(table: Table) -> None:
    arguments = {"runId": "r1", "bets": [1000, 500], "wins": [2000], "rollbackBet": 300}
    first = table.simulate(**arguments)
    moved = table.casino.moved("")
    second = table.simulate(**arguments)

    assert second.status == 200
    assert table.casino.moved("") == moved
    assert table.balance == OPENING + 500
    assert second.steps == first.steps
    assert [step["response"] for step in second.body["steps"]] == [
        step["response"] for step in first.body["steps"]
    ]
    assert [step["replayed"] for step in second.body["steps"]] == [True] * 7
    assert [step["attempts"] for step in second.body["steps"]] == [1, 2, 2, 2, 2, 2, 1]
    assert len(table.casino.requests("getBalance")) == 2
    assert second.body["consistent"] is True


def test_a_refused_run_again_sends_nothing_that_was_refused(table: Table) -> None:
    arguments = {"runId": "r1", "bets": [60_000, 60_000]}
    first = table.simulate(**arguments)
    table.balance += 1_000_000  # now it would be taken
    second = table.simulate(**arguments)

    assert second.steps == first.steps
    assert second.body["outcome"] == "refused"
    assert second.body["consistent"] is True
    refused = table.name("r1", "bet-2")
    sent = [asked.body["transactionId"] for asked in table.casino.requests("debit")]
    assert sent.count(refused) == 1
    assert table.balance == OPENING + 1_000_000


def test_a_casino_that_answers_otherwise_than_before_is_inconsistent(table: Table) -> None:
    table.simulate(runId="r1", bets=[1000], wins=[2000])
    moved = table.casino.moved("debit")[0]
    booked = table.casino.books[moved]
    answer = {**booked.answer, "balance": booked.answer["balance"] + 1}
    table.casino.books[moved] = replace(booked, answer=answer)
    again = table.simulate(runId="r1", bets=[1000], wins=[2000])

    assert again.status == 200
    assert again.body["closingBalance"] == again.body["expectedBalance"]
    assert again.body["consistent"] is False


def test_a_casino_that_refuses_what_it_accepted_is_inconsistent(table: Table) -> None:
    table.simulate(runId="r1", bets=[1000], wins=[2000])
    table.casino.misbehave("debit", refusal(409, "TRANSACTION_CONFLICT"))
    again = table.simulate(runId="r1", bets=[1000], wins=[2000])

    assert again.steps[1] == ("debit", 409)
    assert again.body["consistent"] is False
    assert table.statuses("r1")[0] == ("DEBIT", "ACCEPTED")


@pytest.mark.parametrize(
    "other",
    [
        {"bets": [1000, 601]},
        {"bets": [1000]},
        {"wins": [2001]},
        {"wins": []},
        {"rollbackBet": 301},
        {"bets": None},
    ],
)
def test_a_run_id_with_other_arguments_is_a_conflict(table: Table, other: Any) -> None:
    arguments = {"runId": "r1", "bets": [1000, 600], "wins": [2000], "rollbackBet": 300}
    table.simulate(**arguments)
    answer = table.simulate(**{**arguments, **other})

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert len(table.casino.moved("debit")) == 3


def test_a_run_id_of_another_player_is_a_conflict(casino: FakeCasino, table: Table) -> None:
    table.simulate(runId="r1", bets=[10])
    other = Table(casino, make_session(table.session.casino, game=table.session.game))
    other.balance = OPENING
    answer = other.simulate(runId="r1", bets=[10])

    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert other.balance == OPENING


def test_defaults_spelled_out_are_the_same_arguments(table: Table) -> None:
    run = table.run(table.simulate(runId="r1").body["runId"])
    answer = table.simulate(runId="r1", bets=run.bets, wins=run.wins, rollbackBet=run.rollback_bet)

    assert answer.status == 200
    assert answer.body["consistent"] is True


def test_a_run_keeps_its_defaults_when_the_game_changes(table: Table) -> None:
    first = table.simulate(runId="r1")
    table.session.game.stakes = [7, 8, 9]
    table.session.game.save()
    assert table.simulate(runId="r1").steps == first.steps


def test_the_same_play_launched_anew_goes_on_with_the_run(casino: FakeCasino, table: Table) -> None:
    first = table.simulate(runId="r1", bets=[10], wins=[5])
    anew = make_session(
        table.session.casino, customer=table.session.customer, game=table.session.game
    )
    casino.balances[anew.session_token] = table.balance
    second = Table(casino, anew).simulate(runId="r1", bets=[10], wins=[5])

    assert second.status == 200
    assert second.body["consistent"] is True
    assert [step["replayed"] for step in second.body["steps"]] == [True] * len(first.steps)


def test_one_run_id_at_two_casinos_is_two_runs(casino: FakeCasino, table: Table) -> None:
    other = lay_table(casino)
    for each in (table, other):
        assert each.simulate(runId="r1", bets=[10], wins=[0], rollbackBet=1).status == 200
        assert each.balance == OPENING - 10
    assert table.name("r1", "bet-1") != other.name("r1", "bet-1")


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
    """The draw for a bet of 2**63 - 1 must not burst the column of payouts either."""
    table.session.game.pay_table = [{"show": ["seven"], "weight": 1, "pays": 5000}]
    table.session.game.save()
    answer = table.simulate(runId="r1", bets=[2**63 - 1])
    assert answer.status == 200
    assert answer.steps[1] == ("debit", 402)
    assert table.run("r1").wins == [2**63 - 1]
