"""Corpora that packages carry: docstrings of well-known Python packages, by package; sayings of Debian's `fortunes`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("matplotlib", "numpy", "pandas", "polars", "scipy", "sklearn", "torch")
LEAST, MOST = 60, 600
SAYINGS = Path("/usr/share/games/fortunes")


def docstrings(n: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Draw docstrings, as many of each package as of any other, and the package of each; no package names itself."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    labels: list[int] = []
    own = re.compile(
        rf"\b({'|'.join((*PACKAGES, 'np', 'pd', 'plt', 'pl', 'mpl', 'scikit', 'learn'))})\b", re.IGNORECASE
    )
    for label, package in enumerate(PACKAGES):
        found = sorted({own.sub("", " ".join(text.split()))[:MOST] for text in _of(package) if len(text) >= LEAST})
        chosen = rng.permutation(len(found))[: n // len(PACKAGES)]
        texts += [found[i] for i in chosen]
        labels += [label] * len(chosen)
    order = rng.permutation(len(texts))
    return [texts[i] for i in order], np.array(PACKAGES)[labels][order]


def sayings() -> list[str]:
    """Return the sayings of Debian's `fortunes`, each once."""
    files = sorted(path for path in SAYINGS.glob("*") if path.is_file() and not path.suffix)
    if not files:
        raise SystemExit("this benchmark needs `apt-get install fortunes`")
    texts = (" ".join(text.split()) for file in files for text in file.read_text("utf-8", "replace").split("\n%\n"))
    return list(dict.fromkeys(text for text in texts if text))


def _of(package: str) -> Iterator[str]:
    """Yield the docstrings of a package's public functions, classes and methods."""
    for module in _modules(package):
        for name, value in list(vars(module).items()):
            if name.startswith("_") or not str(getattr(value, "__module__", "")).startswith(package):
                continue
            yield from _texts(value)
            if inspect.isclass(value):
                for inner, method in list(vars(value).items()):
                    if not inner.startswith("_"):
                        yield from _texts(method)


def _modules(package: str) -> Iterator[Any]:
    root = importlib.import_module(package)
    yield root
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for found in pkgutil.iter_modules(root.__path__):
            if not found.name.startswith("_") and "test" not in found.name:
                try:
                    yield importlib.import_module(f"{package}.{found.name}")
                except Exception:
                    continue


def _texts(value: Any) -> Iterator[str]:
    text = getattr(value, "__doc__", None)
    if isinstance(text, str):
        yield text
