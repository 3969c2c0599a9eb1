"""An edited file is a valid result, or an error for people that names the place; never anything else."""

import copy
import json
import random

import numpy as np
import pytest

from limbeck import Distillation, certify, distill
from limbeck.core import Kind
from limbeck.errors import InputError, LimbeckError
from limbeck.report import distillation_files
from limbeck.report.exposition import expose
from limbeck.saved import Flat, Mapped, Maybe, Name, Whole, checked
from limbeck.students import DecisionList
from limbeck.teachers import Teacher

X = np.random.default_rng(0).integers(2, size=(160, 4))
ABSENT = object()
VALUES = [
    ABSENT, None, True, -1, 0, 3, 10**30, 10**400, 0.5, 1e308, -1e308, float("nan"), float("inf"), "", "text",
    [], [[]], ["a"], [1, 2, 3], {}, {"a": {"b": [1]}},
]  # fmt: skip


class Layered(Teacher):
    def __init__(self):
        super().__init__("layered")
        self.layers = ("hidden",)

    def _run(self, native, layers):
        return native[:, 0] & native[:, 1], dict.fromkeys(layers, native[:, :3] * 1.0)


def numbers(rows):
    return rows[:, 0] / 3 + (rows[:, 1] & rows[:, 2])


@pytest.fixture(scope="module", params=["classes", "numbers"])
def saved(request):
    model = Layered() if request.param == "classes" else numbers
    result = distill(model, X, max_leaves=4, effort="fast", max_queries=200)
    return json.loads(json.dumps(result.to_dict())), model


def places(plain, path=()):
    """Yield the path to every value; of a long list the first two and the last."""
    if path:
        yield path
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from places(value, (*path, name))
    elif isinstance(plain, list):
        for i in sorted({0, 1, len(plain) - 1} & set(range(len(plain)))):
            yield from places(plain[i], (*path, i))


def edited(plain, path, value):
    new = copy.deepcopy(plain)
    at = new
    for step in path[:-1]:
        at = at[step]
    if value is ABSENT:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return new


def used(result, model):
    """Do everything that a saved result is read for."""
    str(result)
    distillation_files(result)
    expose(result)
    result.predict(X)
    certify(result, model, X)


@pytest.mark.no_cover
def test_an_edit_gives_a_result_or_an_error_for_people(saved):
    plain, model = saved
    edits = [(path, value) for path in places(plain) for value in VALUES]
    accepted = 0
    for path, value in random.Random(0).sample(edits, 500):
        try:
            result = Distillation.from_dict(edited(plain, path, value))
        except InputError:
            continue
        accepted += 1
        try:
            used(result, model)
        except LimbeckError:
            # What the teacher is asked with belongs to the certificate: the concepts that it does not get.
            assert path[0] in ("settings", "reading", "frontier", "tree")
    assert 20 < accepted < 400, "some edits do no harm, such as those of a note; most are refused"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("tree", "literals", 0, "number"), "1", "distillation.tree.literals[0].number"),
        (("frontier", 1, "tree", "value", 0), [], "distillation.frontier[1].tree.value[0]"),
        (("ledger", "fit_rows"), -1, "distillation.ledger.fit_rows"),
        (("ledger", "seconds", "observe"), None, "distillation.ledger.seconds.observe"),
        (("exhibits", "rows", 0, "leaf"), 10**30, "distillation.exhibits.rows[0].leaf"),
        (("exhibits", "seen", 0), ABSENT, "distillation.exhibits"),
        (("settings", "concepts"), [1], "distillation.settings.concepts"),
        (("diagnosis", "figures", 0, "value"), float("nan"), "distillation.diagnosis.figures[0].value"),
        (("status",), "FINE", "distillation.status"),
        (("teacher",), ABSENT, "distillation.teacher"),
    ],
)
def test_an_error_names_the_place(saved, path, value, place):
    with pytest.raises(InputError) as caught:
        Distillation.from_dict(edited(saved[0], path, value))
    assert place in caught.value.asked


def test_files_of_the_first_version_open(saved):
    older = {name: value for name, value in saved[0].items() if name not in ("diagnosis", "baseline", "exhibits")}
    found = Distillation.from_dict(older)
    assert (found.diagnosis, found.baseline, found.exhibits) == (None, (), None)
    assert (
        Distillation.from_dict({**saved[0], "of a later version": 1}).to_dict()
        == Distillation.from_dict(saved[0]).to_dict()
    )


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_a_file_nested_without_end_is_refused(text, tmp_path):
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(InputError):
        Distillation.load(tmp_path / "file.json")


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (int, [0, 3], [-1, True, 1.0, "1", None, 2**63, 10**4000]),
        (Whole(-1), [-1, 0], [-2]),
        (float, [0, 0.5, -3], [True, "1", float("nan"), float("-inf"), 10**4000, None, []]),
        (str, ["", "a"], [1, None, ["a"]]),
        (bool, [True], [1, "true", None]),
        (Kind, ["numeric"], ["NUMERIC", 1, [], {}]),
        (Name(Kind), ["NUMERIC"], ["numeric", None, []]),
        (Maybe(int), [None, 1], ["1"]),
        ([int], [[], [1, 2]], [1, [1, -1], {"a": 1}]),
        ((str, int), [["a", 1]], [["a"], ["a", 1, 2], [1, "a"]]),
        (Mapped(float), [{}, {"a": 1.0}], [[], {"a": "1"}]),
        (Flat(), [None, 1, [1, "a"], {"a": 1.5}], [[[1]], {"a": [1]}]),
        ({"a": int, "b?": int}, [{"a": 1}, {"a": 1, "b": 2}], [{}, {"b": 1}, {"a": 1, "b": None}, []]),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_form_takes_what_it_says(form, good, bad):
    for plain in good:
        assert checked(form, plain, "place") == plain
    for plain in bad:
        with pytest.raises(InputError, match="place"):
            checked(form, plain, "place")


@pytest.mark.parametrize("value", VALUES)
def test_other_students_are_checked_too(value):
    student = DecisionList((), ((1.0, 0.0),), ("a", "b"), (("x", Kind.NUMERIC),))
    for path in places(student.to_dict()):
        try:
            DecisionList.from_dict(edited(student.to_dict(), path, value)).predict([[1.0]])
        except LimbeckError:
            continue
