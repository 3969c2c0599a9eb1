"""One student of each class, over the same columns, and random trees to rewrite."""

import numpy as np

from limbeck.core import Clause, Kind, Leaf, Literal, Split, Tree
from limbeck.students import DecisionList, Junta, LinearThreshold, RuleSet, SparsePolynomial

COLUMNS = (("a", Kind.NUMERIC), ("b", Kind.NUMERIC), ("c", Kind.CATEGORICAL))
A, B, RED = Literal.is_value("a", 1), Literal.at_most("b", 2.5), Literal.one_of("c", ["red"])
FIRST, SECOND = Clause(((A, True), (RED, False))), Clause(((B, False),))
STUDENTS = (
    DecisionList((FIRST, SECOND), ((0.0, 1.0), (1.0, 0.0), (0.0, 1.0)), ("no", "yes"), COLUMNS),
    DecisionList((FIRST,), ((0.5,), (2.0,)), None, COLUMNS),
    RuleSet((FIRST, SECOND), ("no", "yes"), COLUMNS),
    SparsePolynomial((A, B, RED), ((), (0, 2)), ((0.5, 0.5), (-0.5, 0.5)), ("no", "yes"), COLUMNS),
    SparsePolynomial((A, B, RED), ((), (0, 1, 2)), ((0.5, 0.1, 0.4), (0.2, -0.5, 0.5)), ("p", "q", "r"), COLUMNS),
    LinearThreshold((A, B), ((0.0, 1.0), (0.0, -2.0)), (0.0, 0.5), ("no", "yes"), COLUMNS),
    LinearThreshold((A, B), ((1.0,), (-2.0,)), (0.5,), None, COLUMNS),
    Junta((A, RED), ((False, False), (False, True), (True, False)), (0, 1, 1), (1.0, 0.8, 1.0), ("no", "yes"), COLUMNS),
)

_BITS = [Literal.is_value(f"x{j}", 1) for j in range(6)]
_MIXED = [
    Literal.is_value("b0", 1), Literal.is_value("b1", 1), Literal.at_most("u", 0.5), Literal.at_most("u", 1.5),
    Literal.at_most("u", 2.5), Literal.is_value("v", 2), Literal.at_most("v", 1.0),
]  # fmt: skip
_CATEGORIES = [Literal.one_of("c", ["red"]), Literal.one_of("c", ["red", "blue"]), Literal.missing("u")]
QUESTIONS = {"bits": _BITS, "mixed": _MIXED, "categories": [*_MIXED, *_CATEGORIES]}


def random_tree(questions, rng, *, depth=4, classes=(0, 1)):
    """Grow a tree that may repeat itself and ask what cannot be."""
    names = sorted({literal.column for literal in questions})
    kinds = {literal.column: Kind.CATEGORICAL if literal.values else Kind.NUMERIC for literal in questions}

    def grow(left):
        if left == 0 or rng.random() < 0.2:
            if classes is None:
                return Leaf((float(rng.normal()),), 1.0)
            share = rng.dirichlet(np.ones(len(classes)))
            return Leaf(tuple(share.tolist()), 1.0)
        return Split(questions[rng.integers(len(questions))], grow(left - 1), grow(left - 1))

    return Tree.from_node(grow(depth), classes=classes, columns=tuple((name, kinds[name]) for name in names))
