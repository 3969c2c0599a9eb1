"""Distilling batches: the same tree and counts however the rows are cut, and those that memory would give."""

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import OutputReading, Split
from limbeck.errors import InputError, SearchError
from limbeck.passes import counting, streaming
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


@pytest.mark.no_cover
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


def test_the_trees_are_those_that_the_same_family_gives_in_memory(monkeypatch):
    """Oracle: the family of the sample counted on all rows at once, from one array, and solved."""
    seen, solved, plain, solve = {}, [], streaming.solved_on_counts, counting.solve_program

    def watched(run, fitted, counted, sums):
        seen.update(counting=counted, sample=fitted.frontier, result=plain(run, fitted, counted, sums))
        return seen["result"]

    def solving(*given, **asked):
        solved.append(solve(*given, **asked))
        return solved[-1]

    monkeypatch.setattr(streaming, "solved_on_counts", watched)
    frame = rows().drop(columns="w")
    with monkeypatch.context() as patch:
        patch.setattr(counting, "solve_program", solving)
        distill(classes, cut(frame, 9), max_leaves=8, effort="fast", certificate=0.0)
    counts, found = seen["counting"], seen["result"].frontier
    reading = OutputReading.fixed_on(classes(frame))
    loss = HardLabels(reading.read(classes(frame)).codes, 2)
    counter = FamilyCounter(counts.family, 2)
    counter.add(counts.vocabulary.evaluate(frame), loss.statistics)
    oracle = solve_program(counter.counted(counts.family), counts.vocabulary.literals, loss, max_leaves=8)
    assert solved[-1].points == oracle.points
    # A tree that the sample found stays in the place of one of these that is no better than it on all rows.
    mine = {point.root for point in oracle.points}
    others = [point for point in found.points if point.root not in mine]
    assert len(others) < len(found.points)
    for point in others:
        assert any(alike(point.root, old.root) for old in seen["sample"].points)
        assert point.cost <= oracle.best(point.n_leaves).cost + loss.least_gain


def alike(one, other):
    """Tell whether two trees ask the same."""
    if isinstance(one, Split) and isinstance(other, Split):
        return one.literal == other.literal and alike(one.yes, other.yes) and alike(one.no, other.no)
    return type(one) is type(other)


def test_a_stream_that_is_small_is_drawn_whole():
    frame = rows(300).drop(columns="w")
    result = distill(classes, cut(frame, 3), max_leaves=4, effort="fast")
    assert result.ledger.fit_rows + result.certificate.n_rows == 300


def test_rows_in_the_certificate_have_no_part_in_the_counts_even_where_they_are_all_alike():
    frame = pd.DataFrame({"x": np.repeat([0, 1], [N // 2, N // 2])})
    result = distill(lambda x: x["x"].to_numpy(), cut(frame, 4), max_leaves=2, effort="fast")
    assert result.tree.n_rows[0] == N - 300
    assert result.tree.n_rows[0] + result.certificate.n_rows == N


@pytest.mark.parametrize("asked", [{"groups": "b"}, {"order": "a"}, {"sample_weight": np.ones(N)}])
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


@pytest.mark.parametrize(("n_batches", "found"), [(0, "0 of 4,000 rows .counting"), (6, "2,000 of 4,000 rows .draw")])
def test_without_time_to_draw_there_is_an_error_with_what_was_read(monkeypatch, n_batches, found):
    left = iter(range(100))
    monkeypatch.setattr(streaming.Run, "keep_going", lambda self, during: during != "drawing" or next(left) < n_batches)
    stream = Frames(lambda _: cut(rows().drop(columns="w"), 4), "four frames", N)
    with pytest.raises(SearchError, match=rf"four frames.*time_limit=9.*{found}.*more time"):
        distill(classes, stream, effort="fast", time_limit=9)


def test_what_cells_of_text_files_lose_is_said_from_python_too(tmp_path):
    for i, codes in enumerate(("1,2", "007,NA")):
        (tmp_path / f"{i}.csv").write_text("code,word\n" + codes + "\n" + "3,x\n" * 40)
    result = distill(lambda x: x["code"].to_numpy() > 2, str(tmp_path), effort="fast", max_leaves=2)
    lost = [note for note in result.notes if "CellKinds" in note]
    assert "zeros in `code` (007)" in lost[0]
    assert "`word` (NA, 1 cell)" in lost[1]
    assert len(lost) == 2


def test_progress_tells_rows_of_all_passes():
    seen = []
    stream = Frames(lambda _: cut(rows().drop(columns="w"), 4), "four frames", N)
    distill(classes, stream, max_leaves=4, effort="fast", progress=lambda *step: seen.append(step))
    for what in ("counting equal rows", "drawing a sample", "asking about and counting all rows"):
        assert [done for name, done, total in seen if name == what and total == N] == [0, 1000, 2000, 3000, 4000]
