"""Teachers from files and import paths; nothing that runs code when it is opened is opened unasked."""

from __future__ import annotations

import importlib
import inspect
import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from limbeck.errors import LimbeckError, TeacherError
from limbeck.tables import listed, shortened
from limbeck.teachers.base import Preprocess, Teacher, said
from limbeck.teachers.find import as_teacher, require

__all__ = ["open_model"]

_FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
_PICKLE = "a pickle, which can run any code when it is opened"
_TORCH_PICKLE = "a PyTorch archive with a pickle, which can run any code when it is opened"
_COMPRESSED = "a compressed file, such as a pickle of joblib"
_EXPORTED = "a `torch.export` archive"
_SKOPS = "a skops file"
_OTHER = "data of no known kind"
_HOLDS = {".onnx": ("an ONNX model", (_OTHER,)), ".pt2": (_EXPORTED, (_EXPORTED,)), ".skops": (_SKOPS, (_SKOPS,))}
_EXPORTED_PARTS = re.compile(
    r"models/model\.json|data/weights/(weight_\d+|model_weights_config\.json)|archive_(format|version)|byteorder"
    r"|data/constants/(tensor_\d+|model_constants_config\.json)|data/sample_inputs/model\.pt|\.data/\w+|extra/.*"
)
_OPERATOR = re.compile(r"torch\.ops\.(aten|prims|higher_order)\.\w+(\.\w+)?|(_operator|math)\.\w+|torch\._?sym_\w+")
_FORMULA = re.compile(
    r"(?>Symbol\('\w+'|[A-Z]\w*|[a-z]+\d+|floor|ceiling|positive|nonnegative|integer|\d+\.\d+|[\d\s+*/(),<>=-])*+"
)
_EXPORT = "export the model as `.onnx`, `.pt2` (`torch.export.save`) or `.skops`, and name the file so"
_ALLOW = "if you trust whoever made the file, allow it with `trust_pickle=True` (`--trust-pickle`)"


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
        `model.onnx`, `model.pt2` (from `torch.export.save`), `model.skops`, or `package.module:factory`: an
        object, or a function without arguments that returns it, where the object is a model or a teacher. The
        module is imported as by `python -m`, from the current directory first. With `trust_pickle` also `.pkl`,
        `.pickle`, `.joblib`, `.pt` and `.pth`.
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

    Notes
    -----
    PyTorch's own reader of `.pt2` opens pickles inside the archive and evaluates formulas in it. So the archive
    is read first, and refused if it holds anything but tensors, PyTorch's own operators and plain arithmetic.

    Examples
    --------
    >>> open_model("math:frexp").name
    'function `frexp`'
    """
    settings: dict[str, Any] = {"preprocess": preprocess, "batch_size": batch_size, "layers": layers}
    path = Path(spec)
    if _FACTORY.fullmatch(str(spec)) and not path.exists():
        return as_teacher(_from_python(str(spec)), **settings)
    content = _checked_content(path, trust_pickle)
    suffix = path.suffix.lower()
    if suffix == ".onnx":
        return as_teacher(path, **settings)
    opened: Callable[[Path, bool], Any] = {".pt2": _from_export, ".skops": _from_skops}.get(suffix, _from_pickle)
    try:
        model = opened(path, trust_pickle)
    except LimbeckError:
        raise
    except Exception as error:
        raise TeacherError(
            f"the model in `{path}`",
            f"{content} that cannot be read: {said(error)}",
            "write the file again, with the versions of the packages that are installed here",
        ) from error
    return as_teacher(model, **settings)


def _checked_content(path: Path, trust_pickle: bool) -> str:
    """See that a file is there and holds what its extension says; return what it holds."""
    suffix = path.suffix.lower()
    if not path.exists():
        raise TeacherError(f"the model in `{path}`", "no such file", "check the path, or give `package.module:factory`")
    if path.is_dir():
        raise TeacherError(f"the model in `{path}`", "a directory", "give one file, or `package.module:factory`")
    if path.stat().st_size == 0:
        raise TeacherError(f"the model in `{path}`", "an empty file", "write the model again")
    if suffix not in _HOLDS and suffix not in _PICKLES:
        remedy = f"give a file that ends in one of {listed([*_HOLDS, *_PICKLES])}, or `package.module:factory`"
        raise TeacherError(f"the model in `{path}`", f"the extension `{path.suffix}`, which is not known", remedy)
    content = _content(path)
    wanted, accepted = _HOLDS.get(suffix, ("a pickle", (_PICKLE, _TORCH_PICKLE, _COMPRESSED, _OTHER)))
    if content not in accepted:
        raise TeacherError(f"{wanted} in `{path}`", content, _EXPORT)
    if suffix in _PICKLES and not trust_pickle:
        if suffix in (".pt", ".pth"):
            _refuse_weights(path)
        found = _PICKLE if content == _OTHER else content
        raise TeacherError(f"the model in `{path}`", found, f"{_EXPORT}, or, {_ALLOW}")
    return content


def _content(path: Path) -> str:
    """Tell what a file holds, by its first bytes and by the names inside when it is a zip archive."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return _PICKLE
    if head.startswith(
        (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00")
    ):
        return _COMPRESSED
    if not head.startswith(b"PK"):
        return _OTHER
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except zipfile.BadZipFile:
        return _OTHER
    if "data.pkl" in names:
        return "a TorchScript archive" if "constants.pkl" in names else _TORCH_PICKLE
    if names & {"archive_format", "serialized_exported_program.json"}:
        return _EXPORTED
    return _SKOPS if "schema.json" in names else "a zip archive of no known kind"


def _from_python(spec: str) -> Any:
    """Import a module and return the object it names, or what that returns when it is a factory."""
    module_name, _, name = spec.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
        return found() if _is_factory(found) else found
    except LimbeckError:
        raise
    except Exception as error:
        raise TeacherError(
            f"the model `{spec}`",
            said(error),
            "see that `package.module` can be imported from here and that `factory` returns the trained model",
        ) from error


def _is_factory(found: Any) -> bool:
    """Tell whether an object is a class or a function that can be called without arguments, and not a model."""
    if not inspect.isclass(found) and not inspect.isroutine(found):
        return False
    try:
        parameters = inspect.signature(found).parameters.values()
    except ValueError:
        return False
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(p.default is not inspect.Parameter.empty or p.kind in optional for p in parameters)


def _from_export(path: Path, trust_pickle: bool) -> Any:
    """Open a `torch.export` archive, from the very bytes that were checked."""
    require("torch", "torch", f"opening `{path}`")
    import torch

    data = path.read_bytes()
    danger = "" if trust_pickle else _danger(data)
    if danger:
        raise TeacherError(
            f"a `torch.export` archive of tensors and PyTorch's own operators in `{path}`",
            f"{danger}, which can run code when it is opened",
            f"export the model again without it, or, {_ALLOW}",
        )
    return torch.export.load(io.BytesIO(data))


def _danger(data: bytes) -> str:
    """Tell what in a `torch.export` archive could run code; empty when it holds no such thing."""
    import torch

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # Readers differ on which of two entries of one name they take, and on upper and lower case.
        root = archive.namelist()[0].partition("/")[0] + "/"
        inside = [name.removeprefix(root) for name in archive.namelist()]
        odd = [name for name in inside if not _EXPORTED_PARTS.fullmatch(name)]
        if odd or len({name.lower() for name in inside}) < len(inside):
            return f"the entries {listed(odd)}" if odd else "two entries of one name"
        for folder in ("weights", "constants"):
            config = json.loads(archive.read(f"{root}data/{folder}/model_{folder}_config.json"))["config"]
            for name, part in config.items():
                if part["use_pickle"] is not False or not re.fullmatch(r"(weight|tensor)_\d+", part["path_name"]):
                    return f"a pickle of `{name}`"
        for key, text in _texts(json.loads(archive.read(f"{root}models/model.json"))):
            if key == "target" and not _OPERATOR.fullmatch(text):
                return f"the operator `{shortened(text)}`"
            if (key == "expr_str" and not _FORMULA.fullmatch(text)) or "default_factory" in text:
                return f"the formula `{shortened(text)}`"
        samples = archive.read(f"{root}data/sample_inputs/model.pt")
    try:
        torch.load(io.BytesIO(samples), weights_only=True)
    except Exception:
        return "a pickle of sample inputs"
    return ""


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a JSON value with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, (dict, list)):
        for name, inner in value.items() if isinstance(value, dict) else ((key, item) for item in value):
            yield from _texts(inner, name)


