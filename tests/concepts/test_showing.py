"""What is shown of raw inputs: marks where concepts stand, names of files, pictures that a browser can read."""

import base64
import io

import matplotlib.image
import numpy as np

from limbeck.concepts import Bytes, Concepts, Functions, Patches, Words, shown_input

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


def test_pictures_are_png_of_a_few_pixels():
    concepts = Concepts((Patches().asking([("bright", 1, 0, 0, 0.5)]),))
    image = np.linspace(0, 5, 300 * 200).reshape(300, 200)
    read = matplotlib.image.imread(io.BytesIO(base64.b64decode(shown_input(concepts, image, []).image)))
    assert read.shape == (60, 40)
    assert read.min() == 0
    assert read.max() > 0.98
    colour = shown_input(concepts, np.random.default_rng(0).random((9, 7, 3)), [])
    assert matplotlib.image.imread(io.BytesIO(base64.b64decode(colour.image))).shape == (9, 7, 3)


def test_anything_else_is_what_python_calls_it():
    concepts = Concepts((Functions({"is big": bool}).asking([("is big",)]),))
    assert shown_input(concepts, {"a": 1}, concepts.names).text == "{'a': 1}"
