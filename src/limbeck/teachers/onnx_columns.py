"""Columns as the inputs of an ONNX model take them."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Column, Kind
from limbeck.errors import TeacherError

__all__ = ["ONNX_TYPES", "cast_column"]

ONNX_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    **{
        f"tensor({'u' * unsigned}int{bits})": np.dtype(f"{'ui'[not unsigned]}{bits // 8}").type
        for unsigned in (False, True)
        for bits in (8, 16, 32, 64)
    },
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
"""What NumPy calls the types of tensors."""


def cast_column(column: Column, kind: str) -> NDArray[Any]:
    """Return one column, shape (n,), as the type of an input."""
    numeric = column.kind is Kind.NUMERIC
    target: Any = ONNX_TYPES.get(kind, np.float32)
    problem, bad = "", column.missing
    if bad.all() and np.issubdtype(target, np.floating):
        return np.full(len(bad), np.nan, target)
    if not numeric and target is not np.object_:
        problem, bad = "text", ~column.missing
    elif column.dates:
        problem, bad = "dates", ~column.missing
    elif bad.any() and not np.issubdtype(target, np.floating):
        problem = "missing values"
    elif numeric and np.issubdtype(target, np.integer):
        limits = np.iinfo(cast("Any", target))
        inside = (column.values >= limits.min) & (column.values <= limits.max)
        bad = ~inside | (column.values != np.floor(column.values))
        problem = "fractions, or numbers out of its range," if bad.any() else ""
    if problem:
        raise TeacherError(
            f"values of type `{kind}` in the column `{column.name}`",
            f"{problem} in {int(bad.sum())} of {len(bad)} rows",
            "fill or convert the column, or give `preprocess=`",
        )
    if target is not np.object_:
        return column.values.astype(target)
    if numeric:
        return np.array([str(int(v)) if v.is_integer() else repr(v) for v in column.values.tolist()], object)
    return np.array(column.categories, object)[column.values]
