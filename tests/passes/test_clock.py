"""Time limits, by clocks that tests turn themselves: no pass may take more than its share, and what is cut is said."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest

from limbeck import distill
from limbeck.core import Tree, as_table
from limbeck.distillation import Status
from limbeck.passes import Clock, counted_from
from limbeck.passes.asker import Asker
from limbeck.passes.clock import _CUT, _ENDS, _SHAPING
from limbeck.passes.learning import Learner
from limbeck.teachers import FunctionTeacher, as_teacher

ROWS = np.random.default_rng(4).normal(size=(400, 5))


class Hands:
    """A clock that stands still until it is turned."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


class Slow:
    """A model that takes so many seconds a row, and so many for each call."""

    def __init__(self, hands, row, call=0.0):
        self.hands, self.row, self.call, self.asked = hands, row, call, []

    def __call__(self, rows):
        self.asked.append(rows)
        self.hands.time += self.row * len(rows) + self.call
        return (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0).astype(int)

    @property
    def n_asked(self):
        return sum(map(len, self.asked))


def timed(monkeypatch, hands, kind=Clock):
    """Let runs go by a clock of ours."""
    monkeypatch.setattr("limbeck.passes.run.Clock", partial(kind, now=hands))


def cut_in(result):
    """Return the note on what the time limit cut short, or an empty text."""
    return next((note for note in result.notes if note.startswith("the time limit of")), "")


def test_a_pass_has_time_until_its_share_of_the_limit():
    hands = Hands()
    clock = Clock(10.0, hands)
    for during, end in sorted(_ENDS.items(), key=lambda item: item[1]):
        hands.time = 100.0 + 10.0 * end - 0.01
        assert clock.has_time(during)
        assert not clock.has_time(during, seconds=0.5)
        assert clock.left(during) == pytest.approx(0.01)
    assert math.isinf(Clock(None, hands).left("searching"))


def test_time_is_kept_free_for_the_certificate_but_not_most_of_it():
    hands = Hands()
    clock = Clock(10.0, hands)
    before = clock.left("searching")
    clock.reserved = 2.0
    assert before > clock.left("searching") == pytest.approx(9.5 - 2.0)
    clock.reserved = 1e6
    assert clock.left("searching") == pytest.approx(9.5 - 3.0)
    assert clock.left("certifying") == pytest.approx(9.5)


def test_a_limit_counts_from_the_moment_that_it_is_told():
    hands = Hands()
    with counted_from(97.0):
        clock = Clock(10.0, hands)
    assert clock.left("comparing") == pytest.approx(7.0)
    assert Clock(10.0, hands).left("comparing") == pytest.approx(10.0)


@pytest.mark.parametrize("row", [0.02, 1.5])
def test_a_slow_model_is_asked_about_no_more_rows_than_its_share(row):
    hands = Hands()
    model, clock = Slow(hands, row), Clock(10.0, hands)
    told = Asker(as_teacher(model), clock).answers_in_time(as_table(ROWS), "asking")
    assert len(told) == model.n_asked
    assert _ENDS["asking"] * 10.0 - row < hands.time - 100.0 < _ENDS["asking"] * 10.0 + row + 0.1
    assert (np.concatenate(model.asked) == ROWS[: len(told)]).all()


def test_a_fast_model_is_asked_in_ever_larger_slices():
    hands = Hands()
    model = Slow(hands, 1e-6, call=1e-4)
    told = Asker(as_teacher(model), Clock(10.0, hands)).answers_in_time(as_table(ROWS), "asking")
    assert len(told) == 400
    assert [len(rows) for rows in model.asked] == [2, 4, 8, 16, 32, 64, 128, 146]


def test_some_rows_are_asked_about_even_without_time():
    hands = Hands()
    clock = Clock(1.0, hands)
    hands.time += 5.0
    assert len(Asker(as_teacher(Slow(hands, 0.2)), clock).answers_in_time(as_table(ROWS), "asking")) == 2
    assert len(Asker(as_teacher(Slow(hands, 1e-5)), clock).answers_in_time(as_table(ROWS), "asking")) == 400


