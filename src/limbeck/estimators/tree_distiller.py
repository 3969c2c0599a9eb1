"""Distillation of models of classes as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from limbeck.certificates import agreement, disagreements
from limbeck.core import OutputReading, Table, Task
from limbeck.errors import InputError
from limbeck.estimators.base import BaseDistiller
from limbeck.settings import GUIDES
from limbeck.teachers import Teacher

__all__ = ["TreeDistiller"]

# Rows that tell, before anything long begins, whether the teacher answers with classes or with numbers.
_TRIAL_ROWS = 32


class TreeDistiller(ClassifierMixin, BaseDistiller):
    """Distill a model of classes into a small certified tree, as a scikit-learn classifier.

    With a `teacher`, `fit(X)` finds the tree that agrees best with the teacher's classes on the rows: the same as
    `limbeck.distill`. Without one, `fit(X, y)` finds the tree that agrees best with the labels. Either way a share
    of the rows is set aside, and only the certificate sees it.

    Parameters
    ----------
    teacher : model or Teacher, optional
        The trained model; see `limbeck.as_teacher`. Clones share it: it is never fitted again.
    task : {"auto", "binary", "multiclass"}
        How the teacher's outputs are read; "binary" makes classes of one logit or probability a row.
    loss : {"auto", "hard", "soft"}
        What the tree is fitted to: the teacher's classes, or its class scores; "auto" lets held-out rows say.
    class_weight : "balanced" or mapping, optional
        What agreement on a row counts in the fit by its class, times the row's own weight.
    monotone : mapping of str to {1, -1}, optional
        Numeric columns along which the second class's score never falls (1), or never rises (-1).
    max_leaves : int, at least 1
        Most leaves, s.
    max_depth : int, 0 to 30
        Most questions on a path, r.
    min_leaf : float, at least 0
        Least weight of the fitting rows at a leaf, where the mean weight is 1.
    delta : float, in (0, 1)
        Probability with which the certificate may fail.
    defer : float, in (0, 1), optional
        Leaves may ask the teacher, so that the tree differs from it on at most this share of the rows it answers.
    guides : sequence of str
        What proposes questions: "impurity", "agreement", "influence", "representation".
    queries : bool
        Whether the teacher may be asked about rows outside the table.
    max_queries : int, at least 0
        Most such rows.
    synthetic : bool
        Whether trees may be fitted to synthetic rows too, when that does better on held-out rows; needs a teacher.
    layers : sequence of str, optional
        Layers whose activations guide the search; all by default.
    concepts : sequence of str, or Questions
        Columns with your own yes/no concepts; the teacher does not get them. Or kinds of concepts
        (`limbeck.concepts`), which make questions about raw inputs: texts, bytes, paths, images, objects.
    ask, no_ask : sequence of str
        The columns that the tree may ask about, all by default, and those that it may not; the teacher gets all.
    thresholds : int, at least 1
        Most thresholds per numeric column.
    output : str or int, optional
        Which of the teacher's several outputs is explained, by its name or its place from 0.
    effort : {"fast", "normal", "thorough"}
        How widely to search.
    time_limit : float, seconds, optional
        Time in which the fit is to end, with the best tree so far.
    retries : int, at least 0
        How many times a call of the teacher that failed is made again.
    certificate, validation : float, in [0, 1)
        Share of the rows set aside for the certificate, and for the choice among the sizes up to `max_leaves`.
    random_state : int, RandomState, Generator or None
        Seed; an int gives the same tree bit for bit (without a time limit). Else a seed is drawn, which
        `distillation_.settings` names.

    Attributes
    ----------
    distillation_ : Distillation
        The whole result: print it, or `save` it.
    tree_ : Tree
        The tree.
    frontier_ : tuple of SizedTree
        The best tree for every number of leaves.
    certificate_ : Certificate or None
        What is claimed about `tree_` on fresh rows like those of `X`: how seldom it differs from the teacher or,
        without a teacher, from the *label* of such a row (so that noise in the labels counts as error); None
        when there were no rows for it.
    classes_ : ndarray, shape (c,)
        The classes, in the order of the columns of `predict_proba`.
    feature_importances_ : ndarray of float64, shape (p,)
        Share of what the tree's questions save, in Gini impurity on the fit rows, that those about each column save;
        the shares add up to 1, and are 0 for a tree that asks nothing.
    n_features_in_ : int
        Number of columns, p.
    feature_names_in_ : ndarray of str, shape (p,)
        Names of the columns, where `X` was a data frame with such names.

    Notes
    -----
    A data frame reaches the teacher as it is, with text and missing values. With a teacher, `y` is accepted and
    ignored in `fit`, so that pipelines and searches may pass labels: `score(X, y)` is then the accuracy against
    the labels, and `score(X)` or `fidelity(X)` the agreement with the teacher. A search over parameters that picks
    the best of several trees looks at many of them: certify its winner on fresh rows with `limbeck.certify`.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import TreeDistiller
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> student = TreeDistiller(lambda x: (x[:, 0] > 0).astype(int), max_leaves=4).fit(rows)
    >>> student.fidelity(rows) > 0.95
    True
    >>> labels = np.where(rows[:, 1] > 0.5, "high", "low")
    >>> TreeDistiller(effort="fast").fit(rows, labels).predict([[0.0, 2.0, 0.0]])
    array(['high'], dtype='<U4')

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053.
    """

    def __init__(
        self,
        teacher: Any = None,
        *,
        task: str = "auto",
        loss: str = "auto",
        class_weight: str | Mapping[Any, float] | None = None,
        monotone: Mapping[str, int] | None = None,
        max_leaves: int = 16,
        max_depth: int = 30,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        defer: float | None = None,
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
        self.task, self.loss, self.class_weight = task, loss, class_weight

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the share of each class (or its mean score, for `loss="soft"`) at every row's leaf, shape (n, c).

        NaN where the leaf asks the model.
        """
        table = self._table(X)
        return self.tree_.predict_scores(table)

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy against labels `y`, shape (n,); without labels, the fidelity to the teacher."""
        return self.fidelity(X, sample_weight) if y is None else super().score(X, y, sample_weight)

    def fidelity(self, X: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of rows on which tree and teacher give the same class; rows that ask are among them."""
        outputs, table = self._answers(X)
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        return float(agreement(disagreements(self.tree_, table, outputs), outputs, weights))

    def _learn(self, teacher: Teacher, table: Table, sample_weight: ArrayLike | None, groups: ArrayLike | None) -> None:
        trial = self._for_teacher(table.slice(0, _TRIAL_ROWS))
        reading = OutputReading.fixed_on(teacher.answers(trial), task=self.task, classes=teacher.classes)
        if reading.task is Task.REGRESSION:
            raise InputError(
                "a teacher of classes",
                f"`task={self.task!r}`, and outputs that are numbers",
                "use `TreeDistillerRegressor`, or `task='binary'` for a logit or a probability",
            )
        super()._learn(teacher, table, sample_weight, groups)
        self.classes_ = np.asarray(self.tree_.classes)

    def _classes_among(self, labels: NDArray[Any]) -> tuple[Any, ...]:
        check_classification_targets(labels)
        return tuple(np.unique(labels).tolist())
