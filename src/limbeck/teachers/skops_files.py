"""Scikit-learn models from `.skops` files, opened when all that they name was read and found to run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from limbeck.errors import TeacherError
from limbeck.tables import shortened
from limbeck.teachers.find import require
from limbeck.teachers.skops_nodes import SkopsReading

__all__ = ["from_skops"]

_SHOWN = 8


def from_skops(path: Path, trusted: bool, remedy: str) -> Any:
    """Open a skops file of listed types, or, where the user trusts it, of any."""
    require("skops", "skops", f"opening `{path}`")
    data = path.read_bytes()
    reading = SkopsReading(data)
    rewritten = b"" if trusted else reading.rewritten()
    if reading.refused:
        asked = f"types and functions of NumPy, SciPy and scikit-learn, which are known to run no code, in `{path}`"
        names = [f"`{shortened(name, 100)}`" for name in reading.refused]
        found = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        raise TeacherError(asked, found, f"look at these types; {remedy}")
    import skops.io

    if trusted:
        return skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
    return skops.io.loads(rewritten, trusted=sorted(reading.named))
