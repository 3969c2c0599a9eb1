"""Patches: means and edges of a stretched grid, against loops; images of other sizes, and those that cannot be read."""

import numpy as np
import pytest

from limbeck.concepts import Patches
from limbeck.errors import InputError

RNG = np.random.default_rng(0)


def test_measures_are_those_of_plain_loops():
    image = RNG.random((9, 7, 3))
    rows, columns = np.round(np.linspace(0, 9, 3)).astype(int), np.round(np.linspace(0, 7, 3)).astype(int)
    part = image[rows[0] : rows[1], columns[1] : columns[2]]
    bright = part.mean()
    steps = np.abs(np.diff(image, axis=1)).mean(axis=2)
    across = np.pad(steps, [(0, 0), (0, 1)])[rows[0] : rows[1], columns[1] : columns[2]].mean()
    for measure, value in (("bright", bright), ("across", across), ("1", part[..., 1].mean())):
        for shift, expected in ((-1e-9, True), (1e-9, False)):
            asked = Patches().asking([(measure, 2, 0, 1, value + shift)])
            assert asked.answers([image])[0, 0] == expected


def test_candidates_answer_again_as_they_did_and_thresholds_lie_between_images():
    images = RNG.random((40, 8, 8))
    kind = Patches(grids=(1, 4, 16), thresholds=3)
    found = kind.candidates(images, 5)
    assert (kind.asking(found.questions).answers(images) == found.answers.toarray()).all()
    assert {question[1] for question in found.questions} == {1, 4}  # finer than a pixel is nothing
    assert found.answers.sum(axis=0).min() >= 5


def test_images_of_any_size_from_the_grid_on():
    kind = Patches().asking([("bright", 4, 0, 0, 0.5)])
    assert kind.answers([np.ones((4, 4)), np.zeros((100, 30)), np.ones(64)]).ravel().tolist() == [True, False, True]
    with pytest.raises(InputError, match="at least 4 by 4"):
        kind.answers([np.ones((3, 9))])


def test_a_patch_is_removed_in_grey():
    image = np.zeros((4, 4))
    image[:2, :2] = 1.0
    left = Patches().without(image, ("bright", 2, 0, 0, 0.5))
    assert (left[:2, :2] == 0.25).all()
    assert image[0, 0] == 1.0
    assert Patches().without(image.ravel(), ("bright", 2, 0, 0, 0.5)).shape == (16,)


def test_channels_first():
    image = np.stack([np.ones((4, 4)), np.zeros((4, 4))])
    asked = [("0", 1, 0, 0, 0.5), ("1", 1, 0, 0, 0.5)]
    assert Patches(channels="first").asking(asked).answers([image]).tolist() == [[True, False]]


@pytest.mark.parametrize(
    "strange", [np.zeros((2, 2, 2, 2)), np.zeros((0, 4)), np.full((4, 4), np.nan), "a text", np.zeros(5), None]
)
def test_what_is_no_image_is_refused(strange):
    with pytest.raises(InputError, match="images"):
        Patches().candidates([strange], 1)


def test_another_number_of_channels_is_refused():
    with pytest.raises(InputError, match="channel 2"):
        Patches().asking([("2", 1, 0, 0, 0.5)]).answers([np.zeros((4, 4, 2))])
