from dataclasses import replace

import numpy as np
import pytest

from limbeck.core import Vocabulary, as_table
from limbeck.core.outputs import Outputs
from limbeck.observe import Observation
from limbeck.passes.objective import leading_directions, teacher_guides
from limbeck.settings import Settings


def observed(n, widths, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    table = as_table(x)
    vocabulary = Vocabulary.fit(table, max_thresholds=4)
    layers = {f"h{j}": np.tanh(x @ rng.normal(size=(6, m))).astype(np.float32) for j, m in enumerate(widths)}
    outputs = Outputs((x[:, 0] * x[:, 1] > 0).astype(int), np.eye(2)[(x[:, 0] > 0).astype(int)])
    answers = vocabulary.evaluate(table)
    return Observation(table, outputs, vocabulary, answers, np.arange(n), layers, None)


def representation(seen, directions=None):
    (guide,) = teacher_guides(Settings(guides=("representation",)), seen, directions)
    return guide


@pytest.mark.parametrize("widths", [(20, 30), (60, 200)], ids=["fewer than guide", "more than guide"])
def test_a_guide_on_some_rows_is_the_same_along_directions_that_all_rows_share(widths):
    seen = observed(400, widths)
    rows = np.sort(np.random.default_rng(1).permutation(400)[:300])
    shared = leading_directions(seen)
    assert shared.shape == (400, min(sum(widths), 256))
    one, other = representation(seen.take(rows)), representation(seen.take(rows), lambda: shared[rows])
    held = np.random.default_rng(2).random((20, 300)) < 0.5
    assert (one.rows == other.rows).all()
    assert np.allclose(one.clause_scores(held), other.clause_scores(held), atol=2e-3)


def test_constant_activations_have_a_direction_that_tells_nothing():
    seen = observed(60, (3,))
    seen = replace(seen, activations={"h": np.ones((60, 3), np.float32)})
    assert (leading_directions(seen) == 0).all()
    assert representation(seen).probe.factor.shape[0] == 60


def test_directions_are_asked_for_only_where_they_are_needed():
    def never():
        raise AssertionError

    seen = observed(60, (3,))
    assert not list(teacher_guides(Settings(guides=("influence",)), seen, never))
