"""What the scores of all layers say of single clauses, of those of each depth, and of all that count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limbeck.probes.estimate import Estimate, estimates
from limbeck.probes.evidence import CONCEPT, Evidence, Represented, Subject
from limbeck.probes.selectivity import LayerScores, Sides

__all__ = ["weigh_evidence"]

_CONTROLS = ("random", "redrawn")


def weigh_evidence(
    scores: Mapping[str, LayerScores],
    subjects: Sequence[Subject],
    *,
    n_resamples: int,
    confidence: float,
    rng: np.random.Generator,
) -> Evidence:
    """Average the scores by depth and put intervals around what all layers together show.

    Parameters
    ----------
    scores : mapping of str to LayerScores
        From `measure_clauses`.
    subjects : sequence of Subject, length t
        What was probed, in order.
    n_resamples : int
        Resamples of the rows.
    confidence : float, in (0, 1)
        Level of the intervals.
    rng : numpy.random.Generator
        Source of the resamples.

    Returns
    -------
    Evidence
    """
    last = list(scores.values())[-1]
    figures = _Figures.of(scores, last.resampled(n_resamples, rng), confidence)
    depths, support = np.array([s.depth for s in subjects]), np.array([s.support for s in subjects])
    levels, counting = np.unique(depths).tolist(), np.flatnonzero(depths != 1)
    at = [*np.arange(len(subjects))[:, np.newaxis], *(np.flatnonzero(depths == depth) for depth in levels), counting]
    named = [(s.label, s.depth, s.node) for s in subjects]
    named += [("concepts" if depth == CONCEPT else f"depth {depth}", depth, None) for depth in levels]
    named += [("all that counts", None, None)]
    found = figures.averaged(named, at if len(counting) else at[:-1], support)
    n, t = last.own.lost.shape
    n_random = 0 if last.random is None else last.random.lost.shape[1] // t
    return Evidence(
        tuple(found[:t]), tuple(found[t : t + len(levels)]), found[-1] if len(counting) else None,
        n, n_random, len(last.redrawn), n_resamples, confidence,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Figures:
    """All figures, layer by layer and clause by clause (layers, t), ready to be averaged over some of the clauses."""

    layers: tuple[str, ...]
    own: NDArray[np.float64]
    norm: NDArray[np.float64]
    random: NDArray[np.float64]
    redrawn: NDArray[np.float64]
    resampled: Sides
    confidence: float

    @classmethod
    def of(cls, scores: Mapping[str, LayerScores], resampled: Sides, confidence: float) -> _Figures:
        """Put the layers below each other; those that are resampled are last."""
        sides = [found.r_squared() for found in scores.values()]
        own, random, redrawn = (np.concatenate([getattr(s, name) for s in sides]) for name in ("own", *_CONTROLS))
        norm = np.array([found.own.norm for found in scores.values()])
        return cls(tuple(scores), own, norm, random, redrawn, resampled, confidence)

    def averaged(
        self,
        named: Sequence[tuple[str, int | None, int | None]],
        at: Sequence[NDArray[np.intp]],
        support: NDArray[np.float64],
    ) -> list[Represented]:
        """Average over the clauses at several places, of which label, depth and node are given."""
        held, above_random, selectivity = (self._estimates(at, control) for control in (None, *_CONTROLS))
        found: list[Represented] = []
        for place, some in enumerate(at):
            whole = held[place]
            assert whole is not None, "every clause has an R²"
            label, depth, node = named[place]
            found.append(
                Represented(
                    label, depth, len(some), float(support[some].mean()),
                    self._means(self.own[:, some]), self._means(self.norm[:, some]),
                    self._known(self.random[:, some]), self._known(self.redrawn[:, some]),
                    whole, above_random[place], selectivity[place], node,
                )
            )  # fmt: skip
        return found

    def _means(self, figures: NDArray[np.float64]) -> dict[str, float]:
        """Average in each layer."""
        return dict(zip(self.layers, figures.mean(axis=1).tolist(), strict=True))

    def _known(self, figures: NDArray[np.float64]) -> dict[str, float] | None:
        """Average in each layer over the clauses that have the figure, the same in all; None when none has."""
        have = figures[:, ~np.isnan(figures[-1])]
        return self._means(have) if have.size else None

    def _estimates(self, at: Sequence[NDArray[np.intp]], control: str | None) -> list[Estimate | None]:
        """Average R², or its margin above a control, over the clauses that have it; intervals by the resamples."""
        now, again = self.own[-1], self.resampled.own
        if control is not None:
            now, again = now - getattr(self, control)[-1], again - getattr(self.resampled, control)
        have = [some[~np.isnan(now[some])] for some in at]
        drawn = iter(
            estimates(
                [float(now[some].mean()) for some in have if len(some)],
                [again[:, some].mean(axis=1) for some in have if len(some)],
                self.confidence,
            )
        )
        return [next(drawn) if len(some) else None for some in have]
