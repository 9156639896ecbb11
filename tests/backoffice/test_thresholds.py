"""The thresholds of large wins are those that were typed, or the page says what is wrong."""

import pytest

from casino.backoffice import list_reports
from tests.admin.conftest import Person
from tests.admin.pages import text_of

pytestmark = pytest.mark.usefixtures("play")  # without any wallet there are no thresholds


@pytest.mark.parametrize("query", ["?currency=XXX", "?least=abc", "?multiple=-1", "?least=1.005"])
def test_a_threshold_that_makes_no_sense_is_said(boss: Person, query: str) -> None:
    page = boss.get(f"/admin/reports/large-wins/{query}")
    assert page.status_code == 400
    name, typed = query[1:].split("=")
    shown = {each.name: each.value for each in page.context["questions"]}
    assert shown[name] == typed
    assert set(shown) == {"first", "last", "currency", "game", "player", "least", "multiple"}


@pytest.mark.parametrize("multiple", ["1000001", "9" * 5_000, "²"])
def test_a_multiple_has_a_limit(boss: Person, multiple: str) -> None:
    page = boss.get("/admin/reports/large-wins/", {"multiple": multiple})
    assert page.status_code == 400
    assert "Enter a whole number of at most 1,000,000." in text_of(page)


def test_a_casino_without_money_has_no_large_wins(
    boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_reports, "_usual_currency", lambda: None)
    page = boss.get("/admin/reports/large-wins/")
    assert page.status_code == 200
    assert page.context["table"].rows == []
    assert "No activity" in text_of(page)
    assert "Win from" not in text_of(page)
