import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from limbeck.errors import InputError
from limbeck.probes import (
    ALL_LAYERS,
    CONCEPT,
    Estimate,
    Evidence,
    Subject,
    choose_penalty,
    fit_features,
    measure_clauses,
    norm_needed,
    prepare,
    prepare_path,
    random_clauses,
    score_groups,
    scores,
    weigh_evidence,
)


def left_out_r_squared(phi, target, penalty):
    """Refit a ridge probe once for each row that is left out."""
    residual, guess = np.zeros(len(phi)), np.zeros(len(phi))
    for i in range(len(phi)):
        others = np.arange(len(phi)) != i
        probe = Ridge(alpha=penalty, solver="svd").fit(phi[others], target[others])
        residual[i], guess[i] = target[i] - probe.predict(phi[[i]])[0], target[i] - target[others].mean()
    return 1 - (residual**2).sum() / (guess**2).sum()


def clauses_and_bits(rng, n=300, p=8):
    bits = rng.random((n, p)) < 0.5
    clauses = np.column_stack([bits[:, 0], bits[:, 0] & bits[:, 1], bits[:, 0] & ~bits[:, 1], bits[:, 2] & bits[:, 3]])
    return bits, clauses, np.array([1, 2, 2, 2])


def measured(trained, redrawn, clauses, depths, answers, rng, n_each=4):
    controls = random_clauses(answers, clauses, depths, n_each, rng)
    return measure_clauses(trained, redrawn, clauses, controls, depths)


def weighed(found, depths, rng, n_resamples=200, confidence=0.95):
    subjects = [Subject(f"clause {j}", int(d), 0.5, j) for j, d in enumerate(depths)]
    return weigh_evidence(found, subjects, n_resamples=n_resamples, confidence=confidence, rng=rng)


def test_scores_equal_explicit_refits_at_the_penalty_of_each_group():
    rng = np.random.default_rng(0)
    phi = rng.normal(size=(25, 6))
    targets = np.column_stack([phi[:, 0] > 0, phi[:, 1] + phi[:, 2] > 0, rng.random(25) < 0.5])
    groups = np.array([1, 1, 2])
    features = fit_features(phi)
    found = score_groups(prepare_path(features), targets, groups)
    penalty = found.share * features.eigval[0]
    for j in range(3):
        expected = left_out_r_squared(phi, targets[:, j].astype(float), penalty[j])
        assert found.r_squared[j] == pytest.approx(expected, abs=1e-8)
    assert found.share[0] == found.share[1]


def test_a_group_has_the_penalty_and_norm_that_the_single_functions_give():
    rng = np.random.default_rng(1)
    phi = rng.normal(size=(60, 10)) * np.logspace(0, -2, 10)
    targets = rng.random((60, 7)) < phi[:, :1] + 0.5
    groups = np.array([1, 2, 2, 1, 3, 3, 3])
    features = fit_features(phi)
    found = score_groups(prepare_path(features), targets, groups)
    for group in (1, 2, 3):
        at = groups == group
        penalty = choose_penalty(features, targets[:, at])
        np.testing.assert_allclose(found.share[at] * features.eigval[0], penalty)
        np.testing.assert_allclose(found.r_squared[at], scores(prepare(features, penalty), targets[:, at]))
        length = np.sqrt(((phi - phi.mean(axis=0)) ** 2).sum() / 60)
        np.testing.assert_allclose(found.norm[at], norm_needed(features, targets[:, at], penalty) * length)


def test_norm_does_not_depend_on_the_scale_of_the_activations():
    rng = np.random.default_rng(2)
    phi = rng.normal(size=(80, 5))
    target = (phi[:, [0]] > 0) & (phi[:, [1]] > 0)
    one, other = (score_groups(prepare_path(fit_features(s * phi)), target, np.array([2])) for s in (1.0, 1e3))
    np.testing.assert_allclose(one.norm, other.norm)
    np.testing.assert_allclose(one.r_squared, other.r_squared)


@pytest.mark.parametrize("phi", [np.zeros((20, 3)), np.ones((20, 1))])
def test_constant_activations_represent_nothing(phi):
    target = np.arange(20)[:, None] < 7
    found = score_groups(prepare_path(fit_features(phi)), target, np.array([1]))
    assert found.r_squared[0] == pytest.approx(0.0, abs=1e-12)
    assert found.norm[0] == 0.0


