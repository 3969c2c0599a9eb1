"""A `torch.export` program as a teacher: a module again, at its own batch size."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from limbeck.errors import TeacherError
from limbeck.teachers.running import said
from limbeck.teachers.torch import TorchTeacher

__all__ = ["ExportedTeacher"]


class ExportedTeacher(TorchTeacher):
    """Ask a `torch.export` program, at its own batch size when that is fixed; settings as for `TorchTeacher`."""

    def __init__(self, program: torch.export.ExportedProgram, **settings: Any) -> None:
        given = set(program.graph_signature.user_inputs)
        values = [n.meta["val"] for n in program.graph.nodes if n.op == "placeholder" and n.name in given]
        size = next((v.shape[0] for v in values if isinstance(v, Tensor) and v.ndim), None)
        self._program = program
        super().__init__(self._copied(), fixed_batch=size if isinstance(size, int) else None, **settings)

    def _copied(self) -> nn.Module:
        # Made from the program: a module that has run holds stand-ins for tensors, which cannot be copied.
        try:
            with warnings.catch_warnings():
                # PyTorch 2.13 warns about its own tree specs here.
                warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
                return torch.export.unflatten(self._program)
        except Exception as error:
            raise TeacherError(
                "the submodules of a `torch.export` program", said(error), "give `program.module()`, without its layers"
            ) from error
