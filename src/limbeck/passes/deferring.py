"""Trees that may ask the model: held-out rows say what each price gives, and a certificate tries them in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limbeck.core import OutputReading
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.distillation import SizedTree
from limbeck.passes.choice import sized_trees
from limbeck.passes.fitting import Fitted
from limbeck.passes.learning import Learner
from limbeck.passes.operating import Judge, in_turn, undominated
from limbeck.passes.pricing import priced_frontier, searched_around_priced, tolerance_of
from limbeck.passes.run import Run
from limbeck.passes.validation import Validation, held_out_gaps
from limbeck.search import Frontier

__all__ = ["fitted_to_defer"]

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


def fitted_to_defer(run: Run, fitted: Fitted, reading: OutputReading, n_certificate: int) -> tuple[Fitted, ...]:
    """Return frontiers of trees that may ask the model, the surest to keep the disagreement that is asked for first.

    What was searched for trees that answer everything is searched again around trees that ask, on the fit rows of
    every fold and on all rows. At every price and size held-out rows count what trees answer and where they differ;
    by that the certificate tries one choice after the other, until one fails (see `in_turn`), and each is fitted to all
    rows at its price. Certificate rows take no part here: only their number does.
    """
    found, learner, target = fitted.validation, fitted.learner, run.settings.defer
    assert target is not None, "the pass is for settings that ask for it"
    if found is None or learner is None or fitted.search is None or not found.searches:
        tolerance = None if reading.classes is not None else reading.length(run.tolerance)
        return (replace(fitted, deferral=Deferral(target, tolerance, ())),)
    prices = [p for p in _PRICES if p >= target / 2 and (p < 0.5 or reading.classes is None)]
    # As far from the cheapest and the dearest as from each other.
    again = [prices[len(prices) // 3], prices[2 * len(prices) // 3]]
    tried = [_Tried(None, found.gaps[found.best]), *_trials(fitted, learner, found, prices, again)]
    sizes = range(1, learner.max_leaves + 1)
    by_size = [list(same) for same in zip(*(t.points(run.tolerance, sizes) for t in tried), strict=True)]
    points = undominated([p for same in by_size for p in same])
    deferral = Deferral(target, tolerance_of(learner), points)
    search = searched_around_priced(learner, fitted.search, again)
    final = _Final(replace(fitted, search=search), learner, found, {t.price: t.gaps for t in tried})
    judge = Judge(target, run.settings.delta, n_certificate)
    return tuple(replace(final.at(picks), deferral=deferral) for picks in in_turn(judge, by_size))


def _trials(
    fitted: Fitted, learner: Learner, found: Validation, prices: Sequence[float], again: Sequence[float]
) -> list[_Tried]:
    """Search again for every fold, solve for trees at every price, and judge them."""
    run, tried = learner.run, list[_Tried]()
    searches = [searched_around_priced(learner, search, again) for search in found.searches]
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


class _Final:
    """Trees fitted to all rows at the prices that were chosen; those of one price are solved once."""

    def __init__(
        self, fitted: Fitted, learner: Learner, found: Validation, gaps: dict[float | None, NDArray[np.float32]]
    ) -> None:
        self._fitted, self._learner, self._found, self._gaps = fitted, learner, found, gaps
        self._solved: dict[float, Frontier] = {}

    def at(self, picks: Sequence[OperatingPoint]) -> Fitted:
        """Return trees of more and more leaves, the last the best, with what held-out rows say of each."""
        fitted, found = self._fitted, self._found
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
        fitted, learner, search = self._fitted, self._learner, self._fitted.search
        assert search is not None, "trees without a sampler have been searched for"
        if pick.price is None:
            return [p for p in fitted.points if p.n_leaves <= pick.max_leaves][-1]
        if pick.price not in self._solved:
            self._solved[pick.price] = priced_frontier(learner, search, pick.price)
        one = Frontier((self._solved[pick.price].best(pick.max_leaves),))
        return sized_trees(one, learner.reading, fitted.seen.table, fitted.seen.outputs, fitted.weights, None)[0]
