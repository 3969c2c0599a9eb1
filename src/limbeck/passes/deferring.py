"""Trees that may ask the model: held-out rows choose the price of asking, with room for a certificate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.distillation import SizedTree
from limbeck.observe import Fold
from limbeck.passes.choice import sized_trees
from limbeck.passes.fitting import Fitted
from limbeck.passes.learning import Learner
from limbeck.passes.run import Run
from limbeck.passes.validation import held_out_gaps
from limbeck.solve import Frontier
from limbeck.theory.binomial import error_upper_limit
from limbeck.theory.deferral import levels_of

__all__ = ["ROOM", "Judge", "fitted_to_defer", "in_turn", "trade_off"]

# Halves, and the numbers between them: whole counts times such prices are exact. Those from 1 on are for numbers, whose
# squared gaps may be as large as the squared tolerance where few gaps exceed it.
_PRICES = tuple(2.0**-i * part for i in range(-1, 10) for part in (0.75, 0.5))
# Prices that say, without being asked, what trees would give that may pass; and rows after which these are enough.
_GLANCE, _GLANCE_NUMBERS = (0.25, 0.125, 0.0625, 0.03125, 0.015625), (1.0, 0.5, 0.25, 0.125, 0.0625)
_GLANCE_ROWS = 300

ROOM = (2.0, 1.0, 0.5, 0.0, -0.5)
"""Standard errors of the certificate's count that are left as room, one choice after the other."""
# Share of the rows up to which two trees answer about as many.
_AS_MANY = 0.01


@dataclass(frozen=True, eq=False)
class _Tried:
    """What held-out rows say about the trees of every size at one price; None where every leaf answers.

    Parameters
    ----------
    price : float or None
        What it costs to ask the model.
    gaps : ndarray of float32, shape (s, n_val)
        How far teacher and the tree of at most so many leaves are apart; NaN where the tree asks.
    """

    price: float | None
    gaps: NDArray[np.float32]

    def points(self, tolerance: float, sizes: Sequence[int]) -> Iterator[OperatingPoint]:
        """Count, for every size."""
        asks = np.isnan(self.gaps)
        differ = np.where(asks, 0.0, self.gaps) > tolerance
        for size in sizes:
            n_answered = int((~asks[size - 1]).sum())
            yield OperatingPoint(size, self.price, self.gaps.shape[1], n_answered, int(differ[size - 1].sum()))


def trade_off(run: Run, fitted: Fitted) -> Deferral | None:
    """Say, from the searches that chose the size, what the largest trees would give if they might ask the model."""
    found, learner = fitted.validation, fitted.learner
    if found is None or learner is None or not found.searches or not run.keep_going("deferring"):
        return None
    folds = _enough(fitted.folds, len(found.searches))
    prices = _GLANCE_NUMBERS if learner.reading.classes is None else _GLANCE
    if run.settings.effort == "fast":
        prices = prices[::2]
    tried = _trials(run, fitted, learner, prices, folds, largest=True)
    n_rows = tried[0].gaps.shape[1] if tried else 0
    plain = _Tried(None, found.gaps[found.best, :, :n_rows])
    points = [p for t in (plain, *tried) for p in t.points(run.tolerance, [learner.max_leaves])]
    return Deferral(None, _tolerance(run, learner.reading), _undominated(points))


def fitted_to_defer(run: Run, fitted: Fitted, reading: OutputReading, n_certificate: int) -> tuple[Fitted, ...]:
    """Return frontiers of trees that may ask the model, the surest to keep the disagreement that is asked for first.

    For every size the held-out rows choose the price (or none at all: a tree that answers everything) with most rows
    answered, among those that a certificate on so many rows would confirm with some room to spare; then trees are
    fitted at that price to all rows. With less room more rows are answered: the certificate tries these in their turn,
    until one fails. Certificate rows take no part here: only their number does.
    """
    found, learner, target = fitted.validation, fitted.learner, run.settings.defer
    assert target is not None, "the pass is for settings that ask for it"
    if found is None or learner is None or not found.searches:
        return (replace(fitted, deferral=Deferral(target, _tolerance(run, reading), ())),)
    prices = [p for p in _PRICES if p >= target / 2 and (p < 0.5 or reading.classes is None)]
    tried = [_Tried(None, found.gaps[found.best])]
    tried += _trials(run, fitted, learner, prices, fitted.folds[: len(found.searches)], largest=False)
    sizes = range(1, learner.max_leaves + 1)
    by_size = [list(same) for same in zip(*(t.points(run.tolerance, sizes) for t in tried), strict=True)]
    deferral = Deferral(target, _tolerance(run, reading), _undominated([p for same in by_size for p in same]))
    final = _Final(run, fitted, reading, {t.price: t.gaps for t in tried})
    judges = [Judge(target, run.settings.delta, n_certificate, room) for room in ROOM]
    return tuple(replace(final.at(picks), deferral=deferral) for picks in in_turn(judges, by_size))


