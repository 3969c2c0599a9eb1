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
from limbeck.certify import certify
from limbeck.concepts import Concepts, raw_table

SIZES, MOST, HELD_OUT, SEED = (4, 8, 16, 32), 800, 0.35, 0


def measured(problem: Problem, effort: str) -> dict[str, Any]:
    """Distill, and fit CART to the same concepts and to as many that a lasso chooses; sizes by fidelity."""
    inputs, apart = _split(problem.inputs)
    start, cpu = time.monotonic(), time.process_time()
    result = limbeck.distill(
        problem.teacher, inputs, concepts=problem.concepts, certificate_rows=apart, max_leaves=max(SIZES),
        max_depth=30, effort=effort, random_state=SEED,
    )  # fmt: skip
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    reading = result.reading
    codes, truth = (reading.read(problem.teacher.answers(raw_table(some))).codes for some in (inputs, apart))
    fidelity = {"limbeck": {s: _agreement(result.best(s).tree, apart, truth) for s in SIZES}}
    concepts, _ = Concepts.fit([problem.concepts], inputs, np.eye(len(reading.classes))[codes], most=MOST)
    fidelity["CART, same concepts"] = _cart(concepts, inputs, apart, codes, truth)
    lasso = problem.concepts.asking(_by_lasso(problem, inputs, codes))
    fidelity["CART, lasso's concepts"] = _cart(Concepts((lasso,)), inputs, apart, codes, truth)
    claim = certify(result.best(max(SIZES)).tree, problem.teacher, apart)
    return {
        "title": problem.title, "what": problem.what, "effort": effort, "inputs": len(inputs), "held_out": len(apart),
        "candidates": next((note for note in result.notes if "were chosen" in note), ""),
        "constant": float(np.bincount(truth).max() / len(truth)), "fidelity": fidelity,
        "certified": [claim.disagreements, claim.n_rows, 1 - claim.error_limit],
        "verdict": result.diagnosis.verdict.name, "evidence": _evidence(problem, result, apart),
        "seconds": seconds, "cpu": used, "tree": str(result.best(8).tree),
    }  # fmt: skip


def _split(inputs: Any) -> tuple[Any, Any]:
    """Set a share of the inputs apart."""
    order = np.random.default_rng(SEED).permutation(len(inputs))
    cut = int(HELD_OUT * len(inputs))
    if isinstance(inputs, np.ndarray):
        return inputs[order[cut:]], inputs[order[:cut]]
    return [inputs[i] for i in order[cut:]], [inputs[i] for i in order[:cut]]


def _agreement(tree: Any, inputs: Any, truth: np.ndarray) -> float:
    return float((tree.predict_scores(inputs).argmax(axis=1) == truth).mean())


def _matrix(concepts: Concepts, inputs: Any) -> np.ndarray:
    return np.column_stack([column.values for column in concepts.table(inputs).columns])


def _cart(concepts: Concepts, inputs: Any, apart: Any, codes: np.ndarray, truth: np.ndarray) -> dict[int, float]:
    """Grow CART, best first, to each size."""
    fit, judge = _matrix(concepts, inputs), _matrix(concepts, apart)
    trees = (DecisionTreeClassifier(max_leaf_nodes=s, random_state=SEED).fit(fit, codes) for s in SIZES)
    return {s: float((tree.predict(judge) == truth).mean()) for s, tree in zip(SIZES, trees, strict=True)}


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


def _evidence(problem: Problem, result: Any, apart: Any) -> list[dict[str, Any]]:
    """Return the R² of the tree's clauses and of the controls, depth by depth, all layers side by side."""
    evidence = result.evidence
    if problem.inside is not None:
        evidence = limbeck.probe(problem.inside, apart, result, n_rows=600, redraws=1, bootstrap=100)
    if evidence is None:
        return []
    lines: list[dict[str, Any]] = []
    for level in evidence.by_depth:
        last = list(level.r_squared)[-1]
        sides = {"true": level.r_squared, "random": level.random, "redrawn": level.redrawn}
        lines.append(
            {"depth": level.depth, "clauses": level.n_clauses}
            | {name: None if side is None else float(side[last]) for name, side in sides.items()}
        )
    return lines
