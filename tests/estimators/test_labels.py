import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import Column, OutputReading, as_table
from limbeck.estimators import TreeDistiller, TreeDistillerRegressor
from limbeck.estimators.labels import LabelledTable, LabelTeacher


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(300, 4))


def values(column: Column) -> list[float]:
    return column.values.tolist()


def test_every_label_follows_its_row_through_any_selection(rows):
    labels = np.arange(300)
    table = LabelledTable.of(as_table(rows), labels)
    teacher = LabelTeacher(tuple(labels.tolist()))
    some = np.array([7, 3, 3, 250])
    for taken in (table.take(some), table.hiding(()).take(some), table.take(np.arange(299, -1, -1)).take(299 - some)):
        assert teacher.predict(taken).tolist() == some.tolist()
        assert values(taken["x1"]) == rows[some, 1].tolist()


def test_columns_that_are_hidden_from_a_teacher_leave_the_labels_alone(rows):
    table = LabelledTable.of(as_table(rows), np.arange(300)).hiding(["x0"])
    assert LabelTeacher(None).predict(table).tolist() == list(range(300))


@pytest.mark.parametrize(
    "labels",
    [np.array([2.0, 1.0, 2.0]), np.array([2, 1, 2]), np.array(["b", "a", "b"]), np.array([True, False, True])],
)
def test_answers_are_classes_whatever_the_type_of_the_labels(labels):
    classes = tuple(np.unique(labels).tolist())
    teacher = LabelTeacher(classes)
    answers = teacher.answers(LabelledTable.of(as_table([[0.0], [1.0], [2.0]]), labels))
    reading = OutputReading.fixed_on(answers, classes=teacher.classes)
    assert (reading.classes, reading.read(answers).codes.tolist()) == (classes, [1, 0, 1])


def test_learning_from_labels_is_distilling_the_function_that_gives_them(rows):
    def function(x: np.ndarray) -> np.ndarray:
        return (x[:, 0] > 0.3).astype(int) + (x[:, 1] > 0)

    learned = TreeDistiller(effort="fast").fit(rows, function(rows))
    distilled = distill(function, rows, effort="fast", queries=False)
    assert learned.tree_ == distilled.tree
    assert distilled.certificate is not None
    assert learned.certificate_.to_dict() == distilled.certificate.to_dict()


def test_learning_from_numbers_is_distilling_the_function_that_gives_them(rows):
    learned = TreeDistillerRegressor(effort="fast").fit(rows, np.abs(rows[:, 2]))
    distilled = distill(lambda x: np.abs(x[:, 2]), rows, effort="fast", queries=False)
    assert learned.tree_ == distilled.tree


def test_the_certificate_counts_noise_in_the_labels_as_error():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(2000, 3))
    clean = rows[:, 0] > 0
    noisy = clean ^ (rng.random(2000) < 0.2)
    student = TreeDistiller(effort="fast", max_leaves=2).fit(rows, noisy)
    # The best tree for the clean rule cannot do better than the noise on fresh labels, and the limit says so.
    assert student.score(rows, clean) > 0.95
    assert student.certificate_.error_limit > 0.2
    assert TreeDistiller(effort="fast", max_leaves=2).fit(rows, clean).certificate_.error_limit < 0.05


def test_a_learner_asks_nothing_beyond_the_rows(rows):
    result = TreeDistiller(effort="fast").fit(rows, rows[:, 0] > 0).distillation_
    assert result.ledger.queries == 0
    assert result.evidence is None
    assert result.teacher == "the labels"


def test_labels_of_pandas_nullable_types_keep_their_type():
    rows = np.arange(60.0)[:, None]
    flags = pd.Series(pd.array(rows[:, 0] > 30, dtype="boolean"))
    assert TreeDistiller(effort="fast").fit(rows, flags).classes_.tolist() == [False, True]
