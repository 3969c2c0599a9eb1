"""A PyTorch module as a teacher: layers are read and replaced while it runs, gradients come by autograd."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from limbeck.core import Answers, Table
from limbeck.errors import TeacherError
from limbeck.tables import listed
from limbeck.teachers.base import Teacher
from limbeck.teachers.padded import run_padded
from limbeck.teachers.returned import one_of_several
from limbeck.teachers.rows import numeric_matrix
from limbeck.teachers.running import Answer, Preprocess, said
from limbeck.teachers.torch_layers import MOST_LAYERS, Run, first_tensor, followed, to_numpy, without_count
from limbeck.teachers.torch_modules import eval_mode, redraw, starts_with_embedding

__all__ = ["TorchTeacher"]


class TorchTeacher(Teacher):
    """Ask an `nn.Module`; what its modules and its functions give are layers, and can be replaced.

    Every module that runs, and of which no part runs by itself, is a layer, under its name in `named_modules()`.
    So is what a function gives that is called outside such modules: `relu()` for `torch.relu`, `block.relu()` inside
    a module `block`; functions that only pick or move numbers are none. What runs twice in one forward gives `name`
    and `name#2`. Hooks are removed and the train or eval mode of every submodule is put back after each call, also
    when the model raises. The model runs in eval mode, and compiled parts as they were written.

    Parameters
    ----------
    module : nn.Module
        The model. Its output is a tensor (n,), (n, 1) or (n, c), or a tuple or dict whose first value is that.
    preprocess : callable, optional
        Takes raw rows (a frame or an array) and returns a tensor or array (one argument), a tuple (positional
        arguments) or a dict (keyword arguments). Without it every column must be numeric.
    device : str or torch.device, optional
        Where to run; the module is moved there. By default it stays where its parameters are.
    layers : sequence of str, optional
        Modules and functions whose activations are wanted, blocks included; by default the first 64, modules first.
    batch_size : int
        Most rows in one forward pass.
    fixed_batch : int, optional
        The only batch size that the module takes, for a module exported with static shapes.

    Notes
    -----
    Floating inputs are cast to the type of the parameters. When the first module with parameters is an
    embedding the matrix of a table is cast to whole numbers.

    Examples
    --------
    >>> from limbeck.core import as_table
    >>> teacher = TorchTeacher(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
    >>> teacher.layers
    ('0', '1', '2')
    >>> teacher.activations(as_table([[0.0, 1.0]]))["1"].shape
    (1, 3)
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        preprocess: Preprocess | None = None,
        device: str | torch.device | None = None,
        layers: Sequence[str] | None = None,
        batch_size: int = 8192,
        fixed_batch: int | None = None,
    ) -> None:
        super().__init__(f"torch module `{type(module).__name__}`", batch_size, preprocess)
        # Hooks on the modules inside a compiled module would not run.
        plain: nn.Module = getattr(module, "_orig_mod", module)
        self._module = plain if device is None else plain.to(device)
        self._fixed_batch = fixed_batch
        first = next(iter(plain.parameters()), None)
        self._device = torch.device(device) if device else (torch.device("cpu") if first is None else first.device)
        self._dtype = next((p.dtype for p in plain.parameters() if p.is_floating_point()), torch.float32)
        self._whole_numbers = starts_with_embedding(plain)
        self._named, self.layers = self._parts(plain)
        if layers is not None:
            self.select_layers(layers)
        self.can_differentiate = preprocess is None and not self._whole_numbers and fixed_batch is None
        self.can_interrupt = True
        self._unread: tuple[str, ...] = ()

    def layers_on(self, rows: Table) -> tuple[str, ...]:
        """Return the layers that run on such rows and give a row of numbers for each, in the order they run."""
        if self._selected:
            return self.layers
        run, fixed = self._on_few(rows, 2), self._fixed_batch
        # What happens to be of length 2, such as a function of two parameters, is not of length 3 as well.
        runs = {2: run.found, 3: self._on_few(rows, 3).found} if fixed is None else {min(2, fixed): run.found}
        told = [
            name
            for name in (*run.leaves, *run.functions)
            if all(name in found and found[name].shape[:1] == (size,) for size, found in runs.items())
        ]
        kept, shown = set(told[:MOST_LAYERS]), self._hidden_layers(run)
        self._unread = self._what_is_unread([name for name in run.leaves if name not in told], len(told))
        return tuple(name for name in run.found if name in kept and name not in shown)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the layers that were read, for people."""
        return (*super().notes, *self._unread)

    def _hidden_layers(self, run: Run) -> frozenset[str]:
        """Return the names of outputs that are no layers."""
        return frozenset()

    def _what_is_unread(self, no_rows: Sequence[str], n_layers: int) -> tuple[str, ...]:
        """Say which parts give no activations, and why."""
        said: list[str] = []
        if isinstance(self._module, torch.jit.ScriptModule):
            said.append("the model is TorchScript, which runs its parts unseen: none of its layers can be read")
        if no_rows:
            said.append(f"no layers, as they do not give one row of numbers for each row: {listed(no_rows)}")
        if n_layers > MOST_LAYERS:
            said.append(f"{MOST_LAYERS} of {n_layers} layers were read, modules first; name others with `layers=`")
        return tuple(said)

    def _width(self, rows: Table) -> int:
        """Return the most units of a layer, which two rows tell."""
        if self._fixed_batch is not None or not rows.n_rows:
            return 0
        found = self._on_few(rows, 2).found.values()
        return max((part[0].size for part in found if part.ndim and len(part)), default=0)

    def _on_few(self, rows: Table, size: int) -> Run:
        """Run so few rows, so that a layer whose output does not depend on the batch shows its other length."""
        few = rows.take(np.minimum(np.arange(size), rows.n_rows - 1))
        return self._guarded(rows, self._ran, few.native)

    def _ran(self, native: Any) -> Run:
        """Run rows once, and keep everything that any part gives."""
        arguments, keywords = self._inputs(native)
        with torch.no_grad(), eval_mode(self._module):
            if self._fixed_batch is None:
                return self._followed(arguments, keywords, None)[1]
            place = np.minimum(np.arange(self._fixed_batch), len(next(iter([*arguments, *keywords.values()]))) - 1)
            some = [a[place] for a in arguments], {k: v[place] for k, v in keywords.items()}
            run = self._followed(*some, None)[1]
        run.found = {name: part[:2] if part.ndim else part for name, part in run.found.items()}
        return run

    def redrawn(self, rng: np.random.Generator) -> TorchTeacher | None:
        """Return the module with fresh weights: `reset_parameters()` wherever a submodule has it.

        Other parameters are drawn normal with the mean and the standard deviation of their present values.
        PyTorch's own random state is left as it is.
        """
        try:
            fresh = self._copied()
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())), torch.no_grad():
                torch.manual_seed(int(rng.integers(2**62)))
                redraw(fresh)
        except Exception as error:
            raise TeacherError(
                f"{self.name} with re-drawn weights",
                said(error),
                "see that the module can be copied and that its `reset_parameters()` works",
            ) from error
        teacher = copy.copy(self)
        teacher._module, teacher._named = fresh, self._parts(fresh)[0]
        return teacher

    def _parts(self, module: nn.Module) -> tuple[dict[str, nn.Module], tuple[str, ...]]:
        """Return all submodules by their names, and the names of those that are layers by default."""
        named = {name: part for name, part in module.named_modules() if name}
        scripted = isinstance(module, torch.jit.ScriptModule)  # runs its submodules without their hooks
        return named, tuple(n for n, part in named.items() if not scripted and not list(part.children()))

    def _call(self, arguments: Sequence[Tensor], keywords: Mapping[str, Tensor]) -> Any:
        """Run the module on its arguments."""
        return self._module(*arguments, **keywords)

    def _copied(self) -> nn.Module:
        """Return a module of its own with the same weights."""
        return copy.deepcopy(self._module)

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        return self._forward(native, layers, None, None)

    def _run_from(self, native: Any, layer: str, values: NDArray[np.float32], layers: Sequence[str]) -> Answer:
        return self._forward(native, layers, layer, values)

    def _forward(
        self, native: Any, layers: Sequence[str], layer: str | None, values: NDArray[np.float32] | None
    ) -> Answer:
        """Run rows once, at the one batch size that a module may have."""
        arguments, keywords = self._inputs(native)
        with torch.no_grad(), eval_mode(self._module):
            if self._fixed_batch is None:
                return self._once(arguments, keywords, layers, layer, values)
            return run_padded(
                lambda index: self._once(
                    [a[index] for a in arguments], {k: v[index] for k, v in keywords.items()}, layers,
                    layer, None if values is None else values[index],
                ),
                len(next(iter([*arguments, *keywords.values()]))),
                self._fixed_batch,
            )  # fmt: skip

    def _once(
        self,
        arguments: Sequence[Tensor],
        keywords: Mapping[str, Tensor],
        layers: Sequence[str],
        layer: str | None,
        values: NDArray[np.float32] | None,
    ) -> Answer:
        """Run the module once, followed where a layer is wanted."""
        if not layers and layer is None:
            return self._answer(self._call(arguments, keywords)), {}
        output, run = self._followed(arguments, keywords, layers, layer=layer, values=values)
        if layer is not None and not run.replaced:
            raise TeacherError(
                f"`{layer}` of {self.name} with other values",
                "a layer that did not run on these rows",
                "choose other layers with `layers=`; `layers_on(rows)` lists the ones that run",
            )
        return self._answer(output), {name: run.found[name] for name in layers if name in run.found}

    def _followed(
        self, arguments: Sequence[Tensor], keywords: Mapping[str, Tensor], wanted: Sequence[str] | None, **replaced: Any
    ) -> tuple[Any, Run]:
        """Return what the module gives, and what was seen on the way."""
        with followed(self._named, self._module, wanted, **replaced) as run:
            output = self._call(arguments, keywords)
        return output, run

    def _answer(self, returned: Any) -> Answers:
        """Read the output that is asked for."""
        part, words = one_of_several(returned, self.output)
        output = first_tensor(part)
        if output is None:
            raise TeacherError(f"a tensor from {self.name}", "an output without one", "return the tensor of outputs")
        return Answers(to_numpy(output), output=words)

    def _inputs(self, native: Any) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Turn raw rows into the module's arguments."""
        ready = numeric_matrix(native, self.name) if self._preprocess is None else self._prepared(native)
        if isinstance(ready, Mapping):
            return [], {str(name): self._tensor(value) for name, value in ready.items()}
        if isinstance(ready, (tuple, list)):
            return [self._tensor(value) for value in ready], {}
        if not isinstance(ready, Tensor):
            ready = _dense(ready)
            ready = _whole(ready) if self._whole_numbers else torch.as_tensor(ready, dtype=self._dtype)
        return [self._tensor(ready)], {}

    def _tensor(self, value: Any) -> Tensor:
        """Move one argument to the module's device, and to its type when it is floating."""
        tensor = value if isinstance(value, Tensor) else torch.as_tensor(_dense(value))
        return tensor.to(self._device, self._dtype if tensor.is_floating_point() else tensor.dtype)

    def _input_gradient(self, native: Any) -> NDArray[np.float32]:
        """Return the sum over outputs j of |d output_j / d x|, (n, p); 0 where the output is a step."""
        (x,), _ = self._inputs(native)
        x = x.detach().clone().requires_grad_()
        total = torch.zeros_like(x)
        with torch.enable_grad(), eval_mode(self._module):
            output = first_tensor(one_of_several(self._call([x], {}), self.output)[0])
            if output is None or not output.requires_grad:
                return to_numpy(total).astype(np.float32)
            for column in output.reshape(len(x), -1).unbind(1):
                part: Any = torch.autograd.grad(column.sum(), x, retain_graph=True, allow_unused=True)[0]
                total += 0 if part is None else part.abs()
        return to_numpy(total).astype(np.float32)

    def _has_layer(self, layer: str) -> bool:
        # Functions show their names only when the module runs.
        return without_count(layer) in self._named or without_count(layer).endswith("()")


def _whole(matrix: NDArray[Any]) -> Tensor:
    """Return a matrix of whole numbers as int64."""
    bad = ~(np.isfinite(matrix) & (matrix == np.round(matrix)))
    if bad.any():
        raise ValueError(
            "the module begins with an embedding, which takes whole numbers, and "
            f"{int(bad.any(axis=1).sum())} of {len(matrix)} rows hold missing values or fractions"
        )
    return torch.as_tensor(matrix.astype(np.int64))


def _dense(value: Any) -> NDArray[Any]:
    """Return an array that PyTorch can share, in order and writable; a sparse matrix is filled in."""
    return np.require(value.toarray() if hasattr(value, "toarray") else value, requirements=["C", "W"])
