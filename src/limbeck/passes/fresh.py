"""The pass that grows a tree on fresh rows, where the distribution of the rows is known."""

from __future__ import annotations

from functools import partial

import numpy as np

from limbeck.certificates import fidelity
from limbeck.core import Clause, Node, OutputReading, Outputs, Table, Tree, Vocabulary
from limbeck.observe import Sampler
from limbeck.passes.asking import wants_scores
from limbeck.passes.deepen import deepen
from limbeck.passes.growing import grow
from limbeck.passes.objective import guides_of, leaf_loss
from limbeck.passes.observing import observe_rows
from limbeck.passes.run import Run
from limbeck.search import (
    BeamSettings,
    Frontier,
    FrontierPoint,
    Loss,
    binned_columns,
    disagreement_cost,
    monotone_tree,
    prune_frontier,
    solve_program,
    squared_cost,
)

__all__ = ["LARGEST_BY_PROGRAM", "grown_on_fresh_rows"]

LARGEST_BY_PROGRAM = 64
"""Most leaves of the program's trees when fresh rows can be drawn: larger trees grow on these."""

# Fresh rows on which the trees of both kinds are compared.
_JUDGING_ROWS = 4000
# Of the time that is left for them, the rows of one leaf may take so much; and what judging takes in any case.
_AT_A_LEAF, _FOR_JUDGING = 0.1, 0.1
# Questions that are added below a leaf at a time.
_LOCAL_DEPTH = 3


def grown_on_fresh_rows(
    run: Run,
    frontier: Frontier,
    sampler: Sampler,
    reading: OutputReading,
    vocabulary: Vocabulary,
    total_weight: float,
) -> Frontier:
    """Grow a tree on fresh rows, clause by clause, and let its prunings compete with the frontier's trees.

    Further fresh rows, the same for all, judge the trees of both kinds; those that a smaller one equals are left out.
    Below each leaf the surest guide alone chooses the questions: with as many rows as at the root there is no need to
    hedge, and influence, the first of them, never names a column on which the teacher does not depend.
    """
    settings = run.settings

    def answer(table: Table) -> Outputs:
        run.journal.fresh_rows += table.n_rows
        return reading.read(run.asker.answers(table, scores=wants_scores(settings, reading)))

    def loss_of(outputs: Outputs) -> Loss:
        return leaf_loss(reading, outputs, np.ones(len(outputs)), soft=settings.loss == "soft")

    def subtree_of(table: Table, outputs: Outputs, max_depth: int, max_leaves: int) -> Node:
        by_queries = settings.budget.queries and run.journal.queries < settings.max_queries
        seen = observe_rows(run, reading, table, outputs, vocabulary, () if by_queries else settings.layers)
        loss = loss_of(outputs)
        greedy = BeamSettings(widths=(1,), max_depth=min(max_depth, _LOCAL_DEPTH), pair_clauses=0)
        columns = binned_columns(seen.answers, vocabulary.columns)
        family = grow(run, seen.answers, loss, [next(guides_of(settings, seen, loss))], greedy, columns)
        most = min(max_leaves, 2**_LOCAL_DEPTH)
        local = solve_program(family, vocabulary.literals, loss, max_leaves=most, keep_ties=True)
        return local.points[-1].root

    grown = deepen(
        sampler, answer, loss_of, subtree_of,
        max_leaves=settings.max_leaves, max_depth=settings.max_depth,
        n_rows=max(2, run.asker.affordable(settings.fresh_rows, "searching", share=_AT_A_LEAF)),
        total_weight=total_weight, rng=run.rng("deepen"), keep_going=lambda: run.clock.has_time("searching"),
        progress=run.progress,
    )  # fmt: skip
    cost = squared_cost if reading.classes is None or settings.loss == "soft" else disagreement_cost
    pruned = prune_frontier(grown, cost, max_leaves=settings.max_leaves)
    if signs := settings.monotone:
        pruned = pruned.rewritten(partial(monotone_tree, signs=signs))
    n_judging = max(1, run.asker.affordable(_JUDGING_ROWS, "deferring", least=_FOR_JUDGING))
    judging = sampler.draw(Clause(), n_judging, run.rng("judge"))
    assert judging is not None, "every row satisfies the empty clause"
    return _best_of(frontier.points + pruned.points, judging.table, answer(judging.table), reading)


def _best_of(points: tuple[FrontierPoint, ...], table: Table, outputs: Outputs, reading: OutputReading) -> Frontier:
    """Return the trees that agree better with the teacher on these rows than every smaller one."""
    kept: list[FrontierPoint] = []
    best = -np.inf
    for point in sorted(points, key=lambda point: point.n_leaves):
        agreement = fidelity(Tree.from_node(point.root, classes=reading.classes, columns=table.schema), table, outputs)
        if agreement > best:
            best = agreement
            if kept and kept[-1].n_leaves == point.n_leaves:
                kept.pop()
            kept.append(point)
    return Frontier(tuple(kept))
