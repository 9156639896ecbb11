"""Pictures of the back office for the documents: ``python -m scripts.screenshots URL USER``.

Plays some rounds at a running demo, then takes pictures of the dashboard, a round and a statement,
and puts them into docs/images. The password is asked for, or taken from ADMIN_PASSWORD. Needs an
installed Chromium.
"""

import argparse
import getpass
import os
import random
import shutil
import sys
from io import BytesIO
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from scripts.setup import ROOT
from scripts.setup.terminal import say

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 800
_ROUNDS = 60
_GAMES = ("lucky-sevens", "neon-dice", "book-of-cents")
_CURRENCIES = ("EUR", "EUR", "USD")
_COLOURS = 192
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where a demo runs")
    parser.add_argument("user", help="a superuser of it")
    given = parser.parse_args()
    password = os.environ.get("ADMIN_PASSWORD") or getpass.getpass()
    browser = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        say("screenshots: no Chromium is installed")
        return 1
    round_id = _play(given.url)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = started.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        _sign_in(page, given.url, given.user, password)
        for name, path in (
            ("dashboard", "/admin/"),
            ("round", f"/admin/round/?id={round_id}"),
            ("statement", "/admin/statement/?wallet=w-001-eur"),
        ):
            page.goto(given.url + path)
            _keep(page.screenshot(), IMAGES / f"{name}.png")
            say(f"docs/images/{name}.png")
        started.close()
    return 0


def _play(url: str) -> str:
    """Some rounds of several players; returns the id of one with all there is to see."""
    draw = random.Random(7)  # noqa: S311 - a demonstration
    for number in range(_ROUNDS):
        asked = {
            "playerId": f"player-{1 + number % 10:03}",
            "gameId": draw.choice(_GAMES),
            "currency": draw.choice(_CURRENCIES),
            "bets": [draw.choice((100, 500, 1_000, 2_500)) for _ in range(draw.randint(1, 3))],
        }
        answer = requests.post(f"{url}/casino/simulateRound", json=asked, timeout=60)
        answer.raise_for_status()
    last = requests.post(f"{url}/casino/simulateRound", json={}, timeout=60).json()
    return str(last["steps"][1]["request"]["roundId"])


def _sign_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(f"{url}/admin/login/?next=/admin/")
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("input[type=submit]")


def _keep(picture: bytes, path: Path) -> None:
    """As a small file: our pages have few colours."""
    with Image.open(BytesIO(picture)) as full:
        full.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
