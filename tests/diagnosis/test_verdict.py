import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from limbeck import Distillation, distill
from limbeck.causal import exact_share
from limbeck.diagnosis import Diagnosis, Verdict, diagnose
from limbeck.diagnosis.disagreement import Floor
from limbeck.diagnosis.findings import SHIFT_LEVEL, Findings
from limbeck.errors import InputError
from limbeck.probes import Estimate, Evidence, LayerHeld, LayerUse, Represented, Swapped
from limbeck.teachers import Teacher
from limbeck.theory import error_upper_limit

P = 8


def flags(n_wrong, n):
    return (np.arange(n) < n_wrong).astype(float)


def findings(fit=0, validation=0, certificate=0, **changes):
    """Findings on 600, 200 and 400 rows with so many disagreements."""
    usual = Findings(
        flags(fit, 600), flags(validation, 200), flags(certificate, 400), classes=True, given=False, delta=0.05,
        floor=Floor(0.0, 0.0, 600, 0), reach=fit / 600, rise=0.0, evidence=None,
    )  # fmt: skip
    return replace(usual, **changes)


def held(own, same, redrawn=None, width=0.02, layer="a", above=4):
    """A layer that holds four clauses so well, and the controls so well."""

    def margin(control):
        return None if control is None else Estimate(own - control, own - control - width, own - control + width)

    return LayerHeld(
        layer, 4, Estimate(own, own - width, own + width), margin(same), None, margin(redrawn), None, above, 500
    )


def share(right, n=200):
    return exact_share(np.arange(n) < right)


def moved(changed, kept=200):
    return Swapped(share(changed), share(kept))


def used(changed, layer="a", kept=200, whole=200, reaches=True, p=1e-9, random=10):
    return LayerUse(
        layer, 64, 3, 500, 400, reaches, moved(whole), moved(changed, kept), moved(5), moved(random), 1.0, p
    )


def evidence(*layers, use=(), why=""):
    single = Represented(
        "c", 2, 1, 0.25, {layer.layer: layer.held.value for layer in layers}, {layer.layer: 1.0 for layer in layers},
        None, None, layers[0].held, None, None,
    )  # fmt: skip
    return Evidence(
        (single,), (single,), single, 500, 3, 1, 100, 0.95, held=layers, used=tuple(use), not_interrupted=why
    )


def judged(*layers, **more):
    return findings(evidence=evidence(*layers, **more))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (findings(), Verdict.FAITHFUL),
        (findings(fit=120, validation=44, certificate=90), Verdict.NOT_TREE_LIKE),
        (findings(fit=12, validation=44, certificate=90), Verdict.TOO_FEW_ROWS),
        (findings(fit=120, validation=44, certificate=90, reach=0.01), Verdict.TOO_FEW_ROWS),
        (findings(fit=132, validation=88, certificate=90), Verdict.TOO_FEW_ROWS),
        (findings(fit=133, validation=88, certificate=90), Verdict.NOT_TREE_LIKE),
        (findings(120, 44, 90, floor=Floor(0.18, 0.22, 600, 600)), Verdict.VOCABULARY_TOO_COARSE),
        (findings(120, 44, 90, floor=Floor(0.08, 0.22, 600, 600)), Verdict.NOT_TREE_LIKE),
        (findings(3, 1, 90, given=True), Verdict.SHIFTED_ROWS),
        (findings(3, 1, 90, given=False), Verdict.TOO_FEW_ROWS),
        (findings(120, 44, 120, given=True), Verdict.NOT_TREE_LIKE),
        (findings(certificate=20), Verdict.FAITHFUL),
        (findings(certificate=21), Verdict.TOO_FEW_ROWS),
        (judged(held(0.9, 0.4, 0.6), use=[used(200)]), Verdict.COMPUTED_INSIDE),
        (judged(held(0.9, 0.4), use=[used(180)]), Verdict.COMPUTED_INSIDE),
        (judged(held(0.9, 0.4, 0.6)), Verdict.REPRESENTED),
        (judged(held(0.9, 0.4, 0.6), why="it cannot be interrupted"), Verdict.REPRESENTED),
        (judged(held(0.9, 0.4, 0.6), use=[used(0)]), Verdict.REPRESENTED),
        (judged(held(0.9, 0.4, 0.6), use=[used(0, whole=0, reaches=False)]), Verdict.REPRESENTED),
        (judged(held(0.9, 0.4, 0.6), use=[used(200, kept=100)]), Verdict.REPRESENTED),
        (judged(held(0.9, 0.4, 0.6), use=[used(200, p=0.06)]), Verdict.REPRESENTED),
        # One layer that holds the clauses and another that is used are not one layer that does both.
        (judged(held(0.9, 0.4), held(0.9, 0.89, layer="b"), use=[used(200, "b"), used(0)]), Verdict.REPRESENTED),
        (judged(held(0.1, 0.08, 0.09), use=[used(200)]), Verdict.NOT_REPRESENTED),
        (judged(held(0.5, 0.4, 0.45), use=[used(200)]), Verdict.NOT_REPRESENTED),
        (judged(held(0.5, 0.1, 0.1, width=0.5), use=[used(200)]), Verdict.NOT_REPRESENTED),
        # Only the mean is above: by one clause of four.
        (judged(held(0.5, 0.1, 0.1, above=1), use=[used(200)]), Verdict.NOT_REPRESENTED),
        (judged(held(0.99, 0.98), use=[used(200)]), Verdict.FAITHFUL),
        # Held clearly better than under re-drawn weights, and hardly better than other answers to the same questions.
        (judged(held(0.7, 0.65, 0.2), use=[used(200)]), Verdict.FAITHFUL),
        (judged(held(0.7, 0.65, 0.65), use=[used(200)]), Verdict.NOT_REPRESENTED),
        (judged(held(0.9, None, 0.2), use=[used(200)]), Verdict.FAITHFUL),
        (findings(120, 44, 90, evidence=evidence(held(0.9, 0.4), use=[used(200)])), Verdict.NOT_TREE_LIKE),
    ],
)  # fmt: skip
def test_the_largest_part_gives_the_verdict(found, verdict):
    assert diagnose(found).verdict is verdict


