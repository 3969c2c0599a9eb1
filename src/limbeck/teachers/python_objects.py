"""Models by the name of a Python object, `package.module:factory`, which runs the user's own code."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable
from typing import Any

from limbeck.errors import InputError, LimbeckError, TeacherError
from limbeck.teachers.running import said

__all__ = ["from_python", "imported_function", "look_here_first", "names_object"]

_FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def names_object(spec: str) -> bool:
    """Tell whether a text has the form `package.module:name`."""
    return _FACTORY.fullmatch(spec) is not None


def look_here_first() -> None:
    """Let modules of the working directory be found, as by `python -m`."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def from_python(spec: str) -> Any:
    """Import a module and return the object it names, or what that returns when it is a factory."""
    module_name, _, name = spec.partition(":")
    look_here_first()
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


def imported_function(spec: str) -> Callable[[Any], Any]:
    """Import the function of raw rows that `module:function` names.

    Raises
    ------
    InputError
        There is none.
    """
    module, _, name = spec.partition(":")
    asked = f"`--preprocess {spec}`"
    if not module or not name:
        raise InputError(asked, "no `module:function`", "write it as `package.module:function`")
    look_here_first()
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except LimbeckError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(asked, what, "see that the module can be imported from here and has the function") from error
    if not callable(found):
        raise InputError(asked, f"an object of type `{type(found).__name__}`", "name a function of raw rows")
    return found


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
