"""What the game page learns: the balance, the last spins, and where the decimal point is."""

from typing import Any

import pytest
from django.test import Client

from provider.runs.recovery import recover
from tests.provider.fake_casino import FakeCasino
from tests.provider.misbehaviour import DROP_REPLY, DROP_REQUEST, refusal
from tests.provider.play.test_play_page import path, spin, state
from tests.provider.table import OPENING, Table, make_session


def test_the_state_is_the_casinos_balance_and_the_last_spins(table: Table) -> None:
    spin(table, "s1")
    table.balance = 700
    spin(table, "s2")
    told = state(table)

    assert (told["status"], told["balance"], told["exponent"], told["code"]) == (
        *("success", "700", 2, ""),
    )
    assert [{**each, "at": None} for each in told["rounds"]] == [
        {"spinId": "s2", "at": None, "stake": "1000", "result": "refused"},
        {
            "spinId": "s1",
            "at": None,
            "stake": "1000",
            "result": "completed",
            "win": "2500",
            "shown": ["seven", "bar"],
        },
    ]


def test_an_open_spin_does_not_tell_its_draw(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    spin(table)
    [told] = state(table)["rounds"]
    assert {name: told[name] for name in told if name != "at"} == {
        "spinId": "s1",
        "stake": "1000",
        "result": "open",
    }


def test_the_last_ten_spins_are_told_and_the_one_that_is_asked_for(table: Table) -> None:
    for number in range(12):
        spin(table, f"s{number}", stake=100)

    def told(query: str = "") -> list[str]:
        return [each["spinId"] for each in state(table, query)["rounds"]]

    last_ten = [f"s{number}" for number in range(11, 1, -1)]
    assert told() == told("?spin=s5") == told("?spin=%00") == told("?spin=other") == last_ten
    assert told("?spin=s0") == [*last_ten, "s0"]


def test_an_open_spin_is_told_however_many_came_after_it(table: Table) -> None:
    table.casino.misbehave("credit", *[DROP_REQUEST] * 4)
    spin(table, "open", stake=100)
    for number in range(12):
        spin(table, f"s{number}", stake=100)
    last = state(table)["rounds"][-1]
    assert (last["spinId"], last["result"]) == ("open", "open")


def test_a_spin_of_another_session_is_not_told(casino: FakeCasino, table: Table) -> None:
    spin(table)
    other = Table(casino, make_session(table.session.casino, game=table.session.game))
    other.balance = OPENING
    assert state(other, "?spin=s1")["rounds"] == []


def test_what_recovery_gave_back_is_told_as_that(table: Table) -> None:
    """The casino was away and is back, and recovery has rolled the bet back."""
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    table.casino.misbehave("rollback", *[DROP_REQUEST] * 4)
    assert (spin(table).status, state(table)["rounds"][0]["result"]) == (502, "open")
    recover(grace_seconds=0)
    assert state(table, "?spin=s1")["rounds"][0]["result"] == "returned"
    assert spin(table).code == "STAKE_RETURNED"


# ---- amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("exponent", [0, 2, 3, 8, 18])
def test_the_casino_says_where_the_decimal_point_is(table: Table, exponent: int) -> None:
    table.casino.currency = {"currency": "EUR", "exponent": exponent}
    assert state(table)["exponent"] == exponent
    assert f'"exponent": {exponent}' in Client().get(path(table)).content.decode()

    table.casino.misbehave("getBalance", *[DROP_REQUEST] * 4)
    assert state(table)["exponent"] == exponent  # the casino's last word


@pytest.mark.parametrize("exponent", [None, -1, 19, 2.0, "2", True])
def test_an_exponent_that_is_none_is_not_believed(table: Table, exponent: Any) -> None:
    table.casino.currency = {"currency": "EUR", "exponent": exponent}
    assert state(table)["exponent"] is None
    assert '"exponent": null' in Client().get(path(table)).content.decode()


def test_an_amount_that_no_double_holds_keeps_every_digit(table: Table) -> None:
    stake = 2**60 + 1
    table.session.game.stakes = [stake]
    table.session.game.pay_table = [{"show": ["seven"], "weight": 1, "pays": 100}]
    table.session.game.save()
    table.balance = 2**62 + 3
    answer = spin(table, stake=stake)
    assert answer.body["stake"] == answer.body["win"] == str(stake)
    assert answer.body["balance"] == state(table)["balance"] == str(2**62 + 3)
    assert f'data-money="{stake}"' in Client().get(path(table)).content.decode()


def test_a_balance_that_is_not_to_be_had_says_why(table: Table) -> None:
    table.casino.misbehave("getBalance", refusal(403, "PROVIDER_DISABLED"))
    told = state(table)
    assert (told["balance"], told["code"]) == (None, "PROVIDER_DISABLED")
    table.casino.misbehave("getBalance", *[DROP_REQUEST] * 4)
    told = state(table)
    assert (told["balance"], told["code"]) == (None, "CASINO_UNAVAILABLE")