def test_a_constant_clause_has_nothing_to_predict():
    phi = np.random.default_rng(0).normal(size=(20, 3))
    found = score_groups(prepare_path(fit_features(phi)), np.ones((20, 1), bool), np.array([1]))
    assert found.r_squared[0] == found.norm[0] == 0.0


@pytest.mark.parametrize("shares", [[], [1e-10, 1.0]])
def test_a_grid_that_cannot_be_used_is_refused(shares):
    with pytest.raises(InputError, match="shares"):
        prepare_path(fit_features(np.eye(4)), shares=shares)
    with pytest.raises(InputError, match="2 rows"):
        prepare_path(fit_features(np.ones((1, 3))))


def test_random_clauses_match_support_and_are_none_of_the_clauses():
    rng = np.random.default_rng(3)
    bits = rng.random((400, 12)) < np.linspace(0.2, 0.8, 12)
    clauses = np.column_stack([bits[:, 0], bits[:, 3] & bits[:, 4], bits[:, 3] & ~bits[:, 4] & bits[:, 5]])
    controls = random_clauses(bits, clauses, np.array([1, 2, 3]), 5, rng)
    assert controls.found.all()
    assert controls.holds.shape == (400, 3, 5)
    for j in range(3):
        for k in range(5):
            for clause in clauses.T:
                assert 0 < (controls.holds[:, j, k] == clause).sum() < 400
    # 1000 draws of 264 and more conjunctions leave none far from the support asked for.
    gap = np.abs(controls.holds.mean(axis=0) - clauses.mean(axis=0)[:, None])
    assert gap[1:].max() < 0.03


def test_a_vocabulary_without_other_clauses_gives_no_control():
    rng = np.random.default_rng(4)
    bits = rng.random((50, 1)) < 0.5
    controls = random_clauses(bits, bits, np.array([1]), 3, rng)
    assert not controls.found.any()
    found = measure_clauses({"only": rng.normal(size=(50, 4)).astype(np.float32)}, [], bits, controls, np.array([1]))
    entry = weighed(found, [1], rng).clauses[0]
    assert entry.random is entry.above_random is entry.redrawn is entry.selectivity is None


def test_clauses_computed_linearly_are_selective_and_noise_is_not():
    rng = np.random.default_rng(5)
    bits, clauses, depths = clauses_and_bits(rng)
    noise = rng.normal(size=(300, 40)).astype(np.float32)
    computed = np.column_stack([noise[:, :20], clauses]).astype(np.float32)
    inside = weighed(
        measured({"a": computed, "b": noise}, [{"a": noise, "b": noise}], clauses, depths, bits, rng), depths, rng
    )
    outside = weighed(measured({"a": noise}, [{"a": -noise}], clauses, depths, bits, rng), depths, rng)
    assert inside.layers == ("a", "b", ALL_LAYERS)
    assert inside.deeper.best_layer == "a"
    assert inside.deeper.held.value > 0.9
    assert inside.deeper.selectivity.low > 0.8
    assert inside.deeper.above_random.low > 0.4
    assert outside.deeper.held.value < 0.05
    assert abs(outside.deeper.selectivity.value) < 0.05


def test_penalties_are_chosen_for_each_side_and_depth():
    rng = np.random.default_rng(6)
    bits, clauses, depths = clauses_and_bits(rng)
    trained = np.column_stack([bits, 0.01 * (bits[:, [0]] & bits[:, [1]])]).astype(np.float32)
    twin = rng.normal(size=(300, 9)).astype(np.float32)
    found = measured({"a": trained}, [{"a": twin}], clauses, depths, bits, rng)["a"]
    assert len(np.unique(found.own.share[depths == 2])) == 1
    assert found.redrawn[0].share[0] > 100 * found.own.share[0]


