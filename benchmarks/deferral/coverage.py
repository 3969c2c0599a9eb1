"""Whether the claims hold: small distillations beside the truth, `python -m benchmarks.deferral.coverage`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from limbeck import certify, distill
from limbeck.theory import DeferralCertificate

DELTA, FRESH = 0.05, 50_000
Rows = NDArray[np.float64]


def noisy(level: float) -> Callable[[Rows], NDArray[np.intp]]:
    """Return a model that a tree follows but for a share `level` of rows, except where x0 > 0.3: there none does."""

    def model(x: Rows) -> NDArray[np.intp]:
        swapped = np.modf(np.abs(x[:, 3]) * 9973.0)[0] < level
        hard = np.modf(np.abs(x[:, 4]) * 7919.0)[0] < 0.5
        return np.where(x[:, 0] > 0.3, hard, (x[:, 1] > 0) ^ swapped).astype(np.intp)

    return model


def main() -> None:
    """Print how often each claim failed, by case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=320)
    runs = parser.parse_args().runs
    print("case                               runs  target kept  claim failed   at most (95 %)  answered")
    for words, level, target in (
        ("target barely reachable", 0.015, 0.05),
        ("target well within reach", 0.0, 0.05),
        ("target just out of reach", 0.045, 0.05),
    ):
        _told(words, [_run(level, target, seed) for seed in range(runs)])
    _told("defer_above of a finished tree", [_finished(0.005, 0.05, seed) for seed in range(runs)])


def _run(level: float, target: float, seed: int) -> tuple[bool, bool, float]:
    """Distill 700 rows, and compare the claim with 50 000 fresh ones."""
    model, rng = noisy(level), np.random.default_rng(seed)
    result = distill(
        model, rng.normal(size=(700, 5)), max_leaves=4, effort="fast", defer=target, delta=DELTA, certificate=0.4,
        queries=False, random_state=seed,
    )  # fmt: skip
    assert isinstance(result.certificate, DeferralCertificate)
    return _beside(result.tree, model, result.certificate, rng)


def _finished(level: float, target: float, seed: int) -> tuple[bool, bool, float]:
    """Let leaves of a finished tree ask, by 300 fresh rows."""
    model, rng = noisy(level), np.random.default_rng(seed)
    rows = rng.normal(size=(500, 5))
    result = distill(model, rows, max_leaves=6, effort="fast", certificate=0.0, queries=False, random_state=seed)
    claim = certify(result, model, rng.normal(size=(300, 5)), defer_above=target, delta=DELTA)
    assert isinstance(claim, DeferralCertificate)
    return _beside(result.tree.asking_at(claim.asking), model, claim, rng)


def _beside(tree: Any, model: Any, claim: DeferralCertificate, rng: np.random.Generator) -> tuple[bool, bool, float]:
    """Tell whether the target is said to be kept, whether the claim fails, and what share is answered."""
    fresh = rng.normal(size=(FRESH, 5))
    told = np.ma.asarray(tree.predict(fresh))
    answered = ~np.ma.getmaskarray(told)
    differ = (told.data[answered] != model(fresh)[answered]).mean() if answered.any() else 0.0
    failed = answered.mean() < claim.answered_limit or differ > claim.error_limit
    return bool(claim.keeps_target), bool(failed), claim.answered


def _told(words: str, found: list[tuple[bool, bool, float]]) -> None:
    """Print one line."""
    kept, failed, answered = (np.array(part) for part in zip(*found, strict=True))
    most = beta.ppf(0.95, failed.sum() + 1, len(failed) - failed.sum())
    print(
        f"{words:34} {len(found):4}  {kept.mean():11.2f}  {int(failed.sum()):12}  {most:15.3f}  {answered.mean():8.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
