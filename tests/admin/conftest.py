"""People who sign in: one who may do everything, and others who may do what a test says."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Operator
from django.test import Client

from config.backoffice import PagedAdmin
from tests.factories import unique


class Person(Client):
    """A browser that somebody is signed in with."""

    def __init__(self, operator: Operator) -> None:
        super().__init__(SERVER_NAME="localhost")
        self.operator = operator
        self.force_login(operator)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are full of what other tests left: ten rows of them are enough to show."""
    monkeypatch.setattr(PagedAdmin, "list_per_page", 10)


@pytest.fixture
def boss() -> Person:
    """A superuser: what is refused to this one is refused to all."""
    return Person(Operator.objects.create_superuser(unique("boss")))


def clerk(*permissions: str) -> Person:
    """Somebody of the staff with these permissions of the casino (``view_wallet`` …)."""
    operator = Operator.objects.create_user(unique("clerk"), is_staff=True)
    operator.user_permissions.set(
        Permission.objects.filter(content_type__app_label="casino", codename__in=permissions)
    )
    assert operator.user_permissions.count() == len(permissions)
    return Person(operator)
