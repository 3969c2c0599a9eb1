"""One problem, four ways to a small tree over concepts, judged on inputs that none of them has seen."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import limbeck
from benchmarks.real.problems import Problem
from limbeck.certificates import certify
from limbeck.concepts import Concepts, raw_table

SIZES, MOST, HELD_OUT, SEED = (4, 8, 16, 32), 800, 0.35, 0


def measured(problem: Problem, effort: str) -> dict[str, Any]:
    """Distill, and fit CART to the same concepts and to as many that a lasso chooses; sizes by fidelity.

    Of several splits fidelities are means, and evidence, certificate and tree are those of the first.
    """
    start, cpu = time.monotonic(), time.process_time()
    right: list[dict[str, np.ndarray]] = []
    seconds: list[float] = []
    first: dict[str, Any] = {}
    for split in range(problem.splits):
        fit, judge = _split(problem, split)
        inputs, apart, places = _taken(problem.inputs, fit), _taken(problem.inputs, judge), problem.places[judge]
        groups = None if problem.groups is None else problem.groups[fit]
        begun = time.monotonic()
        result = limbeck.distill(
            problem.teacher, inputs, concepts=problem.concepts, certificate_rows=apart, max_leaves=max(SIZES),
            groups=groups, effort=effort, random_state=split,
        )  # fmt: skip
        seconds.append(time.monotonic() - begun)
        codes, truth = (result.reading.read(problem.teacher.answers(raw_table(some))).codes for some in (inputs, apart))
        values = np.eye(len(result.reading.classes))[codes]
        same, _ = Concepts.fit([problem.concepts], inputs, values, most=MOST)
        found = {"limbeck": np.array([_right(result.best(s).tree, apart, truth) for s in SIZES])}
        found["CART, same concepts"] = _cart(same, inputs, apart, codes, truth)
        if not split:
            lasso = Concepts((problem.concepts.asking(_by_lasso(problem, inputs, codes)),))
            found["CART, lasso's concepts"] = _cart(lasso, inputs, apart, codes, truth)
            first = _of_first(problem, result, inputs, apart, places, truth)
        right.append(found | {"places": places})
    ways = {way: [one[way].mean(axis=1) for one in right if way in one] for way in right[0] if way != "places"}
    fidelity = {way: _by_size(np.mean(shares, axis=0)) for way, shares in ways.items()}
    return first | {
        "title": problem.title, "what": problem.what, "effort": effort, "splits": problem.splits, "fidelity": fidelity,
        "gain": _gain(right), "distilling": float(np.mean(seconds)), "seconds": time.monotonic() - start,
        "cpu": time.process_time() - cpu,
    }  # fmt: skip


def _of_first(
    problem: Problem, result: Any, inputs: Any, apart: Any, places: np.ndarray, truth: np.ndarray
) -> dict[str, Any]:
    """Return what is told of one split: counts, a certificate from one input of each group, tree and evidence."""
    _, alone = np.unique(places, return_index=True)
    claim = certify(result.best(max(SIZES)).tree, problem.teacher, _taken(apart, alone))
    return {
        "inputs": len(inputs), "held_out": len(apart),
        "candidates": next((note for note in result.notes if "were chosen" in note), ""),
        "constant": float(np.bincount(truth).max() / len(truth)),
        "certified": [claim.disagreements, claim.n_rows, 1 - claim.error_limit],
        "verdict": result.diagnosis.verdict.name, "tree": str(result.best(8).tree),
        **_evidence(result),
    }  # fmt: skip


def _split(problem: Problem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Set a share of the groups of inputs apart: return the places of the others, and of these."""
    names = np.random.default_rng(seed).permutation(np.unique(problem.places))
    aside = np.isin(problem.places, names[: int(HELD_OUT * len(names))])
    order = np.random.default_rng(seed).permutation(len(aside))
    return order[~aside[order]], order[aside[order]]


def _taken(inputs: Any, rows: np.ndarray) -> Any:
    return inputs[rows] if isinstance(inputs, np.ndarray) else [inputs[i] for i in rows]


