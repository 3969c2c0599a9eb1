"""The right teacher for a model, found by its type among the frameworks that are already imported."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from limbeck.errors import MissingExtraError, TeacherError
from limbeck.teachers.base import Teacher
from limbeck.teachers.function import FunctionTeacher
from limbeck.teachers.rows import numeric_matrix
from limbeck.teachers.running import Preprocess

__all__ = ["as_teacher", "require"]

_GIVE = "give the trained model, or a function from raw rows to outputs"


def as_teacher(
    model: Any,
    *,
    preprocess: Preprocess | None = None,
    batch_size: int | None = None,
    layers: Sequence[str] | None = None,
    output: str | int | None = None,
) -> Teacher:
    """Make a teacher of a trained model.

    Tried in this order: a teacher (returned as it is); an ONNX file, bytes or ModelProto; a Keras model; a PyTorch
    module or exported program; a tree ensemble (scikit-learn, XGBoost, LightGBM, CatBoost); a scikit-learn
    estimator; an object with `predict_proba` or `predict`; a function. No framework is imported unless the model is
    one of its own.

    Parameters
    ----------
    model : object
        The trained model.
    preprocess : callable, optional
        Turns raw rows (a frame or an array) into what the model takes; it becomes part of the teacher.
    batch_size : int, at least 1, optional
        Most rows handed to the model at a time.
    layers : sequence of str, optional
        The layers whose activations are wanted; by default all.
    output : str or int, optional
        Which of several outputs is to be explained, by its name or its place from 0: a column of a regressor of
        several numbers, one label of a multilabel classifier, an element of a dict or tuple, an output of a graph.

    Returns
    -------
    Teacher
        The model behind the protocol of teachers.

    Raises
    ------
    TeacherError
        The object is no model, or a model that is not fitted.
    InputError
        A layer that the model does not have, or a bad batch size or output.
    MissingExtraError
        A package that the model needs is not installed.

    Examples
    --------
    >>> as_teacher(lambda x: x[:, 0] > 0).name
    'function `<lambda>`'
    """
    return _made(model, preprocess, batch_size, layers).reading_output(output)


def _made(model: Any, preprocess: Preprocess | None, batch_size: int | None, layers: Sequence[str] | None) -> Teacher:
    """Make a teacher that reads the model's only, or its first, output."""
    if isinstance(model, Teacher):
        if preprocess is not None or batch_size is not None or layers is not None:
            raise TeacherError(
                "`preprocess=`, `batch_size=` or `layers=` for a teacher that is made already",
                model.name,
                "give them when the teacher is made, or give the model itself",
            )
        return model
    settings: dict[str, Any] = {"preprocess": preprocess}
    if batch_size is not None:
        settings["batch_size"] = batch_size
    teacher = _of_framework(model, settings, layers)
    if teacher is None:
        teacher = _of_methods(model, settings)
        if layers is not None:
            teacher.select_layers(layers)
    return teacher


def require(package: str, extra: str, purpose: str) -> None:
    """See that a package is installed, without importing it."""
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError.for_package(package, extra, purpose)


def _of_framework(model: Any, settings: dict[str, Any], layers: Sequence[str] | None) -> Teacher | None:
    """Return a teacher with hidden layers, where the model's framework is known."""
    if isinstance(model, (str, Path)) and Path(model).suffix.lower() != ".onnx":
        raise TeacherError(
            "a model in memory, or the path of an `.onnx` file",
            f"the text `{str(model)[:200]}`",
            "open other files with `limbeck.teachers.open_model`",
        )
    if isinstance(model, (str, Path, bytes)) or _is_a(model, "onnx", "ModelProto"):
        require("onnx", "onnx", "a teacher from an ONNX model")
        require("onnxruntime", "onnx", "a teacher from an ONNX model")
        from limbeck.teachers.onnx import OnnxTeacher

        return OnnxTeacher(model, layers=layers, **settings)
    if _is_a(model, "keras", "Model"):
        return _of_keras(model, settings, layers)
    if _is_a(model, "torch.nn", "Module"):
        from limbeck.teachers.torch import TorchTeacher

        return TorchTeacher(model, layers=layers, **settings)
    if _is_a(model, "torch.export", "ExportedProgram"):
        from limbeck.teachers.torch_exported import ExportedTeacher

        return ExportedTeacher(model, layers=layers, **settings)
    if _is_estimator(model):
        teacher = _of_estimator(model, settings)
        if layers is not None:
            teacher.select_layers(layers)
        return teacher
    return None


def _of_estimator(model: Any, settings: dict[str, Any]) -> Teacher:
    from limbeck.teachers.ensembles import EnsembleTeacher, is_ensemble
    from limbeck.teachers.sklearn import SklearnTeacher

    return (EnsembleTeacher if is_ensemble(model) else SklearnTeacher)(model, **settings)


def _of_keras(model: Any, settings: dict[str, Any], layers: Sequence[str] | None) -> Teacher:
    """Return a teacher of a Keras model; only those that run on PyTorch show their layers."""
    backend = sys.modules["keras"].backend.backend()
    if backend == "torch":
        from limbeck.teachers.keras import KerasTeacher

        return KerasTeacher(model, layers=layers, **settings)
    name = f"Keras model `{type(model).__name__}` (layers are read with the backend `torch`, not `{backend}`)"
    plain = settings["preprocess"] is None

    def answer(rows: Any) -> Any:
        return model.predict(numeric_matrix(rows, name).astype("float32") if plain else rows, verbose=0)

    teacher = FunctionTeacher(answer, **settings, name=name)
    if layers is not None:
        teacher.select_layers(layers)
    return teacher


def _of_methods(model: Any, settings: dict[str, Any]) -> Teacher:
    """Return a teacher for anything that predicts or can be called."""
    called = f"`{type(model).__name__}`"
    if isinstance(model, type):
        raise TeacherError("a trained model", f"the class `{model.__name__}` itself", "give an instance, trained")
    methods = [m for m in ("predict", "predict_proba") if callable(getattr(model, m, None))]
    if methods:
        classes = getattr(model, "classes_", None)
        known = tuple(classes.tolist() if hasattr(classes, "tolist") else classes) if classes is not None else None
        name = f"model {called} ({' and '.join(f'`{m}`' for m in methods)})"
        decide = model.predict if len(methods) == 2 else None
        return FunctionTeacher(getattr(model, methods[-1]), **settings, classes=known, name=name, decide=decide)
    if callable(model):
        return FunctionTeacher(model, **settings)
    raise TeacherError(
        "a model",
        f"an object of type {called}, which is no torch module, ONNX model, estimator or booster, "
        "has no `predict_proba` or `predict`, and cannot be called",
        "give the model first, then the rows" if hasattr(model, "shape") else _GIVE,
    )


def _is_a(model: Any, module: str, name: str) -> bool:
    """Tell whether the model is of a class of a module, which can only be when that is imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(model, kind)


def _is_estimator(model: Any) -> bool:
    """Tell whether the model is an estimator of scikit-learn's kind, or a native model of boosted trees."""
    native = (("xgboost", "Booster"), ("lightgbm", "Booster"), ("catboost", "CatBoost"))
    return any(_is_a(model, *kind) for kind in (*native, ("sklearn.base", "BaseEstimator")))
