"""What a teacher answers is read by one rule, fixed on the first answers and kept."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.core import Answers, OutputReading, Task
from limbeck.core.outputs import NOT_A_KNOWN_CLASS, Rule
from limbeck.errors import InputError

A = np.array


@pytest.mark.parametrize(
    ("raw", "asked", "task", "rule", "classes", "codes"),
    [
        (A([[0.2, 0.8], [0.6, 0.4]]), {}, Task.BINARY, Rule.LARGEST, (0, 1), [1, 0]),
        (A([[0.2, 0.8], [0.6, 0.4]]), {"classes": ("no", "yes")}, Task.BINARY, Rule.LARGEST, ("no", "yes"), [1, 0]),
        (A([[3.0, -1.0, 9.0], [1.0, 2.0, 0.0]]), {}, Task.MULTICLASS, Rule.LARGEST, (0, 1, 2), [2, 1]),
        (A([[1, 5], [7, 2]]), {"task": "multiclass"}, Task.MULTICLASS, Rule.LARGEST, (0, 1), [1, 0]),
        (A([[1.0, 1.0]]), {}, Task.BINARY, Rule.LARGEST, (0, 1), [0]),
        (A([3, 1, 3]), {}, Task.BINARY, Rule.LABEL, (1, 3), [1, 0, 1]),
        (A([[3], [1], [3]]), {}, Task.BINARY, Rule.LABEL, (1, 3), [1, 0, 1]),
        (A([3, 1, 2]), {}, Task.MULTICLASS, Rule.LABEL, (1, 2, 3), [2, 0, 1]),
        (A([3, 3]), {}, Task.BINARY, Rule.LABEL, (3,), [0, 0]),
        (A([True, False]), {}, Task.BINARY, Rule.LABEL, (False, True), [1, 0]),
        (A(["b", "a", "c"]), {}, Task.MULTICLASS, Rule.LABEL, ("a", "b", "c"), [1, 0, 2]),
        (A(["b", "a"]), {"classes": ("b", "z", "a")}, Task.MULTICLASS, Rule.LABEL, ("b", "z", "a"), [0, 2]),
        (A([0.2, 0.5, 0.9]), {"task": "binary"}, Task.BINARY, Rule.HALF, (0, 1), [0, 0, 1]),
        (A([[0.2], [0.9]]), {"task": "binary", "classes": ("n", "y")}, Task.BINARY, Rule.HALF, ("n", "y"), [0, 1]),
        (A([-2.0, 0.0, 0.5, 3.0]), {"task": "binary"}, Task.BINARY, Rule.SIGN, (0, 1), [0, 0, 1, 1]),
    ],
)
def test_classes_are_read(raw, asked, task, rule, classes, codes):
    reading = OutputReading.fixed_on(raw, **asked)
    assert (reading.task, reading.rule, reading.classes) == (task, rule, classes)
    outputs = reading.read(raw)
    assert outputs.codes is not None
    assert outputs.codes.tolist() == codes
    assert outputs.values.shape == (len(raw), len(classes))
    assert outputs.values.sum(axis=1) == pytest.approx(1.0)
    assert (outputs.values >= 0).all()
    assert (outputs.values <= 1).all()
    assert (outputs.values[np.arange(len(raw)), outputs.codes] >= outputs.values.max(axis=1)).all()


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        (A([1.5, -2.0]), {}),
        (A([[1.5], [-2.0]]), {}),
        (A([1.5, -2.0], np.float32), {}),
        (A([1, 2]), {"task": "regression"}),
        (A([True, False]), {"task": "regression"}),
    ],
)
def test_numbers_are_read(raw, asked):
    reading = OutputReading.fixed_on(raw, **asked)
    assert (reading.task, reading.rule, reading.classes) == (Task.REGRESSION, Rule.NUMBER, None)
    outputs = reading.read(raw)
    assert outputs.codes is None
    assert outputs.values.tolist() == [[float(v)] for v in raw.ravel()]
    assert outputs.values.dtype == np.float64


@pytest.mark.parametrize(
    ("raw", "asked", "found"),
    [
        (A([1.0]), {"task": "guess"}, "task='guess'"),
        (A([[0.1, 0.9]]), {"task": "regression"}, r"shape \(1, 2\)"),
        (A(["a"]), {"task": "regression"}, "`<U1`"),
        (A([1.0, 2.0]), {"task": "multiclass"}, "one real output a row"),
        (A([0, 1, 2]), {"task": "binary"}, "3 classes"),
        (A([[0.1, 0.2, 0.7]]), {"task": "binary"}, "3 classes"),
        (A([["a", "b"]]), {}, r"shape \(1, 2\) and type `<U1`"),
    ],
)
def test_outputs_that_contradict_the_task_are_refused(raw, asked, found):
    with pytest.raises(InputError, match=found) as caught:
        OutputReading.fixed_on(raw, **asked)
    assert caught.value.remedy


def test_scores_pass_through_a_softmax_and_probabilities_stay():
    p = A([[0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [0.1, 0.2, 0.7]])
    assert np.array_equal(OutputReading.fixed_on(p).read(p).values, p)
    logits = A([[1000.0, 0.0, -1000.0], [1.0, 2.0, 3.0]])
    soft = OutputReading.fixed_on(logits).read(logits).values
    assert soft[0].tolist() == [1.0, 0.0, 0.0]
    assert soft[1] == pytest.approx(np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum())


def test_rounded_probabilities_are_probabilities():
    told = A([[0.33, 0.33, 0.33], [0.34, 0.34, 0.33], [0.0, 0.01, 0.98], [-1e-9, 0.5, 0.5]])
    reading = OutputReading.fixed_on(told)
    soft = reading.read(told).values
    assert soft.sum(axis=1) == pytest.approx(1.0)
    assert soft == pytest.approx(told, abs=0.01)
    assert not OutputReading.fixed_on(A([[0.5, 0.5], [0.6, 0.6]])).probabilities
    # What they are was told by the first rows: a row that then has none is shared out, and sets no other apart.
    assert reading.read(A([[0.0, 0.0, 0.0], [0.5, 0.25, 0.25]])).values.tolist() == [[1 / 3] * 3, [0.5, 0.25, 0.25]]


SCORES = st.lists(st.lists(st.integers(-4, 4) | st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=12).map(
    lambda rows: np.array(rows, np.float64)
)


@given(SCORES, SCORES, st.booleans(), st.booleans())
def test_a_row_is_read_alike_whatever_rows_are_beside_it(first, later, decided, shares):
    """Scores that happen to sum to 1 in a batch are no other scores than the rest."""
    if shares:
        first, later = (np.abs(some) + 1.0 for some in (first, later))
        first, later = (some / some.sum(axis=1, keepdims=True) for some in (first, later))
    labels = (lambda some: some.argmin(axis=1)) if decided else (lambda some: None)
    reading = OutputReading.fixed_on(Answers(first, labels(first)), classes=(0, 1, 2))
    assert reading.probabilities or not shares
    whole = reading.read(Answers(later, labels(later)))
    alone = [reading.read(Answers(later[i : i + 1], labels(later[i : i + 1]))) for i in range(len(later))]
    assert np.array_equal(whole.values, np.concatenate([one.values for one in alone]))
    assert np.array_equal(whole.codes, np.concatenate([one.codes for one in alone]))
    assert np.array_equal(whole.codes, later.argmin(axis=1) if decided else later.argmax(axis=1))
    assert whole.values.sum(axis=1) == pytest.approx(1.0)
    assert (whole.values >= 0).all()


def test_the_largest_score_is_the_class_however_small_it_is():
    likelihoods = A([[1e-30, 1e-25], [1e-200, 0.0], [2.0 + 1e-15, 2.0]])
    assert OutputReading.fixed_on(likelihoods).read(likelihoods).codes.tolist() == [1, 0, 0]


def test_the_first_answers_may_have_been_logits_and_this_is_seen_later():
    reading = OutputReading.fixed_on(A([0.2, 0.9]), task="binary")
    reading.refuse_logits(A([0.0, 1.0]))
    with pytest.raises(InputError, match=r"from -0\.3 to 1\.2"):
        reading.refuse_logits(A([-0.3, 1.2]))
    assert reading.read(A([1.2, -0.3])).values.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    OutputReading.fixed_on(A([0.2, -0.9]), task="binary").refuse_logits(A([-0.3, 1.2]))


def test_a_logit_becomes_a_probability():
    reading = OutputReading.fixed_on(A([-2.0, 2.0]), task="binary")
    logits = A([-800.0, -1.0, 0.0, 1.0, 800.0])
    assert reading.read(logits).values[:, 1] == pytest.approx([0.0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1.0])


def test_the_rule_stays_as_it_was_fixed():
    probability = OutputReading.fixed_on(A([0.2, 0.9]), task="binary")
    assert probability.read(A([0.4, 0.6])).codes.tolist() == [0, 1]
    logit = OutputReading.fixed_on(A([-0.2, 0.9]), task="binary")
    assert logit.read(A([0.4, 0.6])).codes.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("first", "later"), [(["a", "b"], ["b", "c"]), ([1, 2], [2, 3]), ([True, True], [True, False])]
)
def test_a_class_that_was_not_known_agrees_with_no_tree(first, later):
    outputs = OutputReading.fixed_on(A(first)).read(A(later))
    assert outputs.codes.tolist()[1] == NOT_A_KNOWN_CLASS
    assert outputs.values[1].sum() == 0.0
    assert outputs.codes.tolist()[0] >= 0


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (A([0, 1]), A([[0.1, 0.9]])),
        (A([1.0]), A([[0.1, 0.9]])),
        (A([[0.1, 0.9]]), A([0, 1])),
        (A([[0.1, 0.9]]), A([[0.1], [0.9]])),
        (A([[0.1, 0.9]]), A([[0.1, 0.2, 0.7]])),
    ],
)
def test_outputs_of_another_shape_than_before_are_refused(first, later):
    with pytest.raises(InputError, match="shape"):
        OutputReading.fixed_on(first).read(later)


@pytest.mark.parametrize("raw", [A([[0.1, 0.9]]), A([1.5]), A(["a", "b"]), A([True, False]), A([1, 2, 3])])
def test_a_reading_survives_json(raw):
    reading = OutputReading.fixed_on(raw)
    again = OutputReading.from_dict(json.loads(json.dumps(reading.to_dict())))
    assert again == reading
    assert str(again) == str(reading)


def test_the_text_names_task_rule_and_classes():
    assert str(OutputReading.fixed_on(A([1.5]))) == "regression: the output is a number"
    assert str(OutputReading.fixed_on(A(["a", "b"]))) == "binary: the output is the class (classes a, b)"
    assert str(OutputReading.fixed_on(np.arange(20))).endswith("8, 9, ...)")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_changed_classes_count_one_and_changed_numbers_their_square(pairs):
    before, after = np.array(pairs).T
    reading = OutputReading.fixed_on(np.arange(4))
    changed = reading.read(before).changed(reading.read(after))
    assert changed.tolist() == (before != after).astype(float).tolist()
    numbers = OutputReading.fixed_on(np.zeros(1))
    moved = numbers.read(before * 1.0).changed(numbers.read(after * 1.0))
    assert moved.tolist() == ((before - after) ** 2).tolist()
    some = np.arange(len(pairs))[::2]
    assert reading.read(before).take(some).codes.tolist() == before[::2].tolist()
    assert len(numbers.read(before * 1.0).take(some)) == len(some)


def test_a_decision_is_the_class_whatever_the_scores():
    told = Answers(A([[0.9, 0.1], [0.2, 0.8]]), A(["yes", "yes"]))
    reading = OutputReading.fixed_on(told, classes=("no", "yes"))
    assert (reading.rule, reading.needs_scores) == (Rule.DECISION, False)
    outputs = reading.read(told)
    assert (outputs.codes.tolist(), outputs.n_overruled) == ([1, 1], 1)
    assert np.array_equal(outputs.values, told.scores)
    # Asked without scores it is the same class, and sure of it.
    bare = reading.read(Answers(None, told.labels))
    assert (bare.codes.tolist(), bare.values.tolist()) == ([1, 1], [[0.0, 1.0], [0.0, 1.0]])
    assert OutputReading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


@pytest.mark.parametrize("scores", [None, A([0.1, 0.9]), A([[0.1], [0.9]]), A([[0.1, 0.2, 0.7]] * 2)])
def test_scores_that_are_not_one_for_each_class_are_left_out(scores):
    told = Answers(scores, A([7, -2]))
    reading = OutputReading.fixed_on(told, classes=(-2, 7))
    assert (reading.rule, reading.read(told).codes.tolist()) == (Rule.LABEL, [1, 0])


def test_scores_are_put_in_order_by_their_names():
    told = Answers(A([[0.7, 0.1, 0.2]]), A(["b"]), ("b", "c", "a"))
    reading = OutputReading.fixed_on(told, classes=("a", "b", "c"))
    assert reading.read(told).values.tolist() == [[0.2, 0.7, 0.1]]
    alone = OutputReading.fixed_on(Answers(told.scores, None, told.classes))
    assert (alone.classes, alone.rule) == (("b", "c", "a"), Rule.LARGEST)
    # In another batch the names may come in another order.
    assert alone.read(Answers(A([[0.1, 0.2, 0.7]]), None, ("c", "a", "b"))).codes.tolist() == [0]


def test_a_result_of_an_older_version_is_read_by_its_own_rule():
    older = OutputReading.from_dict({"task": "binary", "rule": "LARGEST", "classes": ["no", "yes"]})
    told = Answers(A([[0.9, 0.1], [0.2, 0.8]]), A(["yes", "yes"]))
    assert older.read(told).codes.tolist() == [0, 1]
    assert older.read(told).values.sum(axis=1) == pytest.approx(1.0)
