import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError, SearchError
from limbeck.theory import minimax_mixture, pareto_frontier, vc_dimension


def shatters(table: np.ndarray, points: tuple[int, ...]) -> bool:
    return np.unique(table[:, list(points)], axis=0).shape[0] == 2 ** len(points)


def brute_vc(table: np.ndarray) -> int:
    sizes = range(table.shape[1] + 1)
    return max(r for r in sizes if any(shatters(table, c) for c in itertools.combinations(range(table.shape[1]), r)))


def brute_frontier(table: np.ndarray, teacher: np.ndarray) -> tuple[int, ...]:
    sets = [frozenset(np.flatnonzero(row != teacher)) for row in table]
    return tuple(i for i, s in enumerate(sets) if not any(t < s for t in sets))


@st.composite
def tables(draw) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 40)), draw(st.integers(1, 8)))
    return rng.random(shape) < draw(st.sampled_from([0.1, 0.3, 0.5]))


@pytest.mark.no_cover
@given(tables())
@settings(deadline=None, max_examples=2000)
def test_vc_dimension_equals_brute_force(table: np.ndarray) -> None:
    found = vc_dimension(table)
    assert found.value == brute_vc(table)
    assert len(found.shattered) == found.value
    assert not found.shattered or shatters(table, found.shattered)


@pytest.mark.no_cover
@given(tables(), st.integers(0, 255))
@settings(deadline=None, max_examples=2000)
def test_frontier_equals_brute_force_and_keeps_a_best_student(table: np.ndarray, bits: int) -> None:
    teacher = np.array([bits >> j & 1 for j in range(table.shape[1])], dtype=bool)
    frontier = pareto_frontier(table, teacher)
    assert frontier.functions == brute_frontier(table, teacher)
    np.testing.assert_array_equal(frontier.table, table[list(frontier.functions)])
    assert frontier.vc_dimension().value <= vc_dimension(table).value
    # Under any distribution a best student is on the frontier.
    chance = np.random.default_rng(bits).dirichlet(np.full(table.shape[1], 0.3))
    errors = (table != teacher) @ chance
    assert errors[list(frontier.functions)].min() == pytest.approx(errors.min(), abs=1e-12)


@given(tables(), st.integers(1, 5))
@settings(deadline=None, max_examples=300)
def test_bounds_of_a_cut_search_enclose_the_dimension(table: np.ndarray, max_sets: int) -> None:
    found = vc_dimension(table, max_sets=max_sets)
    assert found.lower <= brute_vc(table) <= found.upper
    assert found.n_searched <= max_sets
    assert not found.shattered or shatters(table, found.shattered)


def cube(n_bits: int) -> np.ndarray:
    return np.array(list(itertools.product([False, True], repeat=n_bits)))


def test_known_dimensions() -> None:
    line = np.arange(64)
    thresholds = line >= np.arange(65)[:, None]
    intervals = np.array([(line >= a) & (line < b) for a in range(65) for b in range(a, 65)])
    corners = cube(6)
    parities = np.array([(corners[:, list(s)].sum(axis=1) % 2).astype(bool) for s in powerset(6)])
    assert vc_dimension(thresholds).value == 1
    assert vc_dimension(intervals).value == 2
    # A linear space over two elements has as many independent points as dimensions.
    assert vc_dimension(parities).value == 6
    assert vc_dimension(cube(5)).value == 5
    assert vc_dimension(np.zeros((3, 4), bool)).value == 0


def powerset(n: int) -> list[tuple[int, ...]]:
    return [s for r in range(n + 1) for s in itertools.combinations(range(n), r)]


def test_thousands_of_functions_on_64_points() -> None:
    sparse = np.random.default_rng(0).random((3000, 64)) < 0.1
    found = vc_dimension(sparse)
    assert found.exact
    assert shatters(sparse, found.shattered)


def test_a_cut_search_says_so() -> None:
    table = np.random.default_rng(1).random((600, 40)) < 0.5
    found = vc_dimension(table, max_sets=5)
    assert not found.exact
    with pytest.raises(SearchError, match="only bounds"):
        _ = found.value


def test_frontier_far_below_the_class() -> None:
    # Every student errs at point 0; the one that errs nowhere else dominates the other 63.
    table = np.column_stack([np.ones(64, bool), cube(6)])
    frontier = pareto_frontier(table, np.zeros(7, bool))
    assert vc_dimension(table).value == 6
    assert (frontier.functions, frontier.vc_dimension().value, frontier.log_size) == ((0,), 0, 0.0)


def test_frontier_is_no_characterisation() -> None:
    """A frontier of VC dimension 4 whose uniform mixture errs with chance 1/40 without a single row."""
    n_safe = 40
    errors = np.zeros((16 + n_safe, 4 + 16 + n_safe), bool)
    errors[:16, :4] = cube(4)
    errors[np.arange(16 + n_safe), 4 + np.arange(16 + n_safe)] = True
    frontier = pareto_frontier(errors, np.zeros(errors.shape[1], bool))
    assert len(frontier.functions) == errors.shape[0]
    assert frontier.vc_dimension().value >= 4
    assert minimax_mixture(errors).error <= 1 / n_safe + 1e-9
    assert frontier.log_size == pytest.approx(math.log(16 + n_safe))


def test_equal_students_stay_together() -> None:
    table = np.array([[True, False], [True, False], [True, True]])
    frontier = pareto_frontier(table, np.zeros(2, bool))
    assert frontier.functions == (0, 1)
    assert frontier.log_size == 0.0
    assert not frontier.table.flags.writeable


@pytest.mark.parametrize("table", [np.zeros((0, 3), bool), np.zeros((3, 0), bool), np.zeros(3, bool), np.eye(3)])
def test_bad_tables_are_refused(table: np.ndarray) -> None:
    with pytest.raises(InputError):
        vc_dimension(table)


@pytest.mark.parametrize("teacher", [np.zeros(2, bool), np.zeros(3)])
def test_bad_teachers_are_refused(teacher: np.ndarray) -> None:
    with pytest.raises(InputError):
        pareto_frontier(np.eye(3, dtype=bool), teacher)
