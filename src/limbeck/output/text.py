"""A distillation for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["distillation_text", "frontier_text"]


def distillation_text(result: Distillation) -> str:
    """Write frontier, tree, certificate and evidence."""
    return "\n\n".join([frontier_text(result), result.tree.to_text(), str(result.certificate)])


def frontier_text(result: Distillation) -> str:
    """Write the frontier as a table."""
    return "\n".join(f"{p.n_leaves:3d} {p.fit_fidelity:.4f} {p.validation_fidelity}" for p in result.frontier)
