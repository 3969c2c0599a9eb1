"""Wide layers: fewer rows at a time, and a fixed random part of the units, with a note."""

import numpy as np
import torch
from torch import nn

import limbeck
from limbeck.core import as_table
from limbeck.teachers import as_teacher
from limbeck.teachers.width import MOST_UNITS, rows_at_once, units_read

X = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)


class Counted(nn.Linear):
    """Remembers how many rows came at a time."""

    def forward(self, x):
        self.most = max(getattr(self, "most", 0), len(x))
        return super().forward(x)


def wide(units=25_000):
    torch.manual_seed(0)
    return nn.Sequential(Counted(3, units), nn.ReLU(), nn.Linear(units, 2)).eval()


def test_wide_layers_show_a_part_of_their_units():
    module = wide()
    teacher = as_teacher(module)
    outputs, found = teacher.observe(as_table(X), None)
    assert module[0].most == rows_at_once(8192, 25_000) < len(X)
    with torch.no_grad():
        whole = module[0](torch.tensor(X))
        assert np.allclose(outputs, module(torch.tensor(X)).numpy(), atol=1e-5)
    read = units_read(25_000)
    assert len(set(read.tolist())) == MOST_UNITS
    assert np.allclose(found["0"], whole.numpy()[:, read], atol=1e-5)
    assert np.array_equal(found["1"], np.maximum(found["0"], 0))
    # Not evenly spaced: every remainder occurs, as for the channels of an image.
    assert len(set((read % 64).tolist())) == 64
    assert teacher.notes == tuple(
        f"layer `{n}`: 4096 of its 25000 units were read, drawn at random" for n in ("0", "1")
    )


def test_narrow_layers_are_read_whole_and_all_rows_at_once():
    module = wide(MOST_UNITS // 64)
    teacher = as_teacher(module)
    assert teacher.activations(as_table(X))["1"].shape == (400, MOST_UNITS // 64)
    assert module[0].most == 400
    assert teacher.notes == ()


def test_a_distillation_says_what_was_read():
    result = limbeck.distill(wide(5_000), X, effort="fast", max_leaves=2, queries=False)
    assert "layer `1`: 4096 of its 5000 units were read, drawn at random" in result.notes
