"""Compiled networks: exact on their domain, nowhere a clause among rotated units, and what fails inside a gap."""

from itertools import product

import numpy as np
import pytest
from tests.students.shelf import QUESTIONS, random_tree

from limbeck import as_teacher
from limbeck.core import Kind, Leaf, Literal, Split, Tree, as_table
from limbeck.errors import InputError
from limbeck.students import compile_tree

BITS = np.array(list(product((0.0, 1.0), repeat=6)))
SIGNS = 2 * BITS - 1
GRID = np.array(list(product((0.0, 1.0), (0.0, 1.0), (0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0, 3.0))))


def bits_of(tree, names):
    """The tree with all its six columns, so that its inputs are those of the domain."""
    return Tree.from_node(tree.to_node(), classes=tree.classes, columns=tuple((n, Kind.NUMERIC) for n in names))


def mixed(seed, classes=(0, 1)):
    tree = random_tree(QUESTIONS["mixed"], np.random.default_rng(seed), classes=classes)
    return bits_of(tree, ("b0", "b1", "u", "v"))


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("domain", [BITS, SIGNS], ids=["0/1", "-1/1"])
@pytest.mark.parametrize("seed", range(4))
def test_trees_over_bits_are_computed_by_one_hidden_layer_of_clauses(seed, domain, rotated):
    rng = np.random.default_rng(seed)
    tree = bits_of(random_tree(QUESTIONS["bits"], rng, classes=("p", "q", "r")), [f"x{j}" for j in range(6)])
    network = compile_tree(tree, domain, rng=rng if rotated else None)
    assert network.n_units == tree.n_nodes
    assert np.array_equal(network.clauses(domain), tree.decision_path(domain))
    assert network.predict(domain).tolist() == tree.predict(domain).tolist()
    assert np.allclose(network.rotation @ network.rotation.T, np.eye(tree.n_nodes))


@pytest.mark.parametrize("classes", [(0, 1), None])
@pytest.mark.parametrize("seed", range(6))
def test_thresholds_and_numbers_are_exact_on_the_values_of_the_domain_and_beyond_its_ends(seed, classes):
    tree = mixed(seed, classes)
    network = compile_tree(tree, GRID, rng=np.random.default_rng(seed))
    far = GRID + np.where(GRID == 3.0, 1e6, 0.0) * np.array([0, 0, 1, 0])
    for rows in (GRID, far):
        assert np.allclose(network.predict(rows), tree.predict(rows), atol=1e-9, rtol=0)


def test_inside_a_gap_it_is_a_ramp_and_no_longer_the_tree():
    tree = Tree.from_node(
        Split(Literal.at_most("x", 1.9), Leaf((1.0,), 1.0), Leaf((0.0,), 1.0)),
        classes=None,
        columns=(("x", Kind.NUMERIC),),
    )
    network = compile_tree(tree, [[0.0], [1.0], [2.0], [3.0]])
    x = np.array([[0.5], [1.0], [1.25], [1.75], [2.0], [2.5]])
    assert network.predict(x).tolist() == [1.0, 1.0, 0.75, 0.25, 0.0, 0.0]
    assert tree.predict(x).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_torch_and_onnx_compute_what_the_weights_say(seed):
    tree = mixed(seed, ("no", "yes"))
    network = compile_tree(tree, GRID, rng=np.random.default_rng(seed))
    for teacher in (as_teacher(network.to_torch()), as_teacher(network.to_onnx())):
        outputs = teacher.predict(as_table(GRID))
        assert np.allclose(outputs, network.scores(GRID), atol=1e-9)
        assert np.array(["no", "yes"])[outputs.argmax(axis=1)].tolist() == tree.predict(GRID).tolist()


def test_no_unit_of_a_rotated_network_is_a_clause_and_every_clause_is_linear_in_them():
    tree = bits_of(random_tree(QUESTIONS["bits"], np.random.default_rng(1)), [f"x{j}" for j in range(6)])
    module = compile_tree(tree, BITS, rng=np.random.default_rng(0)).to_torch()
    units = as_teacher(module).activations(as_table(BITS), ["mixed"])["mixed"]
    path = tree.decision_path(BITS).astype(float)
    assert not any(
        np.allclose(units[:, i], path[:, j], atol=1e-3) for i in range(len(path.T)) for j in range(len(path.T))
    )
    weights = np.linalg.lstsq(units, path, rcond=None)[0]
    assert np.allclose(units @ weights, path, atol=1e-5)
    plain = as_teacher(compile_tree(tree, BITS).to_torch())
    assert np.allclose(plain.activations(as_table(BITS), ["mixed"])["mixed"], path)


def test_questions_that_a_network_of_numbers_cannot_answer_are_refused():
    for literal in (Literal.one_of("x0", ["a"]), Literal.missing("x0")):
        tree = Tree.from_node(
            Split(literal, Leaf((1.0,), 1.0), Leaf((0.0,), 1.0)), classes=None, columns=(("x0", Kind.NUMERIC),)
        )
        with pytest.raises(InputError, match="over numbers"):
            compile_tree(tree, [[0.0], [1.0]])
    with pytest.raises(InputError, match="none in `rows`"):
        compile_tree(mixed(0), GRID * np.nan)
