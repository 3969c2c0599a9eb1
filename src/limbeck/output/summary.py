"""One plain dict that says what a distillation found: summarised once, rendered as text and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from limbeck.core import Tree
from limbeck.core.tree_text import leaf_text
from limbeck.theory import Certificate, ToleranceCertificate

if TYPE_CHECKING:
    from limbeck.distillation import Distillation
    from limbeck.probe import Evidence

__all__ = ["summarise", "summarise_claim", "summarise_tree"]


def summarise(result: Distillation) -> dict[str, Any]:
    """Say what a distillation found in plain values that JSON can hold.

    Parameters
    ----------
    result : Distillation
        The result.

    Returns
    -------
    dict
        `reading` (how the teacher's outputs were read), `measure` (`fidelity` or `r_squared`), `rows` (used for
        what), `work` (what it cost), `frontier`, `tree` (drawn, and as rules), `certificate`, `evidence` (by depth),
        `status` and `notes`.
    """
    ledger = result.ledger
    return {
        "format": "limbeck.summary",
        "version": 1,
        "limbeck": result.versions.get("limbeck"),
        "teacher": result.teacher,
        "reading": {**result.reading.to_dict(), "text": str(result.reading)},
        "measure": "r_squared" if result.reading.classes is None else "fidelity",
        "rows": {
            "fit": ledger.fit_rows,
            "validation": ledger.validation_rows,
            "certificate": ledger.certificate_rows,
        },
        "work": {
            "queries": ledger.queries,
            "probes": ledger.probes,
            "clauses": ledger.clauses,
            "literals": ledger.literals,
            "seconds": round(sum(ledger.seconds.values()), 3),
        },
        "frontier": [
            {
                "leaves": point.n_leaves,
                "depth": point.tree.depth,
                "fit": point.fit_fidelity,
                "validation": point.validation_fidelity,
                "chosen": point.n_leaves == result.tree.n_leaves,
            }
            for point in result.frontier
        ],
        "tree": summarise_tree(result.tree),
        "certificate": None if result.certificate is None else summarise_claim(result.certificate),
        "evidence": None if result.evidence is None else _summarise_evidence(result.evidence),
        "status": {"name": result.status.name, "text": result.status.text},
        "notes": list(result.notes),
    }


def summarise_tree(tree: Tree) -> dict[str, Any]:
    """Say what a tree is: its size, its drawing with the number of each leaf, and its rules."""
    return {
        "leaves": tree.n_leaves,
        "depth": tree.depth,
        "classes": None if tree.classes is None else list(tree.classes),
        "columns": sorted({literal.column for literal in tree.literals}),
        "drawing": _drawing(tree),
        "rules": [_rule(tree, node) for node in _drawn_order(tree) if tree.question[node] < 0],
    }


def summarise_claim(claim: Certificate | ToleranceCertificate) -> dict[str, Any]:
    """Say what a certificate claims: its fields, and the claim about the whole tree in words."""
    if isinstance(claim, ToleranceCertificate):
        return {"kind": "tolerance", "text": str(claim), **claim.to_dict()}
    whole = dataclasses.replace(claim, leaves=())
    return {"kind": "error", "text": str(whole), **claim.to_dict()}


def _drawn_order(tree: Tree, node: int = 0) -> Iterator[int]:
    """Yield the nodes in the order in which they are drawn."""
    yield node
    if tree.question[node] >= 0:
        yield from _drawn_order(tree, int(tree.yes[node]))
        yield from _drawn_order(tree, int(tree.no[node]))


def _drawing(tree: Tree) -> str:
    """Draw the tree with the number of every leaf, by which certificates and `apply` name it."""
    lines = zip(tree.to_text().split("\n"), _drawn_order(tree), strict=True)
    return "\n".join(line if tree.question[node] >= 0 else f"{line}  leaf {node}" for line, node in lines)


def _rule(tree: Tree, node: int) -> dict[str, Any]:
    """Say which rows reach a leaf and what it answers."""
    value = tree.value[node]
    best = int(value.argmax())
    return {
        "leaf": node,
        "conditions": [literal.text(answer) for literal, answer in tree.clause(node).terms],
        "answer": float(value[0]) if tree.classes is None else tree.classes[best],
        "share": None if tree.classes is None else float(value[best]),
        "rows": float(tree.n_rows[node]),
        "text": leaf_text(tree, node),
    }


def _summarise_evidence(evidence: Evidence) -> dict[str, Any]:
    """Compare the clauses with their controls, each in its best layer, depth by depth."""
    nodes = evidence.nodes
    own = np.array([max(node.r_squared.values()) for node in nodes])
    control = np.array([max(node.control.values()) for node in nodes])
    depth = np.array([node.depth for node in nodes])
    deeper = depth > 1
    by_depth: list[dict[str, Any]] = []
    for level in np.unique(depth).tolist():
        at = depth == level
        layers = {
            layer: float(np.mean([node.r_squared[layer] for node in nodes if node.depth == level]))
            for layer in nodes[0].r_squared
        }
        by_depth.append(
            {
                "depth": level,
                "clauses": int(at.sum()),
                "r_squared": float(own[at].mean()),
                "random": float(control[at].mean()),
                "above_random": int((own[at] > control[at]).sum()),
                "best_layer": max(layers, key=lambda layer: layers[layer]),
            }
        )
    return {
        "rows": evidence.n_rows,
        "by_depth": by_depth,
        "deeper_clauses": int(deeper.sum()),
        "deeper_above_random": int((own > control)[deeper].sum()),
        "deeper_margin": float((own - control)[deeper].mean()) if deeper.any() else None,
    }
