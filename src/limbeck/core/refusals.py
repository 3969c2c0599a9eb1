"""What some forms of a tree cannot hold: questions about dates, and leaves that ask the model."""

from __future__ import annotations

from limbeck.core.tree import Tree
from limbeck.errors import InputError
from limbeck.tables import listed

__all__ = ["refuse_asking", "refuse_dates"]


def refuse_dates(tree: Tree, form: str) -> None:
    """Refuse to write a tree that asks about dates in a form in which they might be compared otherwise."""
    dates = sorted({literal.column for literal in tree.literals if literal.dated})
    if dates:
        raise InputError(
            f"a tree of numbers and categories as {form}",
            f"questions about dates in the columns {listed(dates)}",
            "distill on a column of days since a fixed day, which the model gets back as dates by `preprocess=`",
        )


def refuse_asking(tree: Tree, form: str) -> None:
    """Refuse to turn a tree into what always answers, where a leaf asks the model."""
    if len(tree.asking):
        raise InputError(
            f"a tree that always answers, as {form}",
            f"{len(tree.asking)} of {tree.n_leaves} leaves that ask the model",
            "distill without `defer`, or let them answer: `tree.asking_at([])`",
        )
