"""People who sign in to the provider's admin, its addresses, and a row of each table."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Operator
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from provider.models import (
    Bet,
    BetAttempt,
    Casino,
    Customer,
    Game,
    GameRound,
    Run,
    Session,
)
from tests.provider.fake_casino import FakeCasino
from tests.provider.table import Table, lay_table, unique


def url(model: type[Model], page: str, *keys: Any) -> str:
    return reverse(f"admin:provider_{model._meta.model_name}_{page}", args=keys)


def signed_in(operator: Operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def boss() -> Client:
    """A superuser. What is refused to a superuser is refused to everybody."""
    return signed_in(Operator.objects.create_superuser(unique("boss")))


def clerk(*permissions: str) -> Client:
    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    operator.user_permissions.set(
        Permission.objects.filter(content_type__app_label="provider", codename__in=permissions)
    )
    assert operator.user_permissions.count() == len(permissions)
    return signed_in(operator)


def rows_of(table: Table) -> dict[type[Model], Any]:
    assert table.simulate(runId=unique("run"), bets=[100], wins=[50]).status == 200
    run = Run.objects.get(session=table.session)
    bet = Bet.objects.filter(run=run).earliest("pk")
    return {
        Casino: table.session.casino,
        Game: table.session.game,
        Customer: table.session.customer,
        Session: table.session,
        Run: run,
        GameRound: bet.round,
        Bet: bet,
        BetAttempt: bet.attempts.get(),
    }


@pytest.fixture(scope="module")
def rows(database: None) -> dict[type[Model], Any]:
    """A row of each table, all of one run. Tests do not change them."""
    with FakeCasino(secret="what the casino verifies").serving() as casino:
        return rows_of(lay_table(casino))
