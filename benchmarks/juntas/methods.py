"""Who is compared: asking a network, and learning from its answers on uniform rows."""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np

from benchmarks.juntas.problems import Cell, make_problem, uniform_rows
from limbeck.juntas import NotAJunta, find_junta, junta_query_bound

__all__ = ["JUNTA_METHODS", "TREE_METHODS", "run_cell"]

LEARNING_ROWS, TREE_ROWS, TEST_ROWS, DELTA = 4000, 1000, 4000, 0.01


def run_cell(cell: Cell) -> dict[str, Any]:
    """Run one method on one problem; the time is that of the method alone."""
    problem = make_problem(cell)
    test = uniform_rows(TEST_ROWS, cell.d, 10**6 + cell.seed)
    truth = problem.tree.predict(test)
    methods = TREE_METHODS if cell.kind == "tree" else JUNTA_METHODS
    predict, found = methods[cell.method](problem, cell)
    found["fidelity"] = float((predict(test) == truth).mean())
    found["gigabytes"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return found


def _asking(problem: Any, cell: Cell) -> Any:
    network = problem.network(cell.seed)
    ends = np.array([[0.0] * cell.d, [1.0] * cell.d], np.float32)
    start = time.perf_counter()
    found = find_junta(network, ends, max_variables=cell.k, values="uniform", delta=DELTA, random_state=cell.seed)
    seconds = time.perf_counter() - start
    assert not isinstance(found, NotAJunta), found.headline
    right = set(found.junta.variables) == problem.variables
    bound = junta_query_bound(cell.k, cell.d, delta=DELTA)
    return found.junta.predict, {
        "seconds": seconds, "queries": found.ledger.total, "rows": 2, "bound": bound, "variables": right,
    }  # fmt: skip


def _labelled(problem: Any, cell: Cell, n: int = LEARNING_ROWS) -> tuple[np.ndarray, np.ndarray]:
    rows = uniform_rows(n, cell.d, cell.seed)
    return rows, problem.tree.predict(rows)


def _trying_all(problem: Any, cell: Cell) -> Any:
    from limbeck.students import search_junta

    rows, labels = _labelled(problem, cell)
    start = time.perf_counter()
    found = search_junta(rows, labels, n_variables=cell.k)
    right = set(found.variables) == problem.variables
    return found.predict, {"seconds": time.perf_counter() - start, "queries": 0, "rows": len(rows), "variables": right}


def _greedy_features(problem: Any, cell: Cell) -> Any:
    """Add the column that lowers the error of the table most, k times."""
    rows, labels = _labelled(problem, cell)
    bits = rows.astype(np.int32)
    start = time.perf_counter()
    chosen: list[int] = []
    cells = np.zeros(len(bits), np.int32)
    for _ in range(cell.k):
        # Rows by cell and label, so that one product counts every column's ones in each.
        groups = (np.arange(2 * 2 ** len(chosen))[:, None] == 2 * cells + labels).astype(np.float32)
        ones = groups @ rows
        zeros = groups.sum(axis=1)[:, None] - ones
        wrong = np.minimum(ones[0::2], ones[1::2]).sum(axis=0) + np.minimum(zeros[0::2], zeros[1::2]).sum(axis=0)
        wrong[chosen] = np.inf
        chosen.append(int(wrong.argmin()))
        cells = 2 * cells + bits[:, chosen[-1]]
    counts = np.bincount(2 * cells + labels, minlength=2 * 2**cell.k).reshape(-1, 2)
    seconds = time.perf_counter() - start

    def predict(x: np.ndarray) -> np.ndarray:
        place = np.zeros(len(x), np.int32)
        for j in chosen:
            place = 2 * place + x[:, j].astype(np.int32)
        return counts.argmax(axis=1)[place]

    right = {f"x{j}" for j in chosen} == problem.variables
    return predict, {"seconds": seconds, "queries": 0, "rows": len(rows), "variables": right}


def _cart(problem: Any, cell: Cell) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    rows, labels = _labelled(problem, cell, TREE_ROWS if cell.kind == "tree" else LEARNING_ROWS)
    start = time.perf_counter()
    tree = DecisionTreeClassifier(max_leaf_nodes=2**cell.k, random_state=0).fit(rows, labels)
    used = {f"x{j}" for j in tree.tree_.feature if j >= 0}
    seconds = time.perf_counter() - start
    return tree.predict, {"seconds": seconds, "queries": 0, "rows": len(rows), "variables": used == problem.variables}


def _pystreed(problem: Any, cell: Cell) -> Any:
    from pystreed import STreeDClassifier

    rows, labels = _labelled(problem, cell, TREE_ROWS if cell.kind == "tree" else LEARNING_ROWS)
    start = time.perf_counter()
    learner = STreeDClassifier("accuracy", max_depth=cell.k, max_num_nodes=2**cell.k - 1, time_limit=60)
    learner.fit(rows.astype(int), labels)
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "queries": 0, "rows": len(rows), "variables": None}
    return lambda x: learner.predict(x.astype(int)), found


def _distilling(*, queries: bool) -> Any:
    def run(problem: Any, cell: Cell) -> Any:
        import limbeck

        network, rows = problem.network(cell.seed), uniform_rows(TREE_ROWS, cell.d, cell.seed)
        start = time.perf_counter()
        result = limbeck.distill(
            network, rows, max_leaves=2**cell.k, max_depth=cell.k + 2, queries=queries, effort="fast", certificate=0,
            random_state=cell.seed,
        )  # fmt: skip
        used = {literal.column for literal in result.tree.literals}
        found = {"seconds": time.perf_counter() - start, "queries": result.ledger.queries, "rows": len(rows)}
        return result.predict, {**found, "variables": used == problem.variables}

    return run


JUNTA_METHODS = {
    "asking": _asking, "trying all sets": _trying_all, "greedy features": _greedy_features, "CART": _cart,
    "pystreed": _pystreed,
}  # fmt: skip
TREE_METHODS = {
    "distilling": _distilling(queries=True), "distilling, no queries": _distilling(queries=False), "CART": _cart,
    "pystreed": _pystreed,
}  # fmt: skip
