"""Positions of sequences and images against slices of the arrays themselves; tokens in front of bare parameters."""

import numpy as np
import pytest
import torch
from torch import nn

from limbeck.core import as_table
from limbeck.errors import InputError
from limbeck.teachers import as_teacher
from limbeck.teachers.positions import MOST_POSITIONS, at_positions

RNG = np.random.default_rng(0)
TOKENS = RNG.integers(7, size=(30, 5))


class Reader(nn.Module):
    """Embeds tokens behind a class token of its own, which is a bare parameter in front of the embedding."""

    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 4))
        self.embed, self.mix, self.head = nn.Embedding(7, 4), nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, x):
        words = self.embed(x)
        return self.head(self.mix(torch.cat([self.token.expand(len(x), 1, 4), words], dim=1))[:, 0])


def reader():
    torch.manual_seed(0)
    return Reader()


def test_every_position_is_the_slice_of_the_layer():
    model, table = reader(), as_table(TOKENS)
    words = model.embed(torch.tensor(TOKENS)).detach().numpy()
    teacher = as_teacher(model).reading_positions(["first", "last", "mean", 2, -2])
    found = teacher.activations(table, ["embed"])
    wanted = {"first": words[:, 0], "last": words[:, 4], "mean": words.mean(axis=1), "2": words[:, 2], "3": words[:, 3]}
    assert list(found) == [f"embed[{name}]" for name in wanted]
    for name, part in wanted.items():
        np.testing.assert_allclose(found[f"embed[{name}]"], part, atol=1e-6)
    assert teacher.shapes == {"embed": (5, 4)}
    each = as_teacher(model).reading_positions("each").activations(table)
    assert [name for name in each if name.startswith("mix")] == [f"mix[{i}]" for i in range(6)]
    assert each["head"].shape == (30, 2)  # a layer without positions is read as it is


def test_the_side_by_side_reading_and_the_teacher_itself_stay_as_they_were():
    teacher = as_teacher(reader())
    teacher.reading_positions("mean")
    assert teacher.positions == ()
    assert teacher.activations(as_table(TOKENS), ["embed"])["embed"].shape == (30, 20)


def test_images_are_read_by_row_and_column():
    image = RNG.normal(size=(4, 3, 2, 5)).astype(np.float32)
    found = at_positions("conv", image, ["mean", "each"])
    np.testing.assert_allclose(found["conv[mean]"], image.mean(axis=(2, 3)), atol=1e-6)
    np.testing.assert_array_equal(found["conv[1,3]"], image[:, :, 1, 3])
    assert len(found) == 11
    np.testing.assert_array_equal(at_positions("conv", image, [])["conv"], image.reshape(4, -1))


@pytest.mark.parametrize(("asked", "words"), [("middle", "'middle'"), ([0.5], "0.5")])
def test_words_that_are_no_position_are_refused(asked, words):
    with pytest.raises(InputError, match=words):
        as_teacher(reader()).reading_positions(asked)


def test_positions_that_a_layer_does_not_have_are_refused():
    with pytest.raises(InputError, match="from 0 to 4"):
        at_positions("enc", np.zeros((2, 5, 3), np.float32), [5])
    with pytest.raises(InputError, match=f"at most {MOST_POSITIONS}"):
        at_positions("enc", np.zeros((2, 65, 3), np.float32), ["each"])


def test_redrawn_weights_are_read_at_the_same_positions():
    teacher = as_teacher(reader()).reading_positions("last")
    fresh = teacher.redrawn(np.random.default_rng(1))
    assert fresh is not None
    one = teacher.activations(as_table(TOKENS), ["mix"])
    other = fresh.activations(as_table(TOKENS), [teacher.layer_of(name) for name in one])
    assert list(one) == list(other) == ["mix[last]"]
    assert not np.allclose(one["mix[last]"], other["mix[last]"])


def test_tokens_reach_an_embedding_behind_a_bare_parameter_and_fractions_are_refused():
    answers = as_teacher(reader()).predict(as_table(TOKENS))
    np.testing.assert_allclose(answers, reader()(torch.tensor(TOKENS)).detach().numpy(), atol=1e-6)
    behind = nn.Sequential(nn.Linear(5, 5), nn.Flatten())
    behind.register_parameter("bare", nn.Parameter(torch.zeros(1)))
    assert as_teacher(behind).predict(as_table(TOKENS + 0.5)).shape == (30, 5)  # no embedding: numbers as they are
