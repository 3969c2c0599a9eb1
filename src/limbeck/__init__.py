"""Distill a trained model into a small decision tree, with a fidelity certificate that holds."""

from typing import TYPE_CHECKING, Any

from limbeck import _interrupts as _interrupts  # before the imports that take time
from limbeck._version import __version__
from limbeck.certify import certify
from limbeck.classes import plan_samples
from limbeck.core import Literal, Tree, Vocabulary
from limbeck.distill import distill
from limbeck.distillation import Distillation
from limbeck.errors import LimbeckError
from limbeck.probing import probe
from limbeck.teachers import as_teacher

if TYPE_CHECKING:
    from limbeck.estimators import TreeDistiller

__all__ = [
    "Distillation",
    "LimbeckError",
    "Literal",
    "Tree",
    "TreeDistiller",
    "Vocabulary",
    "__version__",
    "as_teacher",
    "certify",
    "distill",
    "plan_samples",
    "probe",
]


def __getattr__(name: str) -> Any:
    if name == "TreeDistiller":  # scikit-learn is slow to import, and only this name needs it
        from limbeck.estimators import TreeDistiller

        return TreeDistiller
    raise AttributeError(f"module `limbeck` has no attribute `{name}`")
