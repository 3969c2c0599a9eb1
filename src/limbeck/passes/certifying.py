"""The certificate of the chosen tree, on the rows that nothing before has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from limbeck.certificates import Claim, certify_answers
from limbeck.core import OutputReading, Outputs, Table, Tree
from limbeck.passes.asking import SLOWER
from limbeck.passes.result import told_in_unit
from limbeck.passes.run import Run
from limbeck.tables import counted
from limbeck.theory import DeferralCertificate

__all__ = ["certify_in_turn"]

# Seconds that the certificate has in any case.
_FOR_CERTIFICATE = 0.1


def certify_in_turn(
    run: Run, trees: Sequence[Tree], reading: OutputReading, rows: Table, words: str
) -> tuple[int, Claim | None, Table, Outputs | None]:
    """Certify the chosen tree on the rows set aside, or given for it; return them with the teacher's answers too.

    Of several trees in turn, each is tried while those before it keep the target: return the place of the last that
    does. Under a time limit there may be time for some of the rows only. How many is fixed before the first one is
    asked about, so that no answer has a part in it.
    """
    rows, words = _certified(run, rows, words)
    if not rows.n_rows:
        return 0, None, rows, None
    raw = run.asker.answers(rows, run.progress, scores=reading.needs_scores)
    own = reading.as_they_are
    asked: dict[str, Any] = {"delta": run.settings.delta, "epsilon": run.settings.epsilon}
    asked |= {"target": run.settings.defer, "tolerance": reading.length(run.tolerance)}
    asked |= {"n_claims": len(trees)} if len(trees) > 1 else {}
    outputs, place = own.read(raw), 0
    claim = certify_answers(told_in_unit(trees[0], reading), rows, outputs, rows=words, **asked)
    while place + 1 < len(trees) and isinstance(claim, DeferralCertificate) and claim.keeps_target:
        bolder = certify_answers(told_in_unit(trees[place + 1], reading), rows, outputs, rows=words, **asked)
        if not (isinstance(bolder, DeferralCertificate) and bolder.keeps_target):
            break
        place, claim = place + 1, bolder
    return place, claim, rows, reading.read(raw)


def _certified(run: Run, rows: Table, words: str) -> tuple[Table, str]:
    """Return the rows that there is time to certify on, and what they are."""
    n = run.asker.affordable(math.ceil(rows.n_rows * SLOWER), "certifying", least=_FOR_CERTIFICATE)
    n = min(rows.n_rows, int(n / SLOWER) + 1) if n else 0
    if n == rows.n_rows:
        return rows, words
    run.clock.cut("certifying")
    some = np.sort(run.rng("certificate").permutation(rows.n_rows)[:n])
    return rows.take(some), f"{counted(n, 'row')}, drawn at random as there was no time for more, of {words}"
