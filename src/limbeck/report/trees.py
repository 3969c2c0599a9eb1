"""The trees of the frontier as parallel arrays for a page that draws them, with what is known about each node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Literal, Op, Tree
from limbeck.core.tree_text import ASK, leaf_text, value_text
from limbeck.report.wording import amount, limit_percent, percent, visible
from limbeck.tables import number_text, told_apart
from limbeck.theory import Certificate, DeferralCertificate

if TYPE_CHECKING:
    from limbeck.distillation import Distillation
    from limbeck.probes import Represented

__all__ = ["answer_text", "expose_trees", "shown_sizes"]

# Trees that a page can show: all small ones, then one in every few, so that the page stays small.
_ALL_UP_TO = 32
_STEP = 1.15
_MOST_CLASSES = 12  # of the mix at a node


def shown_sizes(result: Distillation) -> list[int]:
    """Return the places on the frontier of the trees that a page holds: the chosen one and the largest among them."""
    kept: list[int] = []
    last = 0
    for i, point in enumerate(result.frontier):
        wanted = point.n_leaves <= _ALL_UP_TO or point.n_leaves >= last * _STEP
        if wanted or point.n_leaves == result.tree.n_leaves or i == len(result.frontier) - 1:
            kept.append(i)
            last = point.n_leaves
    return kept


def expose_trees(result: Distillation, sizes: list[int]) -> dict[str, Any]:
    """Lay out the trees that a page can show, their questions, and what is known of the chosen tree's nodes."""
    trees = [result.frontier[i].tree for i in sizes]
    literals = list(dict.fromkeys(literal for tree in trees for literal in tree.literals))
    place = {literal: i for i, literal in enumerate(literals)}
    asked = (text for literal in literals for text in (literal.column, *literal.values))
    shown = told_apart([*(name for name, _ in result.tree.columns), *asked])
    exhibits = result.exhibits
    influence = [() if exhibits is None else exhibits.influence[i] for i in sizes]
    return {
        "literals": [_literal(literal, result, shown) for literal in literals],
        "trees": [
            {
                **_arrays(tree, place),
                "influence": [None if found is None else _influence(found, tree) for found in measured],
            }
            for tree, measured in zip(trees, influence, strict=True)
        ],
        "chosen": next(i for i, tree in enumerate(trees) if tree.n_leaves == result.tree.n_leaves),
        "nodes": _known(result),
        "span": None if result.reading.classes is not None else _span(trees),
    }


def _literal(literal: Literal, result: Distillation, shown: Mapping[str, str]) -> dict[str, Any]:
    """Write a question, both answers in words, and how a row's value is compared."""
    columns = [] if result.exhibits is None else [name for name, _ in result.exhibits.columns]
    column = columns.index(literal.column) if literal.column in columns else None
    number = 1.0 if literal.op is Op.CONCEPT else literal.number
    compared = {"op": str(literal.op), "number": number, "values": list(literal.values)}
    return {
        "yes": visible(literal.text(True, shown.__getitem__)),
        "no": visible(literal.text(False, shown.__getitem__)),
        "ask": None if column is None else {"column": column, **compared},
    }


def _arrays(tree: Tree, place: dict[Literal, int]) -> dict[str, Any]:
    """Lay a tree out: question, children, weight and answer of every node; parents come before children."""
    question = [place[tree.literals[q]] if q >= 0 else -1 for q in tree.question.tolist()]
    best = tree.value.argmax(axis=1)
    mix = None if tree.classes is None else [_mix(shares) for shares in tree.shares]
    return {
        "leaves": tree.n_leaves,
        "depth": tree.depth,
        "question": question,
        "yes": tree.yes.tolist(),
        "no": tree.no.tolist(),
        "rows": [round(rows, 6) for rows in tree.n_rows.tolist()],
        "mix": mix,
        "best": None if tree.classes is None else best.tolist(),
        "share": None if tree.classes is None else np.round(tree.shares[np.arange(tree.n_nodes), best], 4).tolist(),
        "value": tree.value[:, 0].tolist() if tree.classes is None else None,
        "asks": [] if tree.defers is None else tree.asking.tolist(),
        "answer": [answer_text(tree, node) for node in range(tree.n_nodes)],
        "text": [visible(leaf_text(tree, node)) for node in range(tree.n_nodes)],
    }


