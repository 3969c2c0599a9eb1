"""The pictures of README and docs: reports on the network of `examples.adult`, photographed in a browser.

`python -m examples.pictures` (or `make pictures`) writes them to `docs/figures/`. It needs Chrome or Chromium, and
Playwright, which the extra `dev` brings.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image
from playwright.sync_api import sync_playwright

import limbeck
from examples.adult import LABEL, UNSEEN, teacher

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
SCREEN: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
FOLLOW = "rows.follow(0); find('tree').scrollIntoView({behavior: 'instant'})"
TREE_ALONE = """() => {
  const rest = ".brand, h1, .verdict, .behind, .titled, .controls, .hint, details, #details, section:not(#tree)";
  document.querySelectorAll(rest).forEach((part) => part.remove());
  document.querySelector(".bench").style.display = "block";
  document.querySelector("#tree").style = "border: 0; padding: 12px 0; margin: 0";
  document.querySelector("main").style.padding = "0 20px";
  document.querySelector("header").style.paddingTop = "12px";
}"""
TO_THE_LIST = "find('tree').scrollIntoView({behavior: 'instant'})"


class Camera:
    """A browser that photographs pages into `docs/figures/`."""

    def __init__(self, driver: Any) -> None:
        path = os.environ.get("LIMBECK_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)))
        self.browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])

    def photograph(self, page_of: Path, name: str, screen: dict[str, Any], script: str = "0", only: str = "") -> None:
        """Open a page, run a script on it, and keep what is on the screen, or one part of the page."""
        page = self.browser.new_page(**screen)
        page.goto(page_of.as_uri())
        page.wait_for_selector("body[data-ready]")
        page.evaluate(script)
        picture = FIGURES / f"{name}.png"
        (page.locator(only) if only else page).screenshot(path=picture)
        page.close()
        Image.open(picture).convert("RGB").quantize(128).save(picture, optimize=True)  # a third of the size


def main() -> None:
    """Distill twice, and photograph what a reader sees."""
    rows = pd.read_csv(UNSEEN).drop(columns=LABEL)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        camera = Camera(driver)
        pages = {leaves: Path(folder) / f"{leaves}.html" for leaves in (8, 16)}
        for leaves, page_of in pages.items():
            limbeck.distill(teacher(), rows, max_leaves=leaves).report(page_of)
        camera.photograph(pages[16], "report-light", SCREEN)
        camera.photograph(pages[16], "report-dark", {**SCREEN, "color_scheme": "dark"}, FOLLOW)
        camera.photograph(pages[16], "report-phone", PHONE, TO_THE_LIST)
        for scheme in ("light", "dark"):
            screen = {"viewport": {"width": 960, "height": 200}, "color_scheme": scheme, "device_scale_factor": 2}
            camera.photograph(pages[8], f"tree-{scheme}", screen, TREE_ALONE, only="body")


if __name__ == "__main__":
    main()
