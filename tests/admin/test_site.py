"""The site: our name on it, every table there, each under its heading."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import override_settings

from config.backoffice.site import HouseAdminSite
from tests.admin.conftest import Person, clerk
from tests.admin.pages import list_of, text_of

MODELS = list(apps.get_app_config("casino").get_models())


@pytest.mark.parametrize("model", MODELS)
def test_every_table_is_registered_and_opens(boss: Person, model: type[Model]) -> None:
    assert admin.site.is_registered(model)
    assert boss.get(list_of(model)).status_code == 200


def test_the_front_page_has_the_tables_under_their_headings(boss: Person) -> None:
    page = boss.get("/admin/")
    headings = {
        app["name"]: [model["name"] for model in app["models"]] for app in page.context["app_list"]
    }
    assert {name: found for name, found in headings.items() if name.startswith("Casino")} == {
        "Casino: players": ["Players", "Wallets"],
        "Casino: ledger": ["Transactions", "Ledger entries"],
        "Casino: play": ["Game sessions", "Simulation runs"],
        "Casino: catalogue": ["Game providers", "Games", "Currencies"],
        "Casino: access": ["API keys"],
    }
    assert next(iter(headings)) == "Casino: players"
    assert "Authentication and Authorization" in headings


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


def test_it_bears_our_name(boss: Person) -> None:
    page = boss.get("/admin/")
    assert "Casino" in text_of(page)
    assert "Django" not in text_of(page)


def test_an_operator_finds_what_there_is_permission_for() -> None:
    page = clerk("view_wallet").get("/admin/")
    assert [
        (app["name"], [model["name"] for model in app["models"]])
        for app in page.context["app_list"]
    ] == [("Casino: players", ["Wallets"])]
