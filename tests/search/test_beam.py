"""The beam: wide it is exhaustive, narrow it keeps what its guides and its ranking say."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Kind, Literal, Tree
from limbeck.errors import LimbeckError, SearchError
from limbeck.search import (
    Agreement,
    BeamSettings,
    HardLabels,
    Impurity,
    SquaredError,
    best_costs_by_enumeration,
    grow_family,
    row_sets,
    solve_program,
)


def question(j):
    return Literal.is_value(f"x{j}", 1.0)


def solved(answers, family, loss, *, max_leaves=8, min_leaf=1.0):
    literals = tuple(question(j) for j in range(answers.shape[1]))
    return solve_program(family, literals, loss, max_leaves=max_leaves, min_leaf=min_leaf)


class Favourites:
    """A guide that likes some literals, the later the better, whatever the clause."""

    def __init__(self, literals):
        self.literals = list(literals)
        self.name = "favourites"

    def scores(self, batch):
        liked = np.full(batch.yes_sums.shape[1:], -1.0)
        liked[:, self.literals] = np.arange(len(self.literals))
        return liked

    def work(self):
        return 0.0


def bits(n, p, seed=0):
    return np.random.default_rng(seed).random((n, p)) < 0.5


def clauses_of(family, r):
    return row_sets(family.levels[r].members, family.n_rows, np.bool_)


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3]), st.sampled_from([1.0, 2.0]), st.booleans(), st.booleans())
def test_a_beam_wide_enough_finds_the_best_tree_of_all(seed, depth, min_leaf, kernel, hard):
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(2, 10)), int(rng.integers(1, 5))
    answers = rng.random((n, p)) < 0.5
    loss = HardLabels(rng.integers(3, size=n), 3) if hard else SquaredError(rng.normal(size=n))
    wide = BeamSettings((p,), 10_000, depth, min_leaf, 10_000 if kernel else 0)
    family = grow_family(answers, loss, [Impurity(loss)], wide)
    frontier = solved(answers, family, loss, max_leaves=6, min_leaf=min_leaf)
    best = best_costs_by_enumeration(answers, loss, max_leaves=6, max_depth=depth, min_leaf=min_leaf)
    assert [frontier.best(s).cost for s in range(1, 7)] == pytest.approx(best, rel=1e-6, abs=1e-6 + loss.least_gain)
    assert family.complete


@pytest.mark.parametrize("weights", [None, "real"])
def test_the_sums_of_every_clause_are_those_of_its_rows_and_no_clause_is_there_twice(weights):
    answers = bits(200, 12)
    rng = np.random.default_rng(1)
    w = None if weights is None else rng.random(200) + 0.1
    for loss in (HardLabels(rng.integers(3, size=200), 3, w), SquaredError(rng.normal(size=200), w)):
        family = grow_family(answers, loss, [Impurity(loss), Agreement(loss)], BeamSettings((3,), 40, 4, 5.0, 0))
        assert len(family.levels) == 5
        for r, level in enumerate(family.levels):
            rows = clauses_of(family, r)
            assert len(np.unique(rows, axis=0)) == len(rows)
            assert level.sums == pytest.approx(rows @ loss.statistics, rel=1e-9, abs=1e-9)
            if level.options is None:
                continue
            below, o = clauses_of(family, r + 1), level.options
            assert (np.diff(o.parent) >= 0).all()
            for parent, literal, yes, no in zip(o.parent, o.literal, o.yes, o.no, strict=True):
                assert np.array_equal(below[yes], rows[parent] & answers[:, literal])
                assert np.array_equal(below[no], rows[parent] & ~answers[:, literal])
        assert family.n_clauses == sum(len(level) for level in family.levels)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 3.0, 10.0]), st.integers(0, 4))
def test_the_limits_on_depth_and_leaves_are_kept(seed, min_leaf, max_depth):
    rng = np.random.default_rng(seed)
    answers = rng.random((60, 8)) < 0.5
    loss = HardLabels(rng.integers(2, size=60), 2)
    family = grow_family(answers, loss, [Impurity(loss)], BeamSettings((4, 2), 50, max_depth, min_leaf, 20))
    assert len(family.levels) <= max_depth + 1
    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(8))
    for point in solved(answers, family, loss, max_leaves=12, min_leaf=min_leaf).points:
        tree = Tree.from_node(point.root, classes=(0, 1), columns=columns)
        assert tree.depth <= max_depth
        assert tree.n_leaves <= 12
        assert tree.n_rows[tree.leaves].min() >= min_leaf
        reached = np.bincount(tree.apply(answers.astype(float)), minlength=tree.n_nodes)
        assert reached[tree.leaves].tolist() == tree.n_rows[tree.leaves].tolist()


def test_the_beam_and_the_widths_bound_the_family():
    answers = bits(300, 30)
    loss = HardLabels(np.random.default_rng(2).integers(2, size=300), 2)
    beam = BeamSettings((4, 2), 6, 4, 1.0, 0)
    family = grow_family(answers, loss, [Impurity(loss)], beam)
    for r, level in enumerate(family.levels[:-1]):
        extended, counts = np.unique(level.options.parent, return_counts=True)
        assert len(extended) <= 6
        assert counts.max() <= beam.width(r)
    assert [beam.width(r) for r in range(4)] == [4, 2, 2, 2]


def test_every_guide_has_places_of_its_own():
    answers = bits(300, 30)
    loss = HardLabels(np.random.default_rng(2).integers(2, size=300), 2)
    beam = BeamSettings((4, 2), 6, 2, 1.0, 0)
    first, last = Favourites(range(5)), Favourites(range(25, 30))
    for guides, literals in (
        ([first], [1, 2, 3, 4]),
        ([last], [26, 27, 28, 29]),
        ([first, last], [1, 2, 3, 4, 26, 27, 28, 29]),
        ([first, first], [1, 2, 3, 4]),
    ):
        family = grow_family(answers, loss, guides, beam)
        assert family.levels[0].options.literal.tolist() == literals


def test_clauses_on_the_first_choices_of_a_guide_are_extended_first():
    """Four places go to the children of both first choices, before any second choice."""
    answers = bits(300, 30)
    loss = HardLabels(np.random.default_rng(2).integers(2, size=300), 2)
    guides = [Favourites(range(5)), Favourites(range(25, 30))]
    family = grow_family(answers, loss, guides, BeamSettings((2,), 4, 2, 1.0, 0))
    extended = clauses_of(family, 1)[np.unique(family.levels[1].options.parent)]
    wanted = np.array([side for j in (4, 29) for side in (answers[:, j], ~answers[:, j])])
    assert {rows.tobytes() for rows in extended} == {rows.tobytes() for rows in wanted}


def test_the_kernel_is_run_where_two_more_questions_are_allowed():
    answers = bits(100, 6)
    loss = HardLabels(np.random.default_rng(3).integers(2, size=100), 2)
    family = grow_family(answers, loss, [Impurity(loss)], BeamSettings((3,), 50, 3, 1.0, 5))
    sizes = [0 if level.pairs is None else len(level.pairs.clause) for level in family.levels]
    assert sizes[0] == 1
    assert 1 <= sizes[1] <= 5
    assert sizes[2:] == [0, 0]
    for level in family.levels[:2]:
        assert len(set(level.pairs.clause.tolist())) == len(level.pairs.clause)


def test_pure_and_light_clauses_are_not_split():
    answers = np.array(list(itertools.product([False, True], repeat=3)))
    loss = HardLabels(answers[:, 0].astype(int), 2)
    family = grow_family(answers, loss, [Impurity(loss)], BeamSettings((1,), 10, 3, 1.0, 0))
    assert len(family.levels) == 2, "both children are pure"
    heavy = grow_family(answers, loss, [Impurity(loss)], BeamSettings((3,), 10, 3, 5.0, 0))
    assert len(heavy.levels) == 1, "eight rows cannot be split into two leaves of five"


def test_the_same_search_gives_the_same_family_bit_for_bit():
    answers = bits(500, 40)
    rng = np.random.default_rng(4)
    for loss in (HardLabels(rng.integers(4, size=500), 4), SquaredError(rng.normal(size=500))):
        families = [
            grow_family(answers, loss, [Impurity(loss), Agreement(loss)], BeamSettings((6, 3), 60, 4, 2.0, 30))
            for _ in range(2)
        ]
        assert families[0].n_probes == families[1].n_probes
        for one, other in zip(families[0].levels, families[1].levels, strict=True):
            assert one.members.tobytes() == other.members.tobytes()
            assert one.sums.tobytes() == other.sums.tobytes()
        assert solved(answers, families[0], loss) == solved(answers, families[1], loss)


@pytest.mark.parametrize("replies", [0, 1, 2, 5, 9])
def test_a_search_that_is_stopped_still_gives_a_tree(replies):
    answers = bits(200, 10)
    loss = HardLabels(np.random.default_rng(5).integers(2, size=200), 2)
    left = iter([True] * replies)
    family = grow_family(
        answers, loss, [Impurity(loss)], BeamSettings((4,), 50, 5, 1.0, 50), keep_going=lambda: next(left, False)
    )
    assert not family.complete
    frontier = solved(answers, family, loss)
    columns = tuple((f"x{j}", Kind.NUMERIC) for j in range(10))
    for point in frontier.points:
        tree = Tree.from_node(point.root, classes=(0, 1), columns=columns)
        wrong = (tree.predict(answers.astype(float)) != loss.statistics.argmax(axis=1)).sum()
        assert int(point.cost) == wrong
    if replies == 0:
        assert len(frontier.points) == 1


def test_progress_counts_up_on_every_level():
    answers = bits(100, 6)
    loss = HardLabels(np.random.default_rng(6).integers(2, size=100), 2)
    told = []
    grow_family(
        answers, loss, [Impurity(loss)], BeamSettings((3,), 20, 3, 1.0, 0), on_level=lambda *at: told.append(at)
    )
    assert {level for level, _, _ in told} == {0, 1, 2}
    assert all(0 < done <= total for _, done, total in told)


def test_a_search_without_a_guide_is_refused():
    loss = HardLabels([0, 1], 2)
    with pytest.raises(SearchError, match="at least one guide") as caught:
        grow_family(np.array([[True], [False]]), loss, [], BeamSettings())
    assert isinstance(caught.value, LimbeckError)
    assert caught.value.remedy


@pytest.mark.parametrize("seed", range(5))
def test_the_greedy_tree_of_every_guide_is_grown_whole_beside_all_others(seed):
    """Wide proposals do not crowd the first choices out."""
    rng = np.random.default_rng(seed)
    answers = rng.random((400, 30)) < rng.uniform(0.2, 0.8, 30)
    loss = HardLabels(np.digitize(answers[:, :8].sum(axis=1) + rng.normal(size=400), [2, 4, 5]), 4)
    guides, depth = [Impurity(loss), *(Favourites(rng.permutation(30)) for _ in range(2))], 5
    both = grow_family(answers, loss, guides, BeamSettings((8,), len(guides) * 2**depth, depth, 1.0, 0))
    for guide in guides:
        alone = grow_family(answers, loss, [guide], BeamSettings((1,), 2**depth, depth, 1.0, 0))
        for level, found in zip(alone.levels, both.levels, strict=True):
            assert set(map(bytes, level.members)) <= set(map(bytes, found.members))


def test_a_priority_replaces_the_ranking():
    """With one place in the beam, only the clause that the priority likes best is extended."""
    answers = bits(400, 6)
    loss = HardLabels(np.random.default_rng(7).integers(2, size=400), 2)
    asked = []

    def likes(wanted):
        def priority(members):
            asked.append(members.shape)
            return (members == answers[:, wanted]).mean(axis=1)

        return priority

    for wanted in (2, 5):
        family = grow_family(answers, loss, [Impurity(loss)], BeamSettings((6,), 1, 2, 1.0, 0), priority=likes(wanted))
        extended = np.unique(family.levels[1].options.parent)
        assert np.array_equal(clauses_of(family, 1)[extended], answers[None, :, wanted])
    assert all(shape[1] == 400 for shape in asked)
    assert len(asked) == 4


def test_many_clauses_are_scored_in_batches_of_bounded_memory():
    """With 30 000 rows a batch holds some hundred clauses; all of them are extended all the same."""
    answers = bits(30_000, 10, seed=8)
    parity = (answers[:, 0] ^ answers[:, 1] ^ answers[:, 2] ^ answers[:, 3]).astype(int)
    loss = HardLabels(parity, 2)
    told = []
    family = grow_family(
        answers, loss, [Impurity(loss)], BeamSettings((10,), 1000, 4, 1.0, 0), on_level=lambda *at: told.append(at)
    )
    assert max(total for _, _, total in told) > 800
    assert len([at for at in told if at[0] == 3]) > 1
    assert solved(answers, family, loss, max_leaves=16).points[-1].cost == 0.0
