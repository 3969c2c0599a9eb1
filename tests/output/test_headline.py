"""Verdict and certificate in one sentence each, true to their figures."""

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from limbeck.output.headline import certificate_sentence, verdict_sentence
from limbeck.output.wording import limit_percent, percent, visible
from limbeck.theory import certify_disagreements, certify_tolerance


def plain(words):
    return words.replace("\u202f", " ")


def test_classes_with_a_certificate(classified):
    assert plain(verdict_sentence(classified)) == (
        "No verdict: the tree of 3 leaves gives the teacher's answer on 99 % of 500 unseen rows."
    )
    assert plain(certificate_sentence(classified.certificate)) == (
        "Certified with probability at least 0.95: tree and teacher differ on at most 2.1 % of fresh rows drawn like "
        "the 500 that were set aside."
    )


def test_what_there_is_decides_which_rows_judge(classified, regressed):
    bare = dataclasses.replace(classified, certificate=None)
    assert plain(verdict_sentence(bare)).endswith(
        "on 97 % of 300 held-out rows; the best single answer, `no`, on 70 %."
    )
    assert certificate_sentence(None).startswith("No certificate: ")
    assert plain(verdict_sentence(regressed)).endswith(
        "(R²) on 60 rows that fitted it; the best single number explains 0."
    )


def test_numbers(regressed):
    assert plain(certificate_sentence(regressed.certificate)).startswith(
        "Certified with probability at least 0.95: tree and teacher are at most 0."
    )
    few = certify_tolerance(np.ones(3), rows="3 rows")
    assert plain(certificate_sentence(few)) == (
        "No finite certificate for 90 % of fresh rows drawn like the 3 that were set aside: that takes 29 rows."
    )


@given(st.integers(0, 50), st.integers(50, 5000))
def test_a_limit_is_never_written_smaller_than_it_is(wrong, n):
    limit = certify_disagreements(np.arange(n) < wrong, rows="rows").error_limit
    shown = float(limit_percent(limit).split("\u202f")[0])
    assert limit <= shown / 100 + 1e-12
    assert shown / 100 <= 1.02 * limit + 1e-12


@given(st.floats(0, 1))
def test_only_what_is_all_is_written_as_all(share):
    assert (percent(share) == "100\u202f%") == (share == 1)


@given(st.text())
def test_a_visible_text_hides_nothing(text):
    shown = visible(text)
    assert all(c.isprintable() or c.isspace() or c in "\u200c\u200d" for c in shown)
    assert not set(shown) & set("\n\r\t\x1b\x85\u2028\u202e")
    assert len(visible(text, most=10)) <= 10
