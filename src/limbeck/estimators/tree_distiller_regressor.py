"""Distillation of models of numbers as a scikit-learn regressor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin

from limbeck.certificates import agreement, disagreements
from limbeck.core import Outputs, Table
from limbeck.estimators.base import BaseDistiller
from limbeck.settings import GUIDES

__all__ = ["TreeDistillerRegressor"]


class TreeDistillerRegressor(RegressorMixin, BaseDistiller):
    """Distill a model of numbers into a small certified tree, as a scikit-learn regressor.

    As `TreeDistiller`, for a teacher with one real output a row, or for labels that are numbers: the tree minimises
    the squared difference, and the certificate is a tolerance.

    Parameters
    ----------
    teacher : model or Teacher, optional
        The trained model; clones share it.
    epsilon : float, in (0, 1)
        Share of fresh rows that may lie outside the certified tolerance.
    tolerance : float, above 0, optional
        With `defer`: the gap up to which tree and teacher agree.
    monotone : mapping of str to {1, -1}, optional
        Numeric columns along which the tree's number never falls (1), or never rises (-1).
    max_leaves, max_depth, min_leaf, delta, defer, guides, queries, max_queries, layers, concepts, ask, no_ask
        As in `TreeDistiller`.
    thresholds, output, effort, time_limit, retries, certificate, validation, random_state
        As in `TreeDistiller`.

    Attributes
    ----------
    distillation_, tree_, frontier_, n_features_in_, feature_names_in_
        As in `TreeDistiller`.
    feature_importances_ : ndarray of float64, shape (p,)
        As in `TreeDistiller`, of the squared error.
    certificate_ : ToleranceCertificate or None
        A gap between tree and teacher (without a teacher: tree and label) that all but a share `epsilon` of fresh
        rows keep.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.random.default_rng(0).normal(size=(400, 2))
    >>> student = TreeDistillerRegressor(lambda x: np.abs(x[:, 0]), max_leaves=8, effort="fast").fit(rows)
    >>> student.fidelity(rows) > 0.9
    True
    """

    def __init__(
        self,
        teacher: Any = None,
        *,
        epsilon: float = 0.1,
        monotone: Mapping[str, int] | None = None,
        max_leaves: int = 16,
        max_depth: int = 30,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        defer: float | None = None,
        tolerance: float | None = None,
        guides: Sequence[str] = GUIDES,
        queries: bool = True,
        max_queries: int = 200_000,
        synthetic: bool = True,
        layers: Sequence[str] | None = None,
        concepts: Any = (),
        ask: Sequence[str] | None = None,
        no_ask: Sequence[str] = (),
        thresholds: int = 32,
        output: str | int | None = None,
        effort: str = "normal",
        time_limit: float | None = None,
        retries: int = 0,
        certificate: float = 0.25,
        validation: float = 0.15,
        random_state: Any = 0,
    ) -> None:
        super().__init__(
            teacher, monotone=monotone, max_leaves=max_leaves, max_depth=max_depth, min_leaf=min_leaf, delta=delta,
            defer=defer, guides=guides, queries=queries, max_queries=max_queries, synthetic=synthetic, layers=layers,
            concepts=concepts, ask=ask, no_ask=no_ask, thresholds=thresholds, output=output, effort=effort,
            time_limit=time_limit, retries=retries, certificate=certificate, validation=validation,
            random_state=random_state,
        )  # fmt: skip
        self.epsilon, self.tolerance = epsilon, tolerance

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return R² against numbers `y`, shape (n,); without them, the fidelity to the teacher."""
        if y is None:
            return self.fidelity(X, sample_weight)
        labels = np.asarray(y, np.float64).reshape(-1)
        return self._r_squared(self._table(X), Outputs(None, labels[:, None]), sample_weight)

    def fidelity(self, X: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of the tree against the teacher's numbers on rows."""
        outputs, table = self._answers(X)
        return self._r_squared(table, outputs, sample_weight)

    def _r_squared(self, table: Table, outputs: Outputs, sample_weight: ArrayLike | None) -> float:
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(agreement(disagreements(self.tree_, table, outputs), outputs, weights))

    def _classes_among(self, labels: NDArray[Any]) -> None:
        return None

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"task": "regression"}
