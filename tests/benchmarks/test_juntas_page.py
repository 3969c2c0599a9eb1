"""The comparison of asking and learning: its problems, one run of each kind, and its page."""

import numpy as np
import pytest
import torch
from benchmarks.juntas.__main__ import cells, found_by
from benchmarks.juntas.methods import run_cell
from benchmarks.juntas.page import page
from benchmarks.juntas.problems import Cell, make_problem, uniform_rows


@pytest.mark.parametrize("kind", ["parity", "random junta", "tree"])
def test_a_problem_is_its_network_and_uses_k_variables(kind):
    cell = Cell(kind, 12, 3, 0, "")
    problem = make_problem(cell)
    rows = uniform_rows(500, 12, 0)
    scores = problem.network(0)(torch.from_numpy(rows)).detach().numpy()
    assert (scores.argmax(axis=1) == problem.tree.predict(rows)).all()
    assert problem.tree.depth == 3
    assert len(problem.variables) == 3 or kind == "tree"
    assert 0.4 < rows.mean() < 0.6


@pytest.mark.parametrize("method", ["asking", "trying all sets", "greedy features", "CART"])
def test_methods_on_a_small_junta(method):
    found = run_cell(Cell("random junta", 10, 2, 0, method))
    assert found["fidelity"] == 1.0
    assert found["variables"]
    assert (found["queries"] > 0) == (method == "asking")


def test_what_ran_out_of_time_is_not_tried_on_more_inputs():
    slow = Cell("parity", 100, 5, 0, "pystreed")
    records = {slow: {"stopped": "after 60 s"}}
    assert found_by(Cell("parity", 1000, 5, 1, "pystreed"), records) == {"skipped": "out of time at d = 100"}


def test_the_page_has_a_line_for_every_size_and_method():
    whole = {"seconds": 1.0, "queries": 5, "rows": 2, "variables": True, "fidelity": 1.0, "bound": 9}
    records = {cell: dict(whole) for cell in cells()}
    records |= {cell: {"stopped": "after 60 s"} for cell in records if cell.method == "pystreed" and cell.d == 1000}
    text = page(records)
    assert "| 5 | 10 000 | asking | 2 | 5 | 9 | 1.00 | 2 of 2 | 1.000 |" in text
    assert "| 5 | 1 000 | pystreed |  |  |  | after 60 s |  |  |" in text
    sizes = {(cell.kind, cell.k, cell.d, cell.method) for cell in records}
    assert text.count("\n| ") == len(sizes) + 3
    assert np.all([len(line) <= 120 for line in text.split("\n") if not line.startswith("|")])
