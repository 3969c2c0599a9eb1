"""Distilling batches: the same tree and counts however the rows are cut, and those that memory would give."""

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import OutputReading
from limbeck.errors import InputError
from limbeck.passes import streaming
from limbeck.search import FamilyCounter, HardLabels, solve_program
from limbeck.streams import Frames

N = 4000


def rows(n=N, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "a": rng.integers(4, size=n),
            "b": rng.choice(list("xyz"), n),
            "c": rng.random(n) < 0.5,
            "d": np.where(rng.random(n) < 0.1, np.nan, rng.integers(9, size=n)),
            "w": rng.integers(0, 5, n) / 4,
        }
    )


def classes(x):
    odd = (x["d"].fillna(0).to_numpy() > 4) ^ x["c"].to_numpy().astype(bool)
    return np.where(x["b"].to_numpy() == "x", x["a"].to_numpy() > 1, odd).astype(int)


def numbers(x):
    return classes(x) * 1.7 + x["a"].to_numpy() * 0.1


def scores(x):
    p = 0.1 + 0.3 * classes(x) + 0.1 * x["a"].to_numpy()
    return np.column_stack([1 - p, p])


def cut(frame, n_parts, shuffle=None):
    order = np.arange(n_parts) if shuffle is None else np.random.default_rng(shuffle).permutation(n_parts)
    parts = np.array_split(np.arange(len(frame)), n_parts)
    return [frame.iloc[parts[i]] for i in order]


@pytest.fixture(autouse=True)
def small_sample(monkeypatch):
    monkeypatch.setattr(streaming, "MOST_SEARCHED", 400)
    monkeypatch.setattr(streaming, "MOST_CERTIFICATE", 300)


def told(result):
    """What must not depend on the cutting: trees with their counts, their figures, and the certificate."""
    points = [(p.tree.to_dict(), p.fit_fidelity, p.validation_fidelity) for p in result.frontier]
    return points, result.tree.to_dict(), result.certificate, result.ledger.fit_rows


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (classes, {}),
        (numbers, {}),
        (scores, {"loss": "soft"}),
        (classes, {"class_weight": "balanced"}),
        (classes, {"sample_weight": "w"}),
        (numbers, {"sample_weight": "w", "monotone": {"a": -1}}),
    ],
)
def test_trees_and_counts_are_equal_bit_for_bit_however_rows_are_cut(model, asked):
    frame = rows()
    if "sample_weight" not in asked:
        frame = frame.drop(columns="w")
    asked = {"max_leaves": 7, "effort": "fast", **asked}
    whole = told(distill(model, [frame], **asked))
    for way in (cut(frame, 7), cut(frame.sample(frac=1, random_state=3), 100)):
        assert told(distill(model, way, **asked)) == whole


def test_every_row_but_those_of_the_certificate_is_counted():
    frame = rows().drop(columns="w")
    result = distill(classes, cut(frame, 5), max_leaves=8, effort="fast")
    n_fit = N - result.certificate.n_rows
    assert result.certificate.n_rows == 300
    assert result.ledger.fit_rows == n_fit
    assert result.tree.n_rows[0] == n_fit
    answers = classes(frame)
    # Leaf by leaf, rows that fit and rows of the certificate are all rows.
    leaf = result.tree.apply(frame)
    for at in result.certificate.leaves:
        here = leaf == at.leaf
        assert result.tree.n_rows[at.leaf] + at.n_rows == here.sum()
    right = (result.tree.predict(frame) == answers).sum()
    fit = next(p for p in result.frontier if p.tree is result.tree)
    held = result.certificate.n_rows - result.certificate.disagreements
    assert fit.fit_fidelity * n_fit == pytest.approx(right - held)


