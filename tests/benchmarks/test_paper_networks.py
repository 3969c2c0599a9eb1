"""Trees, networks and cache of the paper's experiment against plain oracles."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.paper import teachers  # noqa: E402
from benchmarks.paper.compiled import compile_tree, compiled_teacher, random_rotation  # noqa: E402
from benchmarks.paper.network import (  # noqa: E402
    Schedule,
    logits,
    new_network,
    paper_schedule,
    quick_schedule,
    train,
)
from benchmarks.paper.network import _batches as batches_of  # noqa: E402
from benchmarks.paper.random_trees import LEAF, RandomTree, full_tree, random_bits, sparse_tree  # noqa: E402
from benchmarks.paper.teachers import fresh_accuracy, trained_teacher  # noqa: E402

SHAPES = [(0, 3, 1), (1, 1, 2), (3, 6, 8), (3, 6, 4), (4, 9, 11), (5, 5, 32)]
TINY = Schedule(n_rows=None, max_steps=3000, stop_margin=1.0, bfloat16=False, check_every=50, stop_rows=2000)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def all_rows(n_variables: int) -> np.ndarray:
    return np.array(list(product([-1, 1], repeat=n_variables)), dtype=np.int8)


def label_of(tree: RandomTree, row: np.ndarray, node: int = 0) -> int:
    if tree.variable[node] == LEAF:
        return int(tree.label[node])
    return label_of(tree, row, int(tree.high[node] if row[tree.variable[node]] > 0 else tree.low[node]))


def holds(x: np.ndarray, clause: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return (x[:, clause[0]] == clause[1]).all(axis=1)


@pytest.mark.parametrize(("depth", "n_variables", "n_leaves"), SHAPES)
def test_tree_has_the_shape_asked_for_and_distinct_variables_on_every_path(depth, n_variables, n_leaves):
    tree = sparse_tree(depth, n_variables, n_leaves, np.random.default_rng(0))
    assert (tree.depth, tree.n_leaves, tree.n_nodes) == (depth, n_leaves, 2 * n_leaves - 1)
    assert all(len(set(variables)) == len(variables) for variables, _ in tree.clauses())
    inner = np.flatnonzero(tree.variable != LEAF)
    assert (tree.low[inner] > inner).all()
    assert set(tree.label[tree.variable == LEAF]) <= {-1, 1}
    assert not tree.label[inner].any()


@pytest.mark.parametrize(("depth", "n_variables", "n_leaves"), SHAPES)
def test_labels_are_those_of_the_recursion_and_leaf_clauses_split_the_inputs(depth, n_variables, n_leaves):
    tree, x = sparse_tree(depth, n_variables, n_leaves, np.random.default_rng(1)), all_rows(n_variables)
    assert tree.labels(x).tolist() == [label_of(tree, row) for row in x]
    reached = np.array([holds(x, clause) for clause in tree.clauses()])
    leaves = tree.variable == LEAF
    assert (reached[leaves].sum(axis=0) == 1).all()
    assert (tree.label[leaves] @ reached[leaves] == tree.labels(x)).all()
    for node in np.flatnonzero(~leaves):
        assert (reached[node] == reached[tree.low[node]] | reached[tree.high[node]]).all()


def test_a_full_tree_has_all_paths_of_full_length_and_depends_on_the_seed_alone():
    first, again, other = (full_tree(4, 100, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert {len(v) for (v, _), q in zip(first.clauses(), first.variable, strict=True) if q == LEAF} == {4}
    assert (first.variable == again.variable).all()
    assert (first.label == again.label).all()
    assert (first.variable != other.variable).any()


def test_questions_that_decide_nothing_are_counted():
    tree = full_tree(3, 10, np.random.default_rng(0))
    leaves = np.flatnonzero(tree.variable == LEAF)

    def with_labels(*labels: int) -> RandomTree:
        label = np.zeros(tree.n_nodes, np.int8)
        parents = [node for node in range(tree.n_nodes) if tree.variable[node] != LEAF and tree.low[node] in leaves]
        label[[child for node in parents for child in (tree.low[node], tree.high[node])]] = labels
        return replace(tree, label=label)

    alternating = with_labels(1, -1, 1, -1, 1, -1, 1, -1)
    assert (alternating.n_equal_siblings, alternating.n_pruned_leaves, alternating.degenerate) == (0, 8, False)
    one_pair = with_labels(1, 1, -1, 1, 1, -1, 1, -1)
    assert (one_pair.n_equal_siblings, one_pair.n_pruned_leaves, one_pair.degenerate) == (1, 7, True)
    constant = with_labels(*[1] * 8)
    assert (constant.n_equal_siblings, constant.n_pruned_leaves, constant.degenerate) == (4, 1, True)


@pytest.mark.parametrize(("depth", "n_variables", "n_leaves"), [(2, 1, 4), (3, 9, 9), (3, 9, 3)])
def test_trees_that_cannot_exist_are_refused(depth, n_variables, n_leaves):
    with pytest.raises(ValueError, match="no tree has"):
        sparse_tree(depth, n_variables, n_leaves, np.random.default_rng(0))


def test_bits_are_signs_and_balanced():
    x = random_bits(5001, 7, np.random.default_rng(0))
    assert x.shape == (5001, 7)
    assert set(np.unique(x)) == {-1, 1}
    # Six standard deviations of a mean of 5001 signs, 7 columns.
    assert np.abs(x.mean(axis=0)).max() < 6 / 5001**0.5


@pytest.mark.parametrize(("depth", "n_variables", "n_leaves"), SHAPES)
def test_a_compiled_network_is_its_tree_on_every_input(depth, n_variables, n_leaves):
    rng = np.random.default_rng(2)
    tree, x = sparse_tree(depth, n_variables, n_leaves, rng), all_rows(n_variables)
    np.testing.assert_allclose(logits(compile_tree(tree, rng), x), tree.labels(x), atol=1e-5)


@pytest.mark.parametrize(("depth", "n_leaves"), [(6, None), (8, None), (10, 256)])
def test_a_compiled_network_is_its_tree_with_a_thousand_variables(depth, n_leaves):
    teacher = compiled_teacher(depth, 0, n_leaves=n_leaves)
    x = random_bits(5000, 1000, np.random.default_rng(5))
    np.testing.assert_allclose(logits(teacher.network, x), teacher.tree.labels(x), atol=1e-4)


def test_clauses_are_linear_in_the_mixed_layer_but_no_unit_is_one():
    teacher = compiled_teacher(4, 1, n_variables=12)
    assert [name for name, part in teacher.network.named_modules() if not any(part.children())] == ["mixed", "readout"]
    x = all_rows(12)
    units = teacher.network.mixed(torch.from_numpy(x).float()).detach().numpy().astype(np.float64)
    clauses = np.array([holds(x, clause) for clause in teacher.tree.clauses()]).T.astype(np.float64)
    np.testing.assert_allclose(units @ np.linalg.lstsq(units, clauses)[0], clauses, atol=1e-4)
    both = np.corrcoef(units.T, clauses[:, 1:].T)
    assert np.abs(both[: units.shape[1], units.shape[1] :]).max() < 0.95


def test_a_rotation_keeps_lengths_and_orientation():
    q = random_rotation(9, np.random.default_rng(0))
    np.testing.assert_allclose(q @ q.T, np.eye(9), atol=1e-12)
    assert np.linalg.det(q) > 0


def test_hooks_see_the_papers_pre_and_post_activations():
    network = new_network(6, 16, 5, seed=0)
    named, seen = dict(network.named_modules()), {}
    for name in network.paper_layers():
        named[name].register_forward_hook(lambda part, inputs, output, name=name: seen.update({name: output}))
    x = torch.from_numpy(random_bits(4, 6, np.random.default_rng(0))).float()
    with torch.no_grad():
        output = network(x)
        stream = torch.relu(x @ network.first.weight.T + network.first.bias)
        for i, block in enumerate(network.blocks):
            before = stream @ block.map.weight.T + block.map.bias
            stream = stream + torch.relu(before)
            torch.testing.assert_close(seen[f"blocks.{i}.map"], before)
            torch.testing.assert_close(seen[f"blocks.{i}.sum"], stream)
    torch.testing.assert_close(seen["last"], output)
    assert sum(value.shape[1] for value in seen.values()) == 2 * 4 * 16 + 1


def test_one_step_is_that_of_the_parametrisation_with_multipliers():
    width, schedule = 32, replace(TINY, max_steps=1)
    tree, network = full_tree(2, 5, np.random.default_rng(0)), new_network(5, width, 3, seed=1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1000)  # At the scale of the initial draw a step of any size would pass.
    scales = {"first": (width**0.5, width**0.5), "blocks.0.map": (1.0, width**0.5), "last": (width**-0.5, 1.0)}
    raw = {}
    for name, (a, b) in scales.items():
        part = network.get_submodule(name)
        raw[name] = (part.weight.detach() / a).requires_grad_(), (part.bias.detach() / b).requires_grad_()
    train(network, tree, schedule, np.random.default_rng(2), lambda step, loss: None)

    def mapped(name, x):
        (w, c), (a, b) = raw[name], scales[name]
        return x @ (a * w).T + b * c

    x = random_bits(schedule.batch_rows, 5, np.random.default_rng(2))
    y = torch.from_numpy(tree.labels(x) > 0).float()[:, None]
    stream = torch.relu(mapped("first", torch.from_numpy(x).float()))
    stream = stream + torch.relu(mapped("blocks.0.map", stream))
    torch.nn.functional.binary_cross_entropy_with_logits(mapped("last", stream), y).backward()
    for name, (a, b) in scales.items():
        for (value, scale), trained in zip(
            ((raw[name][0], a), (raw[name][1], b)), network.get_submodule(name).parameters(), strict=True
        ):
            expected = scale * (value - schedule.learning_rate * value.grad)
            torch.testing.assert_close(trained.detach(), expected.detach())


def test_drawing_a_network_leaves_the_random_state_and_has_the_scale_of_the_parametrisation():
    state = torch.random.get_rng_state()
    network = new_network(100, 400, 3, seed=0)
    assert torch.equal(state, torch.random.get_rng_state())
    spread = [network.get_submodule(name).weight.std().item() for name in ("first", "blocks.0.map", "last")]
    np.testing.assert_allclose(spread, [0.001 / 10, 0.001 / 20, 0.001 / 400], rtol=0.15)


def test_schedules_are_those_of_the_paper_and_a_quick_one():
    assert [(paper_schedule(depth).n_rows, paper_schedule(depth).max_steps) for depth in (4, 5)] == [
        (100_000, 11_000),
        (1_000_000, 110_000),
    ]
    assert quick_schedule(3).n_rows is None


def test_a_pass_visits_every_row_once():
    tree, schedule = full_tree(2, 20, np.random.default_rng(0)), replace(TINY, n_rows=250)
    batches = batches_of(tree, schedule, np.random.default_rng(1))
    passes = [[next(batches) for _ in range(3)] for _ in range(2)]
    assert [[len(x) for x, _ in batch] for batch in passes] == [[100, 100, 50]] * 2
    rows = [sorted(map(tuple, torch.cat([x for x, _ in batch]).tolist())) for batch in passes]
    assert rows[0] == rows[1] == sorted(map(tuple, random_bits(250, 20, np.random.default_rng(1)).tolist()))
    assert all(((y[:, 0] > 0).numpy() == (tree.labels(x.numpy()) > 0)).all() for batch in passes for x, y in batch)


def test_a_run_without_a_margin_takes_every_step_and_reports_the_mean_loss():
    schedule = replace(TINY, n_rows=250, max_steps=7, stop_margin=None, check_every=3, learning_rate=0.0)
    tree, reports = full_tree(2, 6, np.random.default_rng(0)), []
    network = new_network(6, 8, 3, 0)
    assert train(network, tree, schedule, np.random.default_rng(0), lambda *state: reports.append(state)) == 7
    assert [step for step, _ in reports] == [3, 6]
    # The first logits are about 0.
    np.testing.assert_allclose([loss for _, loss in reports], np.log(2), rtol=1e-2)


def test_the_margin_decides_when_a_run_stops():
    tree = full_tree(2, 8, np.random.default_rng(1))
    margins, steps = [0.5, 1.0, 3.0], []
    for margin in margins:
        network, schedule = new_network(8, 32, 3, 0), replace(TINY, stop_margin=margin)
        steps.append(train(network, tree, schedule, np.random.default_rng(0), lambda step, loss: None))
        assert (tree.labels(all_rows(8)) * logits(network, all_rows(8))).min() >= margin
    assert 0 < steps[0] <= steps[1] < steps[2] < TINY.max_steps


def test_cache_round_trip(tmp_path: Path, monkeypatch):
    options = {"n_variables": 8, "width": 32, "n_maps": 3, "cache": tmp_path}
    trained = trained_teacher(2, 1, TINY, **options)
    assert trained.accuracy == 1.0
    assert trained.steps < TINY.max_steps
    monkeypatch.setattr(teachers, "train", lambda *_: pytest.fail("trained again"))
    loaded = trained_teacher(2, 1, TINY, **options)
    x = all_rows(8)
    assert (logits(loaded.network, x) == logits(trained.network, x)).all()
    assert (loaded.tree.labels(x) == trained.tree.labels(x)).all()
    assert (loaded.accuracy, loaded.steps, loaded.seconds) == (trained.accuracy, trained.steps, trained.seconds)


def test_other_settings_or_another_version_are_another_teacher(tmp_path: Path, monkeypatch):
    options = {"n_variables": 8, "width": 8, "n_maps": 3, "cache": tmp_path}
    once = replace(TINY, max_steps=1)
    first = trained_teacher(2, 0, once, **options)
    second = trained_teacher(2, 0, replace(once, learning_rate=0.1), **options)
    assert (first.tree.variable == second.tree.variable).all()
    trained_teacher(2, 1, once, **options)
    monkeypatch.setenv("LIMBECK_CACHE", str(tmp_path))
    trained_teacher(2, 0, once, n_variables=8, width=8, n_maps=3)
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_accuracy_is_the_share_of_rows_with_the_trees_label():
    rng = np.random.default_rng(0)
    tree, x = full_tree(3, 6, rng), all_rows(6)
    wrong = compile_tree(replace(tree, label=-tree.label), rng)
    assert fresh_accuracy(wrong, tree, 500, rng) == 0.0
    always = compile_tree(replace(tree, label=np.abs(tree.label)), rng)
    assert abs(fresh_accuracy(always, tree, 20_000, rng) - (tree.labels(x) > 0).mean()) < 0.02
