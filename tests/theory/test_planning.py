import itertools
import json
import math

import numpy as np
import pytest
from scipy.special import comb

from limbeck.errors import InputError
from limbeck.theory import (
    StudentClass,
    agnostic_rows,
    anytime_rows_to_certify,
    junta_class,
    junta_query_bound,
    plan_samples,
    plan_selection,
    rows_to_answer,
    rows_to_certify,
    tree_class,
    vc_dimension,
)
from limbeck.theory.bounds import learning_rows, vc_rows


def cube(n_bits: int) -> np.ndarray:
    return np.array(list(itertools.product([False, True], repeat=n_bits)))


def all_trees(max_leaves: int, corners: np.ndarray) -> np.ndarray:
    """Every function on the cube that a tree of at most max_leaves leaves computes."""
    classes = {1: np.array([[False], [True]]).repeat(corners.shape[0], axis=1)}
    for s in range(2, max_leaves + 1):
        parts = [classes[s - 1]]
        for left, literal in itertools.product(range(1, s), range(corners.shape[1])):
            ask = corners[:, literal]
            yes, no = classes[left][:, None], classes[s - left][None]
            parts.append(np.where(ask, yes, no).reshape(-1, corners.shape[0]))
        classes[s] = np.unique(np.concatenate(parts), axis=0)
    return classes[max_leaves]


@pytest.mark.parametrize(("s", "lits"), [(1, 1), (2, 1), (2, 3), (2, 5), (3, 4), (4, 4), (5, 3)])
def test_tree_class_bounds_size_and_vc_dimension(s: int, lits: int) -> None:
    table = all_trees(s, cube(lits))
    bound = tree_class(s, lits)
    catalan = comb(2 * (s - 1), s - 1, exact=True) // s
    assert bound.log_size == pytest.approx(math.log(catalan * lits ** (s - 1) * 2**s))
    assert math.log(table.shape[0]) <= bound.log_size + 1e-12
    assert bound.vc_lower <= vc_dimension(table).value <= bound.log_size / math.log(2)


@pytest.mark.parametrize(("k", "p"), [(0, 3), (1, 4), (2, 4), (3, 4)])
def test_junta_class_bounds_size_and_vc_dimension(k: int, p: int) -> None:
    corners = cube(p)
    tables = [
        cube(2**k)[:, corners[:, list(subset)] @ (1 << np.arange(k)) if k else np.zeros(2**p, int)]
        for subset in itertools.combinations(range(p), k)
    ]
    table = np.unique(np.concatenate(tables), axis=0)
    bound = junta_class(k, p)
    assert math.log(table.shape[0]) <= bound.log_size + 1e-12
    assert bound.log_size == pytest.approx(math.log(comb(p, k, exact=True) * 2**2**k))
    assert bound.vc_lower <= vc_dimension(table).value


def test_more_answers_make_more_students() -> None:
    assert tree_class(4, 10, 5).log_size == pytest.approx(tree_class(4, 10).log_size + 4 * math.log(2.5))
    assert junta_class(2, 10, 3).log_size == pytest.approx(math.log(45) + 4 * math.log(3))


def test_every_regime_is_the_number_of_its_own_function() -> None:
    students = tree_class(8, 50)
    plan = plan_samples(students, epsilon=0.1, delta=0.01, pareto_vc_dimension=3, disagreements=4)
    rows = {row.regime: row.n_rows for row in plan.table}
    assert rows == {
        "check one student, 0 disagreements": rows_to_certify(0.1, 0.01),
        "check one student, 4 disagreements": rows_to_certify(0.1, 0.01, 4),
        "check while sampling": anytime_rows_to_certify(0.1, 0.01),
        "perfect distillation": plan_selection(0.1, 0.01).n_rows,
        "realizable, finite class": math.ceil((students.log_size + math.log(100)) / -math.log(0.9)),
        "agnostic, finite class": agnostic_rows(0.1, 0.01, students.log_size),
        "agnostic, VC form": vc_rows(0.1, 0.01, int(students.log_size / math.log(2))),
        "agnostic, Pareto frontier": vc_rows(0.1, 0.01, 3),
        "learning from scratch": learning_rows(0.1, 0.01, students.vc_lower),
    }


def test_what_does_not_apply_is_left_out() -> None:
    regimes = {row.regime for row in plan_samples().table}
    assert len(regimes) == 3
    three = {row.regime for row in plan_samples(tree_class(8, 50, n_classes=3)).table}
    assert "agnostic, VC form" not in three
    known = {row.regime: row for row in plan_samples(vc_dimension=7).table}
    assert known["agnostic, VC form"].n_rows == vc_rows(0.05, 0.05, 7)
    assert known["learning from scratch"].n_rows == learning_rows(0.05, 0.05, 7)
    own = plan_samples(StudentClass("rule lists", 12.0))
    assert "learning from scratch" not in {row.regime for row in own.table}


def test_juntas_are_counted_in_queries_as_the_search_for_them_is_bounded() -> None:
    def queries(k: int) -> list[int]:
        return [row.n_rows for row in plan_samples(junta_class(k, 100), delta=0.05).table if row.unit == "queries"]

    assert queries(3) == [junta_query_bound(3, 100, delta=0.05)]
    # Never more than the textbook's bound: k + 1 hunts that each fail with chance (1 - 2^-k)^t.
    assert queries(3)[0] <= 2 * 4 * math.ceil(8 * math.log(4 / 0.05)) + 4 * 7 + 8
    assert queries(0) == queries(1)
    assert not queries(20)  # no such table is ever asked for


def test_realizable_rows_suffice_and_half_of_them_do_not() -> None:
    # 500 students of error just above epsilon, which err independently, and the union bound is near tight.
    n = math.ceil((math.log(500) + math.log(20)) / -math.log(0.95))
    assert 1 - (1 - 0.95**n) ** 500 <= 0.05
    assert 1 - (1 - 0.95 ** (n // 2)) ** 500 > 0.9


def test_text_is_an_aligned_table_and_the_record_is_plain() -> None:
    plan = plan_samples(tree_class(16, 100), epsilon=0.05)
    head, *lines = str(plan).splitlines()
    assert head == "epsilon = 0.05, delta = 0.05, students: trees of at most 16 leaves over 100 literals"
    assert len({line.index("rows") for line in lines[1:]}) == 1
    assert "1 935 rows" in str(plan)
    record = json.loads(json.dumps(plan.to_dict()))
    assert [row["n_rows"] for row in record["table"]] == [row.n_rows for row in plan.table]


@pytest.mark.parametrize(
    "call",
    [
        lambda: plan_samples(epsilon=0.0),
        lambda: plan_samples(delta=1.0),
        lambda: plan_samples(disagreements=-1),
        lambda: plan_samples(vc_dimension=-1),
        lambda: tree_class(0, 5),
        lambda: tree_class(5, 0),
        lambda: tree_class(5, 5, 1),
        lambda: junta_class(5, 4),
        lambda: junta_class(31, 100),
    ],
)
def test_bad_numbers_are_refused(call) -> None:
    with pytest.raises(InputError):
        call()


def test_rows_for_a_tree_that_answers_a_part_are_planned():
    plan = plan_samples(epsilon=0.02, answered=0.5, error=0.005)
    row = next(row for row in plan.table if "answers 0.5" in row.regime)
    assert row.n_rows == rows_to_answer(0.02, 0.05, answered=0.5, error=0.005)
    with pytest.raises(InputError):
        plan_samples(epsilon=0.02, answered=0.5, error=0.03)
