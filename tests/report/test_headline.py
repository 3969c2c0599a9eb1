"""Verdict and certificate in one sentence each, true to their figures."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limbeck.diagnosis import Diagnosis, Verdict
from limbeck.report.glance import summarise_glance
from limbeck.report.headline import certificate_sentence, reading_sentence, verdict_sentence
from limbeck.report.wording import limit_percent, percent, visible
from limbeck.theory import agreement_by_class, certify_disagreements, certify_tolerance


def plain(words):
    return words.replace("\u202f", " ")


def test_classes_with_a_certificate(classified):
    assert plain(verdict_sentence(classified)) == (
        "The tree of 3 leaves gives the teacher's answer on 99 % of 500 unseen rows. No verdict."
    )
    assert plain(certificate_sentence(classified.certificate)) == (
        "Certified with probability at least 0.95: tree and teacher differ on at most 2.1 % of fresh rows drawn like "
        "the 500 that were set aside."
    )


def test_what_there_is_decides_which_rows_judge(classified, regressed):
    bare = dataclasses.replace(classified, certificate=None)
    assert plain(verdict_sentence(bare)).endswith(
        "on 97 % of 300 held-out rows; the best single answer, no, on 70 %. No verdict."
    )
    assert certificate_sentence(None).startswith("No certificate: ")
    assert plain(verdict_sentence(regressed)).endswith(
        "(R²) on 60 rows that fitted it; the best single number explains 0. No verdict."
    )


@pytest.mark.parametrize(
    ("wrong", "use"),
    [(20, "Good as an outline of what the model does: it removes 86.7 % of what"), (90, "a first hint")],
)
def test_a_tree_that_is_not_faithful_is_first_said_to_be_good_for_something(classified, wrong, use):
    """The share that is removed is of the best single answer's disagreement: 1 - (wrong / 500) / (150 / 500)."""
    labels = np.repeat(["no", "yes"], [350, 150])
    answers = np.where(np.arange(500) < wrong, "yes", labels)
    codes = [(column == "yes").astype(int) for column in (labels, answers)]
    claim = certify_disagreements(labels != answers, rows="rows")
    claim = dataclasses.replace(claim, by_class=agreement_by_class(*codes, ("no", "yes"), delta=0.05))
    verdict = Diagnosis(Verdict.NOT_TREE_LIKE, (), None, "accept it")
    told = plain(reading_sentence(dataclasses.replace(classified, certificate=claim, diagnosis=verdict)))
    assert use in told
    assert told.endswith("Not faithful at this size. Do not let it stand in for the model.")


def test_a_glance_puts_fidelity_beside_the_best_single_answer(classified, regressed):
    bare = summarise_glance(dataclasses.replace(classified, certificate=None))["figures"]
    assert [(f["name"], plain(f["value"])) for f in bare] == [
        ("same answer as the model", "97 %"), ("best single answer", "70 %"), ("certified", "nothing"),
    ]  # fmt: skip
    assert [f["name"] for f in summarise_glance(regressed)["figures"]] == [
        "R² with the model", "best single number", "certified gap",
    ]  # fmt: skip


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
