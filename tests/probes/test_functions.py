"""Random trees beside concepts: as many leaves, about the support, never the concept once more."""

import numpy as np
import pytest

from limbeck.probes import random_clauses, random_functions
from limbeck.search import leaves_needed

BITS = np.random.default_rng(0).integers(2, size=(800, 12)).astype(bool)
EXCLUSIVE = BITS[:, 0] ^ BITS[:, 1]
ALL_THREE = BITS[:, :3].all(axis=1)


def test_they_have_the_leaves_and_about_the_support_of_the_concept():
    concepts, leaves = np.column_stack([EXCLUSIVE, ALL_THREE]), np.array([4, 4])
    holds, found = random_functions(BITS, concepts, leaves, 6, np.random.default_rng(1))
    assert found.all()
    assert np.abs(holds.mean(axis=0) - concepts.mean(axis=0)[:, None]).max() < 0.06
    sizes = [leaves_needed(BITS, holds[:, j, c]) for j in range(2) for c in range(6)]
    assert max(sizes) <= 4
    assert min(sizes) >= 3  # every last question decides something
    for j in range(2):
        for c in range(6):
            assert abs(np.corrcoef(holds[:, j, c], concepts[:, j])[0, 1]) < 0.98


def test_no_control_is_the_concept_or_its_negation():
    few = BITS[:, :2]
    concepts = np.column_stack([few[:, 0], few[:, 0] ^ few[:, 1]])
    holds, found = random_functions(few, concepts, np.array([2, 4]), 3, np.random.default_rng(2))
    like = [abs(np.corrcoef(holds[:, 0, c], few[:, 1])[0, 1]) for c in range(3)]
    assert found[0]
    assert np.allclose(like, 1.0)  # the only other question
    assert not any(
        (holds[:, 1, c] == concepts[:, 1]).all() or (holds[:, 1, c] != concepts[:, 1]).all() for c in range(3)
    )


def test_without_questions_that_differ_there_is_none():
    one = BITS[:, :1]
    holds, found = random_functions(one, one, np.array([2]), 2, np.random.default_rng(3))
    assert not found.any()
    assert not holds.any()
    assert not random_clauses(one[:, :0], one, np.array([0]), 2, np.random.default_rng(3)).found.any()


@pytest.mark.parametrize("size", [2, 5, 8])
def test_leaves_needed_counts_those_of_a_function_of_many(size):
    chain = np.zeros(len(BITS), bool)
    for j in reversed(range(size - 1)):  # not x0, or x1 and not x2, ...: a list of size - 1 questions
        chain = BITS[:, j] ^ True if j == size - 2 else np.where(BITS[:, j], chain, j % 2 == 0)
    assert leaves_needed(BITS, chain) <= size
    assert leaves_needed(BITS, chain) >= min(size, 5) - 1
