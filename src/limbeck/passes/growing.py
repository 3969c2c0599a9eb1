"""One search for clauses, its probes written down and its progress told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.passes.run import Run
from limbeck.search import (
    BeamSettings,
    BinnedColumn,
    ClauseFamily,
    Guide,
    Incumbents,
    Loss,
    SearchMemory,
    grow_family,
)

__all__ = ["grow"]


def grow(
    run: Run,
    answers: NDArray[np.bool_],
    loss: Loss,
    guides: Sequence[Guide],
    beam: BeamSettings,
    columns: Sequence[BinnedColumn],
    compiled: Any = None,
    keep_going: Callable[[], bool] = lambda: True,
    incumbents: Incumbents | None = None,
    memory: SearchMemory | None = None,
) -> ClauseFamily:
    """Grow the clause family."""
    family = grow_family(
        answers, loss, guides, beam,
        columns=columns, compiled=compiled, incumbents=incumbents, memory=memory,
        keep_going=keep_going, on_level=run.on_level,
    )  # fmt: skip
    run.journal.probes += family.n_probes
    return family
