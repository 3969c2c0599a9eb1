"""An observation holds what the search may know, within its budget."""

import numpy as np
import pytest

from limbeck.core import OutputReading, Vocabulary, as_table
from limbeck.errors import InputError
from limbeck.observe import Budget, observe
from limbeck.teachers import FunctionTeacher, Teacher


class Layered(Teacher):
    """A teacher of two layers that counts the rows it was asked about."""

    def __init__(self):
        super().__init__("layered", batch_size=64)
        self.layers = ("first", "second")
        self.asked = []

    def _run(self, native, layers):
        self.asked.append((len(native), tuple(layers)))
        known = {"first": 2.0 * native, "second": native.sum(axis=1, keepdims=True)}
        return native[:, 0] > 0.5, {layer: known[layer] for layer in layers}


X = np.random.default_rng(0).integers(2, size=(150, 4)).astype(float)


def observed(teacher, *, layers=None, budget=None, **options):
    table = as_table(X)
    raw = teacher.predict(table)
    reading = OutputReading.fixed_on(raw)
    words = Vocabulary.fit(table)
    if isinstance(teacher, Layered):
        teacher.asked.clear()
    return observe(
        teacher, reading, table, reading.read(raw), words,
        layers=layers, budget=budget or Budget(), rng=np.random.default_rng(0), **options,
    )  # fmt: skip


def test_activations_are_those_of_the_rows_that_are_named():
    seen = observed(Layered(), budget=Budget(max_activation_rows=40))
    rows = seen.activation_rows
    assert len(rows) == 40
    assert (np.diff(rows) > 0).all()
    assert list(seen.activations) == ["first", "second"]
    assert np.array_equal(seen.activations["first"], 2 * X[rows].astype(np.float32))
    assert np.array_equal(seen.activations["second"][:, 0], X[rows].sum(axis=1).astype(np.float32))
    assert np.array_equal(seen.answers, seen.vocabulary.evaluate(X))


def test_layers_are_all_some_or_none():
    assert list(observed(Layered(), layers=["second"]).activations) == ["second"]
    assert observed(Layered(), layers=[]).activations == {}
    assert observed(FunctionTeacher(lambda x: x[:, 0] > 0)).activations == {}
    with pytest.raises(InputError, match=r"`third`.*`first`, `second`"):
        observed(Layered(), layers=["third"])


def test_queries_are_made_only_when_they_are_allowed():
    teacher = Layered()
    seen = observed(teacher, layers=["first"], budget=Budget(queries=False))
    assert seen.sensitivity is None
    assert all(layers == ("first",) for _, layers in teacher.asked)
    assert sum(n for n, _ in teacher.asked) == 150
    teacher = Layered()
    seen = observed(teacher, layers=["first"], budget=Budget(max_changed_rows=10))
    assert seen.sensitivity.n_queries == 40
    assert sum(n for n, layers in teacher.asked if not layers) == 40
    assert observed(Layered(), budget=Budget(max_queries=3)).sensitivity is None


def test_without_questions_there_are_no_queries():
    table = as_table(np.ones((5, 2)))
    teacher = FunctionTeacher(lambda x: x[:, 0] > 0)
    reading = OutputReading.fixed_on(teacher.predict(table))
    seen = observe(
        teacher, reading, table, reading.read(teacher.predict(table)), Vocabulary(()),
        layers=None, budget=Budget(), rng=np.random.default_rng(0),
    )  # fmt: skip
    assert seen.sensitivity is None
    assert seen.answers.shape == (5, 0)


def test_the_same_seed_observes_the_same():
    one, other = observed(Layered()), observed(Layered())
    assert np.array_equal(one.activation_rows, other.activation_rows)
    assert np.array_equal(one.sensitivity.change, other.sensitivity.change)
