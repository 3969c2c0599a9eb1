"""Trees that may ask the model: held-out rows say what each price gives, and a certificate tries them in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.distillation import SizedTree
from limbeck.passes.choice import sized_trees
from limbeck.passes.fitting import Fitted, Priced
from limbeck.passes.learning import Learner, Search
from limbeck.passes.operating import Judge, in_turn, undominated
from limbeck.passes.pricing import priced_frontier, searched_around_priced, tolerance_of
from limbeck.passes.run import Run
from limbeck.passes.validation import held_out_gaps
from limbeck.search import Frontier

__all__ = ["Deferring", "planned_to_defer"]

# Halves, and the numbers between them: whole counts times such prices are exact. Those from 1 on are for numbers, whose
# squared gaps may be as large as the squared tolerance where few gaps exceed it.
_PRICES = tuple(2.0**-i * part for i in range(-1, 10) for part in (0.75, 0.5))


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


def planned_to_defer(run: Run, fitted: Fitted, reading: OutputReading, n_certificate: int) -> Deferring:
    """Say which trees that may ask the model a certificate is to try in turn, and fit them to the rows that were seen.

    What was searched for trees that answer everything is searched again around trees that ask, on the fit rows of
    every fold and on all rows. At every price and size held-out rows count what trees answer and where they differ;
    by that the certificate tries one choice after the other, until one fails (see `in_turn`), and each is fitted to all
    rows at its price. Certificate rows take no part here: only their number does.
    """
    found, learner, target = fitted.validation, fitted.learner, run.settings.defer
    assert target is not None, "the pass is for settings that ask for it"
    if found is None or learner is None or fitted.search is None or not found.searches:
        tolerance = None if reading.classes is not None else reading.length(run.tolerance)
        return Deferring(replace(fitted, deferral=Deferral(target, tolerance, ())), {}, ())
    prices = [p for p in _PRICES if p >= target / 2 and (p < 0.5 or reading.classes is None)]
    # As far from the cheapest and the dearest as from each other.
    again = [prices[len(prices) // 3], prices[2 * len(prices) // 3]]
    searches = [searched_around_priced(learner, search, again) for search in found.searches]
    tried = [_Tried(None, found.gaps[found.best]), *_trials(fitted, learner, searches, prices)]
    sizes = range(1, learner.max_leaves + 1)
    largest = [next(t.points(run.tolerance, sizes[-1:])) for t in tried[1:]]
    tried += _trials(fitted, learner, searches, _around_target(largest, target))
    by_size = [list(same) for same in zip(*(t.points(run.tolerance, sizes) for t in tried), strict=True)]
    points = undominated([p for same in by_size for p in same])
    turns = in_turn(Judge(target, run.settings.delta, n_certificate), by_size)
    search = searched_around_priced(learner, fitted.search, again)
    fitted = replace(
        fitted, search=search, deferral=Deferral(target, tolerance_of(learner), points),
        priced=_priced(fitted, learner, search, turns),
    )  # fmt: skip
    return Deferring(fitted, {t.price: t.gaps for t in tried}, tuple(map(tuple, turns)))


def _priced(
    fitted: Fitted, learner: Learner, search: Search, turns: Sequence[Sequence[OperatingPoint]]
) -> tuple[Priced, ...]:
    """Fit the trees that are to be tried to all rows of the search, at every price."""
    picked = {(pick.price, pick.max_leaves) for picks in turns for pick in picks if pick.price is not None}
    made: list[Priced] = []
    for price in sorted({price for price, _ in picked}):
        sizes = tuple(sorted(size for other, size in picked if other == price))
        frontier = priced_frontier(learner, search, price)
        best = [frontier.best(size) for size in sizes]
        seen = fitted.seen
        points = [
            sized_trees(Frontier((one,)), learner.reading, seen.table, seen.outputs, fitted.weights, None)[0]
            for one in best
        ]
        made.append(Priced(price, sizes, tuple(one.root for one in best), tuple(points)))
    return tuple(made)


def _around_target(points: Sequence[OperatingPoint], target: float) -> tuple[float, ...]:
    """Return prices between the two at which trees begin to differ too often: there a step up answers many more rows.

    The points are those of one size, one for each price.
    """
    rising = sorted((p.price, p.error) for p in points if p.price is not None)
    for (low, below), (high, above) in pairwise(rising):
        if below <= target < above:
            return tuple(low + (high - low) * part for part in (0.25, 0.5, 0.75))
    return ()


def _trials(fitted: Fitted, learner: Learner, searches: Sequence[Search], prices: Sequence[float]) -> list[_Tried]:
    """Solve for trees at every price on the fit rows of every fold, and judge them."""
    run, tried = learner.run, list[_Tried]()
    for place, price in enumerate(prices):
        if not run.keep_going("deferring"):
            break
        run.progress("trying prices of asking the model", place, len(prices))
        gaps = [
            held_out_gaps(learner, priced_frontier(learner, search, price), fitted.seen, fold)
            for search, fold in zip(searches, fitted.folds, strict=False)
        ]
        tried.append(_Tried(price, np.concatenate(gaps, axis=1)))
    return tried


@dataclass(frozen=True, eq=False)
class Deferring:
    """Trees that may ask the model, and in which turn a certificate tries them.

    Parameters
    ----------
    fitted : Fitted
        With these trees, fitted to the rows that the search saw.
    gaps : dict
        For every price what held-out rows say, as in `_Tried`.
    turns : tuple of tuple of OperatingPoint
        Of each try, the points of more and more leaves.
    """

    fitted: Fitted
    gaps: Mapping[float | None, NDArray[np.float32]]
    turns: tuple[tuple[OperatingPoint, ...], ...]

    def in_turn(self, fitted: Fitted) -> tuple[Fitted, ...]:
        """Return the frontiers to try, the surest to keep the disagreement that is asked for first.

        `fitted` has the trees as they are now: all rows may have been counted meanwhile.
        """
        return tuple(self._at(fitted, picks) for picks in self.turns) or (fitted,)

    def _at(self, fitted: Fitted, picks: Sequence[OperatingPoint]) -> Fitted:
        """Return trees of more and more leaves, the last the best, with what held-out rows say of each."""
        found = fitted.validation
        assert found is not None, "held-out rows chose what to try"
        points: list[SizedTree] = []
        gaps = np.zeros_like(found.gaps[:1])
        for pick in picks:
            point = _point(fitted, pick)
            while points and points[-1].n_leaves >= point.n_leaves:  # what was chosen later is better
                points.pop()
            points.append(replace(point, operating=pick))
            gaps[0, point.n_leaves - 1 :] = np.nan_to_num(self.gaps[pick.price][pick.max_leaves - 1])
        held = replace(found, gaps=gaps, recipes=found.recipes[found.best : found.best + 1])
        judged = (replace(p, validation_fidelity=float(held.fidelity[0, p.n_leaves - 1])) for p in points)
        return replace(fitted, points=tuple(judged), validation=held)


def _point(fitted: Fitted, pick: OperatingPoint) -> SizedTree:
    """Return the tree at the price of a point, of at most its size."""
    if pick.price is None:
        return [p for p in fitted.points if p.n_leaves <= pick.max_leaves][-1]
    priced = next(p for p in fitted.priced if p.price == pick.price)
    return priced.points[priced.sizes.index(pick.max_leaves)]