def test_the_limit_holds_with_a_slow_model(monkeypatch):
    hands = Hands()
    timed(monkeypatch, hands)
    model = Slow(hands, 0.03)
    result = distill(model, ROWS, time_limit=5.0)
    assert hands.time - 100.0 < 5.0
    assert 3.5 < model.n_asked * 0.03 < 5.0, "most of the time is used"
    assert result.status is Status.TIME_LIMIT
    fitted = result.ledger.fit_rows
    assert 60 <= fitted <= 70
    assert any(f"{fitted} of 300 rows" in note for note in result.notes)
    assert 30 < result.certificate.n_rows < 100
    assert f"{result.certificate.n_rows} rows, drawn at random" in result.certificate.rows
    assert "rows of the certificate" in cut_in(result)
    assert "rows that fit" in cut_in(result)


def test_how_many_rows_certify_is_fixed_before_the_first_answer(monkeypatch):
    hands = Hands()
    timed(monkeypatch, hands)
    model = Slow(hands, 0.01)

    def slower_where_it_is_certified(rows):
        if len(model.asked) and hands.time > 100.0 + 0.65 * 5.0:
            hands.time += 0.5 * len(rows)
        return model(rows)

    planned = distill(model, ROWS, time_limit=5.0).certificate.n_rows
    hands.time, model.asked = 100.0, []
    assert distill(slower_where_it_is_certified, ROWS, time_limit=5.0).certificate.n_rows == planned


