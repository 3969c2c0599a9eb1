"""The reports of `docs/gallery.md`: real tables and networks, photographed as they open.

`python -m examples.gallery` distills them all; `python -m examples.gallery defer digits` only these. With `--keep DIR`
the pages themselves stay there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestRegressor
from sklearn.neural_network import MLPClassifier

import limbeck
from examples.adult import LABEL, UNSEEN, teacher
from examples.pictures import Camera


def defer() -> limbeck.Distillation:
    """The network of `make demo`, and a tree that asks it where it cannot tell."""
    return limbeck.distill(teacher(), pd.read_csv(UNSEEN).drop(columns=LABEL), max_leaves=16, defer=0.02)


def large() -> limbeck.Distillation:
    """The same network, and a tree of up to 256 leaves."""
    return limbeck.distill(teacher(), pd.read_csv(UNSEEN).drop(columns=LABEL), max_leaves=256, effort="fast")


def digits() -> limbeck.Distillation:
    """A network that reads handwritten digits of 8 by 8 pixels: ten classes."""
    pixels, labels = load_digits(return_X_y=True, as_frame=True)
    half = np.random.default_rng(0).permutation(len(pixels))[: len(pixels) // 3]
    network = MLPClassifier((64,), random_state=0, max_iter=300).fit(pixels.iloc[half], labels.iloc[half])
    return limbeck.distill(network, pixels.drop(index=half), max_leaves=32)


def diabetes() -> limbeck.Distillation:
    """A random forest that predicts a number, and few rows."""
    rows, progress = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    forest = RandomForestRegressor(random_state=0).fit(rows[:150], progress[:150])
    return limbeck.distill(forest, rows[150:], max_leaves=8)


KINDS = {made.__name__: made for made in (defer, large, digits, diabetes)}


def main(wanted: list[str], keep: str | None) -> None:
    """Distill, and photograph the first screen of each report."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        camera = Camera(driver)
        for name in wanted or KINDS:
            page = Path(keep or folder).absolute() / f"{name}.html"
            result = KINDS[name]()
            result.report(page)
            camera.photograph(page, f"gallery-{name}", {"viewport": {"width": 1280, "height": 900}})
            print(f"{name}: {result.diagnosis.text if result.diagnosis else ''}; {page.name}")


if __name__ == "__main__":
    words = sys.argv[1:]
    place = words[words.index("--keep") + 1] if "--keep" in words else None
    main([word for word in words if word in KINDS], place)
