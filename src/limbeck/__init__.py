"""Distill a trained model into a small decision tree, with a fidelity certificate that holds."""

from limbeck._version import __version__
from limbeck.certify import certify
from limbeck.core import Literal, Tree, Vocabulary
from limbeck.distill import distill
from limbeck.distillation import Distillation
from limbeck.errors import LimbeckError
from limbeck.teachers import as_teacher

__all__ = [
    "Distillation",
    "LimbeckError",
    "Literal",
    "Tree",
    "Vocabulary",
    "__version__",
    "as_teacher",
    "certify",
    "distill",
]
