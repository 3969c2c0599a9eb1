"""Edges that change the form and not the function: containments and exact rewritings."""

from __future__ import annotations

from typing import Any

from limbeck.reductions.graph import Cost, Edge, Kind, Promise, Setting
from limbeck.reductions.supply import Outcome, Supply, named_teacher
from limbeck.students import (
    compile_tree,
    junta_from_tree,
    list_from_tree,
    polynomial_from_tree,
    rules_from_tree,
    simplified_list,
    simplified_rules,
    tree_from_junta,
)

__all__ = ["CONTAINMENTS", "REWRITINGS"]

_TWO = "two classes"


def as_model(given: Any, supply: Supply) -> Outcome:
    """Forget what else is known of a model: it can be evaluated, and that is all that is kept.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: distillation of a class distills every class inside it.
    """
    return Outcome(named_teacher(given))


def ensemble_as_network(given: Any, supply: Supply) -> Outcome:
    """Read a tree ensemble as a network of one hidden layer, whose units are the indicators of its leaves.

    The ensemble's score is a sum over leaves, so a linear readout of these units. limbeck's teacher of an ensemble
    offers them as activations.

    References
    ----------
    Elementary; as sources of distillation: Boix-Adsera (2024), arXiv 2403.09053.
    """
    return Outcome(named_teacher(given))


def tree_to_list(given: Any, supply: Supply) -> Outcome:
    """List the leaf clauses with their answers, then drop what is superfluous.

    References
    ----------
    Rivest (1987), Learning decision lists, Machine Learning 2.
    """
    return Outcome(simplified_list(list_from_tree(given)))


def tree_to_rules(given: Any, supply: Supply) -> Outcome:
    """Take the OR of the clauses of one class's leaves, then drop what is superfluous.

    References
    ----------
    Quinlan (1987), Generating production rules from decision trees, IJCAI; Quine (1955), Amer. Math. Monthly 62.
    """
    return Outcome(simplified_rules(rules_from_tree(given)))


def tree_to_polynomial(given: Any, supply: Supply) -> Outcome:
    """Multiply out the sum of the leaf clauses times their answers.

    References
    ----------
    Kushilevitz and Mansour (1993), SIAM J. Comput. 22.
    """
    return Outcome(polynomial_from_tree(given))


def tree_to_network(given: Any, supply: Supply) -> Outcome:
    """Build a ReLU network whose hidden units are the clauses of all nodes, rotated at random.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: networks that implicitly compute a tree.
    """
    return Outcome(compile_tree(given, supply.rows, rng=supply.rng))


def tree_to_junta(given: Any, supply: Supply) -> Outcome:
    """Write the tree out as a table over the at most s - 1 columns that it asks about.

    References
    ----------
    Elementary.
    """
    return Outcome(junta_from_tree(given))


def junta_to_tree(given: Any, supply: Supply) -> Outcome:
    """Find the smallest tree of the table, of depth at most k for bits, by the dynamic program.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: the program; here over all 3^k clauses.
    """
    return Outcome(tree_from_junta(given))


def _contained(source: str) -> Edge:
    return Edge(
        source, "model", Kind.CONTAINMENT, Promise.EXACT, "", "nothing", lambda s: Cost(), "Boix-Adsera 2024", as_model
    )  # fmt: skip


CONTAINMENTS = (
    _contained("network"),
    _contained("ensemble"),
    _contained("tree"),
    _contained("junta"),
    _contained("list"),
    _contained("rules"),
    _contained("polynomial"),
    _contained("threshold"),
    Edge(
        "ensemble", "network", Kind.CONTAINMENT, Promise.EXACT, "", "nothing",
        lambda s: Cost(), "elementary", ensemble_as_network,
    ),
)  # fmt: skip


def _squared(s: Setting) -> Cost:
    return Cost(operations=float(s.n_leaves) ** 2 * s.depth)


REWRITINGS = (
    Edge(
        "tree", "list", Kind.REWRITING, Promise.EXACT, "", "s - 1 clauses; O(s² r) to simplify",
        _squared, "Rivest 1987", tree_to_list,
    ),
    Edge(
        "tree", "rules", Kind.REWRITING, Promise.EXACT, _TWO, "at most s rules; O(s² r) to simplify",
        _squared, "Quinlan 1987", tree_to_rules,
    ),
    Edge(
        "tree", "polynomial", Kind.REWRITING, Promise.EXACT, "", "at most s 2^r parities, absolute weights of sum <= s",
        lambda s: Cost(operations=s.n_leaves * 2.0**s.depth), "Kushilevitz and Mansour 1993", tree_to_polynomial,
    ),
    Edge(
        "tree", "network", Kind.REWRITING, Promise.EXACT,
        "numeric columns, with no value in the gap around a threshold",
        "2 s - 1 hidden units and, for thresholds, two layers before them; the rows give the domain",
        lambda s: Cost(operations=2.0 * s.n_leaves * (s.n_columns + 2.0 * s.n_leaves)), "Boix-Adsera 2024",
        tree_to_network,
    ),
    Edge(
        "tree", "junta", Kind.REWRITING, Promise.EXACT, "at most 4 096 combinations of answers",
        "2^(distinct questions) combinations, at most s - 1 columns",
        lambda s: Cost(operations=2.0 ** min(s.n_leaves - 1, s.n_columns) * s.depth), "elementary", tree_to_junta,
    ),
    Edge(
        "junta", "tree", Kind.REWRITING, Promise.EXACT, "at most 256 combinations of answers",
        "O(3^k k) clauses of at most 2^k leaves: the fewest leaves there are",
        lambda s: Cost(operations=3.0**s.n_variables * s.n_variables * 4.0**s.n_variables), "Boix-Adsera 2024",
        junta_to_tree,
    ),
)  # fmt: skip
