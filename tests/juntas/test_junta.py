"""Juntas by queries: what is found, what it costs, how often it fails, and what is said when there is none."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.neural_network import MLPClassifier

from limbeck import as_teacher
from limbeck.core import Tree, as_table
from limbeck.errors import InputError, SearchError, TeacherError
from limbeck.juntas import JuntaDistillation, NotAJunta, find_junta, junta_query_bound
from limbeck.juntas import junta as junta_module
from limbeck.students import compile_tree, greedy_tree


def ends(d, dtype=np.float32):
    """Two rows that hold both values of every bit."""
    return np.array([[0] * d, [1] * d], dtype)


def table_function(variables, codes):
    """A function of some bits, given by its table."""
    weights = 1 << np.arange(len(variables))
    lookup = np.asarray(codes)
    return lambda x: lookup[np.asarray(x)[:, variables].astype(int) @ weights]


def bits(found):
    return find_junta(found, ends(40), max_variables=3, values="uniform")


def relevant(variables, codes):
    grid = np.asarray(codes).reshape((2,) * len(variables))
    n = len(variables)  # the first variable is the last axis
    return [v for j, v in enumerate(variables) if (grid.take(0, n - 1 - j) != grid.take(1, n - 1 - j)).any()]


@pytest.mark.parametrize("seed", range(20))
def test_random_juntas_are_found_whole_within_the_bound(seed):
    rng = np.random.default_rng(seed)
    variables, codes = sorted(rng.choice(40, 3, replace=False).tolist()), rng.integers(2, size=8)
    teacher = table_function(variables, codes)
    found = find_junta(teacher, ends(40), max_variables=3, values="uniform", delta=1e-4, random_state=seed)
    assert isinstance(found, JuntaDistillation)
    assert found.junta.variables == tuple(f"x{v}" for v in relevant(variables, codes))
    fresh = rng.integers(2, size=(500, 40))
    assert (found.junta.predict(fresh) == teacher(fresh)).all()
    assert (found.tree.predict(fresh) == teacher(fresh)).all()
    assert found.ledger.total <= junta_query_bound(3, 40, delta=1e-4)
    assert (found.certificate.disagreements, found.certificate.n_rows) == (0, 1000)
    assert all(witness.check(teacher) for witness in found.witnesses)


@pytest.mark.parametrize("kind", ["parity", "random"])
def test_ten_thousand_inputs_of_a_compiled_network(kind):
    d, k, rng = 10_000, 5, np.random.default_rng(7)
    variables = sorted(rng.choice(d, k, replace=False).tolist())
    codes = rng.integers(2, size=32) if kind == "random" else [bin(i).count("1") % 2 for i in range(32)]
    settings = np.array(list(product((0, 1), repeat=k)))
    small = greedy_tree(settings, table_function(list(range(k)), codes)(settings), max_leaves=32)
    columns = as_table(ends(d)).schema
    renamed = {f"x{j}": f"x{v}" for j, v in enumerate(variables)}
    plain = small.to_dict() | {"columns": [{"name": name, "kind": str(kind)} for name, kind in columns]}
    plain["literals"] = [lit | {"column": renamed[lit["column"]]} for lit in plain["literals"]]
    network = compile_tree(Tree.from_dict(plain), ends(d), rng=rng).to_torch().float()
    found = find_junta(network, ends(d), max_variables=k, values="uniform", delta=0.01)
    assert found.junta.variables == tuple(f"x{v}" for v in relevant(variables, codes))
    assert found.ledger.total <= junta_query_bound(k, d, delta=0.01)
    assert found.ledger.calls < 120
    assert found.certificate.disagreements == 0


def test_a_parity_inside_a_trained_network():
    rng = np.random.default_rng(0)
    rows = rng.integers(2, size=(6000, 12))
    network = MLPClassifier((64,), max_iter=200, random_state=0, early_stopping=True).fit(rows, rows[:, 2] ^ rows[:, 9])
    found = find_junta(network, ends(12, int), max_variables=2, values="uniform")
    assert found.junta.variables == ("x2", "x9")
    assert found.tree.n_leaves == 4


def test_frames_of_categories_gaps_and_numbers():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "colour": rng.choice(["red", "green", "blue"], 600),
            "n": rng.choice([1.0, 2.0, 5.0, np.nan], 600),
            "noise": rng.normal(size=600),
        }
    )

    def teacher(rows):
        return np.where(rows["colour"] == "red", "stop", np.where(rows["n"] > 3, "go", "wait"))

    found = find_junta(teacher, frame, max_variables=2)
    assert found.junta.variables == ("colour", "n")
    assert found.junta.classes == ("go", "stop", "wait")
    assert found.junta.predict(frame).tolist() == teacher(frame).tolist()
    assert found.certificate.n_rows == 150
    assert "of the table, set aside at random" in found.certificate.rows
    values = {value for witness in found.witnesses for value in witness.values}
    assert values <= {"red", "green", "blue", 1, 2, 5, None}


@pytest.mark.parametrize("seed", range(5))
def test_more_variables_are_proved_by_pairs_that_anyone_can_check(seed):
    def teacher(x):
        return (np.asarray(x)[:, :6].sum(axis=1) % 2).astype(int)

    found = find_junta(teacher, ends(30), max_variables=4, values="uniform", random_state=seed)
    assert isinstance(found, NotAJunta)
    assert len(found.witnesses) == 5
    assert set(found.columns) <= {f"x{j}" for j in range(6)}
    assert found.check(teacher)
    assert not found.check(lambda x: np.asarray(x)[:, 0].astype(int))
    for witness in found.witnesses:
        first, second = np.asarray(witness.rows.native)
        assert np.flatnonzero(first != second).tolist() == [int(witness.column[1:])]
        assert witness.answers == tuple(teacher(np.array([first, second])).tolist())
    assert len(found.to_dict()["witnesses"][0]["row"]) == 29


def test_failures_are_no_more_frequent_than_delta():
    """The rarest function there is: an AND of two bits, at a delta that lets failures be seen."""
    delta, n = 0.4, 300
    missed = 0
    for seed in range(n):
        found = find_junta(
            lambda x: (x[:, 1] * x[:, 3]).astype(int), ends(8), max_variables=2, values="uniform", delta=delta,
            random_state=seed,
        )  # fmt: skip
        missed += found.junta.variables != ("x1", "x3")
    assert 0 < missed <= binom.ppf(0.999, n, delta)


def test_with_too_few_pairs_the_junta_is_missed(monkeypatch):
    """The pairs are needed: with a tenth of them failures exceed delta by far."""
    monkeypatch.setattr(junta_module.JuntaPlan, "pairs", lambda self, r: 4)
    missed = sum(
        find_junta(
            lambda x: x[:, :4].all(axis=1), ends(8), max_variables=4, values="uniform", random_state=seed
        ).junta.variables != ("x0", "x1", "x2", "x3")
        for seed in range(40)
    )  # fmt: skip
    assert missed > 20


def test_what_is_said_of_any_teacher_holds_for_one_that_is_no_junta():
    """A teacher of many rare exceptions: the change that is claimed for the rest is above the one that is true."""

    def teacher(x):
        return (x[:, 0] > 0) ^ (x[:, 1:9].sum(axis=1) == 8)

    found = find_junta(teacher, ends(12), max_variables=2, values="uniform", delta=0.01)
    assert isinstance(found, JuntaDistillation)
    rng = np.random.default_rng(0)
    x, y = rng.integers(2, size=(2, 200_000, 12))
    known = [int(name[1:]) for name in found.junta.variables]
    y[:, known] = x[:, known]
    assert (teacher(x) != teacher(y)).mean() < found.plan.change(len(known))
    assert f"below {found.plan.change(len(known)):.4g}" in str(found)


def noisy(function, share):
    """Flip a function's answers on a fixed share of all rows, spread by a hash."""
    salt = np.random.default_rng(5).integers(1, 2**31, 60)

    def teacher(x):
        x = np.asarray(x).astype(np.int64)
        return function(x) ^ ((x @ salt[: x.shape[1]]) * 2_654_435_761 % 2**32 < share * 2**32)

    return teacher