@pytest.mark.parametrize("n", [5, 20, 28])
def test_a_certificate_that_says_little_gives_no_other_verdict(n):
    assert diagnose(replace(findings(), certificate=flags(0, n))).verdict is Verdict.TOO_FEW_ROWS


def test_enough_rows_without_a_disagreement_are_enough():
    assert diagnose(replace(findings(), certificate=flags(0, 29))).verdict is Verdict.FAITHFUL


def test_nothing_held_out_is_too_little():
    found = replace(findings(), certificate=np.zeros(0), validation=np.zeros(0))
    assert diagnose(found).verdict is Verdict.TOO_FEW_ROWS
    assert found.limit is None


def test_without_a_certificate_the_validation_rows_judge():
    found = replace(findings(fit=120, validation=44), certificate=np.zeros(0))
    assert found.error == 0.22
    assert diagnose(found).verdict is Verdict.NOT_TREE_LIKE


def test_every_figure_has_its_rows_and_the_judging_one_its_limit():
    figures = diagnose(findings(3, 1, 4, evidence=evidence(held(0.9, 0.4, 0.6), use=[used(190)]))).figures
    assert [figure.n_rows for figure in figures[:7]] == [400, 400, 200, 600, 600, 600, 200]
    assert [(f.value, f.n_rows) for f in figures[7:]] == [
        (0.9, 500), (0.5, 500), (pytest.approx(0.3), 500), (0.95, 200), (1, 200), (0.025, 200), (0.05, 200), (1, 200),
    ]  # fmt: skip
    assert all(figure.low <= figure.value <= figure.high for figure in figures[7:])
    assert figures[0].high == error_upper_limit(4, 400, 0.05)
    assert figures[0].confidence == 0.95
    assert "n = 400; at most" in str(figures[0])
    assert figures[2].high is None


def test_rows_of_one_kind_are_seldom_called_shifted():
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(500):
        found = findings(given=True)
        sides = {
            use: (rng.random(len(getattr(found, use))) < 0.2).astype(float) for use in ("validation", "certificate")
        }
        alarms += replace(found, **sides).shifted()
    # An exact test at the level 0.001 gives more than 4 of 500 with probability 2e-4.
    assert SHIFT_LEVEL == 0.001
    assert alarms <= 4


def test_gaps_of_numbers_are_compared_by_rank():
    rng = np.random.default_rng(1)
    small, large = rng.exponential(0.02, size=200), rng.exponential(0.3, size=400)
    found = replace(findings(given=True), classes=False, fit=small, reach=0.02, validation=small, certificate=large)
    assert found.shifted()
    assert diagnose(found).verdict is Verdict.SHIFTED_ROWS
    assert not replace(found, certificate=rng.exponential(0.02, size=400)).shifted()


