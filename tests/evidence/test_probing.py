"""Moving concepts in layers: exact where the layer is the only way through, and nothing where it is not used."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from limbeck import probe
from limbeck.errors import InputError
from limbeck.probes import Evidence

X = np.random.default_rng(0).integers(2, size=(600, 5)).astype(float)
CONCEPTS = {"first": X[:, 0], "second": X[:, 1]}
ASKED = {"redraws": 0, "n_random": 2, "bootstrap": 20, "n_rows": 500}


class Read(nn.Module):
    """A layer that holds all inputs, and an answer that reads the first, from the layer or past it."""

    def __init__(self, past: float) -> None:
        super().__init__()
        self.held, self.read, self.past = nn.Linear(5, 5), nn.Linear(5, 2), past
        with torch.no_grad():
            self.held.weight.copy_(torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(0)))[0])
            self.held.bias.zero_()
            direction = self.held.weight[:, 0]  # held = W x, so that W[:, 0] · held is the first input
            self.read.weight.copy_(torch.stack([-direction, direction]))
            self.read.bias.copy_(torch.tensor([0.5, -0.5]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.read(self.held(x))
        return scores + self.past * torch.stack([0.5 - x[:, 0], x[:, 0] - 0.5], dim=1)


def moved(past, layer="held"):
    found = probe(Read(past), X, CONCEPTS, layers=["held"], **ASKED)
    return {entry["clause"]: entry for entry in found.by_layer() if entry["layer"] == layer}, found


def test_in_a_layer_that_is_the_only_way_the_concept_that_is_read_moves_every_answer_and_others_none():
    table, found = moved(past=0.0)
    assert table["first"]["moved"] == 1.0
    assert table["second"]["moved"] < 0.02
    assert table["first"]["moved_whole"] == 1.0
    assert 0.2 < table["second"]["moved_whole"] < 0.8  # the first input of the other row comes with it
    assert table["first"]["r_squared"] > 0.99 < table["second"]["r_squared"]
    assert "moved: share of answers that change" in str(found)
    assert Evidence.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_with_a_way_past_the_layer_nothing_moves_though_all_is_held():
    table, _ = moved(past=10.0)
    assert table["first"]["r_squared"] > 0.99
    assert table["first"]["moved"] == table["first"]["moved_whole"] == 0.0


class Words(nn.Module):
    """Tokens, of which the answer reads the third."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.read = nn.Embedding(2, 3), nn.Linear(3, 2)
        with torch.no_grad():
            self.embed.weight.copy_(torch.tensor([[-1.0, 0.0, 0.5], [1.0, 0.2, 0.5]]))
            self.read.weight.copy_(torch.tensor([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
            self.read.bias.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.read(self.embed(x)[:, 2])


def test_at_a_position_only_what_is_read_there_moves_answers():
    concepts = {"third": X[:, 2], "fourth": X[:, 3]}
    found = probe(Words(), X.astype(int), concepts, layers=["embed"], positions=[2, 3, "mean"], **ASKED)
    table = {(entry["clause"], entry["layer"]): entry["moved"] for entry in found.by_layer()}
    assert table["third", "embed[2]"] == 1.0
    assert table["fourth", "embed[3]"] == 0.0
    assert table["third", "embed[mean]"] is None  # no position holds the mean


def test_models_that_cannot_be_interrupted_say_so_and_those_that_need_not_be_are_not():
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(3, max_depth=2, random_state=0).fit(X, X[:, 0])
    found = probe(forest, X, CONCEPTS, **ASKED)
    assert "cannot be interrupted" in found.not_interrupted
    assert "Not interrupted" in str(found)
    quiet = probe(Read(0.0), X, CONCEPTS, interrupt=False, **ASKED)
    assert (quiet.moved, quiet.not_interrupted) == ((), "")
    assert quiet.by_layer()[0]["moved"] is None


def test_a_concept_that_nearly_all_rows_have_is_not_moved():
    rare = np.arange(600) < 5
    found = probe(Read(0.0), X, {"rare": rare}, layers=["held"], **ASKED)
    assert found.moved == ()
    with pytest.raises(InputError, match="which has none"):
        probe(lambda rows: rows[:, 0], X, CONCEPTS, **ASKED)
