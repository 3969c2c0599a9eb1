"""Large tables: the search sees a sample, and what it found is counted on every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Node, OutputReading, Outputs, Table, Tree, Vocabulary
from limbeck.core.tree_counts import counted_up
from limbeck.distillation import SizedTree
from limbeck.passes.choice import undominated
from limbeck.passes.fitting import Fitted, Priced
from limbeck.passes.objective import leaf_loss, unit_of_price
from limbeck.passes.run import Run
from limbeck.search import (
    ClauseFamily,
    FamilyCounter,
    Frontier,
    FrontierPoint,
    LeafCounter,
    Loss,
    leaf_sums_in,
    monotone_tree,
    refitted,
    solve_program,
    sums_after,
    without_idle_questions,
)
from limbeck.settings import Settings

__all__ = ["Counted", "Counting", "Part", "counted_on_all", "counting_of", "solved_on_counts"]

# Rows that a search sees: of more, a sample, which tells which clauses are worth counting.
MOST_SEARCHED = 50_000
_BATCH = 16_384


@dataclass(frozen=True, eq=False)
class Part:
    """The rows that a search sees, with what belongs to them.

    Parameters
    ----------
    rows, outputs : Table, Outputs
        The n rows, and the teacher's answers.
    weights : ndarray of float64, shape (n,)
        What each of them counts.
    together : ndarray of intp, shape (n,), or None
        The group of each, where they come in groups.
    """

    rows: Table
    outputs: Outputs
    weights: NDArray[np.float64]
    together: NDArray[np.intp] | None

    @classmethod
    def of(
        cls, run: Run, rows: Table, outputs: Outputs, weights: NDArray[np.float64], together: NDArray[np.intp] | None
    ) -> Part:
        """Return all rows, or a sample of so many that more would find hardly better clauses."""
        if rows.n_rows <= MOST_SEARCHED:
            return cls(rows, outputs, weights, together)
        some = np.sort(run.rng("searched").permutation(rows.n_rows)[:MOST_SEARCHED])
        return cls(rows.take(some), outputs.take(some), weights[some], None if together is None else together[some])


@dataclass(eq=False)
class Counted:
    """Rows added up in every clause of a family, and at every leaf of some trees.

    Parameters
    ----------
    family : FamilyCounter
        The clauses.
    leaves : LeafCounter
        The trees.
    n_rows : int
        Rows that were added.
    """

    family: FamilyCounter
    leaves: LeafCounter
    n_rows: int = 0

    def join(self, other: Counted) -> Counted:
        """Add the rows of another part."""
        self.family.join(other.family)
        self.leaves.join(other.leaves)
        self.n_rows += other.n_rows
        return self

    def take_away(self, other: Counted) -> None:
        """Leave out rows, copies of which stay."""
        self.family.take_away(other.family)
        self.leaves.take_away(other.leaves)
        self.n_rows -= other.n_rows


@dataclass(frozen=True, eq=False)
class Counting:
    """What is counted of every row: small beside the rows, so that it can travel to where they lie.

    The statistics of a row are those of the loss, then its weight for its class (where the loss is about scores), 1 for
    its class, its weight, and 1.

    Parameters
    ----------
    vocabulary : Vocabulary
        The questions.
    family : ClauseFamily
        The clauses, without the rows of the sample.
    loss : Loss
        Its zero and its price, over no rows.
    trees : tuple of Tree
        The trees that the sample found: those of the frontier, then those at every price of asking the model.
    soft : bool
        Whether the loss is about scores of classes.
    """

    vocabulary: Vocabulary
    family: ClauseFamily
    loss: Loss
    trees: tuple[Tree, ...]
    soft: bool

    @property
    def n_loss(self) -> int:
        """Statistics of the loss, the first ones."""
        return self.loss.statistics.shape[1]

    def begin(self) -> Counted:
        """Return the counts of no rows."""
        width = self._statistics(Outputs(self._no_codes, np.empty((0, self._n_values))), np.empty(0)).shape[1]
        return Counted(FamilyCounter(self.family, width), LeafCounter(self.trees, width))

    def add(self, counted: Counted, rows: Table, outputs: Outputs, weights: NDArray[np.float64]) -> None:
        """Add a batch of rows with the teacher's answers."""
        for start in range(0, rows.n_rows, _BATCH):
            some, stop = rows.slice(start, start + _BATCH), start + _BATCH
            statistics = self._statistics(outputs.take(np.arange(start, min(stop, rows.n_rows))), weights[start:stop])
            counted.family.add(self.vocabulary.evaluate(some), statistics)
            counted.leaves.add(some, statistics)
        counted.n_rows += rows.n_rows

    @property
    def _classes(self) -> int:
        return len(self.trees[0].classes or ())

    @property
    def _n_values(self) -> int:
        return max(self._classes, 1)

    @property
    def _no_codes(self) -> NDArray[np.intp] | None:
        return np.empty(0, np.intp) if self._classes else None

    def _statistics(self, outputs: Outputs, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is added up of each row, shape (m, d)."""
        answers = outputs.values if outputs.codes is None or self.soft else outputs.codes
        parts = [self.loss.row_statistics(answers, weights)]
        if outputs.codes is not None:
            ones = (outputs.codes[:, None] == np.arange(self._classes)).astype(np.float64)
            parts += [ones * weights[:, None], ones] if self.soft else [ones]
        return np.column_stack([*parts, weights, np.ones(len(weights))])

    def by_class(self, sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return weight by class and rows by class of sums at leaves, and in a last column those of all rows."""
        c, d = self._classes, self.n_loss
        first = d if self.soft else 0
        weighted, rows = sums[:, first : first + c], sums[:, sums.shape[1] - 2 - c : sums.shape[1] - 2]
        return np.column_stack([weighted, sums[:, -2]]), np.column_stack([rows, sums[:, -1]])


def counting_of(
    reading: OutputReading, fitted: Fitted, outputs: Outputs, weights: NDArray[np.float64], soft: bool
) -> Counting | None:
    """Return what is to be counted of all rows, by what the search saw of some; None where it found no clauses."""
    if fitted.frontier is None or fitted.search is None:
        return None
    loss = leaf_loss(reading, outputs, weights, soft=soft)
    family = fitted.search.family
    levels = tuple(replace(level, members=np.empty((len(level), 0), np.uint8), pairs=None) for level in family.levels)
    bare = replace(family, levels=levels, literals=np.empty((0, 0), bool))
    vocabulary, schema = fitted.seen.vocabulary, fitted.seen.table.schema
    roots = [*(point.root for point in fitted.frontier.points), *(root for one in fitted.priced for root in one.roots)]
    trees = tuple(Tree.from_node(root, classes=reading.classes, columns=schema) for root in roots)
    return Counting(vocabulary, bare, loss.over(loss.total), trees, soft and outputs.codes is not None)


def counted_on_all(
    run: Run, reading: OutputReading, fitted: Fitted, part: Part, rows: Table, outputs: Outputs,
    weights: NDArray[np.float64],
) -> tuple[Fitted, int]:  # fmt: skip
    """Solve again on the counts of all rows of a table, whose answers are known; return how many rows fit the trees."""
    n_seen = fitted.seen.table.n_rows
    counting = counting_of(reading, fitted, part.outputs, part.weights, run.settings.loss == "soft")
    if counting is None or not run.keep_going("counting"):
        return fitted, n_seen
    counted = counting.begin()
    for start in range(0, rows.n_rows, _BATCH):
        if not run.keep_going("counting"):
            return fitted, n_seen
        some = np.arange(start, min(start + _BATCH, rows.n_rows))
        counting.add(counted, rows.take(some), outputs.take(some), weights[some])
        run.progress("counting all rows", int(some[-1]) + 1, rows.n_rows)
    return solved_on_counts(run, fitted, counting, counted), rows.n_rows


def solved_on_counts(run: Run, fitted: Fitted, counting: Counting, counted: Counted) -> Fitted:
    """Solve the program on the counts of all rows, and let them fit the trees that a sample has found.

    Of both trees of a size the better one stays; so at every price of asking the model. Clauses and questions are those
    of the sample.
    """
    assert fitted.frontier is not None
    settings = run.settings
    family, at_leaves = counted.family.counted(counting.family), iter(counted.leaves.sums)
    loss = counting.loss.over(family.levels[0].sums[0, : counting.n_loss])
    unit = unit_of_price(fitted.seen.outputs, run.tolerance, soft=settings.loss == "soft")
    trees = [(point.root, next(at_leaves)) for point in fitted.frontier.points]
    frontier, sums = _best_trees(settings, counting, family, loss, trees)
    held = None if fitted.validation is None else fitted.validation.fidelity[fitted.validation.best]
    points = tuple(
        _sized(counting, point.root, sums[id(point.root)], loss, fitted.seen.table, held) for point in frontier.points
    )
    priced: list[Priced] = []
    for one in fitted.priced:
        trees = [(root, next(at_leaves)) for root in one.roots]
        at_price, sums = _best_trees(settings, counting, family, loss.priced(one.price * unit), trees)
        roots = tuple(at_price.best(size).root for size in one.sizes)
        laid_out = [_sized(counting, root, sums[id(root)], loss, fitted.seen.table, None) for root in roots]
        priced.append(replace(one, roots=roots, points=tuple(laid_out)))
    points = points if settings.loss == "soft" else undominated(points)
    return replace(fitted, points=points, frontier=frontier, priced=tuple(priced))


def _best_trees(
    settings: Settings, counting: Counting, family: ClauseFamily, loss: Loss,
    trees: Sequence[tuple[Node, NDArray[np.float64]]],
) -> tuple[Frontier, dict[int, NDArray[np.float64]]]:  # fmt: skip
    """Return the best tree of every size, the program's or one that is given with the sums at its leaves; and its sums.

    Sums are by the identity of the trees.
    """
    d, literals = counting.n_loss, counting.vocabulary.literals
    sums: dict[int, NDArray[np.float64]] = {}
    found: list[FrontierPoint] = []
    for tree, at_leaves in trees:
        root, cost = refitted(tree, at_leaves[:, :d], loss, settings.min_leaf)
        if np.isfinite(cost):
            found.append(FrontierPoint(root.n_leaves, cost, root))
            sums[id(root)] = at_leaves
    lossy = replace(family, levels=tuple(replace(level, sums=level.sums[:, :d]) for level in family.levels))
    solved = solve_program(lossy, literals, loss, max_leaves=settings.max_leaves, min_leaf=settings.min_leaf)
    sums |= {id(point.root): leaf_sums_in(family, point.root, literals) for point in solved.points}
    frontier = Frontier(()).joined(Frontier(tuple(found)), loss.least_gain).joined(solved, loss.least_gain)
    if settings.monotone:
        frontier, sums = _rewritten(frontier, sums, partial(monotone_tree, signs=settings.monotone))
    return (frontier, sums) if loss.price == np.inf else _rewritten(frontier, sums, without_idle_questions)


def _rewritten(
    frontier: Frontier, sums: dict[int, NDArray[np.float64]], rewrite: Callable[[Node], Node]
) -> tuple[Frontier, dict[int, NDArray[np.float64]]]:
    """Return trees in which some subtrees become leaves, whose rows add up."""
    before: dict[int, Node] = {}

    def rewriting(root: Node) -> Node:
        changed = rewrite(root)
        before[id(changed)] = root
        return changed

    frontier = frontier.rewritten(rewriting)
    roots = [point.root for point in frontier.points]
    return frontier, {id(r): sums_after(r, before[id(r)], sums[id(before[id(r)])]) for r in roots}


def _sized(
    counting: Counting, root: Node, sums: NDArray[np.float64], loss: Loss, rows: Table,
    held_out: NDArray[np.float64] | None,
) -> SizedTree:  # fmt: skip
    """Lay a tree out, with what all rows say of it."""
    tree = counting.trees[0]
    tree = Tree.from_node(root, classes=tree.classes, columns=tree.columns).read_with(dict.fromkeys(rows.dates, "date"))
    weights, counts = counting.by_class(sums)
    answers = ~np.isin(tree.leaves, tree.asking)  # what the model is asked about counts as agreement
    if tree.classes is None:
        d = counting.n_loss
        left = float(loss.costs_at(sums[:, :d].T, tree.value[tree.leaves].T)[answers].sum())
        whole = float(loss.answering_cost(loss.total))
        fitted = max(1.0 - left / whole, 0.0) if whole > 0 else float(left == 0)
    else:
        right = np.where(answers, weights[np.arange(len(sums)), tree.value[tree.leaves].argmax(axis=1)], weights[:, -1])
        fitted = float(right.sum() / weights[:, -1].sum())
    held = None if held_out is None else float(held_out[root.n_leaves - 1])
    return SizedTree(tree.with_counts(*counted_up(tree, counts)), fitted, held)
