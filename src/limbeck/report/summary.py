"""One plain dict that says what a distillation found: summarised once, rendered as text and as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from limbeck.core import Literal, Tree
from limbeck.core.tree_text import ASK, leaf_text, tree_lines
from limbeck.report.asking_text import summarise_deferral
from limbeck.report.glance import summarise_glance
from limbeck.report.layers import summarise_layers
from limbeck.theory import ByClass, Certificate, DeferralCertificate, ToleranceCertificate

if TYPE_CHECKING:
    from limbeck.diagnosis import Diagnosis
    from limbeck.distillation import Distillation, SizedTree
    from limbeck.probes import Evidence, Represented

_MOST_CLASSES = 12  # in the tables; the others are put together

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
        `glance` (what stands first), `reading` (how the teacher's outputs were read), `measure` (`fidelity` or
        `r_squared`), `rows` (used for what), `work` (what it cost), `frontier`, `tree` (drawn, and as rules),
        `certificate`, `evidence` (by depth), `diagnosis`, `deferral` (what trees that may ask the model give),
        `status` and `notes`.
    """
    ledger = result.ledger
    return {
        "format": "limbeck.summary",
        "version": 1,
        "limbeck": result.versions.get("limbeck"),
        "teacher": result.teacher,
        "glance": summarise_glance(result),
        "reading": {**result.reading.to_dict(), "text": str(result.reading)},
        "measure": "r_squared" if result.reading.classes is None else "fidelity",
        "weighted_by": list(result.weighted_by),
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
                **_operating(point),
            }
            for point in result.frontier
        ],
        "tree": summarise_tree(result.tree),
        "certificate": None if result.certificate is None else summarise_claim(result.certificate),
        "evidence": None if result.evidence is None else _summarise_evidence(result.evidence),
        "diagnosis": None if result.diagnosis is None else _summarise_diagnosis(result.diagnosis),
        "deferral": summarise_deferral(result),
        "status": {"name": result.status.name, "text": result.status.text},
        "notes": list(result.notes),
    }


def _operating(point: SizedTree) -> dict[str, Any]:
    """Say how many leaves ask, and what held-out rows say of the others, where leaves may ask the model."""
    if point.operating is None:
        return {}
    told = {"answered": point.operating.answered, "differ": point.operating.error}
    return {"asking": len(point.tree.asking), **told}


def summarise_tree(tree: Tree) -> dict[str, Any]:
    """Say what a tree is: its size, its drawing with the number of each leaf, and its rules."""
    lines = list(tree_lines(tree))

    @cache
    def words(literal: Literal, holds: bool) -> str:
        return literal.text(holds, tree.shown)

    return {
        "leaves": tree.n_leaves,
        "depth": tree.depth,
        "classes": None if tree.classes is None else list(tree.classes),
        "columns": sorted({literal.column for literal in tree.literals}),
        "drawing": _drawing(lines, tree),
        "rules": [_rule(tree, node, words) for node, _ in lines if tree.question[node] < 0],
    }


def summarise_claim(claim: Certificate | ToleranceCertificate | DeferralCertificate) -> dict[str, Any]:
    """Say what a certificate claims: its fields, and the claim about the whole tree in words."""
    if isinstance(claim, ToleranceCertificate):
        return {"kind": "tolerance", "text": str(claim), **claim.to_dict(), "by_class": None}
    if isinstance(claim, DeferralCertificate):
        text = str(dataclasses.replace(claim, leaves=()))
        return {"kind": "deferral", "text": text, **claim.to_dict(), "by_class": None}
    beside = None if claim.by_class is None else str(claim.by_class)
    text = str(dataclasses.replace(claim, leaves=(), by_class=None))
    if beside is not None:
        first, seen, rest = text.split("\n", 2)
        text = "\n".join([first, seen, f"beside it: {beside}", rest])
    plain = {"kind": "error", "text": text, **claim.to_dict(), "n_statements": claim.n_statements}
    return {**plain, "by_class": None if claim.by_class is None else _summarise_classes(claim.by_class)}


