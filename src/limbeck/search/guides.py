"""Guides: what says which literal should be asked next under a clause.

Every guide scores all literals under a batch of clauses; higher is better, and scores are compared
within a clause only. The beam gives each guide its own places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from limbeck.probes import ExtensionProbe, batch_scores, extension_scores
from limbeck.search.batch import ClauseBatch
from limbeck.search.losses import Loss

__all__ = ["Agreement", "Guide", "Impurity", "Influence", "LinearRepresentation"]

# Clauses whose probes are computed in one product; bounds memory.
_CLAUSES_AT_ONCE = 4096


class Guide(Protocol):
    """Evidence for the next question."""

    @property
    def name(self) -> str:
        """What the guide goes by."""
        ...

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        """Return the score of every literal under every clause, shape (k, l)."""
        ...

    def work(self) -> float:
        """Return about how many multiply-adds one clause costs at most, beyond those of its sums."""
        ...


@dataclass(frozen=True, eq=False)
class Impurity:
    """Label gain: the impurity of the teacher's outputs that a split removes."""

    loss: Loss
    name: str = "impurity"

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        return -self.loss.impurity(batch.yes_sums) - self.loss.impurity(batch.no_sums)

    def work(self) -> float:
        return 0.0


@dataclass(frozen=True, eq=False)
class Agreement:
    """Label gain: the loss that a split into two leaves saves at once."""

    loss: Loss
    name: str = "agreement"

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        return -self.loss.cost(batch.yes_sums) - self.loss.cost(batch.no_sums)

    def work(self) -> float:
        return 0.0


@dataclass(frozen=True, eq=False)
class Influence:
    r"""How often the teacher's answer changes when one column is changed across a literal.

    For row i and literal l of column j let `flip` say that the changed row answers l differently, and
    `change` by how much the teacher's answer differs. Under a clause the score is
    `E[change * flip]^2 / E[flip]`: for a binary feature, whose literal always flips, the squared
    influence; among the thresholds of one column, the ones that changes have to cross.

    Parameters
    ----------
    rows : ndarray of intp, shape (n_queried,)
        Rows that were changed.
    change : ndarray of float32, shape (n_queried, l)
        `change * flip` for each row and literal.
    flip : ndarray of float32, shape (n_queried, l)
        Whether the literal's answer changed.

    References
    ----------
    Blanc, Lange, Tan (2020), *Top-down induction of decision trees: rigorous guarantees and inherent
    limitations*, ITCS: splitting on the most influential variable.
    """

    rows: NDArray[np.intp]
    change: NDArray[np.float32]
    flip: NDArray[np.float32]
    name: str = "influence"

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        members = batch.members[:, self.rows].astype(np.float32)
        changed, flipped = members @ self.change, members @ self.flip
        held = np.maximum(members.sum(axis=1, keepdims=True), 1.0)
        return changed * changed / np.maximum(flipped, 1e-6) / held

    def work(self) -> float:
        return 2.0 * self.change.size


@dataclass(frozen=True, eq=False)
class LinearRepresentation:
    """How well a linear probe of the activations tells the two clauses that a literal makes.

    The score of a literal under a clause is the mean of the leave-one-out R² of both children.

    Parameters
    ----------
    rows : ndarray of intp, shape (n_probe,)
        Rows whose activations were read.
    probe : ExtensionProbe
        The probe of the activations, folded for scoring extensions.
    literals : ndarray of float32, shape (n_probe, l)
        Answers of those rows.
    least_rows : int
        Under a clause of fewer rows nothing is proposed: the R² of its children would be noise.

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: the linear
    representation hypothesis guides the search for clauses.
    """

    rows: NDArray[np.intp]
    probe: ExtensionProbe
    literals: NDArray[np.float32]
    least_rows: int = 24
    name: str = "linear representation"

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        members = batch.members[:, self.rows]
        supported = members.sum(axis=1) >= self.least_rows
        result = np.full((len(members), self.literals.shape[1]), -np.inf)
        if supported.any():
            yes, no = batch_scores(self.probe, members[supported], self.literals, workers=1)
            result[supported] = (yes + no) / 2
        return result

    def work(self) -> float:
        return 2.0 * self.probe.factor.shape[1] * self.literals.size

    def clause_scores(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the leave-one-out R² of clauses themselves, given their rows as (k, n): a `Priority` for the beam.

        This is the ranking of the paper; a clause plays the literal under the clause that every row satisfies.
        """
        everything = np.arange(len(self.rows))
        scores = [
            extension_scores(self.probe, everything, members[start : start + _CLAUSES_AT_ONCE, self.rows].T)[0]
            for start in range(0, len(members), _CLAUSES_AT_ONCE)
        ]
        return np.concatenate(scores) if scores else np.empty(0)
