"""Random tables in every container, teachers of every kind of answer, and settings, some of them wrong."""

from __future__ import annotations

import datetime
import decimal
import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

__all__ = ["column", "numbers_of", "random_options", "random_table", "random_teacher"]

WORDS = ("red", "blue", "NA", "Namibia", "", " ", "0123", "true", "ünï", "a,b", 'q"uote', "\x1b[31m", "x" * 60, "<b>")


def column(rng: np.random.Generator, n: int) -> Any:
    """Return n values of one kind, as pandas takes them."""
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: rng.normal(size=n),
        lambda: rng.normal(size=n) * 10.0 ** rng.integers(-200, 200),
        lambda: np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        lambda: rng.choice([-np.inf, np.inf, 0.0, 1.5, np.nan], n),
        lambda: np.full(n, np.nan),
        lambda: np.full(n, 3.25),
        lambda: rng.integers(-3, 4, n),
        lambda: rng.integers(0, 2, n),
        lambda: rng.integers(2**60, 2**60 + 5, n),
        lambda: rng.integers(0, 255, n).astype(np.uint8),
        lambda: rng.random(n) < 0.5,
        lambda: rng.normal(size=n).astype(np.float16),
        lambda: np.array(rng.choice(WORDS[: rng.integers(1, len(WORDS) + 1)], n), object),
        lambda: np.array([str(i) for i in range(n)], object),
        lambda: np.array([None] * n, object),
        lambda: np.array([("a", None, True, 2, 2.5)[i] for i in rng.integers(0, 5, n)], object),
        lambda: pd.array(np.where(rng.random(n) < 0.2, None, rng.integers(0, 9, n)), dtype="Int64"),
        lambda: pd.array(np.where(rng.random(n) < 0.2, None, rng.random(n) < 0.5), dtype="boolean"),
        lambda: pd.array(rng.choice(["a", "b", None], n), dtype="string"),
        lambda: pd.Categorical(rng.choice(["lo", "mid", "hi"], n), categories=["lo", "mid", "hi", "never"]),
        lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        lambda: pd.to_timedelta(rng.integers(0, 900, n), unit="h"),
        lambda: np.array([decimal.Decimal(int(v)) / 4 for v in rng.integers(0, 9, n)], object),
        lambda: np.array([datetime.date(2020, 1, 1 + int(v)) for v in rng.integers(0, 28, n)], object),
        lambda: pd.arrays.SparseArray(rng.integers(0, 2, n)),
        lambda: pd.cut(rng.normal(size=n), [-9, 0, 1, 9]),
    )
    return kinds[rng.integers(len(kinds))]()


def random_table(rng: np.random.Generator) -> Any:
    """Return rows in some container."""
    n = int(rng.choice([1, 2, 3, 7, 30, 80, 200]))
    form = rng.integers(10)
    if form < 2:
        x = rng.normal(size=(n, int(rng.integers(1, 5)))) if form else rng.integers(0, 3, (n, int(rng.integers(1, 8))))
        return x if rng.random() < 0.8 else x.tolist()
    names = rng.permutation(["a", "b", "amount owed", "Größe", "c\x1b[2J", "d" * 70, "e", "select"])
    frame = pd.DataFrame({str(name): column(rng, n) for name in names[: rng.integers(1, 6)]})
    if form == 2:
        return _or_else(lambda: pl.from_pandas(frame), frame)
    if form == 3:
        return _or_else(lambda: pl.from_pandas(frame).to_arrow(), frame)
    if form == 4:
        return frame.to_numpy(dtype=object)
    if form == 5:
        frame.index = pd.Index(rng.permutation(n))
    return frame


def _or_else(make: Callable[[], Any], other: Any) -> Any:
    """Convert a frame, or leave it where the other library does not take such a column."""
    try:
        return make()
    except Exception:
        return other


