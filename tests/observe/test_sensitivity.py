"""Queries: one column is changed at a time, the change is counted where it crosses a literal, the budget is kept."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import OutputReading, Vocabulary, as_table
from limbeck.observe import measure_sensitivity
from limbeck.teachers import FunctionTeacher, Teacher


class Recorder:
    """A function that keeps the rows that it was asked about."""

    def __init__(self, function):
        self.function, self.rows = function, []

    def __call__(self, rows):
        self.rows.append(rows.copy())
        return self.function(rows)

    @property
    def asked(self):
        """All rows so far, one below the other."""
        if isinstance(self.rows[0], pd.DataFrame):
            return pd.concat(self.rows, ignore_index=True)
        return np.concatenate(self.rows)


def measured(function, rows, *, concepts=(), task="auto", max_queries=10**6, max_rows=10**6, seed=0, **options):
    """Return table, vocabulary, recorder and sensitivity; only queries are recorded."""
    recorder = Recorder(function)
    table = as_table(rows).hiding(concepts)
    teacher = options.pop("teacher", None) or FunctionTeacher(recorder)
    raw = teacher.predict(table)
    recorder.rows.clear()
    reading = OutputReading.fixed_on(raw, task=task)
    words = Vocabulary.fit(table, concepts=concepts)
    found = measure_sensitivity(
        teacher, reading, table, reading.read(raw), words, words.evaluate(table),
        rng=np.random.default_rng(seed), max_queries=max_queries, max_rows=max_rows, least_rows=500,
        **options,
    )  # fmt: skip
    return table, words, recorder, found


def bits(n, p, seed=0):
    return np.random.default_rng(seed).integers(2, size=(n, p))


def test_a_parity_changes_with_every_relevant_bit_and_with_no_other():
    x = bits(200, 8)
    _, words, recorder, found = measured(lambda rows: rows[:, 1] ^ rows[:, 4] ^ rows[:, 6], x)
    assert words.names == tuple(f"x{j} = 1" for j in range(8))
    assert found.rows.tolist() == list(range(200))
    assert (found.flip == 1).all(), "a bit that is changed is flipped"
    assert found.change.mean(axis=0).tolist() == [0, 1, 0, 0, 1, 0, 1, 0]
    assert found.n_queries == len(recorder.asked) == 200 * 8


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_the_influence_of_every_bit_of_any_function_is_exact(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=2**5)
    place = 2 ** np.arange(5)
    x = np.unique(rng.integers(2, size=(25, 5)), axis=0)
    for j in range(5):  # a column that is constant on the rows is not in the vocabulary
        x[0, j], x[1, j] = 0, 1
    _, words, _, found = measured(lambda rows: truth[rows @ place], x)
    for k, literal in enumerate(words.literals):
        flipped = x.copy()
        j = int(literal.column[1:])
        flipped[:, j] = 1 - flipped[:, j]
        assert found.change[:, k].tolist() == (truth[flipped @ place] != truth[x @ place]).tolist()


def test_every_query_is_a_row_of_the_table_with_one_value_of_another_row():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "n": rng.integers(0, 6, 60) / 2,
            "c": pd.Categorical(rng.choice(["red", "blue", "green"], 60)),
            "b": rng.integers(2, size=60).astype(bool),
            "gap": pd.array(rng.choice([1, 2, None], 60), dtype="Int64"),
        }
    )
    table, words, recorder, found = measured(lambda r: (r["n"] > 1).astype(int).to_numpy(), rows)
    asked = recorder.asked
    assert len(asked) == found.n_queries == 60 * 4
    assert asked.dtypes.tolist() == rows.dtypes.tolist()
    text, before = asked.astype(object).map(str), rows.astype(object).map(str)
    for block, changed in enumerate(rows.columns):
        part = text.iloc[60 * block : 60 * block + 60].reset_index(drop=True)
        for name in rows.columns:
            differs = part[name] != before[name]
            assert differs.all() if name == changed else not differs.any()
        assert set(part[changed]) <= set(before[changed])
    answers = words.evaluate(table)
    later = words.evaluate(asked)
    for k, literal in enumerate(words.literals):
        block = list(rows.columns).index(literal.column)
        flipped = later[60 * block : 60 * block + 60, k] != answers[:, k]
        assert found.flip[:, k].tolist() == flipped.tolist()
        if literal.column == "n":
            crossed = (asked["n"].to_numpy()[:60] > 1) != (rows["n"].to_numpy() > 1)
            assert found.change[:, k].tolist() == (crossed & flipped).tolist()
        else:
            assert not found.change[:, k].any()


def test_new_values_are_drawn_evenly_from_the_rows_that_differ():
    x = np.array([[0.0]] + [[1.0]] * 3 + [[2.0]] * 6)
    counts = np.zeros(3)
    for seed in range(800):
        _, _, recorder, _ = measured(lambda rows: rows[:, 0] > 0, x, max_rows=1, seed=seed)
        if np.random.default_rng(seed).permutation(10)[0] == 0:
            counts[int(recorder.asked[0, 0])] += 1
    assert counts[0] == 0
    # The row with value 0 gets 1 with probability 3/9 and 2 with 6/9: 4 standard deviations either side.
    n = counts.sum()
    assert n > 40
    assert abs(counts[1] - n / 3) < 4 * np.sqrt(n * 2 / 9)


def test_changes_of_numbers_are_squared_differences():
    x = np.array([[0.0, 5.0], [1.0, 5.0], [0.0, 6.0], [1.0, 6.0]])
    _, words, _, found = measured(lambda rows: 3.0 * rows[:, 0], x)
    assert words.names == ("x0 = 1", "x1 <= 5.5")
    assert found.change.tolist() == [[9.0, 0.0]] * 4


def test_a_column_without_another_value_changes_nothing():
    x = np.column_stack([bits(30, 1), np.full(30, 7)])
    _, words, recorder, found = measured(lambda rows: rows[:, 0], x)
    assert words.names == ("x0 = 1",)
    assert found.n_queries == 30
    assert (recorder.asked[:, 1] == 7).all()


def test_a_missing_value_is_a_value_that_differs():
    x = np.array([[1.0], [np.nan], [1.0], [np.nan]])
    _, words, recorder, found = measured(lambda rows: np.isnan(rows[:, 0]), x)
    assert words.names == ("x0 is missing",)
    assert np.isnan(recorder.asked[:, 0]).tolist() == [True, False, True, False]
    assert found.change.tolist() == [[1.0]] * 4


@pytest.mark.parametrize(("max_queries", "max_rows", "rows"), [(80, 99, 10), (87, 99, 10), (10**6, 7, 7), (8, 99, 1)])
def test_the_budget_is_kept(max_queries, max_rows, rows):
    _, _, recorder, found = measured(lambda r: r[:, 0], bits(50, 8), max_queries=max_queries, max_rows=max_rows, seed=3)
    assert len(found.rows) == rows
    assert (np.diff(found.rows) > 0).all()
    assert found.n_queries == len(recorder.asked) == 8 * rows <= max_queries


def test_a_budget_that_does_not_reach_for_one_row_asks_nothing():
    for max_queries in (0, 7):
        _, _, recorder, found = measured(lambda r: r[:, 0], bits(50, 8), max_queries=max_queries)
        assert found.n_queries == len(recorder.rows) == len(found.rows) == 0
        assert found.change.shape == found.flip.shape == (0, 8)


def test_asking_stops_when_told_to_and_what_was_measured_stays():
    x = bits(9000, 3)
    left = iter([True])
    _, _, recorder, found = measured(lambda r: r[:, 0] ^ r[:, 1], x, keep_going=lambda: next(left, False))
    assert found.n_queries == len(recorder.asked) == 9000
    assert found.change[:, 0].all()
    assert not found.change[:, 1:].any()
    assert not found.flip[:, 1:].any()


def test_few_columns_of_few_rows_are_asked_about_in_one_call():
    _, _, recorder, found = measured(lambda r: r[:, 0], bits(20, 50))
    assert found.n_queries == 1000
    assert len(recorder.rows) == 1


def test_progress_ends_at_the_number_of_columns():
    told = []
    measured(lambda r: r[:, 0], bits(5000, 6), progress=lambda *at: told.append(at))
    counted = [(done, total) for what, done, total in told if "column" in what]
    assert counted[-1] == (6, 6)
    assert counted == sorted(counted)


def test_concepts_that_are_hidden_from_the_teacher_are_never_queried():
    rows = pd.DataFrame({"a": bits(40, 1)[:, 0], "rich": bits(40, 1, seed=1)[:, 0], "b": bits(40, 1, seed=2)[:, 0]})
    _, words, recorder, found = measured(lambda r: r["a"].to_numpy(), rows, concepts=["rich"])
    assert words.names == ("rich", "a = 1", "b = 1")
    assert list(recorder.asked.columns) == ["a", "b"]
    assert found.n_queries == 80
    assert not found.flip[:, 0].any()
    assert found.change.mean(axis=0).tolist() == [0.0, 1.0, 0.0]


def test_the_same_seed_asks_the_same_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 4))
    one, other = (measured(lambda r: r[:, 0] > 0, x, max_rows=30, seed=5) for _ in range(2))
    assert np.array_equal(one[2].asked, other[2].asked)
    assert one[3].change.tobytes() == other[3].change.tobytes()
    assert not np.array_equal(one[3].rows, measured(lambda r: r[:, 0] > 0, x, max_rows=30, seed=6)[3].rows)


class Differentiable(Teacher):
    """A linear teacher with a gradient that a test chooses."""

    can_differentiate = True

    def __init__(self, weight, gradient):
        super().__init__("differentiable")
        self.weight, self.slope, self.rows, self.differentiated = weight, gradient, [], 0

    def _run(self, native, layers):
        self.rows.append(native.copy())
        return np.nan_to_num(native) @ self.weight > 0, {}

    def _input_gradient(self, native):
        self.differentiated += len(native)
        return np.broadcast_to(self.slope, native.shape).astype(np.float32)


def test_a_gradient_names_the_columns_that_are_asked_about():
    """Of 100 columns, max(8, 2 * 10) are worth a query for each row: those with the largest gradient."""
    x = 2.0 * bits(50, 100) - 1
    slope = np.arange(100.0)
    teacher = Differentiable(np.where(np.arange(100) == 90, 10.0, 0.01), slope)
    _, _, _, found = measured(None, x, teacher=teacher)
    assert teacher.differentiated == 50
    assert found.n_queries == 50 * 20
    queries = np.concatenate(teacher.rows[1:])
    assert len(queries) == found.n_queries
    moved = set()
    for query in queries:
        differs = (query != x).sum(axis=1)
        assert differs.min() == 1
        moved |= set(np.flatnonzero(query != x[differs.argmin()]).tolist())
    assert moved == set(range(80, 100))
    assert found.change[:, 90].all()
    assert not found.change[:, :80].any()
    assert (found.flip == 1).all(), "the literal of a bit always flips, asked about or not"


def test_the_gradient_counts_by_the_spread_of_the_column():
    rng = np.random.default_rng(0)
    spread = np.where(np.arange(100) < 20, 100.0, 1.0)
    x = rng.normal(size=(40, 100)) * spread
    teacher = Differentiable(np.ones(100), np.where(np.arange(100) < 20, 0.5, 1.0))
    measured(None, x, teacher=teacher)
    queries = np.concatenate(teacher.rows[1:])
    changed = [np.flatnonzero(query != x[(query != x).sum(axis=1).argmin()]).tolist() for query in queries]
    assert {j for (j,) in changed} == set(range(20))


def test_columns_with_gaps_and_infinities_are_screened_like_others():
    x = 2.0 * bits(50, 100) - 1
    x[::7, 5] = np.nan
    x[::9, 6] = np.inf
    slope = np.where(np.arange(100) < 20, 1.0, 0.1)
    teacher = Differentiable(np.where(np.arange(100) == 5, 1.0, 0.0), slope)
    _, words, _, found = measured(None, x, teacher=teacher)
    of_5 = [k for k, literal in enumerate(words.literals) if literal.column == "x5"]
    assert found.change[:, of_5].any()


def test_a_column_whose_gradient_vanishes_beside_others_is_not_asked_about():
    x = bits(30, 100)
    slope = np.where(np.arange(100) == 3, 1.0, 0.0)
    teacher = Differentiable(np.where(np.arange(100) == 3, 1.0, 0.0), slope)
    _, _, _, found = measured(None, x, teacher=teacher)
    assert found.n_queries == 30
    assert found.change[:, 3].all()
    flat = Differentiable(np.ones(100), np.zeros(100))
    assert measured(None, x, teacher=flat)[3].n_queries == 30 * 20, "a gradient that is 0 everywhere says nothing"


def test_with_few_columns_no_gradient_is_needed():
    teacher = Differentiable(np.ones(5), np.ones(5))
    _, _, _, found = measured(None, bits(30, 5), teacher=teacher)
    assert teacher.differentiated == 0
    assert found.n_queries == 150
