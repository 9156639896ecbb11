"""Makes docs/images/certification.png: the top of a report, as a browser shows it.

    scripts/certify --strict --out evidence/native
    .venv/bin/python -m scripts.report_picture evidence/native/report.html

Needs an installed Chromium.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts.setup import ROOT

PICTURE = ROOT / "docs" / "images" / "certification.png"
WIDTH, MARGIN = 1180, 12
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def take(report: Path, picture: Path) -> None:
    """From the top of the report to the end of its matrix."""
    browser_path = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.goto(report.resolve().as_uri())
        box = page.locator(".matrix").bounding_box()
        assert box is not None
        height = box["y"] + box["height"] + MARGIN
        page.set_viewport_size({"width": WIDTH, "height": int(height)})
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), PICTURE)
