"""What a model returned, in whatever shape, as the answers of a teacher: one for each row, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from limbeck.core import Answers
from limbeck.errors import InputError, TeacherError
from limbeck.tables import listed

__all__ = ["Output", "as_answers", "one_of_several", "plain_array", "with_row"]

Output = str | int
"""Name, or place, of one of several outputs."""

_REMEDY = "name one with `output=`, by its place or its name (`--output` on the command line)"


def as_answers(
    found: Any,
    *,
    n_rows: int,
    index: Any,
    name: str,
    output: Output | None = None,
    numbers: bool = False,
    classes: tuple[Any, ...] | None = None,
) -> Answers:
    """Read what a model returned for some rows.

    A tensor, a frame, a Series or NumPy scalars among objects become arrays; answers of pandas in another order of the
    rows are put back in order; a single row whose dimension was squeezed away gets it back; and of several outputs one
    is taken.

    Parameters
    ----------
    found : any
        What the model returned.
    n_rows : int
        Rows that it was asked about.
    index : pandas.Index or None
        The labels of these rows, where the model was given a frame of pandas.
    name : str
        What the model is called in an error.
    output : str, int or None
        Which of several outputs is wanted.
    numbers : bool
        Whether several columns are known to be several numbers, not the scores of classes.
    classes : tuple or None
        The classes that the model names.

    Raises
    ------
    TeacherError
        Not one answer a row, NaN or infinity, or a Series whose rows cannot be told.
    InputError
        Several outputs of which none is the first, or an output that does not exist.
    """
    if isinstance(found, Answers):
        answers = replace(
            found,
            scores=None if found.scores is None else _rows_of(found.scores, n_rows, index, name),
            labels=None if found.labels is None else _rows_of(found.labels, n_rows, index, name),
        )
        answers = replace(answers, labels=_decision(answers, classes))
    else:
        part, words = one_of_several(found, output, n_rows)
        answers = Answers(_rows_of(part, n_rows, index, name), None, _named_columns(part), words)
    return _one_output(answers, output, numbers, name)


def one_of_several(found: Any, output: Output | None, n_rows: int | None = None) -> tuple[Any, str]:
    """Return one output of a dict or tuple of them, and which one in words; anything else as it is.

    By default the first that has an answer for every one of `n_rows` rows, where their number is known.
    """
    if not isinstance(found, (Mapping, tuple)):
        return found, ""
    several = dict(cast("Mapping[Any, Any]", found) if isinstance(found, Mapping) else enumerate(found))
    if not several:
        raise ValueError("no output at all")
    fitting = [key for key, part in several.items() if _length(part) == n_rows] if n_rows else []
    key = (fitting or list(several))[0] if output is None else _key(list(several), output)
    if len(several) == 1:
        return several[key], ""
    asked = "the first" if output is None else "the one asked for,"
    return several[key], f"`{key}`, {asked} of the outputs {listed([str(k) for k in several])}"


def plain_array(found: Any) -> NDArray[Any]:
    """Return a tensor of any framework, a frame, a sparse matrix or a list as an array."""
    if hasattr(found, "detach"):  # a tensor of PyTorch: without its gradient, and NumPy has no bfloat16
        found = found.detach().cpu()
        found = found.float() if str(found.dtype) == "torch.bfloat16" else found
    if hasattr(found, "toarray"):
        found = found.toarray()
    array = np.asarray(found)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def with_row(array: NDArray[Any], n_rows: int) -> NDArray[Any]:
    """Give the answer on a single row its dimension back, where the model has squeezed it away."""
    return array[None] if n_rows == 1 and (array.ndim == 0 or (array.ndim == 1 and len(array) > 1)) else array


def _rows_of(found: Any, n_rows: int, index: Any, name: str) -> NDArray[Any]:
    """Return one output as an array of finite numbers or labels, one a row, in the order of the rows."""
    array = plain_array(_in_order(found, n_rows, index, name))
    array = with_row(array, n_rows)
    if array.ndim == 0 or len(array) != n_rows:
        told = ("None" if found is None else "one value") if array.ndim == 0 else f"{len(array)} outputs"
        raise TeacherError(f"{n_rows} outputs of {name}, one a row", told, "fix the model's output")
    if array.ndim > 2 or (array.ndim == 2 and array.shape[1] == 0):
        raise TeacherError(
            f"outputs of {name} of shape (n,) or (n, c)",
            f"the shape {array.shape}",
            "wrap the model in a function that returns one number, one class or one row of scores for each row",
        )
    return _of_one_type(array, name) if array.dtype.kind == "O" else array


def _in_order(found: Any, n_rows: int, index: Any, name: str) -> Any:
    """Put a Series or frame of pandas in the order of the rows, by its index."""
    if not (nw.dependencies.is_pandas_series(found) or nw.dependencies.is_pandas_dataframe(found)):
        return found
    pandas: Any = nw.dependencies.get_pandas()
    here: Any = found.index
    fresh = pandas.RangeIndex(n_rows)
    rows: Any = fresh if index is None else index
    # A model that makes its Series of an array numbers the answers afresh, in the order of the rows.
    if len(here) != n_rows or here.equals(rows) or (isinstance(here, pandas.RangeIndex) and here.equals(fresh)):
        return found
    if here.is_unique and rows.is_unique and here.isin(rows).all():
        return found.loc[rows]
    raise TeacherError(
        f"answers of {name} in the order of the rows",
        "a Series or frame of another index than the rows have",
        "return it with the index of the rows, or, if it is in their order, as an array (`.to_numpy()`)",
    )


def _one_output(answers: Answers, output: Output | None, numbers: bool, name: str) -> Answers:
    """Take one column where the model answers each row with several labels or several numbers."""
    labels, scores = answers.labels, answers.scores
    if labels is not None and labels.ndim == 2 and labels.shape[1] == 1:
        answers = replace(answers, labels=labels[:, 0])
    elif labels is not None and labels.ndim == 2:
        column, words = _column(labels, output, None, f"{labels.shape[1]} labels a row", name)
        return Answers(None, column, None, words)
    elif scores is not None and scores.ndim == 2 and scores.shape[1] > 1 and labels is None and not answers.output:
        if numbers or output is not None:
            told = f"{scores.shape[1]} numbers a row"
            column, words = _column(scores, output, answers.classes, told, name)
            answers = Answers(column, None, None, words)
    elif output is not None and not answers.output:
        raise InputError(f"`output={output!r}` of {name}", "a model of one output", "leave `output` out")
    # Whole numbers of a regressor are numbers, not classes.
    floats = answers.scores.astype(np.float64) if numbers and answers.scores is not None else answers.scores
    return replace(answers, scores=floats)


def _decision(answers: Answers, classes: tuple[Any, ...] | None) -> NDArray[Any] | None:
    """Return the labels, but not fractions beside scores: a model that gives these has only scores."""
    labels = answers.labels
    if labels is None or answers.scores is None or labels.dtype.kind != "f":
        return labels
    known = classes is not None and bool(np.isin(labels, np.array(classes)).all())
    return labels if known or bool((labels == np.round(labels)).all()) else None


def _column(
    matrix: NDArray[Any], output: Output | None, names: tuple[Any, ...] | None, told: str, name: str
) -> tuple[NDArray[Any], str]:
    """Return the column asked for, and which one in words."""
    if output is None:
        raise InputError(f"one output of {name} to explain", told, _REMEDY)
    keys = list(names or range(matrix.shape[1]))
    key = _key(keys, output)
    return matrix[:, keys.index(key)], f"`{key}`, the one asked for, of {told}"


def _key(keys: Sequence[Any], output: Output) -> Any:
    """Return the key of an output, which is named, or counted from 0."""
    if output in keys:
        return output
    place = int(output) if str(output).isdecimal() else len(keys)
    if place >= len(keys):
        raise InputError(
            f"`output={output!r}`", f"the outputs {listed([str(key) for key in keys])}", "name one of these"
        )
    return keys[place]


def _named_columns(found: Any) -> tuple[Any, ...] | None:
    """Return the names of the columns of a frame that has several; numbers in order are no names."""
    if not nw.dependencies.is_into_dataframe(found):
        return None
    frame = nw.from_native(found, eager_only=True)
    names = tuple(label.item() if isinstance(label, np.generic) else label for label in frame.columns)
    return names if len(names) > 1 and names != tuple(range(len(names))) else None


def _length(part: Any) -> int | None:
    """Return the number of rows of an output; None for a single value."""
    shape = getattr(part, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) else None
    return len(part) if isinstance(part, Sequence) and not isinstance(part, str) else None


def _of_one_type(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Turn an object array of labels into text, integers or numbers of one type."""
    flat = [value.item() if isinstance(value, np.generic) else value for value in array.ravel()]
    kinds = {type(value) for value in flat}
    if len(kinds) == 1 and kinds <= {str, int, float, bool}:
        return np.array(flat).reshape(array.shape)
    raise TeacherError(
        f"labels of one type from {name}",
        f"values of the types {', '.join(sorted(kind.__name__ for kind in kinds))}",
        "return text, integers or numbers",
    )
