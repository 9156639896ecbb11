"""People with the roles that the migration creates."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import User as Operator
from django.utils import timezone

from casino.reports import summary
from tests.admin.conftest import Person, boss, short_pages
from tests.factories import unique

__all__ = ["boss", "short_pages"]


@pytest.fixture(scope="module", autouse=True)
def summed_up(database: None) -> None:
    """Summarise what other tests played, so that no page here has to add it up."""
    summary.catch_up(now=timezone.now())


@pytest.fixture
def one_of_the() -> Callable[[str], Person]:
    """A staff member with this role and nothing else."""

    def made(role: str) -> Person:
        operator = Operator.objects.create_user(unique(role.lower()), is_staff=True)
        operator.groups.add(Group.objects.get(name=role))
        return Person(operator)

    return made