def _summarise_classes(found: ByClass) -> dict[str, Any]:
    """Say what is known class by class: the fields, the classes with most rows by name, and their confusion."""
    plain = found.to_dict()
    names = [c.shown for c in found.classes]
    order = sorted(range(len(names)), key=lambda i: -found.classes[i].n_rows)
    kept = order if len(order) <= _MOST_CLASSES else order[: _MOST_CLASSES - 1]
    largest = [{**plain["classes"][i], "name": names[i]} for i in kept]
    others = len(order) - len(kept)
    place = {i: kept.index(i) if i in kept else len(kept) for i in order}
    table = [[0] * (len(kept) + bool(others)) for _ in range(len(kept) + bool(others))]
    for i, entry in enumerate(found.classes):
        table[place[i]][place[i]] += entry.found
    for teacher, tree, n in found.confusion:
        table[place[teacher]][place[tree]] += n
    return {
        **plain,
        "text": str(found),
        "largest": largest,
        "table": {"names": [names[i] for i in kept] + ([f"{others} others"] if others else []), "rows": table},
    }


def _summarise_diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    """Say what a diagnosis names: its fields, and each of them in words."""
    return {**diagnosis.to_dict(), "text": diagnosis.text, "lines": list(diagnosis.lines)}


def _drawing(lines: Sequence[tuple[int, str]], tree: Tree) -> str:
    """Draw the tree with the number of every leaf, by which certificates and `apply` name it."""
    return "\n".join(line if tree.question[node] >= 0 else f"{line}  leaf {node}" for node, line in lines)


def _rule(tree: Tree, node: int, words: Callable[[Literal, bool], str]) -> dict[str, Any]:
    """Say which rows reach a leaf and what it answers."""
    value = tree.value[node]
    best = int(value.argmax())
    asks = node in tree.asking
    return {
        "leaf": node,
        "conditions": [words(literal, answer) for literal, answer in tree.clause(node).terms],
        "answer": ASK if asks else float(value[0]) if tree.classes is None else tree.classes[best],
        **({"asks": True} if asks else {}),
        "share": None if tree.classes is None or not tree.n_rows[node] else float(tree.shares[node, best]),
        "rows": float(tree.n_rows[node]),
        "text": leaf_text(tree, node),
    }


def _summarise_evidence(evidence: Evidence) -> dict[str, Any]:
    """Compare the clauses with their controls, all layers side by side, depth by depth."""
    deeper = evidence.deeper
    above = {level.depth: _above_random(evidence, level.depth) for level in evidence.by_depth}
    return {
        "rows": evidence.n_rows,
        "random_clauses": evidence.n_random,
        "redraws": evidence.n_redraws,
        "confidence": evidence.confidence,
        "by_depth": [{**_represented(level), "above_random": above[level.depth]} for level in evidence.by_depth],
        "deeper": None if deeper is None else _represented(deeper),
        "deeper_above_random": sum(count for depth, count in above.items() if depth != 1),
        "heat_map": evidence.heat_map(),
        "layers": summarise_layers(evidence),
        "inside": evidence.inside,
        "not_interrupted": evidence.not_interrupted,
    }


def _represented(found: Represented) -> dict[str, Any]:
    """Say how well some clauses are represented, with the intervals."""
    last = list(found.r_squared)[-1]
    return {
        "label": found.label,
        "depth": found.depth,
        "clauses": found.n_clauses,
        "r_squared": found.r_squared[last],
        "random": None if found.random is None else found.random[last],
        "redrawn": None if found.redrawn is None else found.redrawn[last],
        "interval": dataclasses.asdict(found.held),
        "margin": None if found.above_random is None else dataclasses.asdict(found.above_random),
        "selectivity": None if found.selectivity is None else dataclasses.asdict(found.selectivity),
        "best_layer": found.best_layer,
    }


def _above_random(evidence: Evidence, depth: int | None) -> int:
    """Count the clauses of a depth that are better represented than the random ones beside them."""
    margins = [clause.above_random for clause in evidence.clauses if clause.depth == depth]
    return sum(margin is not None and margin.value > 0 for margin in margins)
