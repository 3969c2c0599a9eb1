"""What a diagnosis is made from: the disagreement on each kind of rows, and the tests on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import disagreements
from limbeck.core import Clause, Outputs, Table, Tree, Vocabulary
from limbeck.diagnosis.coarse import telling_floor
from limbeck.diagnosis.disagreement import ENOUGH_TO_PLACE, Floor, Region, worst_region
from limbeck.diagnosis.stability import Stability
from limbeck.probes import Evidence
from limbeck.theory import ByClass, agreement_by_class, error_upper_limit, rows_to_certify

__all__ = ["SHIFT_LEVEL", "TOLERATED", "WIDE", "Findings", "gather_findings"]

TOLERATED = 0.05
"""Disagreement up to which a tree counts as faithful: one row in twenty, the usual level of doubt. For numbers it is
the share of the variance left unexplained."""

WIDE = 0.1
"""An error known less exactly than this, at the certificate's confidence, does not tell a faithful tree (0.05) from one
that is wrong three times as often: then there are too few held-out rows for any verdict."""

SHIFT_LEVEL = 0.001
"""Level of the test for shifted rows. Far below the usual 0.05, since the verdict puts the certificate rows themselves
in doubt, and since the validation rows chose the best of several trees, which flatters them a little."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What a diagnosis is made from.

    Parameters
    ----------
    fit, validation, certificate : ndarray of float64, shape (n,) each, empty when there are no such rows
        Disagreement of tree and teacher on each row.
    classes : bool
        Whether it is 0 or 1 (classes), or a squared gap over the teacher's variance (numbers).
    given : bool
        Whether the certificate rows were given apart from the others, so that they may be of another kind.
    delta : float
        Probability with which a limit may fail.
    floor : Floor
        Of the vocabulary, on the fit rows.
    reach : float
        Disagreement of the frontier's best tree on the fit rows, by their weights: what this size can reach there.
        With more rows it rises on average, since a tree can be bent to few rows more easily than to many.
    rise : float
        Fidelity of the largest tree of the frontier minus that of the best with half its leaves.
    evidence : Evidence or None
        Whether the tree's clauses are linear in the activations.
    region : Region or None
        Where most of the disagreement sits.
    stopped : bool
        Whether the time limit ended the search.
    constant : float
        Disagreement of the best single answer with the teacher on the rows that judge; of numbers, their mean on the
        fit rows.
    nothing_gained : bool
        Whether no tree of the frontier beats one answer even on the rows that fit.
    by_class : ByClass or None
        The rows that judge class by class; None for numbers.
    class_weights : ndarray of float64, shape (c,), or None
        What a row of each class counts, where the classes were asked to count differently.
    stability : Stability or None
        How the teacher answered rows that it was asked about twice.
    """

    fit: NDArray[np.float64]
    validation: NDArray[np.float64]
    certificate: NDArray[np.float64]
    classes: bool
    given: bool
    delta: float
    floor: Floor
    reach: float
    rise: float
    evidence: Evidence | None
    region: Region | None = None
    stopped: bool = False
    stability: Stability | None = None
    constant: float = 1.0
    nothing_gained: bool = False
    by_class: ByClass | None = None
    class_weights: NDArray[np.float64] | None = None

    @property
    def better(self) -> bool:
        """Whether the tree is shown to be better than one answer: exactly for classes, by the figures for numbers.

        Where classes were asked to count differently, better by that measure is better too.
        """
        if self.by_class is None:
            return self.error < self.constant
        if self.by_class.better:
            return True
        return self.class_weights is not None and self.by_class.gain_limit(self.class_weights) > 0

    @property
    def spread(self) -> bool:
        """Whether there is disagreement enough to say that no region holds much of it."""
        return self.region is None and int(np.count_nonzero(self.held_out)) >= ENOUGH_TO_PLACE

    @property
    def held_out(self) -> NDArray[np.float64]:
        """The rows that judge: those of the certificate, else those of the validation."""
        return self.certificate if len(self.certificate) else self.validation

    @property
    def error(self) -> float:
        """Disagreement on the rows that judge; on the fit rows when nothing was held out."""
        return float((self.held_out if len(self.held_out) else self.fit).mean())

    @property
    def limit(self) -> float | None:
        """Upper limit on the disagreement of classes on fresh rows; None for numbers, or when nothing was held out."""
        if not self.classes or not len(self.held_out):
            return None
        return error_upper_limit(int(self.held_out.sum()), len(self.held_out), self.delta)

    @property
    def too_wide(self) -> bool:
        """Whether the rows that judge are too few to say much."""
        if self.limit is not None:
            return self.limit - self.error > WIDE
        return len(self.held_out) < rows_to_certify(WIDE, self.delta)

    @property
    def unstable(self) -> bool:
        """Whether the answers move at least half as much from one asking to the next as tree and teacher differ."""
        return self.stability is not None and self.stability.change >= self.error / 2 > 0

    @property
    def starved(self) -> bool:
        """Whether rows are lacking before leaves: a tree of this size fits its own rows, or twice as well as others."""
        held_out = float(self.validation.mean()) if len(self.validation) else 0.0
        return self.reach <= max(TOLERATED, held_out / 2)

    def shifted(self) -> bool:
        """Tell certificate rows from validation rows by an exact test, when the tree does worse on the former.

        Fisher's test for classes; for numbers the rank test of Mann and Whitney on the gaps.
        """
        if not self.given or not len(self.certificate) or not len(self.validation):
            return False
        from scipy.stats import fisher_exact, mannwhitneyu  # slow to import, and seldom needed

        if self.classes:
            counts = [[int(side.sum()), int((1 - side).sum())] for side in (self.certificate, self.validation)]
            tested: Any = fisher_exact(counts, alternative="greater")
        else:
            tested = mannwhitneyu(self.certificate, self.validation, alternative="greater")
        return float(tested.pvalue) < SHIFT_LEVEL


def gather_findings(
    tree: Tree,
    vocabulary: Vocabulary,
    uses: Mapping[str, tuple[Table, Outputs | None]],
    validation_gaps: NDArray[np.float64],
    frontier: Sequence[tuple[int, float, float]],
    evidence: Evidence | None,
    *,
    given: bool,
    delta: float,
    stopped: bool = False,
    class_weights: NDArray[np.float64] | None = None,
    silent: Sequence[str] = (),
    stability: Stability | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Findings:
    """Put the chosen tree beside the teacher's answers on every kind of rows.

    Parameters
    ----------
    tree, vocabulary : Tree, Vocabulary
        The chosen tree and the questions that might have been asked.
    uses : mapping of str to (Table, Outputs or None)
        The rows of `fit`, `validation` and `certificate`, with the teacher's answers; None where there are no rows.
    validation_gaps : ndarray of float64, shape (n_validation,)
        How far teacher and tree are apart on each validation row, by a tree of this size that was fitted without it.
    frontier : sequence of (int, float, float)
        Leaves of the frontier's trees, and their fidelity on the fit rows and on the validation rows (on the fit rows
        again where there are none).
    evidence : Evidence or None
        Of the tree's clauses.
    given, delta, stopped, class_weights, stability
        As in `Findings`.
    silent : sequence of str
        Columns that moved no answer of the teacher.
    keep_going : callable
        Whether there is time left.
    """
    fit, fit_outputs = uses["fit"]
    assert fit_outputs is not None, "there is always a row that fits"
    spread = float(fit_outputs.values[:, 0].var())
    gaps = {"validation": validation_gaps} | {
        use: np.zeros(0) if outputs is None else disagreements(tree, table, outputs)
        for use, (table, outputs) in uses.items()
        if use != "validation"
    }
    losses = {use: gap if tree.classes is not None else gap**2 / (spread or 1.0) for use, gap in gaps.items()}
    judges = ["certificate"] if given else ["validation", "certificate"]
    judges = [use for use in judges if len(losses[use])] or ["fit"]
    judge = next((use for use in ("certificate", "validation") if len(losses[use])), "fit")
    regions = [_regions(tree, vocabulary, uses[use][0]) for use in judges]
    holds, loss = np.concatenate([h for _, h in regions]), np.concatenate([losses[use] for use in judges])
    most = max(n_leaves for n_leaves, _, _ in frontier)
    best, half = (max(held for s, _, held in frontier if s <= max(size, 1)) for size in (most, most // 2))
    return Findings(
        **losses, classes=tree.classes is not None, given=given, delta=delta,
        floor=telling_floor(
            vocabulary, fit, fit_outputs, [literal.column for literal in tree.literals], silent, keep_going
        ),
        reach=1.0 - max(fitted for _, fitted, _ in frontier), rise=best - half, evidence=evidence,
        region=worst_region(regions[0][0], holds, loss), stopped=stopped, stability=stability,
        constant=_constant(fit_outputs, uses[judge][1]), class_weights=class_weights,
        nothing_gained=max(fitted for _, fitted, _ in frontier) <= frontier[0][1],
        by_class=_by_class(tree, *uses[judge], losses[judge], delta, routed=judge != "validation"),
    )  # fmt: skip


def _constant(fit: Outputs, outputs: Outputs | None) -> float:
    """Return the disagreement of the best single answer: the class that is best there, or the fit rows' mean."""
    assert outputs is not None, "rows that judge have been put to the teacher"
    if outputs.codes is not None:
        return 1.0 - float(np.bincount(outputs.codes[outputs.codes >= 0], minlength=1).max()) / len(outputs)
    mean, spread = float(fit.values[:, 0].mean()), float(fit.values[:, 0].var())
    return float(((outputs.values[:, 0] - mean) ** 2).mean()) / (spread or 1.0)


def _by_class(
    tree: Tree, table: Table, outputs: Outputs | None, loss: NDArray[np.float64], delta: float, *, routed: bool
) -> ByClass | None:
    """Count the judging rows class by class; of validation rows, each by another tree, only who was right is known."""
    if tree.classes is None or outputs is None or outputs.codes is None:
        return None
    said = np.where(loss > 0, -1, outputs.codes)
    if routed:
        leaf = tree.apply(table)
        said = np.where(np.isin(leaf, tree.asking), outputs.codes, tree.value.argmax(axis=1)[leaf])
    return agreement_by_class(outputs.codes, said, tree.classes, delta)


def _regions(tree: Tree, vocabulary: Vocabulary, table: Table) -> tuple[list[Clause], NDArray[np.bool_]]:
    """Return the regions that may be named: the tree's leaves, and each literal answered yes or no."""
    answers, leaf = vocabulary.evaluate(table), tree.apply(table)
    clauses = [tree.clause(int(node)) for node in tree.leaves]
    clauses += [Clause(((literal, answer),)) for answer in (True, False) for literal in vocabulary.literals]
    return clauses, np.concatenate([leaf[:, None] == tree.leaves, answers, ~answers], axis=1)
