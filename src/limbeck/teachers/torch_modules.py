"""PyTorch modules as a whole: their mode, what they begin with, and their weights drawn afresh."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress

import torch
from torch import nn

__all__ = ["eval_mode", "redraw", "starts_with_embedding"]


@contextmanager
def eval_mode(module: nn.Module) -> Generator[None]:
    """Put every submodule in eval mode and back to its own mode afterwards."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        # The mode of a module made by `torch.export` was fixed when it was exported.
        with suppress(NotImplementedError):
            module.eval()
        yield
    finally:
        for part, training in modes:
            part.training = training


def starts_with_embedding(module: nn.Module) -> bool:
    """Tell whether the first module that has parameters and no parts is an embedding.

    A module with parts may hold a bare parameter, such as a class token, and still begin with the embedding.
    """
    plain = (part for part in module.modules() if not any(True for _ in part.children()))
    first = next((part for part in plain if any(True for _ in part.parameters(recurse=False))), None)
    return isinstance(first, (nn.Embedding, nn.EmbeddingBag))


def redraw(module: nn.Module) -> None:
    """Draw every parameter of a module afresh, in place."""
    drawn: set[int] = set()
    for part in module.modules():
        reset = getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)
        if callable(reset):
            reset()
            drawn.update(id(parameter) for parameter in part.parameters(recurse=False))
    for parameter in module.parameters():
        if id(parameter) not in drawn and parameter.is_floating_point():
            mean, spread = parameter.mean(), parameter.std(unbiased=False)
            parameter.copy_(mean + spread * torch.randn(parameter.shape).to(parameter))
