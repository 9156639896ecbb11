"""Open rounds at the provider: who owes whom; a person can ask again or roll back."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as Operator

from config.backoffice.models import Action, StaffAction
from provider.models import Run, RunOutcome, RunStatus
from provider.runs import script
from provider.runs.open_runs import count_open, open_runs
from provider.runs.recovery import recover
from provider.runs.sending import send
from tests.admin.conftest import Person
from tests.admin.pages import text_of
from tests.factories import unique
from tests.provider.misbehaviour import BROKEN, DROP_REPLY, DROP_REQUEST, GARBAGE, refusal
from tests.provider.runs.test_recovery import age
from tests.provider.runs.test_sending import begin, bet_of, journalled
from tests.provider.table import OPENING, Table

SCRIPT: dict[str, Any] = {"bets": [1000, 500], "wins": [700]}


@pytest.fixture(autouse=True)
def _nothing_left_open() -> None:
    Run.objects.exclude(status=RunStatus.FINISHED).update(
        status=RunStatus.FINISHED, outcome="refused"
    )


def somebody(role: str) -> Person:
    operator = Operator.objects.create_user(unique(role.lower()), is_staff=True)
    operator.groups.add(Group.objects.get(name=role))
    return Person(operator)


def leave_open(table: Table, operation: str, fault: Any = DROP_REQUEST, **script: Any) -> Run:
    run_id = unique("run")
    table.casino.misbehave(operation, *[fault] * 4)
    assert table.simulate(runId=run_id, **{**SCRIPT, **script}).status == 502
    return table.run(run_id)


def resolve(person: Person, run: Run, what: str, comment: str = "Asked the casino.") -> Any:
    url = f"/admin/open-rounds/{run.pk}/"
    return person.post(url, {what: "1", "comment": comment}, follow=True)


def bets(run: Run, *numbers: int) -> str:
    ids = [operation.transaction_id for operation in script.operations(run)]
    return ", ".join(name for n in numbers for name in ids if name.endswith(f".bet-{n}"))


def logged(person: Person) -> list[tuple[str, str]]:
    """The staff log's entries about the person's forms."""
    entries = StaffAction.objects.filter(
        username=person.operator.username, action__in=(Action.CHANGED, Action.REFUSED)
    )
    return list(entries.values_list("action", "details"))


def test_a_payout_that_is_owed_is_listed_and_asked_for_again(table: Table) -> None:
    run = leave_open(table, "credit")
    (found,) = open_runs()
    assert (found.owed, found.amount) == (
        "The payout is owed to the player; the casino has not taken it", 700,
    )  # fmt: skip
    assert found.last_error
    assert count_open() == 1
    risk = somebody("Risk")
    listed = risk.get("/admin/open-rounds/")
    assert "The payout is owed to the player" in text_of(listed)
    assert f"/admin/open-rounds/{run.pk}/" in listed.content.decode()
    assert 'class="badge"' in listed.content.decode()
    assert "Now, 1 run " in text_of(listed)
    # A text such as "11 s" says nothing about the order of ages.
    assert [each.url for each in listed.context["table"].headers if each.title == "Open for"] == [
        ""
    ]
    in_order = risk.get("/admin/open-rounds/?sort=Player").content.decode()
    assert 'class="questions"' not in in_order, "there is nothing to ask"
    said = (
        f"Asked again. Rolled back {bets(run, 3)}. A payout made {bets(run, 1, 2)} final. The run "
        "was completed."
    )
    assert said in text_of(resolve(risk, run, "ask_again"))
    assert table.balance == OPENING - 1500 + 700
    assert list(open_runs()) == []
    entries = StaffAction.objects.filter(username=risk.operator.username, details__gt="")
    assert [entry.details for entry in entries] == [f"{said} Comment: Asked the casino."]


def test_a_run_that_just_began_owes_nothing_yet(table: Table) -> None:
    run = begin(table)
    (found,) = open_runs()
    assert (found.run, found.bet, found.owed, found.amount) == (
        run, None, "Nothing was sent yet", 0,
    )  # fmt: skip
    send(run_pk=run.pk, operation=bet_of(run))
    (found,) = open_runs()
    assert found.bet == journalled(bet_of(run))
    assert (found.owed, found.amount, found.last_error) == (
        "The bet was taken; its result was not sent yet", bet_of(run).amount_minor, "",
    )  # fmt: skip


def test_a_run_that_does_not_exist_has_no_page() -> None:
    assert somebody("Risk").get("/admin/open-rounds/999999999/").status_code == 404


@pytest.mark.parametrize("fault", [DROP_REQUEST, DROP_REPLY, GARBAGE, BROKEN])
def test_what_a_payout_made_final_is_not_rolled_back(table: Table, fault: Any) -> None:
    """The provider sends the payouts that are owed, and does not place the run's last bet."""
    run = leave_open(table, "credit", fault, wins=[700, 0, 300], rollbackBet=250)
    risk = somebody("Risk")
    said = f"Nothing was rolled back. A payout made {bets(run, 1, 2)} final. The run is over."
    assert said in text_of(resolve(risk, run, "roll_back"))
    assert logged(risk) == [(Action.CHANGED, f"{said} Comment: Asked the casino.")]
    assert table.balance == OPENING - 1500 + 1000, "each payout of the round is owed"
    assert table.run(run.run_id).outcome != RunOutcome.COMPLETED
    assert len(table.casino.requests("debit")) == 2, "nothing more is staked"
    assert list(open_runs()) == []