def test_groups_stay_together_among_the_rows_that_there_was_time_for(monkeypatch):
    hands = Hands()
    timed(monkeypatch, hands)
    result = distill(Slow(hands, 0.02), ROWS, groups=np.arange(400) // 4, time_limit=5.0)
    assert result.ledger.fit_rows < 300
    assert result.certificate is not None


class Refusing(Clock):
    """A clock by which one pass has no time."""

    refused = ""

    def left(self, during):
        return -1.0 if during == self.refused else super().left(during)


@pytest.mark.parametrize("refused", [name for name in _CUT if name not in ("probing", "counting", "concepts")])
def test_every_pass_asks_the_clock_and_what_is_cut_is_said(monkeypatch, refused):
    hands = Hands()
    monkeypatch.setattr("limbeck.passes.asker._LEAST", 0.0)
    monkeypatch.setattr("limbeck.passes.certifying._FOR_CERTIFICATE", 0.0)
    monkeypatch.setattr("limbeck.passes.counting.MOST_SEARCHED", 250)
    timed(monkeypatch, hands, type("Refusing", (Refusing,), {"refused": refused}))
    result = distill(Slow(hands, 1e-4), ROWS, time_limit=1e6, max_leaves=8)
    assert _CUT[refused] in cut_in(result)
    assert (result.status is Status.TIME_LIMIT) == (refused in _SHAPING)
    assert (refused == "certifying") == (result.certificate is None)
    assert (refused in ("comparing", "asking")) == (result.baseline == ())  # two rows with one answer need no CART
    assert result.tree.n_leaves > 1 or refused == "asking"


def test_without_a_limit_or_with_a_long_one_nothing_is_cut(monkeypatch):
    hands = Hands()
    timed(monkeypatch, hands)
    for limit in (None, 1e6):
        result = distill(Slow(hands, 1e-6), ROWS, time_limit=limit, max_leaves=4, effort="fast")
        assert result.status is Status.COMPLETE
        assert not cut_in(result)


def test_when_the_time_is_over_there_is_a_greedy_tree(monkeypatch):
    hands = Hands()
    timed(monkeypatch, hands)
    model = Slow(hands, 1e-6)
    with counted_from(0.0):
        result = distill(model, ROWS, time_limit=1e-9)
    whole = distill(model, ROWS, effort="fast")
    assert result.tree.n_leaves > 4
    assert result.frontier[-1].fit_fidelity > 0.9 * whole.frontier[-1].fit_fidelity
    assert result.certificate.n_rows == 100
    assert result.ledger.queries == 0


class NoneToSearch(Clock):
    """A clock that has no time for the search that comes after the trial fits."""

    def left(self, during):
        return -1.0 if during == "searching" else super().left(during)


@pytest.mark.parametrize("seed", range(4))
def test_trees_that_held_out_rows_spoke_for_are_not_lost_when_the_search_is_cut(monkeypatch, seed):
    trials, searched = [], Learner.searched

    def noted(learner, recipe, found=()):
        trials.extend(found)
        return searched(learner, recipe, found)

    monkeypatch.setattr(Learner, "searched", noted)
    hands, rows = Hands(), np.random.default_rng(seed).normal(size=(300, 5))
    timed(monkeypatch, hands, NoneToSearch)
    result = distill(Slow(hands, 1e-6), rows, time_limit=10.0, max_leaves=12, certificate=0.0, synthetic=False)
    assert "the search" in cut_in(result)
    answers = Slow(hands, 0.0)(rows)
    trees = [point.root for found in trials for point in found.best.points]
    assert len(trials) > 1
    for root in trees:
        tree = Tree.from_node(root, classes=result.tree.classes, columns=as_table(rows).schema)
        kept = [point.fit_fidelity for point in result.frontier if point.n_leaves <= root.n_leaves]
        assert max(kept) >= (tree.predict(rows) == answers).mean() - 1e-12


def test_each_row_is_asked_about_once_but_for_those_that_certify_or_are_asked_again():
    bits = np.random.default_rng(0).integers(2, size=(600, 6))
    model = Slow(Hands(), 0.0)
    asker = Asker(as_teacher(model), Clock(None, Hands()))
    table = as_table(bits)
    for rows in (
        table,
        table.take(np.arange(300)[::-1]),
        table.recombine({"x0": np.arange(600)[::-1]}, np.arange(600)),
    ):
        told = asker.answers_once(rows, scores=False)
        assert (told.raw == model(rows.native)).all()
        model.asked.pop()
    assert model.n_asked == len(np.unique(np.concatenate(model.asked), axis=0)) <= 64
    asker.answers(table)
    assert model.n_asked > 600


def test_a_distillation_asks_about_no_row_of_the_fit_twice():
    bits = np.random.default_rng(0).integers(2, size=(500, 8))
    model = Slow(Hands(), 0.0)
    result = distill(model, bits, max_leaves=4, effort="fast")
    certified = result.certificate.n_rows
    assert model.n_asked <= 2**8 + certified + 50
    frame = pd.DataFrame({"a": bits[:, 0] * 0.5, "b": np.array(["u", "v"])[bits[:, 1]], "c": bits[:, 2] == 1})
    asked = []

    def of_frames(rows):
        asked.append(rows)
        return (rows["b"] == "v").to_numpy() ^ rows["c"].to_numpy()

    assert distill(of_frames, frame, max_leaves=4).frontier[-1].fit_fidelity == 1.0
    assert sum(map(len, asked)) <= 8 + 125 + 50


def test_decisions_beside_scores_are_not_mixed_with_decisions_alone():
    def scores(rows):
        return np.column_stack([rows[:, 0], 1 - rows[:, 0]]) * 1.0

    teacher = FunctionTeacher(scores, decide=lambda rows: rows[:, 1], classes=(0, 1))
    asker, table = Asker(teacher, Clock(None)), as_table(np.random.default_rng(0).integers(2, size=(50, 3)))
    for wanted in (True, False, True):
        told = asker.answers_once(table, scores=wanted)
        assert (told.labels == table.native[:, 1]).all()
        assert (told.scores is None) == (not wanted)