def test_the_interval_covers_what_the_probe_explains_of_fresh_rows():
    n, n_times, covered = 400, 100, 0
    rng = np.random.default_rng(7)
    mixing = rng.normal(size=(6, 30))

    def drawn(rows):
        x = rng.normal(size=(rows, 6))
        return np.tanh(x @ mixing).astype(np.float32), ((x[:, 0] > 0) & (x[:, 1] > 0))[:, None]

    for _ in range(n_times):
        phi, target = drawn(n)
        features = fit_features(phi)
        scored = score_groups(prepare_path(features), target, np.array([2]))
        probe = Ridge(alpha=scored.share[0] * features.eigval[0]).fit(phi, target[:, 0])
        fresh, truth = drawn(20_000)
        explained = 1 - ((truth[:, 0] - probe.predict(fresh)) ** 2).sum() / ((truth - target.mean()) ** 2).sum()
        controls = random_clauses(phi > 0, target, np.array([2]), 1, rng)
        found = measure_clauses({"a": phi}, [], target, controls, np.array([2]))
        held = weighed(found, [2], rng, n_resamples=300).clauses[0].held
        covered += held.low <= explained <= held.high
    # 95 % is claimed for what is resampled; that the probe is not refitted may cost some of it.
    assert covered >= 0.85 * n_times


def test_selectivity_is_the_difference_of_paired_resamples():
    rng = np.random.default_rng(8)
    bits, clauses, depths = clauses_and_bits(rng)
    phi = rng.normal(size=(300, 10)).astype(np.float32) + clauses[:, [1]]
    found = measured({"a": phi}, [{"a": phi}], clauses, depths, bits, rng)
    margin = weighed(found, depths, rng).deeper.selectivity
    # The same network on both sides: row by row no difference, so no width either.
    assert margin == Estimate(0.0, 0.0, 0.0)


def test_levels_are_means_and_depth_one_does_not_count():
    rng = np.random.default_rng(9)
    bits, clauses, depths = clauses_and_bits(rng)
    layer = np.hstack([bits, rng.normal(size=(300, 5))]).astype(np.float32)
    evidence = weighed(measured({"a": layer}, [], clauses, depths, bits, rng), depths, rng)
    assert [level.depth for level in evidence.by_depth] == [1, 2]
    assert evidence.deeper.n_clauses == 3
    assert evidence.by_depth[1].held.value == pytest.approx(np.mean([c.held.value for c in evidence.clauses[1:]]))
    assert evidence.by_depth[1].held == evidence.deeper.held
    assert "depth 1 does not count as evidence" in str(evidence)
    assert "none, as this teacher's weights cannot be drawn afresh" in str(evidence)
    only = weighed(measured({"a": layer}, [], clauses[:, :1], depths[:1], bits, rng), depths[:1], rng)
    assert only.deeper is None
    assert "no evidence either way" in str(only)


def test_concepts_count():
    rng = np.random.default_rng(10)
    bits, clauses, _ = clauses_and_bits(rng)
    depths = np.array([CONCEPT])
    evidence = weighed(measured({"a": bits.astype(np.float32)}, [], clauses[:, [1]], depths, bits, rng), depths, rng)
    assert evidence.deeper.n_clauses == 1
    assert evidence.by_depth[0].label == "concepts"
    assert "does not count" not in str(evidence)


def test_round_trip_and_heat_map():
    rng = np.random.default_rng(11)
    bits, clauses, depths = clauses_and_bits(rng)
    layers = {"a": rng.normal(size=(300, 5)).astype(np.float32), "b": bits.astype(np.float32)}
    evidence = weighed(measured(layers, [layers], clauses, depths, bits, rng), depths, rng)
    assert Evidence.from_dict(json.loads(json.dumps(evidence.to_dict(), allow_nan=False))) == evidence
    drawn = evidence.heat_map()
    assert drawn["layers"] == ["a", "b", ALL_LAYERS]
    assert drawn["depths"] == [1, 2]
    assert drawn["values"][1][0] == evidence.by_depth[0].r_squared["b"]
    assert np.shape(evidence.heat_map("redrawn")["values"]) == (3, 2)
    with pytest.raises(InputError, match="side"):
        evidence.heat_map("left")
    assert max(len(line) for line in str(evidence).splitlines()) < 160


def test_no_layer_is_refused():
    rng = np.random.default_rng(12)
    bits, clauses, depths = clauses_and_bits(rng)
    with pytest.raises(InputError, match="no layer"):
        measured({}, [], clauses, depths, bits, rng)
