"""Certificates of finished trees: student and teacher side by side on fresh rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from limbeck import certify, distill
from limbeck.certificates import certify_answers, certify_until_decided, disagreements, fidelity
from limbeck.core import Kind, Leaf, Literal, OutputReading, Split, Tree, as_table
from limbeck.errors import InputError, TeacherError
from limbeck.teachers import FunctionTeacher
from limbeck.theory import Certificate, ToleranceCertificate, Verdict

COLUMNS = (("x0", Kind.NUMERIC), ("x1", Kind.NUMERIC))


def stump(classes=(0, 1), values=((1.0, 0.0), (0.0, 1.0))):
    root = Split(Literal.at_most("x0", 0.0), Leaf(values[0], 5.0), Leaf(values[1], 5.0))
    return Tree.from_node(root, classes=classes, columns=COLUMNS)


NUMBERS = stump(None, ((-1.0,), (1.0,)))
X = np.random.default_rng(0).normal(size=(400, 2))


def upper(k, n, delta):
    """The limit of Clopper and Pearson, by the quantile of the beta distribution."""
    return beta.ppf(1 - delta, k + 1, n - k)


@pytest.mark.parametrize("delta", [0.05, 0.001])
def test_the_limits_are_exact_and_those_of_the_leaves_hold_together(delta):
    def teacher(x):
        return (x[:, 0] + 0.3 * x[:, 1] > 0).astype(int)

    claim = certify(stump(), teacher, X, delta=delta)
    wrong = (X[:, 0] > 0) != (X[:, 0] + 0.3 * X[:, 1] > 0)
    assert isinstance(claim, Certificate)
    assert (claim.disagreements, claim.n_rows) == (wrong.sum(), 400)
    assert claim.error_limit == pytest.approx(upper(wrong.sum(), 400, delta))
    assert [leaf.leaf for leaf in claim.leaves] == [1, 2]
    for leaf, side in zip(claim.leaves, (X[:, 0] <= 0, X[:, 0] > 0), strict=True):
        assert (leaf.n_rows, leaf.disagreements) == (side.sum(), wrong[side].sum())
        assert leaf.error_limit == pytest.approx(upper(wrong[side].sum(), side.sum(), delta / 2))


def test_the_claim_names_its_rows():
    claim = certify(stump(), lambda x: (x[:, 0] > 0).astype(int), X)
    assert "400 rows that were given to `certify`" in str(claim)
    one = certify(stump(), lambda x: (x[:, 0] > 0).astype(int), X[:1])
    assert "1 row that" in one.rows


def test_a_tree_of_numbers_gets_a_tolerance():
    claim = certify(NUMBERS, lambda x: np.sign(x[:, 0]) + 0.25 * (x[:, 1] > 2), X, epsilon=0.2)
    assert isinstance(claim, ToleranceCertificate)
    assert (claim.tolerance, claim.epsilon, claim.n_rows) == (0.0, 0.2, 400)
    whole = certify(NUMBERS, lambda x: (np.sign(x[:, 0]) * 2).astype(int), X)
    assert whole.tolerance == 1.0


def test_classes_are_matched_by_name_and_not_by_place():
    """The same teacher with its classes in another order is the same teacher."""
    tree = stump(("low", "high"))

    def scores(x):
        p = (x[:, 0] > 0) * 0.8 + 0.1
        return np.column_stack([p, 1 - p])

    assert certify(tree, FunctionTeacher(scores, classes=("high", "low")), X).disagreements == 0
    assert certify(tree, FunctionTeacher(scores, classes=("low", "high")), X).disagreements == 400
    assert certify(tree, lambda x: np.where(x[:, 0] > 0, "high", "low"), X).disagreements == 0
    assert certify(tree, lambda x: scores(x)[:, ::-1], X).disagreements == 0, "nameless scores are in the tree's order"


def test_a_label_that_the_tree_does_not_know_is_a_disagreement():
    claim = certify(stump(("a", "b")), lambda x: np.where(x[:, 0] > 0, "b", "c"), X)
    assert claim.disagreements == (X[:, 0] <= 0).sum()


def test_an_estimator_is_a_teacher():
    model = LogisticRegression().fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    result = distill(model, X, max_leaves=2)
    assert result.tree.classes == ("no", "yes")
    fresh = np.random.default_rng(1).normal(size=(200, 2))
    by_tree, by_result = certify(result.tree, model, fresh), certify(result, model, fresh)
    assert by_tree == by_result
    assert by_tree.disagreements == (result.predict(fresh) != model.predict(fresh)).sum()


@pytest.mark.parametrize(
    ("student", "teacher", "found"),
    [
        (stump(), lambda x: x[:, 0], "regression"),
        (stump(), lambda x: np.eye(3)[np.zeros(len(x), int)], "multiclass"),
        (stump(), FunctionTeacher(lambda x: np.eye(2)[np.zeros(len(x), int)], classes=("p", "q")), "classes p, q"),
        (NUMBERS, lambda x: np.eye(2)[np.zeros(len(x), int)], "shape"),
        (NUMBERS, lambda x: np.full(len(x), "text"), "type"),
    ],
)
def test_a_teacher_that_does_not_fit_the_student_is_refused(student, teacher, found):
    with pytest.raises(InputError, match=found) as caught:
        certify(student, teacher, X)
    assert caught.value.asked
    assert caught.value.remedy


def test_a_logit_is_read_when_told_so():
    claim = certify(stump(), lambda x: 3 * x[:, 0], X, task="binary")
    assert claim.disagreements == 0
    boolean = certify(stump((False, True)), lambda x: 3 * x[:, 0], X, task="binary")
    assert boolean.disagreements == 0


@pytest.mark.parametrize(
    "rows", [np.zeros((0, 2)), np.zeros(3), np.zeros((3, 5)), pd.DataFrame({"x1": [1.0]})], ids=lambda r: str(r.shape)
)
def test_rows_that_cannot_be_used_are_refused(rows):
    with pytest.raises(InputError) as caught:
        certify(stump(), lambda x: np.zeros(len(x), int), rows)
    assert caught.value.found


def test_a_teacher_that_fails_is_reported():
    with pytest.raises(TeacherError, match="ZeroDivisionError"):
        certify(stump(), lambda x: 1 / 0, X)


@pytest.mark.parametrize("options", [{"delta": 0.0}, {"delta": 2.0}])
def test_a_probability_out_of_range_is_refused(options):
    with pytest.raises(InputError, match="delta"):
        certify(stump(), lambda x: np.zeros(len(x), int), X, **options)


def test_gaps_are_zero_or_one_for_classes_and_distances_for_numbers():
    table = as_table(X)
    labels = OutputReading.fixed_on(np.array([0, 1]))
    outputs = labels.read((X[:, 1] > 0).astype(int))
    gaps = disagreements(stump(), table, outputs)
    assert gaps.tolist() == ((X[:, 0] > 0) != (X[:, 1] > 0)).astype(float).tolist()
    assert fidelity(stump(), table, outputs) == pytest.approx(1 - gaps.mean())
    numbers = OutputReading.fixed_on(np.zeros(1)).read(X[:, 1])
    apart = disagreements(NUMBERS, table, numbers)
    assert apart == pytest.approx(np.abs(np.sign(X[:, 0]) - X[:, 1]))
    r_squared = 1 - (apart**2).sum() / ((X[:, 1] - X[:, 1].mean()) ** 2).sum()
    assert fidelity(NUMBERS, table, numbers) == pytest.approx(r_squared)


def test_the_fidelity_to_a_constant_number_is_all_or_nothing():
    table = as_table(X)
    reading = OutputReading.fixed_on(np.zeros(1))
    flat = Tree.from_node(Leaf((2.0,), 1.0), classes=None, columns=COLUMNS)
    assert fidelity(flat, table, reading.read(np.full(400, 2.0))) == 1.0
    assert fidelity(flat, table, reading.read(np.full(400, 3.0))) == 0.0


def test_a_leaf_that_no_row_reaches_is_certified_for_nothing():
    table = as_table(X[X[:, 0] > 0])
    outputs = OutputReading.fixed_on(np.array([0, 1])).read(np.ones(table.n_rows, int))
    claim = certify_answers(stump(), table, outputs, delta=0.05, epsilon=0.1, rows="the rows of a test")
    assert claim.leaves[0].error_limit == 1.0
    assert claim.leaves[1].error_limit < 0.05
    assert claim.rows == "the rows of a test"


def first_bit(x):
    return np.asarray(x)[:, 0]


def test_until_decided_asks_no_more_than_it_needs_and_is_right_both_ways():
    bits = np.random.default_rng(0).integers(2, size=(3000, 4))
    asked = []

    def counting(x):
        asked.append(len(x))
        return first_bit(x)

    tree = distill(first_bit, bits[:300], max_leaves=2).tree
    claim = certify_until_decided(tree, counting, bits[300:], epsilon=0.05)
    assert claim.verdict is Verdict.CERTIFIED
    assert claim.n_rows <= sum(asked) < claim.n_rows + 50
    refuted = certify_until_decided(tree, lambda x: 1 - first_bit(x), bits[300:], epsilon=0.05)
    assert refuted.verdict is Verdict.REFUTED
    few = certify_until_decided(tree, first_bit, bits[300:310], epsilon=0.05)
    assert few.verdict is Verdict.BUDGET_SPENT


def test_until_decided_is_for_classes():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    numbers = distill(lambda x: x[:, 0], rows, max_leaves=4)
    with pytest.raises(InputError, match="numbers"):
        certify_until_decided(numbers, lambda x: x[:, 0], rows, epsilon=0.1)
    with pytest.raises(InputError, match="batch_rows"):
        certify_until_decided(
            distill(first_bit, np.eye(8, 2, dtype=int)), first_bit, np.eye(2, dtype=int), epsilon=0.1, batch_rows=0
        )


def by_two(x):
    """Answer as a small tree does where x0 is positive, and as none does elsewhere."""
    return np.where(x[:, 0] > 0, x[:, 1] > 0, np.sin(40 * x[:, 2]) > 0).astype(int)


def test_leaves_of_a_finished_tree_may_be_left_to_the_model():
    rng = np.random.default_rng(0)
    result = distill(by_two, rng.normal(size=(1200, 3)), max_leaves=6, effort="fast")
    fresh = rng.normal(size=(1000, 3))
    claim = certify(result, by_two, fresh, defer_above=0.05)
    assert claim.keeps_target
    assert 0.3 < claim.answered < 0.6
    tree = result.tree.asking_at(claim.asking)
    assert tree.asking.tolist() == list(claim.asking)
    assert tree.predict(fresh).mask.mean() == pytest.approx(1 - claim.answered)
    again = certify(tree, by_two, rng.normal(size=(1000, 3)))  # of a tree that asks, both shares are certified
    assert again.asking == claim.asking
    with pytest.raises(InputError):
        result.tree.asking_at([0])


def test_leaves_of_numbers_are_ordered_by_half_of_the_rows():
    rng = np.random.default_rng(0)
    result = distill(
        lambda x: by_two(x) * 5.0, rng.normal(size=(1200, 3)), max_leaves=6, effort="fast", task="regression"
    )
    claim = certify(result, lambda x: by_two(x) * 5.0, rng.normal(size=(1000, 3)), defer_above=0.05, tolerance=0.5)
    assert claim.n_rows == 500
    assert claim.keeps_target
    assert "the first half ordered the leaves" in str(claim)
    with pytest.raises(InputError, match="tolerance"):
        certify(result.tree, lambda x: by_two(x) * 5.0, rng.normal(size=(50, 3)), defer_above=0.05)