def test_more_leaves_are_advised_only_where_fidelity_rises():
    flat, rising = findings(120, 44, 90), findings(120, 44, 90, rise=0.05)
    assert "raise `max_leaves`" in diagnose(rising).remedy
    assert "raise `max_leaves`" not in diagnose(flat).remedy
    assert "time limit" in diagnose(replace(rising, stopped=True)).remedy


def bits(n, seed=0, p=P):
    return np.random.default_rng(seed).integers(2, size=(n, p))


def nested(x):
    x = np.asarray(x)
    return np.where(x[:, 0] == 1, x[:, 1], 1 - x[:, 2])


def verdict(teacher, rows, **settings):
    result = distill(teacher, rows, **{"effort": "fast", **settings})
    again = Distillation.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    assert again.diagnosis == result.diagnosis
    assert str(result.diagnosis) == str(again.diagnosis)
    return result.diagnosis


class Shown(Teacher):
    """A teacher with activations, of which the re-drawn ones are noise."""

    layers = ("shown",)

    def __init__(self, shows):
        super().__init__("shown")
        self._shows = shows

    def _run(self, native, layers):
        return nested(native), {layer: self._shows(np.asarray(native)) for layer in layers}

    def redrawn(self, rng):
        return Shown(lambda x: rng.normal(size=(len(x), 12)))


def leaves_of_nested(x):
    x0, x1, x2 = x[:, 0], x[:, 1], x[:, 2]
    leaves = [x0 * x1, (1 - x0) * (1 - x2), x0 * (1 - x1), (1 - x0) * x2]
    return np.column_stack(leaves).astype(np.float32)


class Passed(Shown):
    """The answer is read off the leaves in the layer, or off the rows beside it."""

    can_interrupt = True

    def __init__(self, reads):
        super().__init__(leaves_of_nested)
        self._reads = reads

    def _run(self, native, layers):
        held = self._shows(np.asarray(native))
        return self._run_from(native, "shown", held, ())[0], dict.fromkeys(layers, held)

    def _run_from(self, native, layer, values, layers):
        values = values if self._reads else self._shows(np.asarray(native))
        return np.column_stack([values[:, 2:4].sum(axis=1), values[:, :2].sum(axis=1)]), dict.fromkeys(layers, values)


def test_clauses_that_the_answer_follows_are_computed_inside_and_the_layer_is_named():
    found = verdict(Passed(reads=True), bits(600))
    assert found.verdict is Verdict.COMPUTED_INSIDE
    assert found.text == "faithful, and computed inside (layer shown)"
    assert "layer shown" in found.remedy


def test_clauses_beside_which_the_answer_is_made_are_represented():
    found = verdict(Passed(reads=False), bits(600))
    assert found.verdict is Verdict.REPRESENTED
    assert "does not reach the output" in found.remedy


def test_a_teacher_that_cannot_be_interrupted_shows_no_more_than_clauses_represented():
    found = verdict(Shown(leaves_of_nested), bits(600))
    assert found.verdict is Verdict.REPRESENTED
    assert "cannot be interrupted" in found.remedy


def test_results_of_older_versions_claim_no_more_than_was_shown():
    plain = Diagnosis(Verdict.COMPUTED_INSIDE, (), None, "use the tree").to_dict()
    del plain["layer"]
    assert Diagnosis.from_dict(plain).verdict is Verdict.REPRESENTED
    told = Diagnosis(Verdict.COMPUTED_INSIDE, (), None, "use the tree", layer="a")
    assert Diagnosis.from_dict(told.to_dict()) == told


def test_noise_inside():
    found = verdict(Shown(lambda x: np.random.default_rng(len(x)).normal(size=(len(x), 12))), bits(600))
    assert found.verdict is Verdict.NOT_REPRESENTED


def test_nothing_to_look_inside():
    found = verdict(nested, bits(600))
    assert found.verdict is Verdict.FAITHFUL
    assert found.region is None


def test_a_tree_of_single_questions_tells_nothing():
    class First(Shown):
        def _run(self, native, layers):
            return np.asarray(native)[:, 0], {layer: self._shows(np.asarray(native)) for layer in layers}

    found = verdict(First(lambda x: x), bits(300))
    assert found.verdict is Verdict.FAITHFUL
    assert "single questions" in found.remedy


