"""A casino asks how a round went and gets every request, every attempt, and what the player saw."""

from datetime import datetime

from provider.models import Run
from tests.provider.table import Table, make_casino, post, post_signed, unique

PATH = "/provider/roundDetails"


def asked(table: Table, round_id: str, **more: str) -> dict[str, str]:
    return {"casinoCode": table.session.casino.code, "roundId": round_id, **more}


def test_a_settled_round_is_told_whole(table: Table) -> None:
    run_id = unique("run")
    table.simulate(runId=run_id, bets=[300, 200], wins=[450], rollbackBet=50)
    answer = post_signed(PATH, asked(table, table.name(run_id, "round-1")), table.session.casino)
    assert answer.status == 200
    body = answer.body
    assert (body["state"], body["totalBetAmount"], body["totalPayoutAmount"]) == (
        "SETTLED", 500, 450,
    )  # fmt: skip
    assert body["playerId"] == table.session.customer.player_id
    assert [(each["type"], each["amount"], each["status"]) for each in body["transactions"]] == [
        ("DEBIT", 300, "ACCEPTED"), ("DEBIT", 200, "ACCEPTED"), ("CREDIT", 450, "ACCEPTED"),
    ]  # fmt: skip
    (attempt,) = body["transactions"][0]["attempts"]
    assert (attempt["httpStatus"], attempt["verdict"], attempt["replayed"], attempt["error"]) == (
        200, "ACCEPTED", False, None,
    )  # fmt: skip
    assert datetime.fromisoformat(attempt["sentAt"]).tzinfo is not None
    assert attempt["durationMs"] > 0


def test_a_void_round_shows_no_outcome(table: Table) -> None:
    run_id = unique("run")
    table.simulate(runId=run_id, bets=[300], wins=[0], rollbackBet=50)
    body = post_signed(PATH, asked(table, table.name(run_id, "round-2")), table.session.casino).body
    assert (body["state"], body["outcome"], body["totalBetAmount"]) == ("VOID", None, 0)
    assert [each["type"] for each in body["transactions"]] == ["DEBIT", "ROLLBACK"]


def test_a_spins_outcome_can_be_drawn_again(table: Table) -> None:
    run_id = unique("run")
    table.simulate(runId=run_id, bets=[300], wins=[0])
    Run.objects.filter(run_id=run_id).update(shown=[["bell", "bar", "lemon"]])
    body = post_signed(PATH, asked(table, table.name(run_id, "round-1")), table.session.casino).body
    assert body["outcome"] == {"symbols": [["bell", "bar", "lemon"]], "text": None}


def test_a_casino_sees_its_own_rounds_alone(table: Table) -> None:
    run_id = unique("run")
    table.simulate(runId=run_id, bets=[300], wins=[0])
    stranger = make_casino("http://127.0.0.1:9", secret="another")
    answer = post_signed(
        PATH, {"casinoCode": stranger.code, "roundId": table.name(run_id, "round-1")}, stranger
    )
    assert (answer.status, answer.code) == (404, "ROUND_NOT_FOUND")
    assert post_signed(PATH, asked(table, "no-such"), table.session.casino).code == (
        "ROUND_NOT_FOUND"
    )


def test_it_takes_the_casinos_signature(table: Table) -> None:
    other = make_casino("http://127.0.0.1:9", secret="another")
    assert post_signed(PATH, asked(table, "x"), other).code == "INVALID_SIGNATURE"
    assert post(PATH, b"{}").code == "INVALID_SIGNATURE"


def test_a_body_without_a_round_is_refused(table: Table) -> None:
    answer = post_signed(PATH, {"casinoCode": table.session.casino.code}, table.session.casino)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
