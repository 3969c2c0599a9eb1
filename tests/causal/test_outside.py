"""The swap of all clauses beside the causal abstraction error of another library, on networks whose inside is known.

`causal-abstraction-eval` (Méloux, Pimentel, Portet and Peyrard, 2026, arXiv 2607.00267) checks whether interventions on
a high-level model, grounded in the network, give what the high-level model says, also when what is not mapped is
perturbed. High level: row, leaf, answer. The leaf is grounded in the readings of the tree's clauses in a layer.
"""

from itertools import product

import numpy as np
import pytest

from limbeck.causal import fit_subspace, tallied

outside = pytest.importorskip(
    "causal_abstraction", reason="`pip install causal-abstraction-eval` for the outside check"
)

D = 6
CUBE = np.array(list(product([0, 1], repeat=D)), bool)
X0, X1, X2, X3 = CUBE.T[:4]
LEAF = np.where(X0, np.where(X1, 0, np.where(X2, 1, 2)), np.where(X3, 3, 4))
ANSWER_AT = np.array([1, 0, 1, 0, 1])
CLAUSES = LEAF[:, None] == np.arange(5)
RNG = np.random.default_rng(0)
LAYER = np.hstack([CLAUSES, CUBE[:, 4:]]) @ np.linalg.qr(RNG.normal(size=(7, 7)))[0]
READOUT = np.linalg.lstsq(LAYER, ANSWER_AT[LEAF].astype(float), rcond=None)[0]


def used(rows, layer):
    """The answer is read off the layer."""
    return (layer @ READOUT > 0.5).astype(int)


def not_used(rows, layer):
    """The answer comes past the layer, which holds the same."""
    return ANSWER_AT[LEAF[rows]]


def partly_used(rows, layer):
    """On the rows with the fifth bit the answer comes past the layer."""
    return np.where(CUBE[rows, 4], not_used(rows, layer), used(rows, layer))


NETWORKS = {"used": used, "not used": not_used, "partly used": partly_used}


def share_that_follows(network):
    """Ours: the readings of all clauses moved to those of another row; how many answers become that row's."""
    base, source = np.arange(64), np.random.default_rng(1).permutation(64)
    moved = fit_subspace(LAYER, CLAUSES).swapped(LAYER[base], LAYER[source])
    before, wanted = network(base, LAYER[base]), network(source, LAYER[source])
    return tallied(before, network(base, moved), wanted).changed.value


class Network(outside.LowLevelModel):
    """The network with the layer's readings of the clauses, and the rest of the layer, as variables of their own."""

    def __init__(self, network):
        self.network, self.space = network, fit_subspace(LAYER, CLAUSES)
        rest = LAYER - (LAYER @ self.space.reads) @ self.space.moves.T
        self.rest = rest
        _, size, directions = np.linalg.svd(rest - rest.mean(axis=0), full_matrices=False)
        self.directions = directions[size > 1e-6]  # along which the rest of the layer differs between rows

    def forward_with_interventions(self, input_state, interventions):
        rows = np.asarray(interventions["row"]).reshape(-1).astype(int)
        reads = interventions.get("reads", LAYER[rows] @ self.space.reads)
        rest = self.rest[rows]
        for j, direction in enumerate(self.directions):
            if f"rest{j}" in interventions:
                rest = rest + (interventions[f"rest{j}"] - rest @ direction[:, None]) * direction
        answer = self.network(rows, rest + reads @ self.space.moves.T)
        return outside.SystemState({"row": rows[:, None], "reads": reads, "answer": answer[:, None]})


class Leaves(outside.ValueMap):
    """A row is its number, a leaf the readings of a row that is there, an answer itself."""

    def ground(self, name, label, rng=None):
        if name != "leaf":
            return np.array([float(label)])
        return LAYER[rng.choice(np.flatnonzero(int(label) == LEAF))] @ self.reads

    def abstract(self, name, values):
        if name != "leaf":
            return int(values[0])
        return int(LEAF[np.abs(LAYER @ self.reads - values).sum(axis=1).argmin()])


def abstraction_error(network):
    """Theirs: how often the answer is not what the high-level model says, what is unmapped perturbed too."""
    model = Network(network)
    names = [*(outside.Variable(f"rest{j}") for j in range(len(model.directions)))]
    reads = outside.Variable("reads", shape=(model.space.rank,))
    schema = outside.MicroVariableSchema([outside.Variable("row"), reads, outside.Variable("answer"), *names])
    cells = outside.CoarseGrainingMap(schema, {"row": ["row"], "leaf": ["reads"], "answer": ["answer"]})
    assert cells.phi_variables == {variable.name for variable in names}
    values = Leaves(cells, {})
    values.reads = model.space.reads
    tree = outside.CausalGraph()
    tree.add_variable("row", lambda: 0, distribution=dict.fromkeys(range(64), 1 / 64))
    tree.add_variable("leaf", lambda row: int(LEAF[row]), ["row"], distribution=dict.fromkeys(range(5), 0.2))
    tree.add_variable("answer", lambda leaf: int(ANSWER_AT[leaf]), ["leaf"])
    config = outside.EvaluationConfig(seed=0, phi_noise_std=0.5)
    engine = outside.EvaluationEngine(tree, model, values, cells, config)
    task = outside.StandardTasks.score(
        engine.builder, name="CAE_down", include_faithfulness=True, intervention_domain=["leaf"], score_vars=["answer"]
    )
    return engine.run_tasks([task], n_samples=400, batch_size=20, max_interventions=2)["CAE_down"].score


def test_both_call_used_what_is_used_and_neither_what_is_not():
    ours = {name: share_that_follows(network) for name, network in NETWORKS.items()}
    theirs = {name: abstraction_error(network) for name, network in NETWORKS.items()}
    assert ours["used"] == 1.0
    assert theirs["used"] == 0.0
    assert ours["not used"] == 0.0
    assert theirs["not used"] > 0.2
    assert ours["used"] > ours["partly used"] > ours["not used"]
    assert theirs["used"] < theirs["partly used"] < theirs["not used"]