@dataclass(frozen=True)
class Judge:
    """Chooses among operating points, with room for what a certificate on n rows cannot see.

    Parameters
    ----------
    target, delta : float
        Error to certify, and probability with which the certificate may fail.
    n_rows : int
        Certificate rows.
    room : float
        Standard errors by which the certificate may see more disagreements than are expected.
    """

    target: float
    delta: float
    n_rows: int
    room: float

    def best(self, points: Sequence[OperatingPoint]) -> OperatingPoint:
        """Return the point that answers most of those that would be certified; else the nearest to it.

        Of those that answer about as many rows, the one at the lowest price, which answers where it is surest.
        """
        certain = [p for p in points if self.confirms(p)]
        if certain:
            most = max(p.n_answered - _AS_MANY * p.n_rows for p in certain)
            alike = [p for p in certain if p.n_answered >= most]
            return min(alike, key=lambda p: (math.inf if p.price is None else p.price, p.max_leaves))
        return min(points, key=lambda p: (self._limit(p), -p.n_answered))

    def confirms(self, point: OperatingPoint) -> bool:
        """Tell whether a certificate would confirm the target, with the room to spare."""
        return point.n_answered > 0 and self._limit(point) <= self.target

    def _limit(self, point: OperatingPoint) -> float:
        """Return the limit that a certificate would give."""
        n = math.floor(point.answered * self.n_rows) if self.n_rows else point.n_answered
        expected = (point.disagreements + 1) / (point.n_answered + 1) * n
        seen = max(0, min(n, math.ceil(expected + self.room * math.sqrt(expected))))
        return error_upper_limit(seen, n, levels_of(self.delta)[1])


def in_turn(judges: Sequence[Judge], by_size: Sequence[Sequence[OperatingPoint]]) -> list[list[OperatingPoint]]:
    """Return, with less and less room, the points chosen for every size; those that answer no more are left out."""
    turns: list[list[OperatingPoint]] = []
    nearest: list[OperatingPoint] = []
    for judge in judges:
        picks: list[OperatingPoint] = []
        for same in by_size:
            picks.append(judge.best([*picks[-1:], *same]))
        nearest = nearest or picks
        if judge.confirms(picks[-1]) and (not turns or picks[-1].n_answered > turns[-1][-1].n_answered):
            turns.append(picks)
    return [list(dict.fromkeys(picks)) for picks in turns or [nearest]]


def _trials(
    run: Run, fitted: Fitted, learner: Learner, prices: Sequence[float], folds: Sequence[Fold], *, largest: bool
) -> list[_Tried]:
    """Solve for trees at every price, on the families that were searched for every fold, and judge them."""
    assert fitted.validation is not None, "only rows that were held out can judge"
    searches, tried = fitted.validation.searches, list[_Tried]()
    for place, price in enumerate(prices):
        if not run.keep_going("deferring"):
            break
        if not largest:
            run.progress("trying prices of asking the model", place, len(prices))
        gaps = [
            held_out_gaps(learner, learner.deferring(found, price, largest=largest), fitted.seen, fold)
            for found, fold in zip(searches, folds, strict=False)
        ]
        tried.append(_Tried(price, np.concatenate(gaps, axis=1)))
    return tried


class _Final:
    """Trees fitted to all rows at the prices that were chosen; those of one price are solved once."""

    def __init__(
        self, run: Run, fitted: Fitted, reading: OutputReading, gaps: dict[float | None, NDArray[np.float32]]
    ) -> None:
        self._run, self._fitted, self._reading, self._gaps = run, fitted, reading, gaps
        self._solved: dict[float, Frontier] = {}

    def at(self, picks: Sequence[OperatingPoint]) -> Fitted:
        """Return trees of more and more leaves, the last the best, with what held-out rows say of each."""
        fitted, found = self._fitted, self._fitted.validation
        assert found is not None, "only rows that were held out can choose"
        points: list[SizedTree] = []
        gaps = np.zeros_like(found.gaps[:1])
        for pick in picks:
            point = self._point(pick)
            while points and points[-1].n_leaves >= point.n_leaves:  # what was chosen later is better
                points.pop()
            points.append(replace(point, operating=pick))
            gaps[0, point.n_leaves - 1 :] = np.nan_to_num(self._gaps[pick.price][pick.max_leaves - 1])
        held = replace(found, gaps=gaps, recipes=found.recipes[found.best : found.best + 1])
        judged = (replace(p, validation_fidelity=float(held.fidelity[0, p.n_leaves - 1])) for p in points)
        return replace(fitted, points=tuple(judged), validation=held)

    def _point(self, pick: OperatingPoint) -> SizedTree:
        """Fit at the price of a point, up to its size."""
        fitted, learner, search = self._fitted, self._fitted.learner, self._fitted.search
        assert learner is not None, "trees without a sampler have been learned"
        assert search is not None, "and searched for"
        if pick.price is None:
            return [p for p in fitted.points if p.n_leaves <= pick.max_leaves][-1]
        if pick.price not in self._solved:
            moved = self._run.settings.effort != "fast"
            self._solved[pick.price] = learner.deferring(search, pick.price, moved=moved)
        one = Frontier((self._solved[pick.price].best(pick.max_leaves),))
        return sized_trees(one, self._reading, fitted.seen.table, fitted.seen.outputs, fitted.weights, None)[0]


def _undominated(points: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """Leave out the points that another one beats: as few leaves, as many rows answered, and as small an error."""
    kept: list[OperatingPoint] = []
    for point in sorted(points, key=lambda p: (p.max_leaves, -p.n_answered, p.error)):
        if not any(p.n_answered >= point.n_answered and p.error <= point.error for p in kept):
            kept.append(point)
    return tuple(kept)


def _enough(folds: Sequence[Fold], n_searched: int) -> Sequence[Fold]:
    """Return the first folds whose held-out rows are enough for a glance."""
    taken, rows = 0, 0
    while taken < n_searched and rows < _GLANCE_ROWS:
        rows += len(folds[taken].validation)
        taken += 1
    return folds[:taken]


def _tolerance(run: Run, reading: OutputReading) -> float | None:
    """Return the tolerance of numbers in the teacher's own unit."""
    return None if reading.classes is not None else reading.length(run.tolerance)