def test_the_tree_is_the_one_that_the_same_family_gives_in_memory(monkeypatch):
    """Oracle: the family of the sample counted on all rows at once, from one array."""
    seen = {}
    plain = streaming.solved_on_counts

    def watched(run, fitted, counting, counted):
        seen.update(counting=counting, result=plain(run, fitted, counting, counted))
        return seen["result"]

    monkeypatch.setattr(streaming, "solved_on_counts", watched)
    frame = rows().drop(columns="w")
    distill(classes, cut(frame, 9), max_leaves=8, effort="fast", certificate=0.0)
    counting, found = seen["counting"], seen["result"].frontier
    reading = OutputReading.fixed_on(classes(frame))
    loss = HardLabels(reading.read(classes(frame)).codes, 2)
    counter = FamilyCounter(counting.family, 2)
    counter.add(counting.vocabulary.evaluate(frame), loss.statistics)
    family = counter.counted(counting.family)
    oracle = solve_program(family, counting.vocabulary.literals, loss, max_leaves=8)
    best = {point.n_leaves: point.cost for point in found.points}
    for point in oracle.points:
        assert min(cost for size, cost in best.items() if size <= point.n_leaves) <= point.cost
    roots = {repr(point.root) for point in found.points}
    assert sum(repr(point.root) in roots for point in oracle.points) >= len(roots) - 1


def test_a_stream_that_is_small_is_drawn_whole():
    frame = rows(300).drop(columns="w")
    result = distill(classes, cut(frame, 3), max_leaves=4, effort="fast")
    assert result.ledger.fit_rows + result.certificate.n_rows == 300


def test_rows_in_the_certificate_have_no_part_in_the_counts_even_where_they_are_all_alike():
    frame = pd.DataFrame({"x": np.repeat([0, 1], [N // 2, N // 2])})
    result = distill(lambda x: x["x"].to_numpy(), cut(frame, 4), max_leaves=2, effort="fast")
    assert result.tree.n_rows[0] == N - 300
    assert result.tree.n_rows[0] + result.certificate.n_rows == N


@pytest.mark.parametrize("asked", [{"groups": "b"}, {"order": "a"}, {"defer": 0.1}, {"sample_weight": np.ones(N)}])
def test_what_takes_all_rows_at_once_is_refused(asked):
    with pytest.raises(InputError, match=r"rows in batches|column of the batches"):
        distill(classes, cut(rows(), 3), **asked)


def test_rows_that_can_be_gone_through_once_only_are_refused():
    with pytest.raises(InputError, match="more than once"):
        distill(classes, iter(cut(rows(), 3)))


def test_a_function_that_returns_an_iterator_is_enough():
    frame = rows().drop(columns="w")
    from_list = distill(classes, cut(frame, 3), max_leaves=4, effort="fast")
    assert told(distill(classes, lambda: iter(cut(frame, 3)), max_leaves=4, effort="fast")) == told(from_list)


def test_an_error_of_the_teacher_says_how_far_the_pass_was():
    frame = rows().drop(columns="w")
    calls = iter(range(100))

    def fails(x):
        if len(x) == 1000 and next(calls) == 2:
            raise ValueError("out of order")
        return classes(x)

    with pytest.raises(Exception, match=r"out of order.*after 1\s?\d{3} rows|out of order.*after 2\s?000 rows"):
        distill(fails, cut(frame, 4), max_leaves=4, effort="fast", certificate=0.0, retries=0)


def test_without_time_the_trees_of_the_sample_are_kept_and_this_is_said(monkeypatch):
    frame = rows().drop(columns="w")
    monkeypatch.setattr(streaming.Run, "keep_going", lambda self, during: during != "counting" or next(left) < 2)
    left = iter(range(100))
    result = distill(classes, cut(frame, 4), max_leaves=4, effort="fast")
    assert result.ledger.fit_rows == 400
    assert any("no time to count all rows" in note for note in result.notes)


def test_progress_tells_rows_of_all_passes():
    seen = []
    stream = Frames(lambda _: cut(rows().drop(columns="w"), 4), "four frames", N)
    distill(classes, stream, max_leaves=4, effort="fast", progress=lambda *step: seen.append(step))
    for what in ("counting equal rows", "drawing a sample", "asking about and counting all rows"):
        assert [done for name, done, total in seen if name == what and total == N] == [0, 1000, 2000, 3000, 4000]
