"""20 000 texts and 50 000 candidate words in bounded memory: `python -m benchmarks.real.memory`."""

from __future__ import annotations

import resource
import time

import numpy as np

import limbeck
from limbeck.concepts import Words

TEXTS, WORDS, LENGTH = 20_000, 52_000, 300


def texts() -> list[str]:
    """Draw texts whose words are as unequal as those of a language, but none so rare that it is no candidate."""
    rng = np.random.default_rng(0)
    frequency = 1 / (np.arange(WORDS) + 9_000.0)
    words = np.array([f"w{i:05d}" for i in range(WORDS)])
    rows = rng.choice(WORDS, (TEXTS, LENGTH), p=frequency / frequency.sum())
    return [" ".join(words[row]) for row in rows]


def model(some: list[str]) -> np.ndarray:
    """Answer by three words, of which two matter only together."""
    return np.array([("w00010" in text) != ("w00500" in text and "w00300" in text) for text in some])


def main() -> None:
    """Distill, and say what it took."""
    drawn, start = texts(), time.process_time()
    result = limbeck.distill(model, drawn, concepts=Words(), max_leaves=8, effort="fast", queries=False)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(result.tree)
    print(f"{result.notes[0]}; {time.process_time() - start:.0f} s of one core, {most:.2f} GB at most")


if __name__ == "__main__":
    main()
