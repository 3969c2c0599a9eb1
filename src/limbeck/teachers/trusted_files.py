"""Files that can run any code when they are opened: pickles, and the archives of `torch.export`; only with consent."""

from __future__ import annotations

import pickletools
import zipfile
from pathlib import Path
from typing import Any

from limbeck.errors import TeacherError
from limbeck.teachers.find import require

__all__ = ["from_export", "from_pickle", "from_torch_pickle", "refuse_weights"]

_OF_TENSORS = {"collections", "torch", "torch._utils"}
_MOST_CODE = 1 << 24


def from_export(path: Path) -> Any:
    """Open a `torch.export` archive that the user trusts.

    PyTorch's reader opens pickles inside, evaluates formulas and pastes names into the code that it generates; it
    says itself never to load such a file from an untrusted source. What it reads changes with every version, so
    that no check of ours before it could be known to be whole.
    """
    require("torch", "torch", f"opening `{path}`")
    import torch

    return torch.export.load(path)


def from_pickle(path: Path) -> Any:
    """Open a pickle that the user trusts."""
    import joblib

    return joblib.load(path)


def from_torch_pickle(path: Path) -> Any:
    """Open a pickle of PyTorch that the user trusts, and see that it holds more than weights."""
    require("torch", "torch", f"opening `{path}`")
    import torch

    model = torch.load(path, map_location="cpu", weights_only=False)
    if isinstance(model, dict):
        raise _only_weights(path)
    return model


def refuse_weights(path: Path) -> None:
    """Say so when a PyTorch file names nothing but what tensors are made of; its pickle is read and not opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            codes = list(pickletools.genops(archive.open(inside).read(_MOST_CODE)))
    except Exception:
        # Whatever else the file is, it is refused by the caller.
        return
    named = {str(value).partition(" ")[0] for code, value, _ in codes if code.name == "GLOBAL"}
    if not any(code.name in ("STACK_GLOBAL", "INST") for code, _, _ in codes) and named <= _OF_TENSORS:
        raise _only_weights(path)


def _only_weights(path: Path) -> TeacherError:
    return TeacherError(
        f"the model in `{path}`",
        "a state dict: weights without the module that they belong to",
        "give `package.module:factory`, which builds the module and loads them, or export it with `torch.onnx.export`",
    )