def test_a_half_space_is_no_small_tree():
    x = np.random.default_rng(0).normal(size=(1000, 6))
    assert verdict(lambda rows: (rows.sum(axis=1) > 0).astype(int), x, max_leaves=6).verdict is Verdict.NOT_TREE_LIKE
    assert verdict(lambda rows: rows.sum(axis=1), x, max_leaves=6).verdict is Verdict.NOT_TREE_LIKE


def test_stripes_need_finer_thresholds():
    x = np.random.default_rng(0).uniform(size=(1000, 2))

    def stripes(rows):
        return (np.floor(8 * rows[:, 0]) % 2).astype(int)

    coarse = verdict(stripes, x, thresholds=2)
    assert coarse.verdict is Verdict.VOCABULARY_TOO_COARSE
    assert "thresholds" in coarse.remedy
    assert verdict(stripes, x, thresholds=63).verdict is Verdict.FAITHFUL


def test_few_rows():
    assert verdict(nested, bits(40)).verdict is Verdict.TOO_FEW_ROWS


def test_overfitting_is_too_few_rows():
    x = bits(300, p=30)
    noisy = np.random.default_rng(1).random(2**10) < 0.5

    def teacher(rows):
        return noisy[rows[:, :10] @ (1 << np.arange(10))].astype(int)

    assert verdict(teacher, x, queries=False, max_leaves=64, validation=0.0).verdict is Verdict.TOO_FEW_ROWS


def seldom(x):
    """The last bit changes everything."""
    return np.where(np.asarray(x)[:, -1] == 1, 1 - nested(x), nested(x))


def test_certificate_rows_of_another_kind_are_named():
    x, use = bits(800), bits(300, seed=1)
    x[:, -1] = np.arange(800) % 100 == 0
    found = verdict(seldom, x, max_leaves=4, certificate_rows=use)
    assert found.verdict is Verdict.SHIFTED_ROWS
    assert found.region.clause.text() == f"x{P - 1} = 1"
    assert found.region.n_all == 300


def test_certificate_rows_are_all_used_and_no_row_is_set_aside():
    x, use = bits(200), bits(150, seed=1)
    result = distill(nested, x, certificate_rows=use, effort="fast")
    assert result.certificate.n_rows == result.ledger.certificate_rows == 150
    assert result.ledger.fit_rows == 200
    assert "150 rows given as `certificate_rows`" in result.certificate.rows
    assert result.diagnosis.verdict is Verdict.FAITHFUL


def test_certificate_rows_change_nothing_but_the_certificate():
    x = bits(200)
    one, two = (distill(nested, x, certificate_rows=bits(60, seed=s), effort="fast") for s in (1, 2))
    assert one.tree == two.tree
    assert [p.validation_fidelity for p in one.frontier] == [p.validation_fidelity for p in two.frontier]


def test_certificate_rows_need_the_same_columns():
    frame = pd.DataFrame(bits(60), columns=list("abcdefgh"))
    with pytest.raises(InputError, match="certificate_rows"):
        distill(lambda rows: rows["a"].to_numpy(), frame, certificate_rows=frame[["a", "b"]])
    with pytest.raises(InputError, match="certificate_rows"):
        distill(nested, bits(60), certificate_rows=bits(20, p=P + 1))


def test_certificate_rows_may_hold_concepts():
    frame = pd.DataFrame(bits(200), columns=[f"x{j}" for j in range(P)]).assign(both=lambda f: f.x0 * f.x1)
    other = frame.sample(frac=1, random_state=0)
    result = distill(
        lambda rows: rows.x0.to_numpy() & rows.x1.to_numpy(), frame, concepts=["both"], certificate_rows=other
    )
    assert result.certificate.n_rows == 200


def test_a_file_without_a_diagnosis_can_be_read():
    plain = distill(nested, bits(60), effort="fast").to_dict()
    del plain["diagnosis"]
    old = Distillation.from_dict(plain)
    assert old.diagnosis is None
    assert "Diagnosis" in str(old)


def test_the_text_ends_with_the_diagnosis():
    result = distill(nested, bits(300), effort="fast")
    text = str(result)
    assert text.rindex("\nDiagnosis") > text.rindex("\nHow it was made")
    assert isinstance(result.diagnosis, Diagnosis)
    assert result.diagnosis.remedy[:12] in text
