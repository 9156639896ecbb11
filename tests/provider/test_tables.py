"""What PostgreSQL itself refuses in the provider's tables, without the application."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, router, transaction
from django.db.models import ProtectedError

from provider.models import Bet, BetAttempt, Casino, Game, GameRound, Run, Session
from tests.provider.table import PAY_TABLE, Table, unique


@pytest.fixture
def played(table: Table) -> Table:
    """A run with a settled round (a bet and a payout) and a void round (a bet rolled back)."""
    assert table.simulate(runId="r1", bets=[100], wins=[50]).status == 200
    return table


def refused_by(constraint: str, write: Callable[[], Any]) -> None:
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(using=router.db_for_write(Bet)),
    ):
        write()


def rewritten(row: models.Model, **values: Any) -> Callable[[], Any]:
    return lambda: type(row)._default_manager.filter(pk=row.pk).update(**values)


def copied(row: models.Model, **values: Any) -> Callable[[], Any]:
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    fields.pop("id")
    return lambda: type(row)._default_manager.create(**{**fields, **values})


def bet(played: Table, kind: str, number: int = 0) -> Bet:
    return [each for each in played.bets("r1") if each.bet_type == kind][number]


def test_a_transaction_is_once_a_casino(played: Table) -> None:
    refused_by("provider_bets_transaction_once", copied(bet(played, "DEBIT")))


def test_a_bet_has_one_rollback(played: Table) -> None:
    again = copied(bet(played, "ROLLBACK"), transaction_id=unique("t"))
    refused_by("provider_bets_rolled_back_once", again)


@pytest.mark.parametrize(
    ("kind", "values", "constraint"),
    [
        ("DEBIT", {"amount": 0}, "provider_bets_amount_fits"),
        ("DEBIT", {"amount": -1}, "provider_bets_amount_fits"),
        ("CREDIT", {"amount": -1}, "provider_bets_amount_fits"),
        ("DEBIT", {"status": "LOST"}, "provider_bets_status_known"),
        ("DEBIT", {"bet_type": "GIFT"}, "provider_bets_bet_type_known"),
        ("CREDIT", {"status": "VOIDED"}, "provider_bets_only_debits_void"),
        ("ROLLBACK", {"status": "VOIDING"}, "provider_bets_only_debits_void"),
        ("CREDIT", {"http_status": None}, "provider_bets_decided_by_an_answer"),
        ("ROLLBACK", {"related": None}, "provider_bets_related_fits"),
    ],
)
def test_a_bet_that_cannot_be_is_refused(
    played: Table, kind: str, values: dict[str, Any], constraint: str
) -> None:
    refused_by(constraint, rewritten(bet(played, kind), **values))


def test_a_bet_refers_to_nothing(played: Table) -> None:
    other = bet(played, "CREDIT")
    refused_by("provider_bets_related_fits", rewritten(bet(played, "DEBIT"), related=other))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "RUNNING"}, "provider_runs_outcome_when_finished"),
        ({"outcome": ""}, "provider_runs_outcome_when_finished"),
        ({"outcome": "won"}, "provider_runs_outcome_when_finished"),
        ({"status": "LOST"}, "provider_runs_"),
        ({"kind": "GIFT"}, "provider_runs_kind_known"),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    played: Table, values: dict[str, Any], constraint: str
) -> None:
    refused_by(constraint, rewritten(played.run("r1"), **values))


def test_names_are_once_a_casino(played: Table) -> None:
    round_ = GameRound.objects.filter(run=played.run("r1"))[0]
    refused_by("provider_runs_run_once", copied(played.run("r1")))
    refused_by("provider_game_rounds_round_once", copied(round_))
    refused_by("provider_game_rounds_status_known", rewritten(round_, status="LOST"))
    refused_by(
        "provider_sessions_token_once",
        copied(played.session, provider_session_id=unique("ps"), launch_token_digest=unique("l")),
    )
    refused_by(
        "launch_token_digest",
        copied(played.session, session_token_digest=unique("t"), provider_session_id=unique("ps")),
    )
    refused_by("provider_customers_player_once", copied(played.session.customer))
    refused_by("code", copied(played.session.casino))
    refused_by("game_id", copied(played.session.game))


def test_verdicts_are_known(played: Table) -> None:
    attempt = BetAttempt.objects.filter(bet__run=played.run("r1"))[0]
    refused_by("provider_bet_attempts_verdict_known", rewritten(attempt, verdict="MAYBE"))


def test_a_game_has_stakes() -> None:
    refused_by(
        "provider_games_have_stakes",
        lambda: Game.objects.create(
            game_id=unique("game"), name="x", pay_table=PAY_TABLE, stakes=[]
        ),
    )


def test_nothing_is_deleted_from_under_money(played: Table) -> None:
    run = played.run("r1")
    for row in (played.session.casino, played.session, played.session.customer, run):
        with pytest.raises(ProtectedError):
            row.delete()
    with pytest.raises(ProtectedError):
        bet(played, "DEBIT").delete()
    assert Casino.objects.filter(pk=played.session.casino_id).exists()
    assert Session.objects.filter(pk=played.session.pk).exists()
    assert Run.objects.filter(pk=run.pk).exists()


def test_tables_are_named_for_their_owner() -> None:
    models_of_provider = Bet._meta.apps.get_app_config("provider").get_models()
    assert {model._meta.db_table for model in models_of_provider} == {
        "provider_casinos",
        "provider_games",
        "provider_customers",
        "provider_sessions",
        "provider_runs",
        "provider_game_rounds",
        "provider_bets",
        "provider_bet_attempts",
    }


def test_a_stored_request_keeps_its_order_and_characters(played: Table) -> None:
    row = bet(played, "CREDIT")
    request = {"z": "\0 \\ ü", "a": [2**63 - 1, {"y": 1, "b": None}]}
    Bet.objects.filter(pk=row.pk).update(request=request)
    row.refresh_from_db()
    assert list(row.request) == ["z", "a"]
    assert row.request == request
