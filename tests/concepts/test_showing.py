"""What is shown of raw inputs: marks where concepts stand, names of files, pictures that a browser can read."""

import base64
import io

import matplotlib.image
import numpy as np
import pytest

from limbeck.concepts import Bytes, Concepts, Functions, Patches, Superpixels, Words, shown_input

WORDS = Concepts((Words(ngrams=(1, 2)).asking([("free", 1), ("not free", 1)]),))


def test_marks_are_where_the_words_stand_and_overlapping_ones_are_one():
    shown = shown_input(WORDS, "It is not free. FREE!", WORDS.names)
    assert [shown.text[start:stop] for start, stop in shown.marks] == ["not free", "FREE"]


def test_long_texts_are_cut_with_their_marks():
    shown = shown_input(WORDS, "x " * 199 + "free money", WORDS.names)
    assert len(shown.text) == 400
    assert shown.text[slice(*shown.marks[0])] == "fr"


def test_files_show_their_name_and_what_can_be_read(tmp_path):
    file = tmp_path / "a.gz"
    file.write_bytes(b"\x1f\x8bfree\n")
    concepts = Concepts((Bytes().asking([("starts 1f8b", 1), ("has free", 1)]),))
    shown = shown_input(concepts, file, concepts.names)
    assert shown.title.endswith("/a.gz")
    assert shown.text == "··free\n"
    assert [shown.text[start:stop] for start, stop in shown.marks] == ["··", "free"]


def seen(shown):
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(shown.image)))


def test_pictures_are_png_of_a_few_pixels():
    concepts = Concepts((Patches().asking([("bright", 1, 0, 0, 0.5)]),))
    image = np.linspace(0, 5, 300 * 200).reshape(300, 200)
    grey = seen(shown_input(concepts, image, []))
    assert grey.shape == (120, 80, 3)  # every fifth pixel, as two dots
    assert grey.min() == 0
    assert grey.max() > 0.98
    assert (grey[..., 0] == grey[..., 2]).all()
    colours = np.random.default_rng(0).random((9, 7, 3))
    enlarged = seen(shown_input(concepts, colours, []))
    spread = (colours - colours.min()) / np.ptp(colours)
    assert np.allclose(enlarged[::14, ::14], spread, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize(
    "kind",
    [
        Patches().asking([("bright", 2, 0, 1, 0.5), ("bright", 2, 1, 0, 0.5)]),
        Superpixels().asking([("bright", 4, 1, 2, "2-3 6-7", 0.5), ("bright", 4, 2, 2, "8-9 12-13", 0.5)]),
    ],
)
def test_regions_that_concepts_are_about_are_outlined(kind):
    concepts = Concepts((kind,))
    shown = seen(shown_input(concepts, np.zeros((8, 8)), concepts.names[:1]))
    marked = shown[..., 0] > 0.5
    assert marked[0, 64:].all()
    assert marked[:64, 64].all()
    assert marked[:64, 127].all()
    assert marked[63, 64:].all()
    assert marked.sum() == 4 * 64 - 4


def test_anything_else_is_what_python_calls_it():
    concepts = Concepts((Functions({"is big": bool}).asking([("is big",)]),))
    assert shown_input(concepts, {"a": 1}, concepts.names).text == "{'a': 1}"
