"""The game page and its spins: a spin is one bet and one payout, whatever is pressed or lost."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from provider.models import Run, Session
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import BUSY, DROP_REQUEST, Fault, refusal
from tests.provider.runs.test_concurrent_runs import at_once
from tests.provider.table import OPENING, Answer, Table, make_session, send


def path(table: Table, rest: str = "") -> str:
    return f"/provider/play/{table.session.launch_token}{rest}"


def spin(table: Table, spin_id: str = "s1", stake: Any = 1000) -> Answer:
    return send(path(table, "/spin"), json.dumps({"spinId": spin_id, "stake": stake}).encode())


def state(table: Table, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = Client().get(path(table, f"/state{query}")).json()
    return answer


def the_spin(table: Table) -> Run:
    return Run.objects.get(session=table.session)


def test_the_page_shows_the_game_and_nothing_secret(table: Table) -> None:
    response = Client().get(path(table))
    page = response.content.decode()

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>A game</h1>" in page
    assert re.findall(r'name="stake" value="(\d+)"( checked)?', page) == [
        ("100", ""),
        ("500", ""),
        ("1000", " checked"),
        ("2500", ""),
        ("5000", ""),
    ]
    assert "Return to player (RTP): 250.00 %" in page
    assert "2.5 × the stake" in page
    assert table.session.session_token not in page
    assert table.session.casino.casino_secret not in page


def test_the_page_loads_nothing_from_elsewhere_and_is_not_kept(table: Table) -> None:
    response = Client().get(path(table))
    for address in re.findall(r'(?:src|href)="([^"]+)"', response.content.decode()):
        assert address.startswith(("/static/", "data:,", "#")), address
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "X-Frame-Options" not in response.headers
    assert response.cookies == {}


def test_text_from_outside_is_escaped(casino: FakeCasino, table: Table) -> None:
    table.session.game.name = "<script>alert(1)</script>"
    table.session.game.save()
    assert b"<script>alert" not in Client().get(path(table)).content


def expire(table: Table) -> None:
    Session.objects.filter(pk=table.session.pk).update(expires_at=timezone.now())


def test_an_expired_address_opens_no_game(table: Table) -> None:
    expire(table)
    page = Client().get(path(table))
    assert page.status_code == 410
    assert "This session has ended" in page.content.decode()
    assert Client().get(path(table, "/state")).json()["code"] == "SESSION_INACTIVE"
    answer = spin(table)
    assert (answer.status, answer.code) == (403, "SESSION_INACTIVE")
    assert table.casino.asked == []
    assert not Run.objects.filter(session=table.session).exists()


def test_a_spin_that_was_begun_before_the_end_is_told_after_it(table: Table) -> None:
    """Its payout is owed, and the player may ask for it again."""
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    assert spin(table).status == 502
    expire(table)
    answer = spin(table)
    assert (answer.status, answer.body["win"]) == (200, "2500")
    assert table.balance == OPENING + 1500


@pytest.mark.parametrize("token", ["unknown", "a" * 43, "-", "%00", "a%20b"])
def test_an_unknown_address_opens_no_game(token: str) -> None:
    for rest in ("", "/state"):
        assert Client().get(f"/provider/play/{token}{rest}").status_code == 404
    answer = Client().post(f"/provider/play/{token}/spin", b"{}", content_type="application/json")
    assert answer.status_code == 404


def test_a_spin_stakes_and_pays(table: Table) -> None:
    answer = spin(table)

    assert answer.status == 200
    assert answer.body == {
        "status": "success",
        "spinId": "s1",
        "stake": "1000",
        "win": "2500",
        "balance": str(OPENING + 1500),
        "shown": ["seven", "bar"],
    }
    assert table.balance == OPENING + 1500
    assert [asked.path for asked in table.casino.asked] == ["/casino/debit", "/casino/credit"]
    run = the_spin(table)
    assert (run.kind, run.status, run.outcome) == ("SPIN", "FINISHED", "completed")
    assert table.rounds("s1") == ["SETTLED"]
    line = table.session.game.pays.draw(seed=bytes.fromhex(run.seed))
    assert [list(line.show)] == run.shown


def test_a_lost_spin_is_settled_with_nothing(table: Table) -> None:
    table.session.game.pay_table = [{"show": ["bar"], "weight": 1, "pays": 0}]
    table.session.game.save()
    answer = spin(table)
    assert (answer.body["win"], answer.body["balance"]) == ("0", str(OPENING - 1000))
    assert table.casino.requests("credit")[0].body["amount"] == 0


def test_the_draw_is_of_fresh_chance(table: Table) -> None:
    """The draw must not depend on the id, which the player chooses."""
    seeds = set()
    for number in range(3):
        spin(table, f"s{number}")
        seeds.add(table.run(f"s{number}").seed)
    assert len(seeds) == 3
    assert {len(seed) for seed in seeds} == {64}


def test_the_same_spin_again_is_one_spin(table: Table) -> None:
    first = spin(table)
    assert spin(table).body == first.body
    assert table.balance == OPENING + 1500
    assert len(table.casino.asked) == 2


def test_a_double_click_is_one_spin(table: Table) -> None:
    answers = at_once(4, lambda: spin(table))
    assert [answer.body for answer in answers] == [answers[0].body] * 4
    assert answers[0].status == 200
    assert table.balance == OPENING + 1500
    assert len(table.casino.moved("debit")) == len(table.casino.moved("credit")) == 1


def test_a_spin_with_another_stake_is_a_conflict(table: Table) -> None:
    spin(table)
    answer = spin(table, stake=500)
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert table.balance == OPENING + 1500


def test_another_sessions_spin_is_a_conflict(casino: FakeCasino, table: Table) -> None:
    spin(table)
    other = Table(casino, make_session(table.session.casino, game=table.session.game))
    other.balance = OPENING
    answer = spin(other)
    assert (answer.status, answer.code) == (409, "TRANSACTION_CONFLICT")
    assert other.balance == OPENING


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "PLAYER_BLOCKED"),
        (403, "SESSION_INACTIVE"),
        (422, "BET_LIMIT"),
        (404, "SESSION_NOT_FOUND"),
    ],
)
def test_a_refused_stake_is_told_as_the_casino_told_it(
    table: Table, status: int, code: str
) -> None:
    table.casino.misbehave("debit", refusal(status, code))
    answer = spin(table)
    assert (answer.status, answer.code) == (status, code)
    assert answer.body["final"] is True
    assert (the_spin(table).outcome, table.rounds("s1")) == ("refused", ["VOID"])
    assert spin(table).body == answer.body
    assert len(table.casino.asked) == 1


def test_a_stake_beyond_the_balance_tells_the_balance(table: Table) -> None:
    table.balance = 700
    answer = spin(table)
    assert (answer.status, answer.code) == (402, "INSUFFICIENT_FUNDS")
    assert (answer.body["balance"], answer.body["final"]) == ("700", True)
    assert table.balance == 700


@pytest.mark.parametrize("message", [None, "", {"text": "no"}])
def test_a_refusal_without_words_gets_some(table: Table, message: Any) -> None:
    fault = Fault("answer", status=402, body={"status": "error", "code": "X", "message": message})
    table.casino.misbehave("debit", fault)
    answer = spin(table)
    assert (answer.status, answer.code) == (402, "X")
    assert answer.body["message"] == "The casino refused the stake."


@pytest.mark.parametrize("stake", [0, -1, 1.5, "1000", True, None, 999, 2**63])
def test_only_the_games_stakes_are_taken(table: Table, stake: Any) -> None:
    answer = spin(table, stake=stake)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert table.casino.asked == []


def test_a_form_of_another_site_cannot_spin(table: Table) -> None:
    body = b'{"spinId": "s1", "stake": 1000}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = send(path(table, "/spin"), body, content_type=content_type)
        assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert Client().get(path(table, "/spin")).status_code == 405
    assert table.casino.asked == []


def test_no_log_tells_the_players_key(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    table.casino.misbehave("debit", refusal(403, "PLAYER_BLOCKED"))
    assert spin(table).status == 403
    table.casino.misbehave("debit", *[BUSY] * 4)
    assert spin(table, "s2").status == 502
    assert caplog.records != []
    assert table.session.launch_token not in caplog.text
    assert table.session.session_token not in caplog.text


def test_a_withdrawn_game_is_not_begun_but_told(table: Table) -> None:
    first = spin(table)
    table.session.game.is_active = False
    table.session.game.save()
    assert spin(table).body == first.body
    answer = spin(table, "s2")
    assert (answer.status, answer.code) == (403, "GAME_INACTIVE")
    assert not Run.objects.filter(session=table.session, run_id="s2").exists()
