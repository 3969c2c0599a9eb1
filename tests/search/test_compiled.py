"""The compiled core against NumPy: the same family, pairs and trees, to the bit where the arithmetic is exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.core import Literal, as_table
from limbeck.search import (
    Agreement,
    BeamSettings,
    DepthTwoKernel,
    HardLabels,
    Impurity,
    Incumbents,
    Influence,
    Options,
    SearchMemory,
    SquaredError,
    ThresholdMover,
    TreeImprover,
    binned_columns,
    compiled_fit,
    core_in_use,
    grow_family,
    solve_program,
)
from limbeck.search.compiled import compiled_sharing
from limbeck.search.program import shared_leaves

pytestmark = pytest.mark.skipif(core_in_use() == "NumPy", reason="the compiled core is not installed")

WEIGHTS = ("none", "counts", "many counts")
# Halves of halves, so that sums are exact.
PRICES = (np.inf, 0.25, 0.0625, 0.75)


def problem(seed):
    """Return literals with their answers by column: nested thresholds, sets, and one answer for all."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(2, 150)), int(rng.integers(1, 6))
    x = rng.integers(0, rng.integers(2, 9), size=(n, p))
    literals, asked, answers = [Literal.is_value("none", 1)], [p], [np.zeros(n, bool)]
    for j in range(p):
        for threshold in np.unique(x[:, j]):
            literals.append(Literal.at_most(f"x{j}", float(threshold)))
            answers.append(x[:, j] <= threshold)
            asked.append(j)
        some = rng.permutation(np.unique(x[:, j]))[:2]
        literals.append(Literal.one_of(f"x{j}", [str(v) for v in some]))
        answers.append(np.isin(x[:, j], some))
        asked.append(j)
    answers = np.ascontiguousarray(np.array(answers).T)
    return rng, literals, answers, binned_columns(answers, np.array(asked))


def hard_loss(rng, n, kind):
    classes = int(rng.integers(2, 6))
    weights = {"none": None, "counts": rng.integers(0, 3, n) + 0.0, "many counts": rng.integers(1, 500, n) + 0.0}[kind]
    weights = None if weights is None or not weights.any() else weights
    return HardLabels(rng.integers(classes, size=n), classes, weights)


