"""Networks whose inside is known: those that use the tree, and decoys that hold its clauses for nobody."""

import io
import warnings

import numpy as np
import pytest
import torch
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.nn import functional as F

from limbeck import distill
from limbeck.diagnosis import Verdict

P = 10
LEAVES = [{0: 1, 1: 1, 2: 0}, {0: 1, 1: 0, 2: 1}, {0: 1, 1: 1, 2: 1}, {0: 1, 1: 0, 2: 0}, {0: 0, 3: 1, 4: 1},
          {0: 0, 3: 1, 4: 0}, {0: 0, 3: 0}]  # fmt: skip
LABELS = [1, 1, 0, 0, 1, 0, 0]


def target(x):
    return np.where(x[:, 0], x[:, 1] ^ x[:, 2], x[:, 3] & x[:, 4])


def bits(n, seed=0):
    return np.random.default_rng(seed).integers(2, size=(n, P))


def clauses():
    """A linear layer whose units are above 0 exactly where a leaf's clause is true."""
    layer = nn.Linear(P, len(LEAVES))
    with torch.no_grad():
        layer.weight.zero_(), layer.bias.zero_()
        for i, leaf in enumerate(LEAVES):
            for column, value in leaf.items():
                layer.weight[i, column] = 1.0 if value else -1.0
                layer.bias[i] += 0.0 if value else 1.0
            layer.bias[i] -= len(leaf) - 1
    return layer


def readout():
    out = nn.Linear(len(LEAVES), 2, bias=False)
    with torch.no_grad():
        out.weight.copy_(torch.stack([1.0 - torch.tensor(LABELS), torch.tensor(LABELS).float()]))
    return out


class Random(nn.Module):
    """Features that are drawn, and a least-squares read-out of the answer."""

    def __init__(self, width=800):
        super().__init__()
        torch.manual_seed(1)
        self.features, self.act, self.out = nn.Linear(P, width), nn.ReLU(), nn.Linear(width, 2)
        x = bits(4000, 5)
        with torch.no_grad():
            self.features.weight.normal_(), self.features.bias.normal_()
            h = self.act(self.features(torch.tensor(x).float())).double()
            h = torch.cat([h, torch.ones(len(h), 1)], 1)
            s = torch.linalg.solve(
                h.T @ h + 0.1 * torch.eye(h.shape[1]), h.T @ (torch.tensor(target(x)) * 2.0 - 1).double()
            )
            self.out.weight.copy_(torch.stack([-s[:-1], s[:-1]])), self.out.bias.copy_(torch.stack([-s[-1], s[-1]]))

    def forward(self, x):
        return self.out(self.act(self.features(x)))


class Decoy(nn.Module):
    """Random features decide; a branch holds the leaf clauses, and goes one way or another to no effect."""

    def __init__(self, way):
        super().__init__()
        self.random, self.clauses, self.act, self.head, self.way = Random(), clauses(), nn.ReLU(), readout(), way
        self.score = nn.Parameter(torch.tensor([0.0, -30.0]))
        width = self.random.out.in_features
        self.up, self.wide = nn.Linear(len(LEAVES), width), nn.Linear(width + len(LEAVES), 2)
        with torch.no_grad():
            free = torch.linalg.qr(self.random.out.weight.T)[0]
            self.up.bias.zero_(), self.up.weight.sub_(free @ (free.T @ self.up.weight))
            self.wide.weight.zero_(), self.wide.weight[:, :width].copy_(self.random.out.weight)
            self.wide.bias.copy_(self.random.out.bias)

    def forward(self, x):
        held, features = self.act(self.clauses(x)), self.random.act(self.random.features(x))
        if self.way == "beside":  # in one layer with what decides, and read with weights of zero
            return self.wide(torch.cat([features, 20 * held], dim=1))
        if self.way == "stream":  # added to what decides, in directions that nothing reads
            return self.random.out(features + self.up(held))
        if self.way == "attended":  # by an attention that has put all weight on what decides
            both = torch.stack([self.random.out(features), self.head(held)], dim=1)
            return (both * self.score.softmax(0)[None, :, None]).sum(1)
        gate = {"dead": None, "zero": 0.0, "saturated": torch.sigmoid(torch.tensor(-40.0))}[self.way]
        return self.random.out(features) + (0.0 if gate is None else gate * self.head(held))


class Lookup(nn.Module):
    """One unit for each combination of the five bits that matter."""

    def __init__(self):
        super().__init__()
        every = (np.arange(32)[:, None] >> np.arange(5)) % 2
        self.cells, self.act, self.out = nn.Linear(P, 32), nn.ReLU(), nn.Linear(32, 2, bias=False)
        label = torch.tensor(target(np.pad(every, ((0, 0), (0, P - 5))))).float()
        with torch.no_grad():
            self.cells.weight.zero_(), self.cells.weight[:, :5].copy_(torch.tensor(2.0 * every - 1))
            (
                self.cells.bias.copy_(torch.tensor(1.0 - every.sum(1))),
                self.out.weight.copy_(torch.stack([1 - label, label])),
            )

    def forward(self, x):
        return self.out(self.act(self.cells(x)))


class Functions(nn.Module):
    """A network built from the tree, of functions on its own weights."""

    def __init__(self):
        super().__init__()
        layer = clauses()
        self.w, self.b, self.out = layer.weight, layer.bias, readout().weight

    def forward(self, x):
        return F.linear(F.relu(F.linear(x, self.w, self.b)), self.out)


def exported(module):
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(2, P),), file, dynamo=False, input_names=["x"],
                          output_names=["y"], dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})  # fmt: skip
    return file.getvalue()


def verdict(teacher):
    found = distill(teacher, bits(1500), max_leaves=8, effort="fast")
    assert found.certificate.fidelity > 0.98
    return found.diagnosis, found.evidence


def trained():
    x = bits(2500, 7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MLPClassifier((48, 48), max_iter=60, random_state=0).fit(x, target(x))


@pytest.mark.parametrize(
    ("make", "layer"),
    [
        (trained, "hidden2"),
        (lambda: nn.Sequential(clauses(), nn.ReLU(), readout()), "1"),
        (Functions, "relu()"),
        (lambda: exported(nn.Sequential(clauses(), nn.ReLU(), readout())), "/1/Relu_output_0"),
    ],
    ids=["trained", "compiled", "functions", "onnx"],
)
def test_networks_that_use_the_tree_are_called_so_and_the_layer_is_named(make, layer):
    diagnosis, evidence = verdict(make())
    assert diagnosis.verdict is Verdict.COMPUTED_INSIDE
    assert diagnosis.layer == evidence.inside == layer


@pytest.mark.parametrize("way", ["dead", "zero", "saturated", "beside", "stream", "attended"])
def test_clauses_that_are_held_for_nobody_are_not_called_used(way):
    diagnosis, evidence = verdict(Decoy(way))
    assert diagnosis.verdict is Verdict.REPRESENTED
    assert evidence.inside is None
    words = {"beside": "hardly an answer", "stream": "does not reach the output"}
    assert words.get(way, "does not reach the output") in diagnosis.remedy


@pytest.mark.parametrize("make", [Lookup, Random])
def test_networks_that_hold_every_clause_over_the_columns_say_nothing(make):
    assert verdict(make())[0].verdict in (Verdict.FAITHFUL, Verdict.NOT_REPRESENTED)


def test_a_decoy_in_onnx():
    assert verdict(exported(Decoy("zero")))[0].verdict is not Verdict.COMPUTED_INSIDE
