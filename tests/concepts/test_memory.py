"""Tens of thousands of candidate words take the memory of their occurrences, not of a table with a cell for each."""

import numpy as np

from limbeck.concepts import Words


def test_candidates_are_held_by_their_occurrences():
    rng = np.random.default_rng(0)
    words = np.array([f"w{i}" for i in range(5_000)])
    texts = [" ".join(words[rng.integers(5_000, size=60)]) for _ in range(500)]
    answers = Words().candidates(texts, 3).answers
    cells, held = np.prod(answers.shape), sum(part.nbytes for part in (answers.data, answers.indices, answers.indptr))
    assert cells > 2e6
    assert answers.nnz <= 500 * 60
    assert held < cells / 10
