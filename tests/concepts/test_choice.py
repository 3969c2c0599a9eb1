"""Questions are chosen by what they tell: at the root, and under the clauses of others; equal ones take one place."""

import numpy as np
import pytest
from scipy.sparse import csc_array, random_array
from sklearn.tree import DecisionTreeClassifier

from limbeck.concepts import telling_columns


def chosen(answers, values, most, **settings):
    return telling_columns(csc_array(answers), values, np.ones(len(values)), most=most, **settings).tolist()


@pytest.mark.parametrize("numbers", [False, True])
def test_the_first_is_the_root_of_cart(numbers):
    rng = np.random.default_rng(0)
    answers = rng.random((400, 60)) < 0.3
    truth = answers[:, 17] | (answers[:, 40] & (rng.random(400) < 0.5))
    values = truth[:, None].astype(float) if numbers else np.eye(2)[truth.astype(int)]
    root = DecisionTreeClassifier(max_depth=1).fit(answers, truth).tree_.feature[0]
    assert chosen(answers, values, 1) == [root] == [17]


def test_a_question_that_matters_only_under_another_finds_a_place():
    rng = np.random.default_rng(1)
    answers = rng.random((2000, 400)) < 0.5
    answers[:, 3] = rng.random(2000) < 0.05
    # The other side of the rare question says nothing of column 7, and many columns look better at the root by chance.
    truth = np.where(answers[:, 3], answers[:, 7] ^ answers[:, 3], rng.random(2000) < 0.5)
    truth = np.where(answers[:, 3], truth + 2, truth)
    values = np.eye(4)[truth.astype(int)]
    assert {3, 7} <= set(chosen(answers, values, 60))


def test_equal_questions_and_negations_take_one_place_and_the_first_stands():
    base = np.random.default_rng(2).random((100, 3)) < 0.5
    answers = np.column_stack([base, base, ~base, base[:, :1]])
    assert chosen(answers, np.eye(2)[base[:, 0].astype(int)], 3)[0] == 0
    assert set(chosen(answers, np.eye(2)[(base[:, 0] & base[:, 1]).astype(int)], 3)) <= {0, 1, 2}


def test_sides_with_too_few_rows_do_not_count():
    answers = np.zeros((50, 3), bool)
    answers[0, 0] = answers[:20, 1] = answers[:10, 2] = True
    values = np.eye(2)[answers[:, 0].astype(int)]
    assert 0 not in chosen(answers, values, 2, least=5)


def test_as_many_as_asked_for_from_thousands_of_sparse_ones():
    answers = csc_array(random_array((500, 5000), density=0.02, rng=np.random.default_rng(3), format="csc") > 0)
    values = np.eye(3)[np.random.default_rng(4).integers(3, size=500)]
    found = telling_columns(answers, values, np.ones(500), most=100)
    assert len(set(found.tolist())) == 100
