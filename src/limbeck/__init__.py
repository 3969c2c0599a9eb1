"""Distill a trained model into a small decision tree, with a fidelity certificate that holds."""

from typing import TYPE_CHECKING, Any

from limbeck import _interrupts as _interrupts  # before the imports that take time
from limbeck._version import __version__
from limbeck.certificates import answers_of_both, certify
from limbeck.core import Literal, Tree, Vocabulary
from limbeck.distill import distill
from limbeck.distillation import Distillation
from limbeck.errors import LimbeckError
from limbeck.evidence import probe
from limbeck.exports.methods import hang_on
from limbeck.teachers import as_teacher
from limbeck.theory import plan_samples

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

# What a tree can do by rooms that it does not know: be written in their forms, and be answered for by a model.
hang_on(Tree)
Tree.answered_with = staticmethod(answers_of_both)


def __getattr__(name: str) -> Any:
    if name == "TreeDistiller":  # scikit-learn is slow to import, and only this name needs it
        from limbeck.estimators import TreeDistiller

        return TreeDistiller
    raise AttributeError(f"module `limbeck` has no attribute `{name}`")
