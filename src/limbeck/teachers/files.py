"""Teachers from files and import paths; nothing that runs code when it is opened is opened unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limbeck.errors import LimbeckError, TeacherError
from limbeck.tables import listed
from limbeck.teachers.base import Teacher
from limbeck.teachers.catboost import open_catboost
from limbeck.teachers.file_content import (
    CATBOOST,
    COMPRESSED,
    EXPORTED,
    KERAS,
    OTHER,
    PICKLE,
    SKOPS,
    TORCH_PICKLE,
    content_of,
    read_whole,
)
from limbeck.teachers.find import as_teacher, require
from limbeck.teachers.keras_file import checked_keras
from limbeck.teachers.lightgbm import open_lightgbm
from limbeck.teachers.python_objects import from_python, look_here_first, names_object
from limbeck.teachers.running import Preprocess, said
from limbeck.teachers.skops_files import from_skops
from limbeck.teachers.trusted_files import from_export, from_pickle, from_torch_pickle, refuse_weights
from limbeck.teachers.xgboost import open_xgboost

__all__ = ["open_model"]

_EXPORT = "export the model as `.onnx` or `.skops`, and name the file so"
_AGAIN = "write the file again, with the versions of the packages that are installed here"
_ELSEWHERE = (
    "put the class or function, which stood in the script that wrote the file, into a module of its own, import it "
    "there, and write the file again"
)
_ALLOW = "if you trust whoever made the file, allow it with `trust_pickle=True` (`--trust-pickle`)"


@dataclass(frozen=True)
class _Kind:
    """One kind of file: how its model is opened, what it is called, what it may hold, whether opening can run code.

    `opened` takes the path and whether the user trusts the file, and returns what `as_teacher` takes.
    """

    opened: Callable[[Path, bool], Any]
    called: str
    holds: tuple[str, ...]
    runs_code: bool = False


def _pickle(opened: Callable[[Path], Any]) -> _Kind:
    return _Kind(lambda path, _: opened(path), "a pickle", (PICKLE, TORCH_PICKLE, COMPRESSED, OTHER), runs_code=True)


def _from_keras(path: Path, trusted: bool) -> Any:
    """Check a file, import Keras, on PyTorch where nothing else was chosen, and open the file."""
    checked = None if trusted else checked_keras(read_whole(path))
    require("keras", "keras", f"opening `{path}`")
    require("torch", "keras", f"opening `{path}`")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from limbeck.teachers.keras import open_keras

    return open_keras(path, checked)


_KINDS = {
    ".onnx": _Kind(lambda path, _: path, "an ONNX model", (OTHER,)),
    ".skops": _Kind(lambda path, trusted: from_skops(path, trusted, _ALLOW), "a skops file", (SKOPS,)),
    **dict.fromkeys((".json", ".ubj"), _Kind(open_xgboost, "an XGBoost model", (OTHER,))),
    ".txt": _Kind(open_lightgbm, "a LightGBM model", (OTHER,)),
    ".keras": _Kind(_from_keras, "a Keras model", (KERAS,)),
    ".cbm": _Kind(lambda path, _: open_catboost(path), "a CatBoost model", (CATBOOST,), runs_code=True),
    ".pt2": _Kind(lambda path, _: from_export(path), "a `torch.export` archive", (EXPORTED,), runs_code=True),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _pickle(from_pickle)),
    **dict.fromkeys((".pt", ".pth"), _pickle(from_torch_pickle)),
}


def open_model(
    spec: str | Path,
    *,
    trust_pickle: bool = False,
    preprocess: Preprocess | None = None,
    batch_size: int | None = None,
    layers: Sequence[str] | None = None,
) -> Teacher:
    """Open a model by its file or by the name of a Python object.

    Parameters
    ----------
    spec : str or path
        `model.onnx`, `model.skops`, `model.keras`, XGBoost's `.json` and `.ubj`, LightGBM's `.txt`, or
        `package.module:factory`: an object, or a function without arguments that returns it, where the object is a
        model or a teacher. The module is imported as by `python -m`, from the current directory first. With
        `trust_pickle` also `.pkl`, `.pickle`, `.joblib`, `.pt`, `.pth`, `.pt2` (from `torch.export.save`) and
        CatBoost's `.cbm`.
    trust_pickle : bool
        Whether files may be opened that can run code when they are opened.
    preprocess, batch_size, layers
        As for `as_teacher`.

    Returns
    -------
    Teacher
        The model behind the protocol of teachers.

    Raises
    ------
    TeacherError
        No such file, an empty or corrupt one, one of another or an unknown kind, or one that is not trusted.
    MissingExtraError
        A package that the file needs is not installed.

    Examples
    --------
    >>> open_model("math:frexp").name
    'function `frexp`'
    """
    settings: dict[str, Any] = {"preprocess": preprocess, "batch_size": batch_size, "layers": layers}
    path = Path(spec)
    if names_object(str(spec)) and not os.path.exists(path):
        return as_teacher(from_python(str(spec)), **settings)
    _check_content(path, trust_pickle)
    called = _KINDS[path.suffix.lower()].called
    if trust_pickle:
        look_here_first()
    try:
        model = _KINDS[path.suffix.lower()].opened(path, trust_pickle)
    except LimbeckError:
        raise
    except ModuleNotFoundError as error:
        raise TeacherError(
            f"the model in `{path}`",
            f"{called} that needs the module `{error.name}`, which is not found",
            f"install it, or run from the folder that holds `{str(error.name).partition('.')[0]}.py`",
        ) from error
    except Exception as error:
        raise TeacherError(
            f"the model in `{path}`",
            f"{called} that cannot be read: {said(error)}",
            _ELSEWHERE if isinstance(error, AttributeError) and "__main__" in str(error) else _AGAIN,
        ) from error
    return as_teacher(model, **settings)


def _check_content(path: Path, trust_pickle: bool) -> None:
    """See that a file is there, holds what its extension says, and may be opened."""
    asked, suffix = f"the model in `{path}`", path.suffix.lower()
    if not os.path.exists(path):
        raise TeacherError(asked, "no such file", "check the path, or give `package.module:factory`")
    if os.path.isdir(path):
        raise TeacherError(asked, "a directory", "give one file, or `package.module:factory`")
    if path.stat().st_size == 0:
        raise TeacherError(asked, "an empty file", "write the model again")
    if suffix not in _KINDS:
        remedy = f"give a file that ends in one of {listed(list(_KINDS))}, or `package.module:factory`"
        raise TeacherError(asked, f"the extension `{path.suffix}`, which is not known", remedy)
    kind, content = _KINDS[suffix], content_of(path)
    if content not in kind.holds:
        raise TeacherError(f"{kind.called} in `{path}`", content, _EXPORT)
    if kind.runs_code and not trust_pickle:
        if suffix in (".pt", ".pth"):
            refuse_weights(path)
        raise TeacherError(asked, PICKLE if content == OTHER else content, f"{_EXPORT}, or, {_ALLOW}")
