"""A tree as a decision list, a rule set, a polynomial or a junta: exact rewritings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Cells, Clause, Literal, Tree, refuse_asking
from limbeck.errors import InputError
from limbeck.students.base import two_classes
from limbeck.students.decision_list import DecisionList
from limbeck.students.junta import Junta
from limbeck.students.polynomial import SparsePolynomial
from limbeck.students.rule_set import RuleSet

__all__ = ["junta_from_tree", "list_from_tree", "polynomial_from_tree", "rules_from_tree"]

_MOST_PARITIES = 1 << 16
_MOST_COMBINATIONS = 1 << 12


def list_from_tree(tree: Tree) -> DecisionList:
    """Rewrite a tree as the decision list of its leaf clauses; the last leaf is the list's end.

    Exactly one leaf clause holds on each row, so the order does not matter and the function is the same on
    every row. A tree of s leaves gives s - 1 clauses.

    References
    ----------
    Rivest (1987), *Learning decision lists*, Machine Learning 2: a tree of depth r is an r-decision list.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Literal, Split
    >>> grow = Split(Literal.at_most("x0", 1.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> print(list_from_tree(Tree.from_node(grow, classes=("a", "b"), columns=(("x0", Kind.NUMERIC),))))
    if x0 <= 1.5 then a
    else b
    """
    refuse_asking(tree, "a decision list")
    leaves = [int(leaf) for leaf in tree.leaves]
    clauses = tuple(tree.clause(leaf) for leaf in leaves[:-1])
    return DecisionList(clauses, tuple(_scores(tree, leaf) for leaf in leaves), tree.classes, tree.columns)


def rules_from_tree(tree: Tree) -> RuleSet:
    """Rewrite a tree of two classes as the OR of the clauses of the leaves that answer the second.

    The rules exclude each other, and hold together on exactly the rows of these leaves.

    Raises
    ------
    InputError
        A tree of numbers, or of other than two classes.

    References
    ----------
    Quinlan (1987), *Generating production rules from decision trees*, IJCAI; the identity is elementary.
    """
    refuse_asking(tree, "a rule set")
    classes = two_classes(tree.classes, "a rule set")
    answers = tree.value.argmax(axis=1)
    clauses = tuple(tree.clause(int(leaf)) for leaf in tree.leaves if answers[leaf] == 1)
    return RuleSet(clauses, classes, tree.columns)


def polynomial_from_tree(tree: Tree) -> SparsePolynomial:
    """Rewrite a tree as the sum of its leaf clauses times their answers, multiplied out into parities.

    A literal is `(1 - chi) / 2` and its negation `(1 + chi) / 2`, so that a clause of r literals is a sum of
    2^r parities of weight 2^-r; together at most `sum over leaves of 2^depth`, and by Kushilevitz and Mansour the
    weights of one score have absolute sum at most s. Classes are scored 1 and 0, so that rounding cannot change
    one; numbers are exact up to rounding.

    Raises
    ------
    InputError
        More than 65 536 parities.

    References
    ----------
    Kushilevitz and Mansour (1993), *Learning decision trees using the Fourier spectrum*, SIAM J. Comput. 22.
    """
    refuse_asking(tree, "a polynomial")
    n_parities = int((2.0 ** tree.depth_of[tree.leaves]).sum())
    if n_parities > _MOST_PARITIES:
        raise InputError(
            f"a polynomial of at most {_MOST_PARITIES} parities", f"a tree of {n_parities}", "take a smaller tree"
        )
    place = {literal: j for j, literal in enumerate(tree.literals)}
    sums: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for leaf in tree.leaves:
        signs = _signs(tree.clause(int(leaf)), place)
        if signs is not None:
            value = np.array(_scores(tree, int(leaf)))
            for term, sign in _expanded(signs):
                sums[term] = sums.get(term, 0.0) + sign * 0.5 ** len(signs) * value
    kept = {term: weight for term, weight in sums.items() if np.abs(weight).max() > 1e-12}
    terms = sorted(kept, key=lambda term: (len(term), term))
    weights = tuple(tuple(kept[term].tolist()) for term in terms)
    return SparsePolynomial(tree.literals, tuple(terms), weights, tree.classes, tree.columns)


def junta_from_tree(tree: Tree) -> Junta:
    """Write a tree of classes out as a table over the columns it asks about: at most s - 1 of them.

    Every combination of answers that some row can give is listed, so the table is the same function.

    Raises
    ------
    InputError
        A tree of numbers, or more than 4 096 combinations of answers.
    """
    refuse_asking(tree, "a junta")
    cells = Cells.of(sorted(tree.literals, key=lambda literal: literal.column))
    if tree.classes is None:
        raise InputError("a junta, which has classes", "a tree of numbers", "keep the tree")
    if cells.n_rows > _MOST_COMBINATIONS:
        found = f"{cells.n_rows} of them"
        raise InputError(f"at most {_MOST_COMBINATIONS} combinations of answers", found, "take a smaller tree")
    patterns = sorted({tuple(bool(a) for a in row) for row in cells.rows()})
    codes = tuple(_walk(tree, dict(zip(cells.literals, pattern, strict=True))) for pattern in patterns)
    return Junta(cells.literals, tuple(patterns), codes, (1.0,) * len(codes), tree.classes, tree.columns)


def _walk(tree: Tree, answer: dict[Literal, bool]) -> int:
    """Return the class of the leaf that some answers lead to."""
    node = 0
    while tree.question[node] >= 0:
        literal = tree.literals[tree.question[node]]
        node = int(tree.yes[node] if answer[literal] else tree.no[node])
    return int(tree.value[node].argmax())


def _scores(tree: Tree, leaf: int) -> tuple[float, ...]:
    """Return 1 for the class of a leaf and 0 for the others, or its number."""
    value = tree.value[leaf]
    if tree.classes is None:
        return (float(value[0]),)
    return tuple(float(c == value.argmax()) for c in range(len(value)))


def _signs(clause: Clause, place: dict[Literal, int]) -> dict[int, float] | None:
    """Return the sign of each literal's parity in a clause, or None where it asks for both answers of one."""
    signs: dict[int, float] = {}
    for literal, answer in clause.terms:
        sign = -1.0 if answer else 1.0
        if signs.setdefault(place[literal], sign) != sign:
            return None
    return signs


def _expanded(signs: dict[int, float]) -> list[tuple[tuple[int, ...], float]]:
    """Multiply out `prod_j (1 + sign_j chi_j)`."""
    terms: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
    for j in sorted(signs):
        terms += [((*term, j), sign * signs[j]) for term, sign in terms]
    return terms