def _gain(right: list[dict[str, np.ndarray]]) -> dict[int, list[float]]:
    """Return, for each size, by how much more limbeck's trees agree than CART on the same concepts, with an interval.

    What is drawn are groups of inputs: the differences of one group, in all splits, vary together.
    """
    _, group = np.unique(np.concatenate([one["places"] for one in right]), return_inverse=True)
    behind = np.concatenate([one["limbeck"].astype(float) - one["CART, same concepts"] for one in right], axis=1)
    means = behind.mean(axis=1)
    sums = np.array([np.bincount(group, line - mean) for line, mean in zip(behind, means, strict=True)])
    half = 1.96 * np.sqrt((sums**2).sum(axis=1)) / behind.shape[1]
    return {s: [float(m), float(h)] for s, m, h in zip(SIZES, means, half, strict=True)}


def _by_size(values: np.ndarray) -> dict[int, float]:
    return dict(zip(SIZES, values.tolist(), strict=True))


def _right(tree: Any, inputs: Any, truth: np.ndarray) -> np.ndarray:
    return tree.predict_scores(inputs).argmax(axis=1) == truth


def _matrix(concepts: Concepts, inputs: Any) -> np.ndarray:
    return np.column_stack([column.values for column in concepts.table(inputs).columns])


def _cart(concepts: Concepts, inputs: Any, apart: Any, codes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Grow CART, best first, to each size; return where it is right."""
    fit, judge = _matrix(concepts, inputs), _matrix(concepts, apart)
    trees = (DecisionTreeClassifier(max_leaf_nodes=s, random_state=SEED).fit(fit, codes) for s in SIZES)
    return np.array([tree.predict(judge) == truth for tree in trees])


def _by_lasso(problem: Problem, inputs: Any, codes: np.ndarray) -> list[Any]:
    """Return the questions with the largest weights of a logistic regression whose weights are punished by size."""
    found = problem.concepts.candidates(inputs, max(3, len(inputs) // 500))
    model = LogisticRegression(l1_ratio=1.0, solver="saga", C=1.0, max_iter=60, tol=1e-2, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = csr_array(found.answers.astype(np.float64))
        rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
        model.fit(rows, codes)
    weights = np.abs(model.coef_).max(axis=0)
    kept = np.argsort(-weights, kind="stable")[:MOST]
    return [found.questions[j] for j in kept if weights[j] > 0]


def _evidence(result: Any) -> dict[str, Any]:
    """Return how well the clauses are represented, depth by depth, and what interruptions of single layers show."""
    evidence = result.evidence
    if evidence is None:
        return {"evidence": [], "layers": [], "inside": None, "not_interrupted": ""}
    lines: list[dict[str, Any]] = []
    for level in evidence.by_depth:
        last = list(level.r_squared)[-1]
        sides = {"true": level.r_squared, "random": level.random, "redrawn": level.redrawn}
        lines.append(
            {"depth": level.depth, "clauses": level.n_clauses}
            | {name: None if side is None else float(side[last]) for name, side in sides.items()}
        )
    held = {one.layer: one for one in evidence.held}
    layers = [_interrupted(held.get(use.layer), use) for use in evidence.used]
    return {
        "evidence": lines, "layers": layers, "inside": evidence.inside, "not_interrupted": evidence.not_interrupted,
    }  # fmt: skip


def _interrupted(held: Any, use: Any) -> dict[str, Any]:
    """Return one layer: how well it holds the clauses, and what happens when its readings of them are moved."""
    moved = {"clauses": use.clauses, "same": use.same, "random": use.random}
    return {
        "layer": use.layer, "units": use.n_units, "pairs": use.n_pairs, "p": use.p_value, "words": use.words,
        "held": None if held is None else float(held.held.value),
        "held_same": None if held is None else held.control("above_same"),
        "selective": held is not None and held.selective, "used": use.used,
        **{name: None if one is None else [one.changed.value, one.kept.value] for name, one in moved.items()},
    }  # fmt: skip