def test_a_bet_that_was_placed_by_asking_again_and_could_not_be_rolled_back_is_said(
    table: Table,
) -> None:
    run = leave_open(table, "credit", rollbackBet=250)
    table.casino.misbehave("rollback", refusal(409, "ROLLBACK_NOT_ALLOWED"))
    page = resolve(somebody("Risk"), run, "ask_again")
    assert (
        f"A payout made {bets(run, 1, 2)} final. The casino refused to roll back {bets(run, 3)}: a "
        "person has to decide about it."
    ) in text_of(page)
    assert 'class="warning"' in page.content.decode()
    assert table.balance == OPENING - 1500 + 700 - 250


def test_a_bet_whose_payout_is_refused_is_rolled_back(table: Table) -> None:
    run = leave_open(table, "credit")
    table.casino.misbehave("credit", refusal(422, "NO_SUCH_PAYOUT"))
    said = text_of(resolve(somebody("Risk"), run, "roll_back"))
    assert f"Rolled back {bets(run, 1, 2)}. The run is over." in said
    assert table.balance == OPENING


def test_a_payout_without_a_decision_leaves_the_run_open(table: Table) -> None:
    run = leave_open(table, "credit")
    table.casino.misbehave("credit", *[GARBAGE] * 4)
    risk = somebody("Risk")
    said = "Nothing was rolled back. The run is still open: credit: the answer is not a JSON object"
    assert said in text_of(resolve(risk, run, "roll_back"))
    assert logged(risk) == [(Action.CHANGED, f"{said}. Comment: Asked the casino.")]


def test_a_rollback_that_the_casino_refuses_is_said(table: Table) -> None:
    run = begin(table)
    send(run_pk=run.pk, operation=bet_of(run))
    table.casino.misbehave("rollback", refusal(409, "ROLLBACK_NOT_ALLOWED"))
    said = text_of(resolve(somebody("Risk"), run, "roll_back"))
    assert (
        f"The casino refused to roll back {bet_of(run).transaction_id}: a person has to decide "
        "about it. The run is over."
    ) in said
    assert table.balance == OPENING - bet_of(run).amount_minor


def test_a_run_that_has_not_staked_anything_is_ended(table: Table) -> None:
    run = begin(table)
    said = text_of(resolve(somebody("Risk"), run, "roll_back"))
    assert "Nothing was rolled back. The run is over." in said
    assert table.casino.requests("debit") == []


@pytest.mark.parametrize("button", ["ask_again", "roll_back"])
def test_a_form_for_a_run_that_is_over_is_refused(table: Table, button: str) -> None:
    run = leave_open(table, "credit")
    recover(grace_seconds=0)
    before, asked = table.statuses(run.run_id), len(table.casino.asked)
    risk = somebody("Risk")
    answer = resolve(risk, run, button)
    assert answer.status_code == 409
    said = "This run was already over, so nothing was done."
    assert said in text_of(answer)
    assert not re.search("Rolled back|Asked again", text_of(answer))
    assert logged(risk) == [(Action.REFUSED, said)]
    assert (table.statuses(run.run_id), len(table.casino.asked)) == (before, asked)


def test_a_bet_without_a_payout_is_given_back(table: Table) -> None:
    table.casino.misbehave("debit", *[DROP_REPLY] * 4)
    run = leave_open(table, "rollback", bets=[1000])
    assert table.balance == OPENING - 1000
    (found,) = open_runs()
    assert found.owed == "The stake is owed back to the player"
    age(table)
    said = text_of(resolve(somebody("Risk"), run, "roll_back"))
    assert f"Rolled back {bets(run, 1)}. The run is over." in said
    assert "State ended early" in said
    assert "refused" not in said
    assert table.balance == OPENING


def test_a_casino_that_stays_silent_is_told_of(table: Table) -> None:
    run = leave_open(table, "credit")
    table.casino.misbehave("credit", *[DROP_REQUEST] * 8)
    said = text_of(resolve(somebody("Risk"), run, "ask_again"))
    assert "Asked again. The run is still open: credit: " in said
    assert count_open() == 1


@pytest.mark.parametrize("role", ["Support", "Finance", "Auditor", "Compliance"])
def test_only_risk_resolves(table: Table, role: str) -> None:
    run = leave_open(table, "credit")
    asked = len(table.casino.asked)
    person = somebody(role)
    answer = resolve(person, run, "ask_again")
    assert (answer.status_code, "You may not resolve rounds." in text_of(answer)) == (403, True)
    assert logged(person) == [(Action.REFUSED, "")]
    assert len(table.casino.asked) == asked


def test_a_comment_is_needed(table: Table) -> None:
    run = leave_open(table, "credit")
    page = resolve(somebody("Risk"), run, "ask_again", comment="  ")
    assert "This field is required." in text_of(page)
    assert count_open() == 1


def test_the_front_page_says_how_calls_and_rounds_stand(table: Table) -> None:
    leave_open(table, "credit")
    boss = Person(Operator.objects.create_superuser(unique("boss")))
    text = text_of(boss.get("/admin/"))
    assert "Needs attention at the provider" in text
    assert "Open rounds at the provider 1, the oldest open for" in text
