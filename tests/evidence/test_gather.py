import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from limbeck import distill, probe
from limbeck.core import Clause, Leaf, Literal, OutputReading, Split, Tree, Vocabulary, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.evidence import Sampling, gather_evidence
from limbeck.evidence.inside import _affordable_rows
from limbeck.evidence.probed import subjects_of
from limbeck.passes import Run, evidence_of, observe_rows
from limbeck.probes import ALL_LAYERS, CONCEPT, Evidence
from limbeck.settings import Settings
from limbeck.teachers import Teacher
from limbeck.teachers.running import Answer

P = 10


def asks(*terms: tuple[int, bool]) -> Clause:
    return Clause(tuple((Literal.is_value(f"x{j}", 1), answer) for j, answer in terms))


CLAUSES = [asks((0, True)), asks((0, True), (1, True)), asks((0, True), (1, False)), asks((0, False), (2, True))]


def bits(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(2, size=(n, P))


class Shown(Teacher):
    """A teacher whose activations are what a function of the rows says; re-drawn ones are noise."""

    layers = ("shown",)

    def __init__(self, shows: Any, redraws: bool = True) -> None:
        super().__init__("shown")
        self._shows, self._redraws = shows, redraws

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        x = np.asarray(native)
        return ((x[:, 0] & x[:, 1]) | (1 - x[:, 0]) & x[:, 2]), {layer: self._shows(x) for layer in layers}

    def redrawn(self, rng: np.random.Generator) -> Teacher | None:
        return Shown(lambda x: rng.normal(size=(len(x), 20))) if self._redraws else None


def linear(x: np.ndarray) -> np.ndarray:
    """Activations that hold every clause, each as a number of its own."""
    return np.column_stack([clause.holds(x) for clause in CLAUSES] + [x[:, 5:]])


def noise(x: np.ndarray) -> np.ndarray:
    return np.random.default_rng(len(x)).normal(size=(len(x), 20))


def test_a_network_that_computes_the_clauses_is_selective_and_one_of_noise_is_not():
    inside, outside = (probe(Shown(shows), bits(500), CLAUSES, bootstrap=200) for shows in (linear, noise))
    assert inside.deeper.held.value > 0.99
    assert inside.deeper.selectivity.low > 0.95
    assert inside.deeper.above_random.low > 0.3
    assert outside.deeper.held.value < 0.05
    assert abs(outside.deeper.selectivity.value) < 0.05


def test_a_trained_torch_network_holds_its_clauses_more_than_a_redrawn_one():
    x = bits(2000)
    target = (x[:, 0] & x[:, 1]) ^ (x[:, 2] & x[:, 3])
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(P, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(torch.tensor(x).float()), torch.tensor(target)).backward()
        optimizer.step()
    found = probe(network, x, [asks((0, True), (1, True)), asks((2, True), (3, True))], n_rows=800, bootstrap=200)
    assert found.layers == ("0", "1", "2", "3", "4", ALL_LAYERS)
    assert found.n_redraws == 3
    assert found.deeper.selectivity.low > 0.1
    assert found.deeper.above_random.low > 0.1


def test_without_redrawn_weights_there_is_no_selectivity():
    found = probe(Shown(linear, redraws=False), bits(300), CLAUSES, bootstrap=50)
    assert found.n_redraws == 0
    assert found.deeper.selectivity is None
    assert found.deeper.redrawn is None
    assert found.deeper.above_random is not None
    asked_for_none = probe(Shown(linear), bits(300), CLAUSES, redraws=0, bootstrap=50)
    assert asked_for_none.n_redraws == 0


def test_concept_columns_are_hidden_from_the_teacher_and_count():
    x = bits(400)
    seen = []

    def shows(rows):
        seen.append(rows.shape[1])
        return linear(rows)

    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(P)]).assign(both=x[:, 0] & x[:, 1])
    found = probe(Shown(shows), frame, ["both"], bootstrap=50)
    assert set(seen) == {P}
    assert found.clauses[0].label == "both"
    assert found.clauses[0].depth == CONCEPT
    assert found.deeper.held.value > 0.99
    assert probe(Shown(shows), frame, "both", bootstrap=50) == found


def test_a_tree_a_distillation_and_their_clauses_give_the_same():
    x = bits(600)
    result = distill(Shown(linear), x, max_leaves=4, effort="fast")
    asked = {"n_rows": 300, "bootstrap": 50}
    by_tree = probe(Shown(linear), x, result.tree, **asked)
    by_result = probe(Shown(linear), x, result, **asked)
    by_clause = probe(Shown(linear), x, [result.tree.clause(node) for node in range(1, result.tree.n_nodes)], **asked)
    assert by_tree.to_dict() == by_result.to_dict()
    assert [c.node for c in by_tree.clauses] == list(range(1, result.tree.n_nodes))
    assert [c.r_squared for c in by_clause.clauses] == [c.r_squared for c in by_tree.clauses]
    assert by_tree.n_rows == 300


def test_the_same_seed_gives_the_same_evidence():
    one, two = (probe(Shown(linear), bits(300), CLAUSES, bootstrap=50, random_state=4) for _ in range(2))
    assert one.to_dict() == two.to_dict()
    assert Evidence.from_dict(json.loads(json.dumps(one.to_dict(), allow_nan=False))) == one


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"clauses": []}, "no clause"),
        ({"clauses": [Clause()]}, "Clause"),
        ({"clauses": [3]}, "Clause"),
        ({"clauses": ["absent"]}, "absent"),
        ({"n_rows": 1}, "n_rows"),
        ({"redraws": -1}, "redraws"),
        ({"n_random": 0}, "n_random"),
        ({"bootstrap": 0}, "n_resamples"),
        ({"confidence": 1.0}, "confidence"),
        ({"layers": ["absent"]}, "absent"),
    ],
)
def test_what_cannot_be_probed_is_refused(settings, words):
    with pytest.raises(InputError, match=words):
        probe(Shown(linear), bits(50), **{"clauses": CLAUSES, **settings})


