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
from limbeck.exports.methods import TreeExports
from limbeck.hanging import hang_on
from limbeck.report.methods import DistillationMethods
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

# What values can do by rooms that they do not know: be written in their forms, shown, and answered for by a model.
hang_on(Tree, TreeExports)
hang_on(Distillation, DistillationMethods)
Tree.answered_with = staticmethod(answers_of_both)


def __getattr__(name: str) -> Any:
    if name == "TreeDistiller":  # scikit-learn is slow to import, and only this name needs it
        from limbeck.estimators import TreeDistiller

        return TreeDistiller
    raise AttributeError(f"module `limbeck` has no attribute `{name}`")