def beam_of(rng):
    return BeamSettings(
        widths=(3, 2, 1), beam=int(rng.integers(3, 30)), max_depth=6, min_leaf=float(rng.integers(1, 4)), pair_clauses=5
    )


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(WEIGHTS), st.sampled_from(PRICES))
def test_the_same_family_is_grown(seed, kind, price):
    rng, literals, answers, columns = problem(seed)
    loss, beam, n = hard_loss(rng, len(answers), kind).priced(price), beam_of(rng), len(answers)
    queried = rng.permutation(n)[: 1 + n // 2]
    shape = (len(queried), len(literals))
    influence = Influence(queried, rng.random(shape, np.float32), np.ones(shape, np.float32))
    guides = [influence, Impurity(loss), Agreement(loss)]
    one = grow_family(answers, loss, guides, beam, columns=columns)
    two = grow_family(answers, loss, guides, beam, columns=columns, compiled=compiled_fit(loss, columns))
    assert_same(one, two)


def assert_same(one, other):
    assert len(one.levels) == len(other.levels)
    for a, b in zip(one.levels, other.levels, strict=True):
        np.testing.assert_array_equal(a.members, b.members)
        np.testing.assert_array_equal(a.sums, b.sums)
        for part in ("options", "pairs"):
            mine, theirs = getattr(a, part), getattr(b, part)
            assert (mine is None) == (theirs is None)
            for name in vars(mine or ()) if mine is not None else ():
                np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=f"{part} {name}")


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.booleans())
def test_the_same_pairs_are_found_where_most_classes_are_absent_or_count_for_nothing(seed, classes, many_kinds):
    rng, _, answers, columns = problem(seed)
    n = len(answers)
    there = rng.permutation(classes)[: int(rng.integers(1, 8))]
    codes = np.where(rng.random(n) < 0.2, classes - 1, rng.choice(there, n))
    by_class = rng.integers(0, 3, classes) * (rng.random(classes) < 0.6) + 0.0
    by_class[codes[0]] = 1.0
    weights = by_class[codes] * (rng.integers(1, 500, n) if many_kinds else 1)
    loss, least = HardLabels(codes, classes, weights), float(rng.integers(0, 3))
    # All rows, none, those that count for nothing, those of one class, and some at random.
    held = np.array(
        [np.ones(n, bool), np.zeros(n, bool), weights == 0, codes == classes - 1, *(rng.random((3, n)) < 0.5)]
    )
    given = {"min_leaf": least, "max_literals": int(rng.integers(1, 12))}
    one, two = (
        DepthTwoKernel(answers, loss, compiled=core, **given).solve(np.packbits(held, axis=1), np.arange(len(held)))
        for core in (None, compiled_fit(loss, columns))
    )
    for name in ("clause", "cost", "literals"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


def test_the_same_family_is_grown_where_histograms_take_several_blocks():
    rng = np.random.default_rng(0)
    x, thresholds = rng.normal(size=(200, 20)), np.linspace(-2, 2, 60)
    answers = np.ascontiguousarray((x[:, :, None] <= thresholds).reshape(200, -1))
    columns = binned_columns(answers, np.repeat(np.arange(20), 60))
    loss, beam = HardLabels(rng.integers(5, size=200), 5), BeamSettings(widths=(3, 2), beam=20, max_depth=4)
    guides = [Impurity(loss), Agreement(loss)]
    one = grow_family(answers, loss, guides, beam, columns=columns)
    assert_same(one, grow_family(answers, loss, guides, beam, columns=columns, compiled=compiled_fit(loss, columns)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(WEIGHTS))
def test_the_same_family_is_grown_around_incumbents_and_from_memory(seed, kind):
    rng, literals, answers, columns = problem(seed)
    loss, beam = hard_loss(rng, len(answers), kind), beam_of(rng)
    guides, core, memory = [Impurity(loss), Agreement(loss)], compiled_fit(loss, columns), SearchMemory()
    known = None
    for _ in range(3):
        given = {"columns": columns, "incumbents": known}
        one = grow_family(answers, loss, guides, beam, **given)
        assert_same(one, grow_family(answers, loss, guides, beam, compiled=core, **given))
        assert_same(one, grow_family(answers, loss, guides, beam, compiled=core, memory=memory, **given))
        frontier = solve_program(one, tuple(literals), loss, max_leaves=9, min_leaf=beam.min_leaf)
        known = Incumbents([point.root for point in frontier.points], literals, answers)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(WEIGHTS), st.sampled_from([0.0, 1.0, 3.0]))
def test_the_same_thresholds_are_moved(seed, kind, least):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 120))
    x = np.where(rng.random((n, 3)) < 0.1, np.nan, rng.normal(size=(n, 3)).round(1))
    table, loss = as_table(x), hard_loss(rng, n, kind)
    literals = [Literal.at_most(f"x{j}", float(t)) for j in range(3) for t in rng.normal(size=4).round(2)]
    literals += [Literal.is_value("x0", 0.5), Literal.missing("x1")]
    answers = np.column_stack([literal.holds(table[literal.column]) for literal in literals])
    asked = np.array([int(literal.column[1]) for literal in literals])
    columns = binned_columns(answers, asked)
    family = grow_family(answers, loss, [Impurity(loss)], beam_of(rng), columns=columns)
    core = compiled_fit(loss, columns)
    for point in solve_program(family, tuple(literals), loss, max_leaves=9).points:
        numpy = ThresholdMover(table, loss, least).moved(point.root)
        assert numpy == ThresholdMover(table, loss, least, literals, core).moved(point.root)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(WEIGHTS), st.sampled_from(PRICES))
