"""Scikit-learn models from `.skops` files."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

from limbeck.errors import TeacherError
from limbeck.tables import listed
from limbeck.teachers.find import require

__all__ = ["from_skops"]


def from_skops(path: Path, trusted: bool, remedy: str) -> Any:
    """Open a skops file whose types are those of NumPy, SciPy and scikit-learn, or which the user trusts."""
    require("skops", "skops", f"opening `{path}`")
    import skops.io

    unknown = skops.io.get_untrusted_types(file=path)
    refused = [name for name in unknown if not (trusted or _is_numeric_type(name))]
    if refused:
        asked = f"types of NumPy, SciPy and scikit-learn in `{path}`"
        raise TeacherError(asked, listed(refused), f"look at these types; {remedy}")
    return skops.io.load(path, trusted=unknown)


def _is_numeric_type(name: str) -> bool:
    """Tell whether a name is that of a class (not a function) of NumPy, SciPy or scikit-learn."""
    module, _, kind = name.rpartition(".")
    if module.partition(".")[0] not in ("numpy", "scipy", "sklearn"):
        return False
    return inspect.isclass(getattr(importlib.import_module(module), kind, None))