def _from_skops(path: Path, trust_pickle: bool) -> Any:
    """Open a skops file whose types are those of NumPy, SciPy and scikit-learn."""
    require("skops", "skops", f"opening `{path}`")
    import skops.io

    unknown = skops.io.get_untrusted_types(file=path)
    refused = [name for name in unknown if not (trust_pickle or _is_numeric_type(name))]
    if refused:
        raise TeacherError(
            f"types of NumPy, SciPy and scikit-learn in `{path}`", listed(refused), f"look at these types; {_ALLOW}"
        )
    return skops.io.load(path, trusted=unknown)


def _is_numeric_type(name: str) -> bool:
    """Tell whether a name is that of a class (not a function) of NumPy, SciPy or scikit-learn."""
    module, _, kind = name.rpartition(".")
    if module.partition(".")[0] not in ("numpy", "scipy", "sklearn"):
        return False
    return inspect.isclass(getattr(importlib.import_module(module), kind, None))


def _from_pickle(path: Path, trust_pickle: bool) -> Any:
    """Open a pickle that the user trusts."""
    if path.suffix.lower() not in (".pt", ".pth"):
        import joblib

        return joblib.load(path)
    require("torch", "torch", f"opening `{path}`")
    import torch

    model = torch.load(path, map_location="cpu", weights_only=False)
    if isinstance(model, dict):
        raise _only_weights(path)
    return model


def _refuse_weights(path: Path) -> None:
    """Say so when a PyTorch file holds nothing but weights, which can be seen without running code."""
    try:
        import torch

        torch.load(path, map_location="cpu", weights_only=True)
    except Exception:
        # Whatever else the file holds is not opened, and is refused by the caller.
        return
    raise _only_weights(path)


def _only_weights(path: Path) -> TeacherError:
    return TeacherError(
        f"the model in `{path}`",
        "a state dict: weights without the module that they belong to",
        "give `package.module:factory`, which builds the module and loads them, or export it with `torch.export.save`",
    )
