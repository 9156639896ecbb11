"""The alerts and the dashboard use existing metrics, and promtool accepts the rules."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.web.metrics import exposition
from tests.casino_world import make_play

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0][
    "rules"
]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
METRIC = re.compile(r"\b(?:api|casino|provider)_[a-z_]+\b")


def asked_for(expression: str) -> set[str]:
    return set(METRIC.findall(re.sub(r'"[^"]*"', '""', expression)))


@pytest.fixture(scope="module")
def there(database: None) -> set[str]:
    """The names of the series that a scrape shows after a bet, its replay and a refusal."""
    play = make_play()
    body = json.dumps(play.movement(100)).encode()
    assert [play.send("debit", each).status for each in (body, body, b"{}")] == [200, 200, 400]
    return {
        line.split("{")[0].split(" ")[0]
        for line in exposition().decode().splitlines()
        if not line.startswith("#")
    }


def promtool(*arguments: str) -> None:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed; on Debian it is in the package prometheus")
    result = subprocess.run(
        [found, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_promtool_reads_the_rules() -> None:
    promtool("check", "rules", "alerts.yaml")


def test_the_alerts_are_raised_when_they_should_be_and_only_then() -> None:
    promtool("test", "rules", "alerts_test.yaml")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_about_metrics_that_there_are(there: set[str], rule: dict[str, Any]) -> None:
    assert asked_for(rule["expr"]) <= there
    assert rule["labels"]["severity"] in ("page", "warn")
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_a_panel_is_about_metrics_that_there_are(there: set[str], panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        assert asked_for(target["expr"]) <= there
        assert asked_for(target["expr"]) or "up{" in target["expr"]


def test_the_dashboard_shows_every_number_that_is_looked_up(there: set[str]) -> None:
    expressions = " ".join(t["expr"] for p in DASHBOARD["panels"] for t in p["targets"])
    looked_up = {
        name for name in there if re.fullmatch(r"(casino|provider)_\w+(?<!_created)", name)
    }
    assert looked_up <= asked_for(expressions)


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
