"""Everything that a distillation can be told, in one frozen value that is checked before the first long step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import numpy as np

from limbeck.core import Task, seed_of
from limbeck.errors import InputError
from limbeck.observe import Budget
from limbeck.search import BeamSettings
from limbeck.tables import listed

__all__ = ["GUIDES", "Settings"]

GUIDES = ("impurity", "agreement", "influence", "representation")
"""The guides by name: label gain (two kinds), influence of single columns, linear representation."""

_NARROW = BeamSettings(widths=(5, 3, 2, 2, 1), beam=100, pair_clauses=0, guide_work=2e8, most_sums=1e6)
_MIDDLE = BeamSettings(widths=(6, 4, 3, 2, 1), beam=200, pair_clauses=4, guide_work=5e8, most_sums=2e6, rounds=5)
_WIDE = BeamSettings(widths=(8, 5, 4, 3, 2, 2, 1), beam=1000, pair_clauses=16, guide_work=1e9, most_sums=3e6, rounds=10)

# How widely the trial fits search, which choose recipe and size, and the final one.
_EFFORT = {"fast": (_NARROW, _NARROW), "normal": (_NARROW, _MIDDLE), "thorough": (_MIDDLE, _WIDE)}

# Rows that are changed column by column: much of the fast search was waiting for the teacher's answers to 500.
_CHANGED_WHEN_FAST = 300


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one distillation.

    Parameters
    ----------
    max_leaves : int, at least 1
        Most leaves, s; the frontier holds the best tree for every number up to it.
    max_depth : int, 0 to 30
        Most questions on a path, r. No limit is needed: chains of rare yes/no questions go deep, and cost little.
    min_leaf : float, above 0
        Least weight of the fitting rows at a leaf (their number, without sample weights).
    task : {"auto", "binary", "multiclass", "regression"}
        How the teacher's outputs are read.
    loss : {"auto", "hard", "soft"}
        What the tree is fitted to: the teacher's classes (hard, which "auto" is), or its class scores by squared error
        (soft), which then stand at the leaves. Numbers are always fitted by squared error.
    delta : float, in (0, 1)
        Probability with which the certificate may fail.
    epsilon : float, in (0, 1)
        For regression: share of fresh rows that may lie outside the certified tolerance.
    defer : float, in (0, 1), optional
        Leaves may ask the model in place of answering: of all trees up to the size, the one that answers as many rows
        as possible and differs from the teacher on at most this share of them. The certificate is about both.
    tolerance : float, above 0, optional
        For regression with leaves that may ask: the gap up to which tree and teacher agree, in the unit of the
        teacher's output. By default half the standard deviation of its answers on the rows that fit.
    class_weight : "balanced" or mapping, optional
        What agreement on a row counts by the teacher's class of it, times the row's own weight; classes that the
        mapping leaves out count 1. "balanced" lets every class count as much as any other. Certificates count
        every row alike.
    monotone : mapping of str to {1, -1}, optional
        Numeric columns along which the tree's answer never falls (1), or never rises (-1), whatever the teacher does:
        its number, or the score of the second of two classes, in the order of `classes`.
    guides : sequence of str
        Which of `GUIDES` propose questions.
    queries : bool
        Whether the teacher may be asked about rows outside the table.
    max_queries : int, at least 0
        Most such rows.
    output : str or int, optional
        Which of the model's several outputs is explained, by its name or its place from 0.
    layers : sequence of str, optional
        Layers whose activations guide the search; all by default.
    concepts : sequence of str
        Columns with the user's own yes/no concepts; the teacher does not get them.
    ask : sequence of str, optional
        The columns that a tree may ask about, beside the concepts; all by default. The teacher gets all columns.
    no_ask : sequence of str
        Columns that no tree may ask about, although the teacher gets them.
    thresholds : int, at least 1
        Most thresholds per numeric column.
    effort : {"fast", "normal", "thorough"}
        How widely to search. "fast" tries no synthetic rows, asks about fewer changes, holds some 250 rows out and
        no more sets of them, and changes the program's trees in their thresholds only.
    synthetic : bool
        Whether trees may be fitted to synthetic rows too, labelled by the teacher, when that does better on held-out
        rows; needs `queries`.
    fresh_rows : int, at least 2
        Rows drawn for each leaf, when `distill` is given a `sampler`.
    time_limit : float, seconds, optional
        Time in which the distillation is to end, with the best tree so far; it is shared out over the passes, and the
        notes say what was cut short. May be exceeded by a tenth and a second. Of rows in batches a sample is drawn from
        all of them first; where a third of the time is not enough for that, it is an error.
    retries : int, at least 0
        How many times a call of the model that failed is made again, at once, before that is an error.
    certificate, validation : float, in [0, 1)
        Share of the rows set aside for the certificate; and share of the others that is held out at a time of trial
        fits, which choose the size, before all of them fit the final trees.
    keep_rows : bool
        Whether the result keeps some rows with both answers for its report; no other value of a row is ever kept.
    random_state : int, RandomState, Generator or None
        Seed; the same seed gives the same answer bit for bit (without a time limit). From anything but a whole number
        a seed is drawn, which the settings of the result name.

    Examples
    --------
    >>> Settings(max_leaves=8).beam.max_depth
    30
    """

    max_leaves: int = 16
    max_depth: int = 30
    min_leaf: float = 1.0
    task: str = "auto"
    loss: str = "auto"
    delta: float = 0.05
    epsilon: float = 0.1
    defer: float | None = None
    tolerance: float | None = None
    class_weight: str | Mapping[Any, float] | None = None
    monotone: Mapping[str, int] | None = None
    guides: Sequence[str] = GUIDES
    queries: bool = True
    max_queries: int = 200_000
    output: str | int | None = None
    layers: Sequence[str] | None = None
    concepts: Sequence[str] = ()
    ask: Sequence[str] | None = None
    no_ask: Sequence[str] = ()
    thresholds: int = 32
    effort: str = "normal"
    synthetic: bool = True
    fresh_rows: int = 500
    time_limit: float | None = None
    retries: int = 0
    certificate: float = 0.25
    validation: float = 0.15
    keep_rows: bool = True
    random_state: Any = 0

    @classmethod
    def given(cls, **options: Any) -> Settings:
        """Make settings from keywords, and name the nearest keyword when one is unknown."""
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise InputError(
                    f"the setting `{name}`",
                    f"the settings {listed(known, most=len(known))}",
                    f"did you mean `{near[0]}`?" if near else "use one of these",
                )
        return cls(**options)

    def __post_init__(self) -> None:
        _whole("max_leaves", self.max_leaves, least=1)
        _whole("max_depth", self.max_depth, least=0, most=30)
        _whole("max_queries", self.max_queries, least=0)
        object.__setattr__(self, "random_state", seed_of(self.random_state))
        _whole("thresholds", self.thresholds, least=1)
        _whole("fresh_rows", self.fresh_rows, least=2)
        _whole("retries", self.retries, least=0)
        _number("min_leaf", self.min_leaf, 0, np.inf, open_low=True)
        _number("delta", self.delta, 0, 1, open_low=True)
        _number("epsilon", self.epsilon, 0, 1, open_low=True)
        _number("certificate", self.certificate, 0, 1)
        _number("validation", self.validation, 0, 1)
        _output(self.output)
        _one_of("task", self.task, tuple(str(task) for task in Task))
        _one_of("loss", self.loss, ("auto", "hard", "soft"))
        _one_of("effort", self.effort, tuple(_EFFORT))
        _one_of("queries", self.queries, (True, False))
        _one_of("synthetic", self.synthetic, (True, False))
        _one_of("keep_rows", self.keep_rows, (True, False))
        for name in ("guides", "layers", "concepts", "ask", "no_ask"):
            _names(name, getattr(self, name))
        for guide in self.guides:
            _one_of("guides", guide, GUIDES)
        if self.defer is not None:
            _number("defer", self.defer, 0, 1, open_low=True)
        if self.tolerance is not None:
            _number("tolerance", self.tolerance, 0, np.inf, open_low=True)
        _class_weight(self.class_weight)
        _signs(self.monotone)
        if self.time_limit is not None:
            _number("time_limit", self.time_limit, 0, np.inf, open_low=True)
        if self.certificate + self.validation >= 1:
            raise InputError(
                "rows left to fit",
                f"`certificate={self.certificate}` and `validation={self.validation}`",
                "let the two shares add up to less than 1",
            )
        if (
            not {"impurity", "agreement"} & set(self.guides)
            and not self.queries
            and "representation" not in self.guides
        ):
            raise InputError(
                "a guide for the search", f"`guides={list(self.guides)}` without queries", "add `impurity`"
            )

    @property
    def beam(self) -> BeamSettings:
        """The beam's widths and limits for the final fit."""
        return self._limited(_EFFORT[self.effort][1])

    @property
    def trial_beam(self) -> BeamSettings:
        """The beam's widths and limits for trial fits."""
        return self._limited(_EFFORT[self.effort][0])

    def _limited(self, preset: BeamSettings) -> BeamSettings:
        return replace(preset, max_depth=self.max_depth, min_leaf=self.min_leaf)

    @property
    def budget(self) -> Budget:
        """What the teacher may be asked."""
        asked = Budget(queries=self.queries and "influence" in self.guides, max_queries=self.max_queries)
        return replace(asked, least_changed_rows=_CHANGED_WHEN_FAST) if self.effort == "fast" else asked

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _whole(name: str, value: Any, *, least: int, most: int | None = None) -> None:
    """See that a setting is a whole number in its range."""
    inside = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not inside or value < least or (most is not None and value > most):
        upto = "" if most is None else f" and at most {most}"
        raise InputError(
            f"`{name}` of at least {least}{upto}", f"`{name}={value!r}`", "give a whole number in this range"
        )


