"""What a model answered, before it is read: raw outputs, and beside them the class that the model itself decides on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Answers"]


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's answers on n rows; at least one of `scores` and `labels` is there.

    Parameters
    ----------
    scores : ndarray, shape (n,) or (n, c), or None
        Raw outputs: numbers, or a score for each class; labels too, where nothing else is known of them.
    labels : ndarray, shape (n,), or None
        The class that the model itself decides on, where it has such an answer: it need not be the one with the
        largest score.
    classes : tuple, length c, or None
        The classes of the columns of `scores`, where the answer itself names them.
    output : str
        Which of several outputs this is, in words; empty for a model of one output.

    Examples
    --------
    >>> told = Answers(np.array([[0.8, 0.2]]), np.array(["yes"]), ("no", "yes"))
    >>> told.raw.tolist(), told.labels.tolist()
    ([[0.8, 0.2]], ['yes'])
    """

    scores: NDArray[Any] | None
    labels: NDArray[Any] | None = None
    classes: tuple[Any, ...] | None = None
    output: str = ""

    @classmethod
    def of(cls, raw: Answers | NDArray[Any]) -> Answers:
        """Take an array for raw outputs without a decision beside them."""
        return raw if isinstance(raw, Answers) else cls(np.asarray(raw))

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def raw(self) -> NDArray[Any]:
        """The raw outputs, shape (n,) or (n, c); the labels of a model that has nothing else."""
        found = self.labels if self.scores is None else self.scores
        assert found is not None, "answers hold scores or labels"
        return found

    @property
    def shape(self) -> tuple[tuple[int, ...] | None, ...]:
        """What the answers on one row look like: shape of its scores, and of its label."""
        return tuple(None if part is None else part.shape[1:] for part in (self.scores, self.labels))

    def first(self, n_rows: int) -> Answers:
        """Return the answers on the first rows."""
        return self.take(slice(n_rows))

    def take(self, rows: NDArray[np.integer] | slice) -> Answers:
        """Return the answers on some rows, in the order given."""
        scores, labels = (None if part is None else part[rows] for part in (self.scores, self.labels))
        return replace(self, scores=scores, labels=labels)

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Put the answers of several batches, alike in shape, one after the other."""
        first = parts[0]
        scores = [part.ordered_as(first.classes) for part in parts]
        labels = [part.labels for part in parts if part.labels is not None]
        return cls(
            None if first.scores is None else np.concatenate([s for s in scores if s is not None]),
            np.concatenate(labels) if labels else None,
            first.classes,
            first.output,
        )

    def ordered_as(self, classes: tuple[Any, ...] | None) -> NDArray[Any] | None:
        """Return the scores with their columns in the order of some classes; None where it names others itself."""
        if self.scores is None or self.classes is None or classes == self.classes:
            return self.scores
        place = {label: column for column, label in enumerate(self.classes)}
        if set(place) != set(classes or ()):
            return None
        return self.scores[:, [place[label] for label in classes or ()]]
