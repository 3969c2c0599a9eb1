"""Superpixels: pieces that vary together are found, cover the image, and are read, removed and saved as they are."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from limbeck import Distillation, distill
from limbeck.concepts import Concepts, Patches, Superpixels
from limbeck.errors import InputError

RNG = np.random.default_rng(0)
SHAPES = np.zeros((12, 12), int)
SHAPES[2:9, 1:5], SHAPES[6:11, 6:11], SHAPES[:3, 7:] = 1, 2, 3
IMAGES = RNG.random((60, 4))[:, SHAPES] + RNG.normal(scale=0.01, size=(60, 12, 12))


def test_pixels_that_go_together_are_one_piece():
    found = Superpixels(pieces=(4,), thresholds=1, edges=False).candidates(IMAGES, 3).questions
    assert len(found) == 4
    masks = [Superpixels().mask(question, (12, 12)) for question in found]
    assert {mask.tobytes() for mask in masks} == {(i == SHAPES).tobytes() for i in range(4)}


def test_pieces_cover_the_image_once_and_hang_together():
    noise = RNG.random((40, 9, 7, 2))
    for most in (2, 5, 49):
        found = Superpixels(pieces=(most,), edges=False, thresholds=1).candidates(noise, 1).questions
        masks = {question[4]: Superpixels().mask(question, (9, 7)) for question in found}
        assert len(masks) == most
        assert (sum(mask.astype(int) for mask in masks.values()) == 1).all()
        assert all(ndimage.label(mask)[1] == 1 for mask in masks.values())


def test_as_many_pieces_as_pixels_are_the_finest_patches():
    images = RNG.random((30, 4, 4))
    own = Superpixels(pieces=(99,), thresholds=2).candidates(images, 3)
    patches = Patches(grids=(4,), thresholds=2).candidates(images, 3)
    assert [(q[0], *divmod(q[2] - 1, 4), q[5]) for q in own.questions] == [
        (q[0], q[2], q[3], q[4]) for q in patches.questions
    ]
    assert (own.answers.toarray() == patches.answers.toarray()).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 9), st.integers(3, 9), st.integers(1, 3), st.integers(0, 1000))
def test_candidates_answer_again_as_they_did(height, width, channels, seed):
    images = np.random.default_rng(seed).random((24, height, width, channels))
    kind = Superpixels(pieces=(3, 6), thresholds=3)
    found = kind.candidates(images, 3)
    assert (kind.asking(found.questions).answers(images) == found.answers.toarray()).all()
    for question in found.questions[:3]:
        mask, value = kind.mask(question, (height, width)), question[-1]
        if question[0] == "bright":
            means = images[:, mask].mean(axis=(1, 2))
            assert ((means > value) == found.answers.toarray()[:, found.questions.index(question)]).all()


def test_a_piece_is_removed_in_grey_and_nothing_else():
    kind = Superpixels(pieces=(4,), edges=False, thresholds=1)
    question = kind.candidates(IMAGES, 3).questions[1]
    mask = kind.mask(question, (12, 12))
    left = kind.without(IMAGES[0], question)
    assert np.allclose(left[mask], IMAGES[0].mean())
    assert (left[~mask] == IMAGES[0][~mask]).all()
    first = Superpixels(channels="first").without(np.stack([IMAGES[0], 1 - IMAGES[0]]), question)
    assert np.ptp(first[:, mask]) == 0


def test_pieces_are_stretched_over_larger_images_and_smaller_ones_are_refused():
    kind = Superpixels().asking([("bright", 4, 1, 2, "0-1 4-5", 0.5)])
    corner = np.zeros((40, 20))
    corner[:20, :10] = 1.0
    assert kind.answers([corner, 1 - corner]).ravel().tolist() == [True, False]
    with pytest.raises(InputError, match="at least 4 by 4"):
        kind.answers([np.ones((3, 9))])


def test_large_images_are_cut_into_cells_of_a_grid():
    images = RNG.random((8, 70, 90))
    question = Superpixels(pieces=(3,), edges=False, thresholds=1).candidates(images, 1).questions[0]
    assert question[1] == 64


def test_distilled_saved_and_opened(tmp_path):
    images = np.concatenate([IMAGES] * 5) + RNG.normal(scale=0.01, size=(300, 12, 12))
    model = lambda some: (some[:, SHAPES == 2].mean(axis=1) > 0.5).astype(int)  # noqa: E731
    result = distill(model, images, concepts=Superpixels(pieces=(4, 8)), effort="fast", max_leaves=3)
    assert result.tree.to_text().startswith("piece ")
    assert (result.predict(images) == model(images)).mean() > 0.95
    result.save(tmp_path / "a.json")
    again = Distillation.load(tmp_path / "a.json")
    assert (again.predict(images) == result.predict(images)).all()


def test_names_differ_and_are_plain():
    found = Superpixels(pieces=(4,)).candidates(IMAGES, 3).questions
    names = Concepts((Superpixels().asking(found),)).names
    assert len(set(names)) == len(found)
    assert not any("#" in name for name in names)
    json.dumps(found)


@pytest.mark.parametrize("wrong", [{"pieces": ()}, {"pieces": (1,)}, {"thresholds": 0}, {"channels": "all"}])
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(InputError):
        Superpixels(**wrong)
