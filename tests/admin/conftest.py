"""People who sign in: one who may do everything, and others who may do what a test says."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Operator
from django.test import Client

from casino.operations.adjustments import adjust
from config.backoffice import PagedAdmin
from tests.casino_world import Play
from tests.factories import unique


class Person(Client):
    """A browser in which somebody is signed in."""

    def __init__(self, operator: Operator) -> None:
        super().__init__(SERVER_NAME="localhost")
        self.operator = operator
        self.force_login(operator)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show ten rows per page, because other tests leave many rows in the tables."""
    monkeypatch.setattr(PagedAdmin, "list_per_page", 10)


@pytest.fixture
def boss() -> Person:
    """A superuser. What is refused to a superuser is refused to everybody."""
    return Person(Operator.objects.create_superuser(unique("boss")))


def clerk(*permissions: str) -> Person:
    """A staff member with these permissions of the casino (``view_wallet`` …)."""
    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    operator.user_permissions.set(
        Permission.objects.filter(content_type__app_label="casino", codename__in=permissions)
    )
    assert operator.user_permissions.count() == len(permissions)
    return Person(operator)


@pytest.fixture
def played(play: Play) -> Play:
    """1,000.00; a bet of 100 that paid 250; 30 rolled back, twice; 20 lost; 5 added by hand."""
    won, back = unique("round"), unique("bet")
    assert play.debit(10_000, roundId=won).status == 200
    assert play.credit(25_000, roundId=won).status == 200
    assert play.debit(3_000, transactionId=back).status == 200
    assert play.rollback(back).status == 200
    assert play.rollback(back).status == 200
    lost = unique("round")
    assert play.debit(2_000, roundId=lost).status == 200
    assert play.credit(0, roundId=lost).status == 200
    adjust(
        wallet_id=play.wallet.wallet_id,
        amount_signed_minor=500,
        reason="for the story",
        actor="ada",
        idempotency_key=unique("adjustment"),
    )
    return play