def test_noise_is_seen_through_when_it_is_allowed_for_and_not_otherwise():
    def clean(x):
        return ((x[:, 4] ^ x[:, 11]) & x[:, 17]) == 1

    teacher = noisy(clean, 0.01)
    rng = np.random.default_rng(1)
    fresh = rng.integers(2, size=(20_000, 40))
    assert 0.005 < (teacher(fresh) != clean(fresh)).mean() < 0.015
    for seed in range(4):
        found = find_junta(teacher, ends(40, int), max_variables=3, values="uniform", noise=0.012, random_state=seed)
        assert isinstance(found, JuntaDistillation)
        assert found.junta.variables == ("x4", "x11", "x17")
        assert (found.junta.predict(fresh) == clean(fresh)).all()
        assert "this is that function" in str(found)
    naive = [find_junta(teacher, ends(40, int), max_variables=3, values="uniform", random_state=s) for s in range(4)]
    assert any(isinstance(found, NotAJunta) for found in naive)


def test_more_noise_than_the_guarantee_covers_is_tried_and_said():
    def clean(x):
        return x[:, [1, 4, 7, 9, 13]].sum(axis=1) % 2 == 1

    teacher, rows = noisy(clean, 0.008), ends(20, int)
    for noise, promised in ((0.0078, True), (0.01, False)):
        found = find_junta(teacher, rows, max_variables=5, values="uniform", noise=noise)
        assert found.junta.variables == ("x1", "x4", "x7", "x9", "x13")
        assert ("this is that function" in str(found)) == promised
        assert ("covers a noise of at most 0.00781 here, not 0.01" in str(found)) != promised


