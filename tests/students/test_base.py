"""What all students share: answers, plain values, checks of the rows, certificates."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta
from tests.students.shelf import STUDENTS

from limbeck.certificates import certify, certify_until_decided
from limbeck.errors import InputError
from limbeck.students import DecisionList, Junta, LinearThreshold, RuleSet, SparsePolynomial
from limbeck.theory import Certificate, ToleranceCertificate

FRAME = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 3, 3, 1], "c": ["blue", "red", "red", "grey"]})
ANSWERS = (
    ["yes", "no", "no", "yes"], [0.5, 2.0, 2.0, 2.0], ["yes", "yes", "yes", "no"], ["no", "yes", "no", "yes"],
    ["r", "r", "q", "q"], ["no", "yes", "yes", "no"], [-0.5, 1.5, 0.5, -1.5], ["yes", "yes", "yes", "no"],
)  # fmt: skip
IDS = [f"{type(student).__name__}-{i}" for i, student in enumerate(STUDENTS)]


@pytest.mark.parametrize(("student", "answers"), list(zip(STUDENTS, ANSWERS, strict=True)), ids=IDS)
def test_answers_worked_out_by_hand(student, answers):
    assert student.predict(FRAME).tolist() == answers
    assert student.predict_scores(FRAME).shape == (4, 1 if student.classes is None else len(student.classes))


@pytest.mark.parametrize("student", STUDENTS, ids=IDS)
def test_plain_values_survive_json_and_other_files_are_refused(student):
    plain = json.loads(json.dumps(student.to_dict()))
    assert type(student).from_dict(plain) == student
    for change in ({"version": 2}, {"format": "limbeck.tree"}, {"columns": [{"name": "a"}]}, {"classes": 3}):
        with pytest.raises(InputError):
            type(student).from_dict({**plain, **change})


@pytest.mark.parametrize(
    ("student", "change"),
    [
        (STUDENTS[0], {"values": [[1.0, 0.0]]}), (STUDENTS[2], {"classes": ["only"]}), (STUDENTS[2], {"clauses": 3}),
        (STUDENTS[3], {"terms": [[7]], "weights": [[0.0, 1.0]]}), (STUDENTS[3], {"weights": []}),
        (STUDENTS[5], {"bias": [0.0]}), (STUDENTS[7], {"codes": [0, 1, 9]}), (STUDENTS[7], {"patterns": [[1]]}),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit_together_are_refused(student, change):
    with pytest.raises(InputError):
        type(student).from_dict({**student.to_dict(), **change})


def test_rows_that_lack_a_column_or_have_another_width_are_refused():
    for student in STUDENTS:
        with pytest.raises(InputError, match="column"):
            student.predict(FRAME.drop(columns="a"))
        with pytest.raises(InputError, match="3 columns"):
            student.predict(np.zeros((2, 2)))


@pytest.mark.parametrize("student", [s for s in STUDENTS if s.classes == ("no", "yes")], ids=lambda s: s.kind)
def test_the_certificate_is_the_exact_binomial_one(student):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": rng.integers(2, size=300), "b": rng.integers(5, size=300), "c": rng.choice(["red", "blue"], 300)}
    )
    claim = certify(student, lambda rows: np.where(rows["a"] == 1, "yes", "no"), frame, delta=0.02)
    k = int((student.predict(frame) != np.where(frame["a"] == 1, "yes", "no")).sum())
    assert isinstance(claim, Certificate)
    assert (claim.disagreements, claim.n_rows) == (k, 300)
    assert claim.error_limit == pytest.approx(beta.ppf(0.98, k + 1, 300 - k))
    assert f"{student.kind} and teacher differ on {k} of 300 rows" in str(claim)


def test_rows_are_asked_about_only_until_a_rule_set_is_certified_or_refuted():
    rules = next(student for student in STUDENTS if isinstance(student, RuleSet))
    frame = pd.concat([FRAME] * 100, ignore_index=True)
    same = certify_until_decided(rules, rules.predict, frame, epsilon=0.1)
    other = certify_until_decided(rules, lambda rows: np.roll(rules.classes, 1)[rows["a"]], frame, epsilon=0.1)
    assert (same.verdict.name, other.verdict.name) == ("CERTIFIED", "REFUTED")
    assert max(same.n_rows, other.n_rows) < 400


def test_students_of_numbers_get_a_tolerance_and_other_classes_are_refused():
    frame = pd.concat([FRAME] * 30)
    numbers = STUDENTS[1].certify(lambda rows: np.asarray(rows["a"], float), frame)
    assert isinstance(numbers, ToleranceCertificate)
    with pytest.raises(InputError, match="classes `no`, `yes`"):
        STUDENTS[0].certify(lambda rows: np.column_stack([rows["a"], rows["b"], rows["b"]]), frame)


def test_texts():
    shown = "\n\n".join(str(student) for student in STUDENTS)
    assert shown == (
        "if a = 1 and c != red then yes\nelse if b > 2.5 then no\nelse yes\n\n"
        "if a = 1 and c != red then 0.5\nelse 2\n\n"
        "yes if\n  a = 1 and c != red\n  or b > 2.5\nelse no\n\n"
        "score of yes, answered when it is above that of no\n  +0.5\n  +0.5 · χ(a = 1, c = red)\n"
        "χ(...) is 1 where an even number of its questions are answered yes, and -1 elsewhere\n\n"
        "score of p\n  +0.5\n  +0.2 · χ(a = 1, b <= 2.5, c = red)\nscore of q\n"
        "  -0.5 · χ(a = 1, b <= 2.5, c = red)\n  +0.1\nscore of r\n"
        "  +0.5 · χ(a = 1, b <= 2.5, c = red)\n  +0.4\n"
        "χ(...) is 1 where an even number of its questions are answered yes, and -1 elsewhere\n\n"
        "yes if the sum is above -0.5, else no\n  -2  b <= 2.5\n  +1  a = 1\n\n"
        "the answer is 0.5 plus\n  -2  b <= 2.5\n  +1  a = 1\n\n"
        "a = 1  c = red  ->  answer\nno     no       ->  no\n"
        "no     yes      ->  yes  (80 % of the fillings)\nyes    no       ->  yes"
    )


def test_students_without_a_question():
    empty = np.zeros((3, 3))
    assert RuleSet((), (0, 1), STUDENTS[0].columns).predict(empty).tolist() == [0, 0, 0]
    assert DecisionList((), ((0.0, 1.0),), (0, 1), STUDENTS[0].columns).to_text() == "always 1"
    assert SparsePolynomial((), ((),), ((0.0, 1.0),), (0, 1), STUDENTS[0].columns).predict(empty).tolist() == [1] * 3
    assert LinearThreshold((), (), (0.0, 1.0), (0, 1), STUDENTS[0].columns).predict(empty).tolist() == [1] * 3
    assert Junta((), ((),), (1,), (1.0,), (0, 1), STUDENTS[0].columns).predict(empty).tolist() == [1] * 3