def _mix(shares: NDArray[np.float64]) -> list[list[float]]:
    """Return the classes with the largest shares at a node, each with its share, in the order of the classes."""
    largest = np.sort(np.argsort(-shares, kind="stable")[:_MOST_CLASSES])
    return [[int(i), round(float(shares[i]), 4)] for i in largest if shares[i] > 0]


def answer_text(tree: Tree, node: int) -> str:
    """Write what a node would answer, or that it asks the model."""
    if node in tree.asking:
        return ASK
    if tree.classes is not None:
        return tree.shown(tree.class_texts[int(tree.value[node].argmax())])
    return value_text(tree, node, digits=4)


def _influence(found: tuple[float, int], tree: Tree) -> str:
    """Say what one column, or concept, alone does at a node."""
    share, n = found
    what = "changing this column alone" if tree.reader is None else "taking this alone from inputs"
    if tree.classes is None:
        return f"{what} moves the teacher's answer by {number_text(share, 3)} (root mean square, n = {amount(n)})"
    return f"{what} changes {percent(share)} of the teacher's answers (n = {amount(n)})"


def _known(result: Distillation) -> dict[str, dict[str, Any]]:
    """Say what is known of the chosen tree's nodes: the certificate of each leaf, what was seen, representation."""
    known: dict[str, dict[str, Any]] = {str(node): {} for node in range(result.tree.n_nodes)}
    if isinstance(result.certificate, (Certificate, DeferralCertificate)):
        for leaf in result.certificate.leaves:
            limit = limit_percent(leaf.error_limit)
            known[str(leaf.leaf)] |= {
                "limit": leaf.error_limit,
                "mark": f"≤ {limit}",
                "certificate": f"error at most {limit}: {leaf.disagreements} of {amount(leaf.n_rows)} certificate rows "
                "differ",
            }
    for seen in () if result.exhibits is None else result.exhibits.seen:
        known[str(seen.leaf)] |= {"loss": seen.loss, "seen": _seen(result, seen.loss, seen.n_rows)}
        if result.reading.classes is None:
            known[str(seen.leaf)]["mark"] = f"gap {number_text(seen.loss, 3)}"
    for clause in () if result.evidence is None else result.evidence.clauses:
        if clause.node is not None:
            known[str(clause.node)]["represented"] = _represented(clause)
    return known


def _seen(result: Distillation, loss: float, n_rows: int) -> str:
    """Say what the judging rows show at a leaf, without any claim."""
    assert result.exhibits is not None, "only exhibits hold what was seen"
    rows = f"{amount(n_rows)} {result.exhibits.use} {'row' if n_rows == 1 else 'rows'}"
    if not n_rows:
        return f"no {result.exhibits.use} row reaches this leaf"
    if result.reading.classes is None:
        return f"typical gap to the teacher {number_text(loss, 3)} (root mean square over {rows})"
    return f"tree and teacher differ on {percent(loss)} of {rows}"


def _represented(clause: Represented) -> str:
    """Say how linear a node's clause is in the activations, beside its controls."""
    parts = [f"R² {clause.held.value:.2f} [{clause.held.low:.2f}, {clause.held.high:.2f}] in the activations"]
    for name, margin in (("random clauses", clause.above_random), ("re-drawn weights", clause.selectivity)):
        if margin is not None:
            parts.append(f"{margin.value:+.2f} from {name}")
    single = "; a single question, which proves nothing" if clause.depth == 1 else ""
    return f"{', '.join(parts)}; best layer {visible(clause.best_layer, 40)}{single}"


def _span(trees: list[Tree]) -> list[float]:
    """Return the least and the largest number that any tree answers."""
    values = [float(v) for tree in trees for v in tree.value[:, 0]]
    return [min(values), max(values)]
