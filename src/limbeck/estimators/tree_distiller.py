"""Distillation as scikit-learn estimators: one for classes, one for numbers."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import narwhals as nw
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import Tags, check_consistent_length, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from limbeck.core import OutputReading, Outputs, Table, Task, as_table
from limbeck.distill import distill
from limbeck.errors import InputError
from limbeck.estimators.labels import LabelledTable, LabelTeacher
from limbeck.settings import GUIDES
from limbeck.teachers import Teacher, as_teacher

__all__ = ["TreeDistiller", "TreeDistillerRegressor"]

# Rows that tell, before anything long begins, whether the teacher answers with classes or with numbers.
_TRIAL_ROWS = 32


class _Distiller(BaseEstimator):
    """What both estimators share: everything but the meaning of the teacher's outputs."""

    def __init__(
        self,
        teacher: Any = None,
        *,
        max_leaves: int = 16,
        max_depth: int = 8,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        guides: Sequence[str] = GUIDES,
        queries: bool = True,
        max_queries: int = 200_000,
        layers: Sequence[str] | None = None,
        concepts: Sequence[str] = (),
        thresholds: int = 32,
        effort: str = "normal",
        time_limit: float | None = None,
        certificate: float = 0.25,
        validation: float = 0.15,
        random_state: Any = 0,
    ) -> None:
        self.teacher = teacher
        self.max_leaves, self.max_depth, self.min_leaf = max_leaves, max_depth, min_leaf
        self.delta, self.certificate, self.validation = delta, certificate, validation
        self.guides, self.queries, self.max_queries = guides, queries, max_queries
        self.layers, self.concepts, self.thresholds = layers, concepts, thresholds
        self.effort, self.time_limit, self.random_state = effort, time_limit, random_state

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Distill the teacher on rows, or, without a teacher, learn from labels.

        Parameters
        ----------
        X : DataFrame or array-like, shape (n, p)
            Raw rows, as the teacher takes them: numbers, text and missing values.
        y : array-like, shape (n,), optional
            Labels; needed without a teacher, and ignored with one.
        sample_weight : array-like, shape (n,), optional
            How much each row counts in the fit, up to a common factor. A row of weight 0 is left out, also of the
            certificate, which counts all other rows alike.

        Raises
        ------
        InputError
            Neither teacher nor labels; settings or rows that cannot be used.
        TeacherError
            The teacher failed, or its answers are not a model's.
        """
        table = self._table(X, reset=True)
        if self.teacher is None:
            labels = self._labels(y, table.n_rows)
            teacher, table = LabelTeacher(self._classes_among(labels)), LabelledTable.of(table, labels)
        else:
            teacher = as_teacher(self.teacher)
        if sample_weight is not None:
            table, sample_weight = _without_absent(table, np.asarray(sample_weight, np.float64))
        self._learn(teacher, table, sample_weight)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the tree's class or number for every row, shape (n,)."""
        return self.tree_.predict(self._table(X))

    def apply(self, X: Any) -> NDArray[np.int32]:
        """Return the node of `tree_` that is every row's leaf, shape (n,)."""
        return self.tree_.apply(self._table(X))

    def decision_path(self, X: Any) -> csr_array:
        """Return which nodes of `tree_` every row passes, as a sparse 0/1 array of shape (n, nodes)."""
        return csr_array(self.tree_.decision_path(self._table(X)), dtype=np.int64)

    def score(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy (R² for numbers) against labels `y`; without labels, the fidelity to the teacher."""
        if y is None:
            return self.fidelity(X, sample_weight)
        return super().score(X, y, sample_weight)  # pyright: ignore[reportAttributeAccessIssue]: of the mixin

    @abstractmethod
    def fidelity(self, X: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return how well the tree agrees with the teacher on rows."""

    def __sklearn_clone__(self) -> Self:
        # The teacher is a trained model, not a recipe for one: a clone of it would have to be trained again.
        bare = copy.copy(self)
        bare.teacher = None
        twin = BaseEstimator.__sklearn_clone__(bare)
        twin.teacher = self.teacher
        return twin

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.teacher is None
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    @abstractmethod
    def _classes_among(self, labels: NDArray[Any]) -> tuple[Any, ...] | None:
        """Return the classes that labels stand for; None for numbers."""

    def _labels(self, y: Any, n_rows: int) -> NDArray[Any]:
        """See that there is a label for every row."""
        if y is None:
            raise InputError(
                "labels, or a teacher that gives them",
                f"a `{type(self).__name__}` without teacher, which requires y to be passed, but the target y is None",
                "give `y`, or construct the estimator with a trained `teacher`",
            )
        labels = validate_data(self, X="no_validation", y=y)
        check_consistent_length(range(n_rows), labels)
        return np.array(labels.tolist()) if labels.dtype.kind == "O" else np.asarray(labels)

    def _learn(self, teacher: Teacher, table: Table, sample_weight: ArrayLike | None) -> None:
        """Distill, and lay the parts of the result out as learned state."""
        settings = self.get_params(deep=False)
        del settings["teacher"]
        settings["queries"] = self.queries and not isinstance(teacher, LabelTeacher)
        if not isinstance(self.random_state, (int, np.integer)):
            settings["random_state"] = check_random_state(self.random_state).randint(2**31)
        self.distillation_ = distill(teacher, table, sample_weight=sample_weight, **settings)
        self.tree_ = self.distillation_.tree
        self.frontier_ = self.distillation_.frontier
        self.certificate_ = self.distillation_.certificate

    def _answers(self, X: Any) -> tuple[Outputs, Table]:
        """Ask the teacher about rows, and read the answers as in the fit."""
        table = self._table(X)
        if self.teacher is None:
            raise InputError(
                "the agreement with a teacher",
                "`teacher=None`: the tree was learned from labels",
                "use `score(X, y)` for the agreement with labels",
            )
        raw = as_teacher(self.teacher).predict(table.hiding(tuple(self.concepts)))
        return self.distillation_.reading.read(raw), table

    def _table(self, X: Any, *, reset: bool = False) -> Table:
        """Read rows; check their columns by scikit-learn's rules, and their values not at all in a frame."""
        if not reset:
            check_is_fitted(self, "distillation_")
        if nw.dependencies.is_into_dataframe(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
        else:
            X = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
        # Order and number of the columns are checked above; an array has the names that the fit gave them.
        return as_table(X) if reset else as_table(X).renamed([name for name, _ in self.tree_.columns])


_PARAMETERS_DOC = ""


class TreeDistiller(ClassifierMixin, _Distiller):
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
        What the tree is fitted to: the teacher's classes, or its class scores.
    max_leaves : int, at least 1
        Most leaves, s.
    max_depth : int, 0 to 30
        Most questions on a path, r.
    min_leaf : float, at least 0
        Least weight of the fitting rows at a leaf, where the mean weight is 1.
    delta : float, in (0, 1)
        Probability with which the certificate may fail.
    guides : sequence of str
        What proposes questions: "impurity", "agreement", "influence", "representation".
    queries : bool
        Whether the teacher may be asked about rows outside the table.
    max_queries : int, at least 0
        Most such rows.
    layers : sequence of str, optional
        Layers whose activations guide the search; all by default.
    concepts : sequence of str
        Columns with your own yes/no concepts; the teacher does not get them.
    thresholds : int, at least 1
        Most thresholds per numeric column.
    effort : {"fast", "normal", "thorough"}
        How widely to search.
    time_limit : float, seconds, optional
        Time after which the search stops and the best tree so far is taken.
    certificate, validation : float, in [0, 1)
        Share of the rows set aside for the certificate, and for the choice among the sizes up to `max_leaves`.
    random_state : int, RandomState instance or None
        Seed; an int gives the same tree bit for bit (without a time limit).

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
    >>> student.fidelity(rows) > 0.99
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
        max_leaves: int = 16,
        max_depth: int = 8,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        guides: Sequence[str] = GUIDES,
        queries: bool = True,
        max_queries: int = 200_000,
        layers: Sequence[str] | None = None,
        concepts: Sequence[str] = (),
        thresholds: int = 32,
        effort: str = "normal",
        time_limit: float | None = None,
        certificate: float = 0.25,
        validation: float = 0.15,
        random_state: Any = 0,
    ) -> None:
        super().__init__(
            teacher, max_leaves=max_leaves, max_depth=max_depth, min_leaf=min_leaf, delta=delta, guides=guides,
            queries=queries, max_queries=max_queries, layers=layers, concepts=concepts, thresholds=thresholds,
            effort=effort, time_limit=time_limit, certificate=certificate, validation=validation,
            random_state=random_state,
        )  # fmt: skip
        self.task, self.loss = task, loss

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the share of each class (or its mean score, for `loss="soft"`) at every row's leaf, shape (n, c)."""
        return self.tree_.predict_scores(self._table(X))

    def fidelity(self, X: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of rows on which tree and teacher give the same class."""
        outputs, table = self._answers(X)
        codes = self.tree_.predict_scores(table).argmax(axis=1)
        return float(accuracy_score(outputs.codes, codes, sample_weight=sample_weight))

    def _learn(self, teacher: Teacher, table: Table, sample_weight: ArrayLike | None) -> None:
        trial = table.slice(0, _TRIAL_ROWS).hiding(tuple(self.concepts))
        reading = OutputReading.fixed_on(teacher.predict(trial), task=self.task, classes=teacher.classes)
        if reading.task is Task.REGRESSION:
            raise InputError(
                "a teacher of classes",
                f"`task={self.task!r}`, and outputs that are numbers",
                "use `TreeDistillerRegressor`, or `task='binary'` for a logit or a probability",
            )
        super()._learn(teacher, table, sample_weight)
        self.classes_ = np.asarray(self.tree_.classes)

    def _classes_among(self, labels: NDArray[Any]) -> tuple[Any, ...]:
        check_classification_targets(labels)
        return tuple(np.unique(labels).tolist())


class TreeDistillerRegressor(RegressorMixin, _Distiller):
    """Distill a model of numbers into a small certified tree, as a scikit-learn regressor.

    As `TreeDistiller`, for a teacher with one real output a row, or for labels that are numbers: the tree minimises
    the squared difference, and the certificate is a tolerance.

    Parameters
    ----------
    teacher : model or Teacher, optional
        The trained model; clones share it.
    epsilon : float, in (0, 1)
        Share of fresh rows that may lie outside the certified tolerance.
    max_leaves, max_depth, min_leaf, delta, guides, queries, max_queries, layers, concepts
        As in `TreeDistiller`.
    thresholds, effort, time_limit, certificate, validation, random_state
        As in `TreeDistiller`.

    Attributes
    ----------
    distillation_, tree_, frontier_, n_features_in_, feature_names_in_
        As in `TreeDistiller`.
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
        max_leaves: int = 16,
        max_depth: int = 8,
        min_leaf: float = 1.0,
        delta: float = 0.05,
        guides: Sequence[str] = GUIDES,
        queries: bool = True,
        max_queries: int = 200_000,
        layers: Sequence[str] | None = None,
        concepts: Sequence[str] = (),
        thresholds: int = 32,
        effort: str = "normal",
        time_limit: float | None = None,
        certificate: float = 0.25,
        validation: float = 0.15,
        random_state: Any = 0,
    ) -> None:
        super().__init__(
            teacher, max_leaves=max_leaves, max_depth=max_depth, min_leaf=min_leaf, delta=delta, guides=guides,
            queries=queries, max_queries=max_queries, layers=layers, concepts=concepts, thresholds=thresholds,
            effort=effort, time_limit=time_limit, certificate=certificate, validation=validation,
            random_state=random_state,
        )  # fmt: skip
        self.epsilon = epsilon

    def fidelity(self, X: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of the tree against the teacher's numbers on rows."""
        outputs, table = self._answers(X)
        return float(r2_score(outputs.values[:, 0], self.tree_.predict(table), sample_weight=sample_weight))

    def _learn(...)