def test_the_majority_of_fillings_outvotes_exceptions_in_the_table():
    teacher = noisy(lambda x: x[:, 3] == 1, 0.05)
    found = find_junta(teacher, ends(20, int), max_variables=1, values="uniform", noise=0.06)
    assert found.junta.codes == (0, 1)
    assert 0.8 < min(found.junta.agreement) < 1.0
    assert "% of the fillings" in str(found.junta)


def test_labels_that_show_late_and_scores_and_constants():
    late = find_junta(
        lambda x: np.where(x[:, :3].all(axis=1), "rare", "usual"), ends(9), max_variables=3, values="uniform"
    )
    assert late.junta.classes == ("rare", "usual")
    assert late.junta.variables == ("x0", "x1", "x2")
    scores = as_teacher(lambda x: np.column_stack([x[:, 2], 1.0 - x[:, 2]]))
    assert bits(scores).junta.variables == ("x2",)
    constant = bits(lambda x: np.ones(len(x), int))
    assert constant.junta.variables == ()
    assert constant.tree.n_leaves == 1
    logit = find_junta(lambda x: x[:, 1] - 0.5, ends(5), max_variables=1, values="uniform", task="binary")
    assert logit.junta.variables == ("x1",)


def test_errors_say_what_is_wrong():
    with pytest.raises(InputError, match="answers with numbers"):
        bits(lambda x: x[:, 0] * 0.5)
    with pytest.raises(InputError, match="two values in some column"):
        find_junta(lambda x: x[:, 0], np.ones((5, 3)), max_variables=1)
    with pytest.raises(InputError, match="`values`"):
        find_junta(lambda x: x[:, 0], ends(3), max_variables=1, values="all")
    with pytest.raises(InputError, match="`certificate_rows` of 3 columns"):
        find_junta(lambda x: x[:, 0], ends(3), max_variables=1, certificate_rows=np.zeros((5, 2)))
    with pytest.raises(SearchError, match="at most 30 queries"):
        find_junta(lambda x: x[:, 0].astype(int), ends(3), max_variables=3, values="uniform", max_queries=30)
    with pytest.raises(TeacherError):
        find_junta(lambda x: x[:, 7], ends(3), max_variables=1)
    many = pd.DataFrame({f"c{j}": [f"v{i}" for i in range(40)] for j in range(4)})
    with pytest.raises(InputError, match="combinations of values"):
        find_junta(
            lambda rows: sum((rows[name] < "v3").astype(int) for name in many).to_numpy() % 2, many, max_variables=4,
            values="uniform",
        )  # fmt: skip


def test_the_budget_is_kept_and_the_queries_are_those_that_the_teacher_saw():
    seen = []

    def teacher(x):
        seen.append(len(x))
        return x[:, 0].astype(int) ^ x[:, 4].astype(int)

    found = find_junta(teacher, ends(10), max_variables=2, values="uniform", certificate_rows=ends(10))
    assert sum(seen) == found.ledger.total + 2
    assert len(seen) == found.ledger.calls + 1
    same = find_junta(teacher, ends(10), max_variables=2, values="uniform", max_queries=found.ledger.total)
    assert same.ledger.total == found.ledger.total


def test_fresh_rows_certify_a_table_that_is_too_large_for_a_tree():
    frame = pd.DataFrame({"a": [f"a{i}" for i in range(20)] * 20, "b": [f"b{i}" for i in range(20) for _ in range(20)]})
    teacher = lambda rows: (rows["a"].str[1:].astype(int) + rows["b"].str[1:].astype(int)).to_numpy() % 2  # noqa: E731
    found = find_junta(teacher, frame, max_variables=2, certificate_rows=frame.iloc[:50])
    assert found.tree is None
    assert "50 rows that were given for the certificate" in str(found)
    assert found.certificate.disagreements == 0
    assert found.to_dict()["tree"] is None


def test_what_is_printed():
    text = str(bits(lambda x: (x[:, 3] * x[:, 17]).astype(int)))
    assert text.startswith("a function of 2 of 40 columns: `x3`, `x17`\n- each of these columns matters")
    assert "if the model depends on at most 3 columns, it depends on no other (probability at least 0.95)" in text
    assert f"(the proof allows {junta_query_bound(3, 40)})" in text
