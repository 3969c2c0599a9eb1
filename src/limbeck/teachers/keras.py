"""Keras models as teachers: with the backend of PyTorch every layer is a module whose output can be read."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
from torch import Tensor, nn

from limbeck.errors import TeacherError
from limbeck.teachers.running import Preprocess
from limbeck.teachers.torch import TorchTeacher
from limbeck.teachers.torch_layers import Run

__all__ = ["KerasTeacher", "open_keras"]


class KerasTeacher(TorchTeacher):
    """Ask a Keras 3 model that runs on PyTorch; every layer is read, those of a model inside as `model/layer`.

    Keras models decide nothing themselves: several outputs are read as scores of classes, one as a number or, with
    `task="binary"`, as a probability.

    Parameters
    ----------
    model : keras.Model
        The model.
    preprocess : callable, optional
        Takes raw rows and returns an array, or for several inputs a list or a dict of arrays by the inputs' names.
    layers : sequence of str, optional
        Layers whose activations are wanted, models inside included; by default every layer that holds no others.
    batch_size : int
        Most rows in one call.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="hidden"), keras.layers.Dense(1)])
    >>> KerasTeacher(model).activations(as_table([[0.0, 1.0]]), ["hidden"])["hidden"].shape
    (1, 3)
    """

    def __init__(
        self,
        model: Any,
        *,
        preprocess: Preprocess | None = None,
        layers: Sequence[str] | None = None,
        batch_size: int = 8192,
    ) -> None:
        super().__init__(model, preprocess=preprocess, layers=layers, batch_size=batch_size)
        self.name = f"Keras model `{type(model).__name__}`"
        first = next((layer for layer in _layers_of(model).values() if getattr(layer, "weights", ())), None)
        self._whole_numbers = isinstance(first, keras.layers.Embedding)
        self.can_differentiate = (
            preprocess is None and not self._whole_numbers and len(getattr(model, "inputs", None) or [0]) == 1
        )

    def redrawn(self, rng: np.random.Generator) -> TorchTeacher | None:
        """Return the model with fresh weights, or None for a class of the user's own.

        Matrices are drawn normal with the mean and the standard deviation of their present values; vectors (biases,
        scales) are permuted.
        """
        model: Any = self._module
        if type(model) not in (keras.Sequential, keras.Model) and type(model).__name__ != "Functional":
            return None
        fresh: Any = keras.models.clone_model(model)
        fresh.set_weights(model.get_weights())
        for weights in fresh.trainable_weights:
            old = np.array(weights.value.detach().cpu())
            drawn = rng.normal(old.mean(), old.std(), old.shape) if old.ndim > 1 else rng.permutation(old)
            weights.assign(drawn.astype(old.dtype))
        layers = self.layers if self._selected else None
        return KerasTeacher(fresh, preprocess=self._preprocess, layers=layers, batch_size=self.batch_size)

    def _parts(self, module: nn.Module) -> tuple[dict[str, nn.Module], tuple[str, ...]]:
        parts = _layers_of(module)
        inputs = tuple(n for n, part in parts.items() if isinstance(part, keras.layers.InputLayer))
        inner = {name.rpartition("/")[0] for name in parts}
        return parts, tuple(name for name in parts if name not in inner and name not in inputs)

    def _followed(
        self, arguments: Sequence[Tensor], keywords: Mapping[str, Tensor], wanted: Sequence[str] | None, **replaced: Any
    ) -> tuple[Any, Run]:
        if not cast("Any", self._module).built:
            # The first call of a model that was never called runs its layers twice, to learn their shapes.
            self._call(arguments, keywords)
        return super()._followed(arguments, keywords, wanted, **replaced)

    def _hidden_layers(self, run: Run) -> frozenset[str]:
        return frozenset(n for n, part in self._named.items() if isinstance(part, keras.layers.InputLayer))

    def _call(self, arguments: Sequence[Tensor], keywords: Mapping[str, Tensor]) -> Any:
        """Hand several inputs over as Keras takes them, as one list or dict."""
        given = dict(keywords) if keywords else arguments[0] if len(arguments) == 1 else list(arguments)
        return cast("Any", self._module)(given, training=False)


def open_keras(path: Path, checked: tuple[str, bytes] | None) -> Any:
    """Open a `.keras` file: built anew from its checked configuration, with as many weights as the file holds.

    A file that the user trusts, and that was not checked, is opened by Keras itself, with the user's own classes.
    """
    _require_torch(path)
    if checked is None:
        return cast("Any", keras.saving).load_model(path, compile=False, safe_mode=False)
    config, weights = checked
    # Built once without memory: a configuration can name more weights than any machine holds.
    with keras.device("meta"):
        wanted = sum(math.prod(w.shape) for w in keras.saving.deserialize_keras_object(json.loads(config)).weights)
    if wanted > len(weights):
        raise ValueError(f"{wanted} weights in the configuration, and {len(weights)} bytes of weights")
    model = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "model.weights.h5"
        written.write_bytes(weights)
        model.load_weights(written)
    return model


def _require_torch(path: Path) -> None:
    """See that Keras runs on PyTorch."""
    backend = keras.backend.backend()
    if backend != "torch":
        raise TeacherError(
            f"Keras with the backend `torch`, to open `{path}`",
            f"the backend `{backend}`",
            "set the environment variable `KERAS_BACKEND=torch` before Keras is imported, or give the model in memory",
        )


def _layers_of(model: Any, before: str = "") -> dict[str, Any]:
    """Return all layers of a model by their names, those of a model inside after it."""
    found: dict[str, Any] = {}
    for layer in cast("Iterator[Any]", getattr(model, "layers", ())):
        name = f"{before}{layer.name}"
        found[name] = layer
        found |= _layers_of(layer, f"{name}/")
    return found
