"""The sample: a function of the rows alone, uniform also where rows are equal."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limbeck.errors import InputError
from limbeck.streams import batches_of, content_keys, draw
from limbeck.streams.drawing import Candidates, Cells
from limbeck.tables import as_table


def table(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "few": rng.integers(3, size=n),
            "text": rng.choice(["a", "b", None], n),
            "flag": rng.random(n) < 0.5,
            "gap": np.where(rng.random(n) < 0.3, np.nan, rng.integers(5, size=n)),
        }
    )


def cut(frame, n_parts, shuffle=None):
    order = np.arange(n_parts) if shuffle is None else np.random.default_rng(shuffle).permutation(n_parts)
    parts = np.array_split(np.arange(len(frame)), n_parts)
    return [frame.iloc[parts[i]] for i in order]


@pytest.mark.parametrize("k", [1, 60, 399, 400, 1000])
def test_order_and_cutting_do_not_matter(k):
    frame = table(400)
    whole = draw(batches_of([frame]), lambda n: k, 0)
    assert whole.table.n_rows == min(k, 400)
    ways = [cut(frame, 7), cut(frame, 100), cut(frame, 7, shuffle=1), [frame.sample(frac=1, random_state=2)]]
    for way in ways:
        again = draw(batches_of(way), lambda n: k, 0)
        pd.testing.assert_frame_equal(again.table.native, whole.table.native)
        assert (again.copies == whole.copies).all()
        assert again.n_rows == 400


def test_joining_in_any_order_gives_what_one_pass_gives():
    parts = [batches_of([part]) for part in cut(table(300), 4)]
    whole = draw(batches_of(cut(table(300), 4)), lambda n: 50, 3)
    for order in itertools.permutations(range(4)):
        cells = Cells()
        counts = [parts[i].scanned(cells) for i in order]
        total = counts[0]
        for other in counts[1:]:
            total = cells.join(total, other)
        scan = Candidates(total, 2.0, 3)
        kept = [parts[i].scanned(scan) for i in order]
        found = scan.join(scan.join(kept[0], kept[1]), scan.join(kept[2], kept[3])).drawn(50, 300)
        pd.testing.assert_frame_equal(found.table.native, whole.table.native)


def test_another_seed_draws_other_rows():
    frame = pd.DataFrame({"x": np.arange(1000.0)})
    one, other = (set(draw(batches_of([frame]), lambda n: 100, seed).table["x"].values) for seed in (0, 1))
    assert len(one & other) < 40


@pytest.mark.parametrize(("n_equal", "n_other", "k"), [(3, 3, 2), (5, 1, 1), (2, 6, 4)])
def test_the_number_of_copies_drawn_has_the_hypergeometric_law(n_equal, n_other, k):
    """Theorem: as if every row had drawn a number of its own. All outcomes are counted, over many contents."""
    n, times = n_equal + n_other, 800
    drawn = np.zeros(k + 1)
    for trial in range(times):
        x = np.r_[np.full(n_equal, -1.0 - trial), trial * 10 + np.arange(n_other)]
        found = draw(batches_of([x[:, None]]), lambda n: k, 0).table["x0"].values
        drawn[np.sum(found == -1.0 - trial)] += 1
    for copies in range(k + 1):
        p = math.comb(n_equal, copies) * math.comb(n_other, k - copies) / math.comb(n, k)
        # Hoeffding: further off once in 10^9 tries.
        assert abs(drawn[copies] / times - p) <= math.sqrt(math.log(2e9) / (2 * times))


def test_equal_rows_are_not_all_in_or_all_out():
    rows = np.repeat(np.arange(10.0), 100)[:, None]
    found = draw(batches_of([rows]), lambda n: 500, 0).table["x0"].values
    counts = np.bincount(found.astype(int), minlength=10)
    assert counts.sum() == 500
    assert ((counts > 20) & (counts < 80)).all()


def test_no_rows_are_refused():
    with pytest.raises(InputError, match="without any"):
        draw(batches_of([np.empty((0, 2))]), lambda n: 3, 0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.0, math.nan]), st.sampled_from(["1", "x", None])), min_size=1))
def test_equal_content_has_equal_keys_and_other_content_has_not(rows):
    frame = pd.DataFrame(rows, columns=["number", "word"])
    keys = content_keys(as_table(frame))
    plain = [(repr(a + 0.0), b) for a, b in rows]
    for i, j in itertools.combinations(range(len(rows)), 2):
        assert (keys[i] == keys[j]) == (plain[i] == plain[j])
    assert content_keys(as_table(frame.iloc[:1]))[0] == keys[0]  # also where the column of words has none


def test_names_count_and_their_order_does_not():
    frame = table(20)
    assert (content_keys(as_table(frame)) == content_keys(as_table(frame[frame.columns[::-1]]))).all()
    assert (content_keys(as_table(frame)) != content_keys(as_table(frame.rename(columns={"few": "many"})))).all()
