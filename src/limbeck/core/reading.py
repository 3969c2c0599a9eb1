"""How a teacher's raw outputs are read: as classes or as numbers, by a rule that is fixed once and printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core.answers import Answers
from limbeck.core.labels import checked_classes, codes_of, distinct_labels
from limbeck.core.outputs import NOT_A_KNOWN_CLASS, Outputs, Rule, Task
from limbeck.core.scores import are_probabilities, one_hot, probabilities, sigmoid
from limbeck.core.unit import Unit
from limbeck.errors import InputError
from limbeck.tables import visible

__all__ = ["OutputReading"]


@dataclass(frozen=True)
class OutputReading:
    """The fixed rule that turns raw outputs into classes or numbers.

    Parameters
    ----------
    task : Task
        `BINARY`, `MULTICLASS` or `REGRESSION`.
    rule : Rule
        How one output is read.
    classes : tuple or None
        The classes in the order of their codes; None for regression.
    unit : Unit, optional
        The unit in which numbers are read; as they are by default.
    probabilities : bool
        Whether scores of classes are probabilities; others pass through a softmax.

    Examples
    --------
    >>> import numpy as np
    >>> reading = OutputReading.fixed_on(np.array([[2.0, -1.0], [0.0, 3.0]]))
    >>> print(reading)
    binary: the class is the column with the largest score (classes 0, 1)
    >>> reading.read(np.array([[1.0, 5.0]])).codes
    array([1])
    """

    task: Task
    rule: Rule
    classes: tuple[Any, ...] | None
    unit: Unit | None = None
    probabilities: bool = False

    def __post_init__(self) -> None:
        if self.classes is not None:
            object.__setattr__(self, "classes", checked_classes(self.classes))

    @classmethod
    def fixed_on(
        cls, raw: Answers | NDArray[Any], *, task: str = Task.AUTO, classes: tuple[Any, ...] | None = None
    ) -> OutputReading:
        """Choose the rule from the first outputs seen.

        A decision of the model's own is the class. Without one, several columns are class scores; integers,
        booleans and text are classes; one real column is a number, unless `task="binary"`: then a probability
        when all lie in [0, 1], else a logit. Scores of classes are probabilities when, up to rounding, all rows sum to
        1; they decide on no class, as the largest stays the largest.

        Parameters
        ----------
        raw : Answers, or ndarray of shape (n,), (n, 1) or (n, c)
            What the model answered; an array is raw outputs.
        task : {"auto", "binary", "multiclass", "regression"}
            What the user says they mean.
        classes : tuple, optional
            The classes in column order, where the teacher knows them.

        Raises
        ------
        InputError
            An unknown task, or outputs that cannot be read as the task says.
        """
        wanted, answers = _checked_task(task), Answers.of(raw)
        if answers.labels is not None:
            return cls._of_decisions(answers, answers.labels, wanted, classes)
        raw = answers.raw
        column = _single_column(raw)
        if column is None:
            return cls._of_scores(raw, wanted, answers.classes or classes)
        if wanted is Task.REGRESSION or (wanted is Task.AUTO and column.dtype.kind == "f"):
            return cls._of_numbers(column)
        if column.dtype.kind == "f" and wanted is Task.BINARY:
            inside = bool(((column >= 0) & (column <= 1)).all())
            return cls(Task.BINARY, Rule.HALF if inside else Rule.SIGN, _two(classes))
        if column.dtype.kind == "f":
            raise InputError(
                "`task='multiclass'`", "one real output a row", "use `task='binary'` or `task='regression'`"
            )
        labels = classes if classes is not None else distinct_labels(column)
        return cls(_task_of(len(labels), wanted), Rule.LABEL, labels)

    @classmethod
    def _of_decisions(
        cls, answers: Answers, labels: NDArray[Any], wanted: Task, known: tuple[Any, ...] | None
    ) -> OutputReading:
        """Fix the rule for a model that decides itself; scores count where it is known whose they are."""
        if wanted is Task.REGRESSION:
            raise InputError("`task='regression'`", "a model that decides on classes", "leave `task='auto'`")
        seen, scores = distinct_labels(labels), answers.scores
        width = 0 if scores is None or scores.ndim == 1 else scores.shape[1]
        known = next((names for names in (known, answers.classes) if names and set(names) & set(seen)), None)
        if known is None and labels.dtype.kind in "iu" and all(0 <= label < width for label in seen):
            known = tuple(range(width))
        scored = known is not None and len(known) == width
        classes = (*(known or ()), *(label for label in seen if label not in (known or ())))
        if not scored or scores is None:
            return cls(_task_of(len(classes), wanted), Rule.LABEL, classes)
        return cls(_task_of(len(classes), wanted), Rule.DECISION, classes, None, are_probabilities(scores))

    @classmethod
    def _of_scores(cls, raw: NDArray[Any], wanted: Task, classes: tuple[Any, ...] | None) -> OutputReading:
        """Fix the rule for several score columns."""
        if wanted is Task.REGRESSION:
            raise InputError(
                "`task='regression'` with one number a row",
                f"outputs of shape {raw.shape}",
                "name the one output to explain with `output=` (`--output` on the command line)",
            )
        if raw.dtype.kind not in "biuf":
            found = f"outputs of shape {raw.shape} and type `{raw.dtype}`"
            raise InputError("one class a row, or a score for each class", found, "name one of them with `output=`")
        labels = classes if classes is not None and len(classes) == raw.shape[1] else tuple(range(raw.shape[1]))
        return cls(_task_of(len(labels), wanted), Rule.LARGEST, labels, None, are_probabilities(raw))

    @classmethod
    def _of_numbers(cls, column: NDArray[Any]) -> OutputReading:
        """Fix the rule for one number a row."""
        if column.dtype.kind not in "biuf":
            raise InputError(
                "`task='regression'`",
                f"outputs of type `{column.dtype}`",
                "leave `task='auto'` for class labels",
            )
        return cls(Task.REGRESSION, Rule.NUMBER, None)

    @property
    def needs_scores(self) -> bool:
        """Whether the classes, or the number, are read from scores; a model's own decision needs none."""
        return self.rule not in (Rule.LABEL, Rule.DECISION)

    def read(self, raw: Answers | NDArray[Any]) -> Outputs:
        """Read answers, or raw outputs of shape (n,), (n, 1) or (n, c), by the fixed rule."""
        answers = Answers.of(raw)
        if answers.labels is not None and not self.needs_scores:
            codes, scores = self._codes(answers.labels), self._scores(answers)
            return Outputs(codes, one_hot(codes, len(self.classes or ())) if scores is None else self._soft(scores))
        found = answers.raw
        column = _single_column(found)
        if (column is None) != (self.rule is Rule.LARGEST):
            raise InputError(
                f"outputs of which {self.rule}",
                f"outputs of shape {found.shape}",
                "use the teacher, and the task, that the student was fitted with",
            )
        if column is None:
            scores = self._scores(answers)
            if scores is None:
                raise InputError(
                    f"outputs with one score for each of the {len(self.classes or ())} classes",
                    f"outputs of shape {found.shape}",
                    "use the teacher that the student was fitted with",
                )
            return Outputs(scores.argmax(axis=1), self._soft(scores))
        if self.rule is Rule.NUMBER:
            numbers = np.asarray(column, np.float64)[:, None]
            return Outputs(None, numbers if self.unit is None else self.unit.standard(numbers))
        if not self.needs_scores:
            codes = self._codes(column)
            return Outputs(codes, one_hot(codes, len(self.classes or ())))
        real = np.asarray(column, np.float64)
        codes = (real > (0.5 if self.rule is Rule.HALF else 0.0)).astype(np.intp)
        p = np.clip(real, 0.0, 1.0) if self.rule is Rule.HALF else sigmoid(real)
        return Outputs(codes, np.column_stack([1 - p, p]))

    def refuse_logits(self, raw: Answers | NDArray[Any]) -> None:
        """See that what is read as a probability is one: the few answers that fixed this may have been logits.

        Raises
        ------
        InputError
            A number outside [0, 1].
        """
        found = Answers.of(raw).raw
        if self.rule is Rule.HALF and len(found) and not (found.min() >= 0 and found.max() <= 1):
            raise InputError(
                "a probability a row, as the first answers of the model were read",
                f"answers from {found.min():.3g} to {found.max():.3g}",
                "let the model return a score for each class, or its decision",
            )

    def _scores(self, answers: Answers) -> NDArray[Any] | None:
        """Return raw scores in the order of the classes, shape (n, c); None where they are not one for each."""
        scores = None if self.rule is Rule.LABEL else answers.ordered_as(self.classes)
        if scores is None or scores.ndim != 2 or scores.shape[1] != len(self.classes or ()):
            return None
        return scores

    def _soft(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """Return scores that sum to 1."""
        return probabilities(scores, given=self.probabilities)

    def standardised(self, outputs: Outputs) -> OutputReading:
        """Return the reading of numbers in the unit of these ones, read as they are; of classes, itself."""
        return self if outputs.codes is not None else replace(self, unit=Unit.of(outputs.values))

    @property
    def as_they_are(self) -> OutputReading:
        """The reading that leaves numbers in their own unit."""
        return replace(self, unit=None)

    def restored(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of leaves in the teacher's own unit."""
        return values if self.unit is None else self.unit.restored(values)

    def length(self, difference: float) -> float:
        """Return a difference of two values in the teacher's own unit."""
        return difference if self.unit is None else self.unit.length(difference)

    def _codes(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        """Return the index of each label among the classes."""
        return codes_of(labels, self.classes or (), NOT_A_KNOWN_CLASS)

    def __str__(self) -> str:
        if self.classes is None:
            return f"{self.task}: {self.rule}"
        shown = ", ".join(visible(str(label)) for label in self.classes[:10])
        return f"{self.task}: {self.rule} (classes {shown}{', ...' if len(self.classes) > 10 else ''})"

    def to_dict(self) -> dict[str, Any]:
        """Return the reading as plain values."""
        return {
            "task": str(self.task),
            "rule": self.rule.name,
            "classes": None if self.classes is None else list(self.classes),
            "probabilities": self.probabilities,
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> OutputReading:
        """Read what `to_dict` wrote."""
        classes = plain["classes"]
        known = None if classes is None else tuple(classes)
        # A result of an older version does not say; of it only the classes are read again.
        return cls(Task(plain["task"]), Rule[plain["rule"]], known, None, plain.get("probabilities", False))


def _checked_task(task: str) -> Task:
    try:
        return Task(task)
    except ValueError:
        raise InputError(
            "a task `auto`, `binary`, `multiclass` or `regression`",
            f"`task={task!r}`",
            "give one of the four",
        ) from None


def _task_of(n_classes: int, wanted: Task) -> Task:
    """Return the task for a number of classes; a table may show one class of two."""
    if wanted is Task.BINARY and n_classes > 2:
        raise InputError("`task='binary'`", f"{n_classes} classes", "use `task='multiclass'`")
    return wanted if wanted is not Task.AUTO else (Task.BINARY if n_classes <= 2 else Task.MULTICLASS)


def _two(classes: tuple[Any, ...] | None) -> tuple[Any, ...]:
    return classes if classes is not None and len(classes) == 2 else (0, 1)


def _single_column(raw: NDArray[Any]) -> NDArray[Any] | None:
    """Return the outputs as one column, or None when there are several."""
    return raw if raw.ndim == 1 else (raw[:, 0] if raw.shape[1] == 1 else None)
