"""Files that cannot be read: one error, which names the file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from limbeck.errors import InputError, LimbeckError, MissingExtraError
from limbeck.tables import shortened

__all__ = ["naming"]


@contextmanager
def naming(path: Path) -> Generator[None]:
    """Turn what goes wrong while a file is read into an `InputError` with its name."""
    try:
        yield
    except LimbeckError:
        raise
    except ImportError as error:
        raise MissingExtraError.for_package("pyarrow", "table", f"the rows in `{path}`") from error
    except Exception as error:
        what = shortened(" ".join(str(error).split()), 200)
        found = f"a file that cannot be read: {type(error).__name__}: {what}"
        raise InputError(f"the rows in `{path}`", found, "write the file again, or leave it out") from error