def test_a_teacher_without_activations_is_refused():
    with pytest.raises(InputError, match="has none"):
        probe(lambda x: x[:, 0], bits(50), CLAUSES)


def test_a_tree_of_one_leaf_is_refused():
    result = distill(lambda x: np.zeros(len(x), int), bits(60))
    with pytest.raises(InputError, match="one leaf"):
        probe(Shown(linear), bits(50), result)


def test_a_distillation_gathers_the_same_evidence_at_less_cost():
    x = bits(900)
    result = distill(Shown(linear), x, max_leaves=4, effort="fast")
    table = as_table(x)
    assert result.evidence is not None
    assert result.evidence.n_redraws == 2
    assert {c.node for c in result.evidence.clauses} == set(range(1, result.tree.n_nodes))
    nodes = list(range(1, result.tree.n_nodes))
    clauses = [result.tree.clause(node) for node in nodes]
    holds = np.column_stack([clause.holds(table) for clause in clauses])
    teacher = Shown(linear)
    whole = gather_evidence(
        teacher, table, teacher.activations(table), holds, subjects_of(clauses, holds, nodes), x > 0,
        sampling=Sampling(), rng=np.random.default_rng(0),
    )  # fmt: skip
    assert whole.deeper.held.value == pytest.approx(result.evidence.deeper.held.value, abs=0.02)


class Fragile(Shown):
    """A teacher whose re-drawn twin fails."""

    def redrawn(self, rng):
        raise TeacherError("re-drawn weights", "a module that cannot be copied", "none")


def test_a_distillation_goes_on_where_weights_cannot_be_drawn_afresh():
    result = distill(Fragile(linear), bits(600), max_leaves=4, effort="fast")
    assert result.evidence.n_redraws == 0
    with pytest.raises(TeacherError):
        probe(Fragile(linear), bits(600), result)


def test_nodes_that_few_rows_reach_are_left_out():
    x = bits(400)
    x[:, 3] = 0
    x[:6, 3] = 1
    rare = distill(Shown(linear), x, max_leaves=4, effort="fast").tree
    run = Run.of(Settings(), Shown(linear))
    table = as_table(x)
    root = rare.to_node()
    split = Split(Literal.is_value("x3", 1), Leaf((1.0, 0.0), 6.0), root)
    tree = Tree.from_node(split, classes=rare.classes, columns=rare.columns)
    raw = Shown(linear).predict(table)
    reading = OutputReading.fixed_on(raw)
    seen = observe_rows(run, reading, table, reading.read(raw), Vocabulary.fit(table), None)
    evidence = evidence_of(run, tree, reading, seen)
    assert 1 not in {clause.node for clause in evidence.clauses}
    assert len(evidence.clauses) >= rare.n_nodes - 1


def test_wide_layers_are_probed_on_fewer_rows():
    wide = {"a": np.zeros((2000, 1000), np.float32), "b": np.zeros((2000, 1000), np.float32)}
    assert _affordable_rows({"a": np.zeros((2000, 64), np.float32)}) == 2000
    assert _affordable_rows(wide) == 500
    assert _affordable_rows({"a": wide["a"]}) == 1000
    assert _affordable_rows({"a": wide["a"][:300]}) == 300


class Ordered(Teacher):
    """A teacher whose one layer holds a clause at its last position, and noise at the others."""

    layers = ("enc",)

    def _run(self, native: Any, layers: Sequence[str]) -> Answer:
        x = np.asarray(native)
        held = np.random.default_rng(len(x)).normal(size=(len(x), 3, 6))
        held[:, 2, :4] = linear(x)[:, :4]
        return x[:, 0] & x[:, 1], dict.fromkeys(layers, held)


def test_positions_show_where_a_clause_is_held_and_a_note_says_how_layers_were_read():
    asked = {"bootstrap": 50, "n_random": 2}
    found = probe(Ordered("a"), bits(400), CLAUSES[1:], positions=["each", "mean"], **asked)
    assert found.layers == ("enc[0]", "enc[1]", "enc[2]", "enc[mean]", ALL_LAYERS)
    assert {clause.best_layer for clause in found.clauses} == {"enc[2]"}
    assert found.notes == ("layer `enc`: 3 positions of 6 numbers, read one by one",)
    flat = probe(Ordered("a"), bits(400), CLAUSES[1:], **asked)
    assert flat.layers == ("enc",)
    assert "read side by side" in str(flat)
    assert Evidence.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_table_by_layer_holds_every_figure_and_prints_where_it_is_short():
    found = probe(Ordered("a"), bits(400), CLAUSES[1:], positions="each", bootstrap=50, n_random=2)
    table = found.by_layer()
    assert [(e["clause"], e["layer"]) for e in table] == [(c.label, la) for c in found.clauses for la in found.layers]
    for entry, clause in zip(table, [c for c in found.clauses for _ in found.layers], strict=True):
        assert entry["r_squared"] == clause.r_squared[entry["layer"]]
        assert entry["random"] == clause.random[entry["layer"]]
        assert entry["redrawn"] is None
    lines = str(found).split("Layer by layer\n")[1].split("\n\n")[0].split("\n")
    assert len(lines) == 1 + len(table)
    assert lines[3].split()[4:5] == ["enc[2]"]