def _number(name: str, value: Any, low: float, high: float, *, open_low: bool = False) -> None:
    """See that a setting is a number in [low, high), or in (low, high)."""
    if not isinstance(value, (int, float, np.number)) or not low <= value < high or (open_low and value == low):
        interval = f"{'(' if open_low else '['}{low:g}, {high:g})"
        raise InputError(f"`{name}` in {interval}", f"`{name}={value!r}`", "give a number in this range")


def _one_of(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """See that a setting is one of the values allowed."""
    if value not in allowed:
        words = listed([str(word) for word in allowed])
        raise InputError(f"`{name}` among {words}", f"`{name}={value!r}`", "give one of these")


def _output(value: Any) -> None:
    """See that one of several outputs is named, or counted from 0."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int, np.integer))):
        raise InputError("`output` as a name, or a place from 0", f"`output={value!r}`", "name one output")


def _class_weight(value: Any) -> None:
    """See that class weights are "balanced", or positive numbers by class."""
    if isinstance(value, Mapping):
        for weight in cast("Mapping[Any, Any]", value).values():
            _number("class_weight", weight, 0, np.inf, open_low=True)
    elif value is not None:
        _one_of("class_weight", value, ("balanced",))


def _signs(value: Any) -> None:
    """See that monotone columns are names with a sign."""
    if value is None:
        return
    if not isinstance(value, Mapping) or not all(isinstance(n, str) for n in cast("Mapping[Any, Any]", value)):
        raise InputError("`monotone` as a mapping of columns", f"`monotone={value!r}`", 'write `monotone={"age": 1}`')
    for sign in cast("Mapping[str, Any]", value).values():
        _one_of("monotone", sign, (1, -1))


def _names(name: str, value: Any) -> None:
    """See that a setting is a list of names; one name alone would be read letter by letter."""
    if value is None and name in ("layers", "ask"):  # all of them
        return
    if isinstance(value, str) or not isinstance(value, Iterable) or not all(isinstance(n, str) for n in value):
        raise InputError(f"`{name}` as a list of names", f"`{name}={value!r}`", f"write `{name}=['...']`")


def _plain(value: Any) -> Any:
    """Return a setting as JSON knows it."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): float(weight) for key, weight in cast("Mapping[Any, float]", value).items()}
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