def test_the_same_trees_are_improved(seed, kind, price):
    rng, literals, answers, columns = problem(seed)
    loss, beam = hard_loss(rng, len(answers), kind).priced(price), beam_of(rng)
    family = grow_family(answers, loss, [Agreement(loss)], beam, columns=columns)
    frontier = solve_program(family, tuple(literals), loss, max_leaves=9, min_leaf=beam.min_leaf)
    given = {"columns": columns, "min_leaf": beam.min_leaf}
    numpy = TreeImprover(literals, answers, loss, **given)
    core = TreeImprover(literals, answers, loss, compiled=compiled_fit(loss, columns), **given)
    for point in frontier.points:
        for made in ("improved", "fitted"):
            (one, cost), (two, other) = (getattr(improver, made)(point.root) for improver in (numpy, core))
            assert one == two
            assert other == pytest.approx(cost, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(PRICES))
def test_trees_of_numbers_cost_as_much_and_are_never_made_worse(seed, several, price):
    """Sums of fractions are rounded in another order, so that ties may fall otherwise."""
    rng, literals, answers, columns = problem(seed)
    n = len(answers)
    loss = SquaredError(rng.normal(size=(n, 3) if several else n), rng.random(n) + 0.1).priced(price)
    beam, core = beam_of(rng), compiled_fit(loss, columns)
    costs = []
    for compiled in (None, core):
        family = grow_family(answers, loss, [Impurity(loss)], beam, columns=columns, compiled=compiled)
        frontier = solve_program(family, tuple(literals), loss, max_leaves=6, min_leaf=beam.min_leaf)
        improver = TreeImprover(literals, answers, loss, columns=columns, min_leaf=beam.min_leaf, compiled=compiled)
        better = [improver.improved(point.root)[1] for point in frontier.points]
        assert all(b <= p.cost + 1e-9 for b, p in zip(better, frontier.points, strict=True))
        costs.append([p.cost for p in frontier.points])
    np.testing.assert_allclose(costs[0][:2], costs[1][:2], rtol=1e-6, atol=1e-9)


def test_threads_change_nothing(monkeypatch):
    rng, _, answers, columns = problem(7)
    loss, found = hard_loss(rng, len(answers), "counts"), []
    beam = BeamSettings(widths=(3, 2), beam=20, max_depth=5, pair_clauses=5)
    for threads in (1, 3):
        monkeypatch.setattr("limbeck.search.proposing.cores", lambda threads=threads: threads)
        monkeypatch.setattr("limbeck.search.depth_two.cores", lambda threads=threads: threads)
        core = compiled_fit(loss, columns)
        found.append(grow_family(answers, loss, [Impurity(loss)], beam, columns=columns, compiled=core))
    one, two = found
    assert all(a.members.tobytes() == b.members.tobytes() for a, b in zip(one.levels, two.levels, strict=True))


def test_numpy_can_be_asked_for(monkeypatch):
    _, _, _, columns = problem(1)
    monkeypatch.setenv("LIMBECK_NUMPY_CORE", "1")
    assert core_in_use() == "NumPy"
    assert compiled_fit(HardLabels([0, 1], 2), columns) is None


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 6), st.integers(1, 5))
def test_leaves_are_shared_between_the_sides_of_splits_as_by_numpy(seed, s, k, k_below):
    rng = np.random.default_rng(seed)
    below = np.minimum.accumulate(rng.integers(0, 9, (s, k_below)) / 4, axis=0)
    below[: rng.integers(0, s + 1), 0] = np.inf
    value = np.repeat(np.where(rng.random(k) < 0.2, np.inf, rng.integers(2, 20, k) / 4)[None], s + 1, axis=0)
    m = int(rng.integers(1, 12))
    options = Options(np.sort(rng.integers(0, k, m)), np.zeros(m, int), *rng.integers(0, k_below, (2, m)))
    assert np.array_equal(compiled_sharing()(value, below, options), shared_leaves(value, below, options))
