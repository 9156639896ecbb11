"""The site has our name on it and lists every table under its heading."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client, override_settings

from config.backoffice.site import HouseAdminSite
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, text_of

MODELS = list(apps.get_app_config("casino").get_models())


@pytest.mark.parametrize("model", MODELS)
def test_every_table_is_registered_and_opens(boss: Person, model: type[Model]) -> None:
    assert admin.site.is_registered(model)
    assert boss.get(list_of(model)).status_code == 200


def test_a_person_of_the_staff_is_shown_with_times_as_everywhere(boss: Person) -> None:
    entered = boss.operator.date_joined.strftime("%Y-%m-%d %H:%M:%S UTC")
    page = boss.get(f"/admin/auth/user/{boss.operator.pk}/change/")
    assert f"Entered: {entered}" in text_of(page)
    assert "Last signed in: 20" in text_of(page)


def test_the_sidebar_has_pages_and_tables_in_sections(boss: Person) -> None:
    page = boss.get("/admin/")
    found = {
        section.title: [link.label for link in section.links]
        for section in page.context["navigation"]
    }
    assert next(iter(found.values())) == ["Dashboard"]
    for title, labels in {
        "Reports": ["All reports", "GGR and NGR", "Who won most", "Open rounds"],
        "Players": ["Players", "Wallets", "Player notes"],
        "Ledger": ["Transactions", "Ledger entries", "Adjustment proposals"],
        "Play": ["Game sessions", "Simulation runs"],
        "Access": ["API keys"],
        "Provider: catalogue": ["Casinos", "Games"],
    }.items():
        assert [label for label in found[title] if label in labels] == labels
    assert "Staff" in found


@pytest.mark.parametrize(
    ("services", "title"),
    [
        ({"casino"}, "Casino"),
        ({"provider"}, "Game provider"),
        ({"casino", "provider"}, "Casino and provider"),
    ],
)
def test_it_says_what_it_is(services: set[str], title: str) -> None:
    with override_settings(SERVICES=frozenset(services)):
        site = HouseAdminSite()
    assert site.site_header == site.site_title == title


def test_its_address_may_be_typed_without_the_slash(boss: Person) -> None:
    answer = boss.get("/admin")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    stranger = Client(SERVER_NAME="localhost").get("/admin", follow=True)
    assert stranger.redirect_chain == [("/admin/", 302), ("/admin/login/?next=/admin/", 302)]


def test_it_bears_our_name(boss: Person) -> None:
    page = boss.get("/admin/")
    assert "Casino" in text_of(page)
    assert "Django" not in text_of(page)


def test_an_operator_finds_what_there_is_permission_for() -> None:
    page = clerk("view_wallet").get("/admin/")
    assert [
        (section.title, [link.label for link in section.links])
        for section in page.context["navigation"]
    ] == [("", ["Dashboard"]), ("Players", ["Wallets"])]
