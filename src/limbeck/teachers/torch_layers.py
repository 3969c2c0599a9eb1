"""One run of a PyTorch module, followed: what its modules and functions give, and something else in their place."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from limbeck.teachers.width import with_units

__all__ = ["MOST_LAYERS", "Run", "eagerly", "first_tensor", "followed", "to_numpy", "without_count"]

MOST_LAYERS = 64
"""Most layers that are read when none is named; functions come after modules."""

_FRAMEWORKS = ("torch", "keras")

# Functions that only pick, move or convert numbers, so that their output is the layer before once more.
_SAME_NUMBERS = frozenset(
    {
        "clone", "contiguous", "detach", "to", "type", "float", "double", "half", "bfloat16", "cpu", "cuda", "view",
        "reshape", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", "transpose", "permute", "movedim",
        "swapaxes", "t", "expand", "expand_as", "repeat", "chunk", "split", "unbind", "narrow", "select",
        "index_select", "gather", "getitem", "get", "set", "dropout", "alpha_dropout", "feature_dropout",
    }
)  # fmt: skip
_ARITHMETIC = frozenset(
    {
        "add", "sub", "mul", "div", "radd", "rsub", "rmul", "rdiv", "rtruediv", "truediv", "neg", "iadd", "isub",
        "imul", "itruediv",
    }
)  # fmt: skip


@dataclass
class _Call:
    """One call of a module that is under way."""

    name: str
    own: bool  # whether its class is somebody's own, not the framework's
    parts_ran: bool = False
    functions: list[str] = field(default_factory=list[str])
    last: Tensor | None = None  # what the last of these functions gave


@dataclass
class Run:
    """What one run gave.

    Parameters
    ----------
    found : dict of str to ndarray
        The outputs that were asked for, in the order in which they were made.
    leaves : list of str
        Modules of which no part ran by itself.
    functions : list of str
        Functions that were called between such modules, `name()`, those of a module after its name.
    replaced : bool
        Whether the output that was to be replaced was met.
    """

    found: dict[str, NDArray[np.float32]] = field(default_factory=dict[str, NDArray[np.float32]])
    leaves: list[str] = field(default_factory=list[str])
    functions: list[str] = field(default_factory=list[str])
    replaced: bool = False


class _Follower(TorchFunctionMode):
    """Names every output, keeps those that are wanted, and puts another in the place of one."""

    def __init__(
        self, wanted: Collection[str] | None, layer: str | None, values: NDArray[np.float32] | None, run: Run
    ) -> None:
        super().__init__()
        self._wanted, self._layer, self._values, self.run = wanted, layer, values, run
        self._stack: list[_Call] = []
        self._counts: dict[str, int] = {}
        self._looking = False  # what is done to look at an output is no part of the model

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        if self._looking or not self._stack or not isinstance(output, Tensor) or not output.is_floating_point():
            return output
        word = _word(func)
        if _says_the_same(word, output, args, kwargs or {}):
            return output
        call = self._stack[-1]
        name = self._numbered(f"{call.name}.{word}()" if call.name else f"{word}()")
        call.functions.append(name)
        call.last = self._seen(name, output, in_place=any(output is argument for argument in args))
        return call.last

    def enters(self, name: str, module: nn.Module) -> None:
        """Note that a module begins."""
        for call in self._stack:
            call.parts_ran = True
        self._stack.append(_Call(name, type(module).__module__.partition(".")[0] not in _FRAMEWORKS))

    def leaves(self, name: str, output: Any) -> Any:
        """Note that a module ends, and return what it is to give."""
        # A call that raised, and was caught by the model, never ended.
        while self._stack and self._stack[-1].name != name:
            self._stack.pop()
        call = self._stack.pop() if self._stack else _Call(name, own=True)
        if not name:
            self._keep_functions(call)
            return output
        name, tensor = self._numbered(name), first_tensor(output)
        if not call.parts_ran:
            self.run.leaves.append(name)
            if tensor is not None and call.last is not None and _same_numbers(tensor, call.last):
                call.functions.pop()  # the module's own output, which has the module's name
        self._keep_functions(call)
        if tensor is None:
            return output
        changed = self._seen(name, tensor)
        return output if changed is tensor else _with_first(output, changed)

    def _keep_functions(self, call: _Call) -> None:
        """Show the functions of a module of somebody's own, and those between the parts of any other."""
        if call.own or call.parts_ran:
            self.run.functions += call.functions

    def _numbered(self, name: str) -> str:
        self._counts[name] = count = self._counts.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    def _seen(self, name: str, tensor: Tensor, *, in_place: bool = False) -> Tensor:
        """Keep an output that is wanted; return what is to go on in its place."""
        self._looking = True
        try:
            if (self._wanted is None or name in self._wanted) and not tensor.is_complex():
                # A copy, since the next module may work in place.
                self.run.found[name] = np.array(to_numpy(tensor), np.float32)
            if name != self._layer or self._values is None:
                return tensor
            self.run.replaced = True
            fresh = _like(tensor, self._values)
            return tensor.copy_(fresh) if in_place else fresh
        finally:
            self._looking = False


