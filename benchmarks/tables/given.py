"""What a method is given and what it gives back; runs in the peers' environment too, so without limbeck and torch."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from benchmarks.tables.problems import Problem

__all__ = ["LIMIT", "Clock", "Given", "Student", "Students", "greedy_tree", "limit", "score"]

LIMIT = "LIMBECK_LIMIT"
"""The environment variable with the limit of time, which the workers read too."""

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Student:
    """A finished tree, by its answers.

    Parameters
    ----------
    fit_score : float
        Its score on the rows that fit, which decides between equals on the validation rows.
    validation, test : ndarray
        Its answers on the validation and the test rows, in the teacher's terms.
    leaves : int
        Number of leaves.
    setting : str
        How it was made.
    """

    fit_score: float
    validation: NDArray[Any]
    test: NDArray[Any]
    leaves: int
    setting: str


@dataclass(frozen=True, eq=False)
class Given:
    """The arrays of a problem; the test rows come without labels.

    Parameters
    ----------
    table, kind, seed, task
        As in `Problem`.
    fit, validation, test : ndarray of float32
        Numeric columns as they are, nominal ones one-hot.
    fit_labels, validation_labels : ndarray
        The teacher's answers.
    """

    table: str
    kind: str
    seed: int
    task: str
    fit: NDArray[np.float32]
    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    fit_labels: NDArray[Any]
    validation_labels: NDArray[Any]

    @classmethod
    def read(cls, path: Path) -> Given:
        """Read what `write` wrote."""
        with np.load(path) as file:
            return cls(**{name: file[name] if file[name].ndim else file[name].item() for name in file.files})

    def write(self, path: Path) -> None:
        """Write one file of arrays."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @cached_property
    def problem(self) -> Problem:
        """The problem itself, with raw rows and a teacher that can be asked; not in the peers' environment."""
        from benchmarks.tables.problems import make_problem

        return make_problem(self.table, self.kind, self.seed)

    @property
    def classifies(self) -> bool:
        """Whether answers are classes."""
        return self.task == "classification"

    @property
    def criteria(self) -> tuple[str, ...]:
        """The impurities that a greedy tree may use."""
        return ("gini", "entropy") if self.classifies else ("squared_error",)

    @property
    def codes(self) -> NDArray[Any]:
        """The fit labels with classes numbered without gaps, as some solvers want them."""
        return np.unique(self.fit_labels, return_inverse=True)[1] if self.classifies else self.fit_labels

    def decoded(self, answers: Any) -> NDArray[Any]:
        """Turn answers in such numbers back."""
        answers = np.asarray(answers)
        return np.unique(self.fit_labels)[answers.astype(np.intp)] if self.classifies else answers

    def student(
        self, predict: Callable[[Any], Any], leaves: int, setting: str, rows: Sequence[NDArray[Any]] | None = None
    ) -> Student:
        """Ask a fitted tree about the fit, validation and test rows: these arrays, or others in their place."""
        parts = rows or (self.fit, self.validation, self.test)
        fit, validation, test = (np.asarray(predict(part)) for part in parts)
        return Student(score(fit, self.fit_labels, self.task), validation, test, leaves, setting)


@dataclass
class Clock:
    """The time of one method on one problem, and what it may keep from one number of leaves to the next."""

    memory: dict[Hashable, tuple[Any, float]] = field(default_factory=dict)
    started: float = 0.0
    brought: float = 0.0

    def start(self) -> None:
        """Start the time for one number of leaves."""
        self.started, self.brought = time.process_time(), 0.0

    def spent(self) -> float:
        """Return the seconds so far, with the cost of what `once` brought along."""
        return time.process_time() - self.started + self.brought

    def left(self) -> float:
        """Return the seconds that are left."""
        return limit() - self.spent()

    def once(self, name: str, make: Callable[[], Value]) -> Value:
        """Make a thing once; every number of leaves that uses it is charged its cost in full."""
        if name in self.memory:
            value, cost = self.memory[name]
            self.brought += cost
            return value
        return self.kept(name, make)

    def kept(self, name: Hashable, make: Callable[[], Value]) -> Value:
        """Make a thing once; later uses are free."""
        if name not in self.memory:
            start = time.process_time()
            value = make()
            self.memory[name] = value, time.process_time() - start
        return self.memory[name][0]


Students = Callable[[Given, int, Clock], Iterator[Student]]
"""A method: trees with at most so many leaves, until it has no more or the clock has run out."""


def limit() -> float:
    """Seconds of processor time for one method, one problem and one number of leaves: other load does not count."""
    return float(os.environ.get(LIMIT, "60"))


def score(answers: NDArray[Any], labels: NDArray[Any], task: str) -> float:
    """Return the share of rows on which both agree, or R² for regression."""
    if task == "classification":
        return float((answers == labels).mean())
    spread = float(((labels - labels.mean()) ** 2).sum())
    return 1 - float(((answers - labels) ** 2).sum()) / spread if spread else 0.0


def greedy_tree(given: Given, leaves: int, criterion: str, min_leaf: int) -> Any:
    """Return scikit-learn's tree, not fitted yet."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if given.classifies else DecisionTreeRegressor
    return kind(criterion=criterion, max_leaf_nodes=leaves, min_samples_leaf=min_leaf, random_state=0)
