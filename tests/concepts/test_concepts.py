"""Concepts of several kinds: columns of a table, saved without code, and refused when a file is damaged."""

import json

import numpy as np
import pandas as pd
import pytest

from limbeck.concepts import Bytes, Concepts, Directions, Functions, Patches, Superpixels, Words, raw_table
from limbeck.errors import InputError

TEXTS = ["free money", "free lunch", "paid money", "nothing"] * 5
YES = np.array([["free" in text] for text in TEXTS], float)
KINDS = [Words(counts=(1, 2)), Bytes(places=(2,)), Functions({"is short": lambda text: len(text) < 8})]


def test_kinds_stand_side_by_side_and_come_back_from_a_file():
    concepts, notes = Concepts.fit(KINDS, TEXTS, YES, most=500)
    again = Concepts.from_dict(json.loads(json.dumps(concepts.to_dict())))
    assert again.names == concepts.names
    assert {kind.kind for kind in again.kinds} == {"words", "bytes", "functions"}
    bound = again.bound(functions=KINDS[2].functions)
    for name in concepts.names:
        assert (bound.table(TEXTS)[name].values == concepts.table(TEXTS)[name].values).all()
    assert "were chosen" in notes[0]


def test_every_kind_keeps_its_fields():
    kinds = (
        Words(ngrams=(2, 3), letters=True, lowercase=False).asking([("ab", 1)]),
        Bytes(span=32, starts=2, places=(1, 2)).asking([("at 1 00010203", 1)]),
        Patches(grids=(3,), channels="first").asking([("bright", 3, 0, 1, 0.25)]),
        Superpixels(pieces=(2, 3), edges=False).asking([("0", 4, 1, 2, "0-2 5", 0.25)]),
        Directions("fc1", size=3).asking([(1, 0.5, 0.25, -1.5)]),
        Functions().asking([("is red",)]),
    )
    assert Concepts.from_dict(json.loads(json.dumps(Concepts(kinds).to_dict()))).kinds == kinds


def test_a_function_that_is_not_there_is_asked_for():
    concepts = Concepts((Functions().asking([("is red",)]),))
    with pytest.raises(InputError, match="bound"):
        concepts.table(["a"])
    with pytest.raises(InputError, match="bound"):
        Concepts((Directions("fc1").asking([(1, 0.5, 0.25)]),)).table(["a"])


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "code"}, {"kind": "words"}, {"kind": "words", "chosen": [["a"]]},
        {"kind": "bytes", "chosen": [["starts zz", 1]], "counts": [1], "span": 16, "starts": 1, "places": []},
        *({"kind": "superpixels", "chosen": [["bright", 4, 1, 2, cells, 0.5]], "pieces": [2], "thresholds": 1,
           "edges": True, "channels": "last"} for cells in ("", "0-x", "9-4", "3-16", "1-2-3")),
        {"kind": "directions", "chosen": [[1]], "layer": "a", "size": 1, "thresholds": 1}, 7,
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused(damage):
    with pytest.raises(InputError, match="unedited"):
        Concepts.from_dict([damage])


def test_only_the_questions_that_are_asked_stay():
    concepts, _ = Concepts.fit(KINDS, TEXTS, YES, most=500)
    few = concepts.only(['contains "free"', "is short"])
    assert set(few.names) == {'contains "free"', "is short"}
    frame = pd.DataFrame({name: [1, 0] for name in few.names})
    assert few.table(frame).names == tuple(frame)


def test_questions_may_be_refused():
    concepts, _ = Concepts.fit([Words()], TEXTS, YES, refused=['contains "free"'])
    assert 'contains "free"' not in concepts.names


@pytest.mark.parametrize("inputs", ["one text", b"bytes", [], pd.DataFrame({"a": ["b"]}), np.array(3.0)])
def test_what_is_no_list_of_inputs_is_refused(inputs):
    with pytest.raises(InputError):
        raw_table(inputs)


def test_inputs_keep_their_type():
    assert raw_table(("a", "b")).native == ["a", "b"]
    assert raw_table(pd.Series(["a", "b"])).native == ["a", "b"]
    assert raw_table(np.zeros((3, 4, 4))).take(np.array([0, 2])).native.shape == (2, 4, 4)


def test_too_few_inputs_for_any_question():
    with pytest.raises(InputError, match="give more inputs"):
        Concepts.fit([Words()], ["a b", "c d"], np.eye(2))


def test_directions_of_a_layer_find_its_sparse_causes():
    rng = np.random.default_rng(0)
    causes = np.where(rng.random((300, 4)) < 0.2, 1.0 + rng.exponential(size=(300, 4)), 0.0)
    held, inputs = causes @ rng.normal(size=(4, 6)), list(range(300))
    kind = Directions("fc1", size=4, thresholds=8, activations=lambda some: held[list(some)])
    concepts, _ = Concepts.fit([kind], inputs, np.eye(2)[(causes[:, 0] > 0).astype(int)])
    best = max(abs(np.corrcoef(c.values, causes[:, 0] > 0)[0, 1]) for c in concepts.table(inputs).columns)
    assert best > 0.7
    assert all(name.startswith("direction ") for name in concepts.names)