def numbers_of(rows: Any) -> np.ndarray[Any, Any]:
    """Return one number for each row, which depends on its values alone and not on their types or on other rows."""
    if isinstance(rows, (list, np.ndarray)):
        cells = np.asarray(rows, object).reshape(len(rows), -1).tolist()
    else:
        frame = rows if isinstance(rows, pd.DataFrame) else rows.to_pandas()
        cells = frame.astype(object).to_numpy().tolist()
    return np.array([sum(_cell(value) * (j + 1) for j, value in enumerate(row)) % 1.0 for row in cells])


def _cell(value: Any) -> float:
    """Return a number in [0, 1) for a value: the same for 1, 1.0 and True."""
    try:
        number = float(value)
        text = "nan" if math.isnan(number) else repr(number)
    except (TypeError, ValueError):
        text = "nan" if value is None or value is pd.NA or value is pd.NaT else str(value)
    return zlib.crc32(text.encode()) % 1000 / 1000


def random_teacher(rng: np.random.Generator) -> Callable[[Any], Any]:
    """Return a function of rows with some kind of answer."""
    scale, cut = 10.0 ** int(rng.integers(-250, 250)), rng.random()
    kinds: tuple[Callable[[Any], Any], ...] = (
        lambda r: numbers_of(r) > cut,
        lambda r: (numbers_of(r) > cut).astype(int),
        lambda r: (numbers_of(r) * rng_classes).astype(int),
        lambda r: np.array(WORDS)[(numbers_of(r) * 5).astype(int)],
        lambda r: np.zeros(len(r), int),
        lambda r: np.array(["only"] * len(r), object),
        lambda r: numbers_of(r) * scale,
        lambda r: numbers_of(r) + 1e6,
        lambda r: np.exp(8 * numbers_of(r)),
        lambda r: np.full(len(r), 2.5),
        lambda r: np.column_stack([1 - numbers_of(r), numbers_of(r)]),
        lambda r: np.column_stack([np.cos((k + 1) * 6 * numbers_of(r)) for k in range(4)]),
        lambda r: numbers_of(r)[:, None],
        lambda r: list(numbers_of(r) > cut),
        lambda r: np.where(numbers_of(r) > cut, np.nan, 1.0),  # no model: refused
        lambda r: numbers_of(r)[1:],  # likewise
    )
    rng_classes = int(rng.integers(2, 30))
    return kinds[rng.integers(len(kinds))]


def random_options(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Return settings, a few of which no distillation takes."""
    options: dict[str, Any] = {"max_leaves": int(rng.integers(1, 13)), "random_state": int(rng.integers(99))}
    options["effort"] = "fast" if rng.random() < 0.85 else "normal"
    choices: dict[str, Callable[[], Any]] = {
        "max_depth": lambda: int(rng.integers(0, 6)),
        "min_leaf": lambda: float(rng.choice([0.5, 1, 5, 1e9])),
        "loss": lambda: str(rng.choice(["hard", "soft", "auto"])),
        "task": lambda: str(rng.choice(["binary", "multiclass", "regression"])),
        "delta": lambda: float(rng.choice([0.05, 1e-12, 0.999, 0.0])),
        "class_weight": lambda: "balanced",
        "monotone": lambda: {"a": int(rng.choice([1, -1]))},
        "queries": lambda: bool(rng.random() < 0.5),
        "thresholds": lambda: int(rng.integers(1, 10)),
        "certificate": lambda: float(rng.choice([0.0, 0.1, 0.5, 0.99])),
        "validation": lambda: float(rng.choice([0.0, 0.3, 0.5])),
        "time_limit": lambda: float(rng.choice([1e-3, 0.2, 5.0])),
        "keep_rows": lambda: bool(rng.random() < 0.5),
        "sample_weight": lambda: rng.random(n) * 10.0 ** int(rng.integers(-300, 300)) * (rng.random(n) < 0.7),
        "guides": lambda: [str(rng.choice(["impurity", "agreement", "influence", "representation"]))],
    }
    for name in rng.permutation(list(choices))[: rng.integers(0, 5)]:
        options[str(name)] = choices[str(name)]()
    return options
