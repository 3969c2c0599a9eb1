"""Classes as labels: which values may be classes, and how labels become codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.errors import InputError

__all__ = ["checked_classes", "codes_of", "distinct_labels", "of_one_type"]

_REMEDY = "let the model return text, for example from a function around it that ends in `.astype(str)`"


def checked_classes(labels: Sequence[Any]) -> tuple[Any, ...]:
    """Return classes as plain values, and see that they can be saved, compared and told apart.

    Raises
    ------
    InputError
        A class that is neither text nor a finite number nor a boolean, or two that are equal, or equal as text.

    Examples
    --------
    >>> checked_classes([np.int64(3), np.int64(5)])
    (3, 5)
    """
    strange = next((label for label in labels if isinstance(label, (np.datetime64, np.timedelta64))), None)
    if strange is not None:  # in nanoseconds they would become whole numbers
        raise InputError("classes that are text, numbers or booleans", f"the class `{strange}`", _REMEDY)
    classes = tuple(label.item() if isinstance(label, np.generic) else label for label in labels)
    for label in classes:
        if not isinstance(label, (str, bool, int, float)):
            found = f"a class of type `{type(label).__name__}`"
            raise InputError("classes that are text, numbers or booleans", found, _REMEDY)
        if isinstance(label, float) and not math.isfinite(label):
            raise InputError("classes that are text, finite numbers or booleans", f"the class `{label}`", _REMEDY)
    for keys in (classes, tuple(map(str, classes))):
        for i, key in enumerate(keys if len(set(keys)) < len(keys) else ()):
            first = keys.index(key)
            if first < i:
                found = f"the classes `{classes[first]!r:.80}` and `{classes[i]!r:.80}`"
                raise InputError("classes that differ, also when written as text", found, _REMEDY)
    return classes


def distinct_labels(column: NDArray[Any]) -> tuple[Any, ...]:
    """Return the labels that occur, shape (n,), in order."""
    if column.dtype.kind in "Mm":
        raise InputError("classes that are text, numbers or booleans", f"labels of type `{column.dtype}`", _REMEDY)
    try:
        found = sorted(set(column.tolist())) if column.dtype.kind == "O" else np.unique(column).tolist()
    except TypeError:
        found = f"labels of the types {_types(column)}"
        raise InputError("classes of one type, such as text", found, _REMEDY) from None
    return tuple(found)


def codes_of(labels: NDArray[Any], classes: Sequence[Any], unknown: int) -> NDArray[np.intp]:
    """Return the place of each label, shape (n,), among the classes; `unknown` for one that is not among them."""
    place = {label: code for code, label in enumerate(classes)}
    if labels.dtype.kind == "O":
        known = (place.get(label, unknown) if label.__hash__ else unknown for label in labels.tolist())
        return np.fromiter(known, np.intp, len(labels))
    distinct, inverse = np.unique(labels, return_inverse=True)
    codes = np.array([place.get(label, unknown) for label in distinct.tolist()], np.intp)
    return codes[inverse.reshape(-1)]


def of_one_type(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels that are Python objects, shape (n,), as an array of their one type.

    Raises
    ------
    InputError
        Text beside numbers, or what is neither: NumPy would make text of both, so that 1 and "1" were one class.
    """
    kinds = {None} if labels.dtype.kind in "Mm" else {_kind(label) for label in labels.tolist()}
    if None in kinds or (len(kinds) > 1 and kinds != {int, float}):
        found = f"labels of the types {_types(labels)}"
        raise InputError("labels of one type: text, numbers or booleans", found, "convert them")
    return np.array(labels.tolist())


def _types(labels: NDArray[Any]) -> str:
    return ", ".join(sorted({f"`{type(label).__name__}`" for label in labels})[:8])


def _kind(label: Any) -> type | None:
    """Return the plain type that a label has or comes from."""
    plain = label.item() if isinstance(label, np.generic) else label
    return next((kind for kind in (bool, int, float, str) if isinstance(plain, kind)), None)
