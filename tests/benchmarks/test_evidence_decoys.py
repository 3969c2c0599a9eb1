"""A few of the networks whose inside is known; all of them are counted by the benchmark."""

import numpy as np
import pytest
import torch
from benchmarks.evidence.decoys import judged, table
from benchmarks.evidence.known import DECOYS, TRUE
from benchmarks.evidence.parts import N_BITS, every_row
from benchmarks.theorem.runs import deciding_tree

LEARNED = {"trained, one layer", "trained, two layers", "gate of zero, trained", "overwritten by a lookup"}


@pytest.mark.parametrize("kind", [kind for kind in (*TRUE, *DECOYS) if kind not in LEARNED])
def test_networks_answer_as_the_tree_does(kind):
    tree, rows = deciding_tree(2, N_BITS, 5), every_row()
    network = {**TRUE, **DECOYS}[kind](tree, np.random.default_rng(5))
    with torch.no_grad():
        scores = network(torch.from_numpy(rows).float()).numpy()
    says = scores[:, -1] > (scores[:, 0] if scores.shape[1] == 2 else 0)
    assert (says == (tree.labels(rows) > 0)).mean() > 0.98


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("Fourier", 133), ("unread in one map, rotated", 0), ("features and answer, rotated", 4), ("one-hot lookup", 1)],
)
def test_decoys_are_not_called_computed_inside(kind, seed):
    assert judged(kind, seed)["verdict"] != "COMPUTED_INSIDE"


@pytest.mark.parametrize("kind", ["compiled", "compiled, all clauses, rotated"])
def test_networks_that_use_the_tree_are_called_so(kind):
    assert judged(kind, 1)["verdict"] == "COMPUTED_INSIDE"


def test_the_table_counts_and_gives_exact_intervals():
    records = [{"kind": "a", "verdict": v} for v in ["COMPUTED_INSIDE", "REPRESENTED", "NOT_TREE_LIKE"]]
    assert table(records, ["a", "b"])[1:] == [
        ["a", "3", "1", "1", "", "", "1", "0.008 to 0.906"],
        ["all", "3", "1", "1", "", "", "1", "0.008 to 0.906"],
    ]