@contextmanager
def followed(
    named: Mapping[str, nn.Module],
    root: nn.Module,
    wanted: Collection[str] | None,
    *,
    layer: str | None = None,
    values: NDArray[np.float32] | None = None,
) -> Generator[Run]:
    """Follow the module while the block runs; all hooks are removed afterwards, also when it raises.

    Parameters
    ----------
    named, root : mapping of str to nn.Module, nn.Module
        The parts that have a name, and the module.
    wanted : collection of str or None
        Outputs to keep; None for all.
    layer, values : str and ndarray of shape (n, m), optional
        An output, and what it is replaced with.
    """
    run = Run()
    follower = _Follower(wanted, layer, values, run)

    def before(name: str) -> Callable[[nn.Module, Any], None]:
        def enters(module: nn.Module, inputs: Any) -> None:
            follower.enters(name, module)

        return enters

    def after(name: str) -> Callable[[nn.Module, Any, Any], Any]:
        def leaves(module: nn.Module, inputs: Any, output: Any) -> Any:
            return follower.leaves(name, output)

        return leaves

    hooks: list[Any] = []
    try:
        for name, module in {"": root, **named}.items():
            hooks.append(module.register_forward_pre_hook(before(name)))
            hooks.append(module.register_forward_hook(after(name)))
        with eagerly(), follower:
            yield run
    finally:
        for hook in hooks:
            hook.remove()


def eagerly() -> Any:
    """Return a context in which compiled parts run as they were written, so that their hooks run too."""
    # The compiler is slow to import, and nothing is compiled where nobody has done so.
    stance = getattr(torch.compiler, "set_stance", None)
    return nullcontext() if stance is None or "torch._dynamo" not in sys.modules else stance("force_eager")


def first_tensor(output: Any) -> Tensor | None:
    """Return a tensor, or the first value of a tuple or dict when that is one."""
    if isinstance(output, Tensor):
        return output
    values = list(output.values()) if isinstance(output, Mapping) else output
    return first_tensor(values[0]) if isinstance(values, (tuple, list)) and values else None


def to_numpy(tensor: Tensor) -> NDArray[Any]:
    """Return a tensor as an array; half precision has no match for bfloat16 and becomes float32."""
    tensor = (tensor.dequantize() if tensor.is_quantized else tensor).detach().cpu()
    return (tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor).numpy()


def without_count(layer: str) -> str:
    """Return the module's name of a layer such as `relu#2`."""
    name, mark, count = layer.rpartition("#")
    return name if mark and count.isdigit() else layer


def _word(func: Any) -> str:
    """Return the name of a function, without the underscores of operators."""
    return str(getattr(func, "__name__", type(func).__name__)).strip("_")


def _says_the_same(word: str, output: Tensor, args: Any, kwargs: Mapping[str, Any]) -> bool:
    """Tell whether an output is nothing but one of the inputs, or made of no tensor at all."""
    given = [value for value in _flat([*args, *kwargs.values()]) if isinstance(value, Tensor)]
    if not given or word in _SAME_NUMBERS:
        return True
    # Times a number, or plus one, is no other layer.
    return word in _ARITHMETIC and sum(tensor.numel() > 1 for tensor in given) < 2


def _same_numbers(one: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors are one, or views of all of it."""
    dense = one.layout is other.layout is torch.strided
    return one is other or (dense and one.numel() == other.numel() and one.data_ptr() == other.data_ptr() != 0)


def _flat(values: Any) -> list[Any]:
    """Return the values of nested lists and tuples."""
    return [inner for value in values for inner in (_flat(value) if isinstance(value, (list, tuple)) else [value])]


def _like(tensor: Tensor, values: NDArray[np.float32]) -> Tensor:
    """Return values (n, m) in the place, the shape and the type of a tensor."""
    whole = with_units(to_numpy(tensor).reshape(len(tensor), -1), values)
    fresh = torch.tensor(np.ascontiguousarray(whole), device=tensor.device).reshape(tensor.shape)
    if tensor.is_quantized:
        return torch.quantize_per_tensor(fresh.float(), tensor.q_scale(), tensor.q_zero_point(), tensor.dtype)
    return fresh.to(tensor.dtype)


def _with_first(output: Any, tensor: Tensor) -> Any:
    """Return an output with another first tensor."""
    if isinstance(output, Tensor):
        return tensor
    if isinstance(output, Mapping):
        changed: Any = copy.copy(output)
        key = next(iter(changed))
        changed[key] = _with_first(changed[key], tensor)
        return changed
    values = [_with_first(output[0], tensor), *output[1:]]
    return type(output)(*values) if hasattr(output, "_fields") else type(output)(values)
