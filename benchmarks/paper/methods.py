"""The rows of the table: ways to turn a network into a tree, each a function of (teacher, n_rows, rng)."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from benchmarks.paper.compiled import CompiledTeacher
from benchmarks.paper.network import ResidualNetwork, logits
from benchmarks.paper.random_trees import LEAF, RandomTree, random_bits
from benchmarks.paper.teachers import TrainedTeacher
from limbeck import Tree, Vocabulary, distill
from limbeck.core import as_table
from limbeck.probes import choose_penalty, fit_features, prepare, prepare_extensions
from limbeck.search import BeamSettings, ClauseBatch, HardLabels, LinearRepresentation, grow_family, solve_program
from limbeck.settings import GUIDES
from limbeck.teachers.torch import TorchTeacher

__all__ = [
    "METHODS",
    "Bits",
    "Memory",
    "Predictor",
    "Student",
    "Teacher",
    "cart",
    "guided",
    "paper",
    "streed",
    "watched",
]

Bits = NDArray[np.int8]
Teacher = TrainedTeacher | CompiledTeacher


class Predictor(Protocol):
    """A tree: limbeck's own or somebody else's."""

    def predict(self, rows: Bits, /) -> NDArray[Any]:
        """Return 0 or 1 for every row of -1 and +1, shape (n,)."""
        ...


@dataclass(frozen=True)
class Student:
    """A tree and what it cost.

    Parameters
    ----------
    tree : Predictor
        The tree.
    n_leaves : int
        Its leaves.
    rows : int
        Rows of the distribution that were drawn and labelled by the network.
    queries : int
        Changed rows that the network was asked about besides.
    probes : int
        Clauses scored. For the paper's method, the distinct clauses, as its table counts them; for limbeck, both
        children of every extension that the guides compared.
    seconds : float
        Wall time, calls of the network included; of limbeck's, without the pass that gathers evidence.
    finished : bool
        Whether the method ended by itself, and not by its time limit.
    ranks : tuple of int
        For the paper's method: on each level from the first, the place in its ranking of the worst clause that the
        drawn tree splits there; a beam of fewer clauses cannot find the tree.
    """

    tree: Predictor
    n_leaves: int
    rows: int
    queries: int
    probes: int
    seconds: float
    finished: bool = True
    ranks: tuple[int, ...] = ()


def paper(teacher: Teacher, n_rows: int, rng: np.random.Generator, *, k: int, within_parent: bool = False) -> Student:
    """Distil as the paper does: a beam over clauses by linear representation alone, then the dynamic program.

    Level by level all one-literal extensions of the k best clauses are scored. One set of rows serves the probes, by
    exact leave-one-out, and the program; the paper fits a probe on 1000 rows, validates it on 10 000 and runs the
    program on 1000.

    Parameters
    ----------
    k : int
        Clauses extended on a level.
    within_parent : bool
        Choose them by the places of their literals among the extensions of their own parents, summed along the path
        (ties: more disagreement first), and not by the R² of all clauses of the level.

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053.
    """
    depth, max_leaves = _limits(teacher)
    x, start = random_bits(n_rows, teacher.tree.n_variables, rng), time.perf_counter()
    codes = _labels(teacher, x)
    table = as_table(x)
    vocabulary = Vocabulary.fit(table)
    answers = vocabulary.evaluate(table)
    guide = _representation(_asked(teacher).activations(table), codes, answers)
    settings = BeamSettings((len(vocabulary),), k, depth, pair_clauses=0)
    loss, scored = HardLabels(codes, 2), list[NDArray[np.float64]]()

    def priority(members: NDArray[np.bool_]) -> NDArray[np.float64]:
        scored.append(guide.clause_scores(members))
        return scored[-1]

    if within_parent:
        family = grow_family(answers, loss, [guide], settings)
    else:
        family = grow_family(answers, loss, [_Everything()], settings, priority=priority)
    root = solve_program(family, vocabulary.literals, loss, max_leaves=max_leaves).points[-1].root
    tree = Tree.from_node(root, classes=(0, 1), columns=table.schema)
    seconds = time.perf_counter() - start
    ranks = tuple(_worst_ranks(teacher.tree, x, guide, scored[1:]))
    return Student(tree, tree.n_leaves, n_rows, 0, family.n_clauses, seconds, ranks=ranks)


def guided(teacher: Teacher, n_rows: int, rng: np.random.Generator, *, guides: Sequence[str] = GUIDES) -> Student:
    """Distil as limbeck does, with all guides or some.

    Whatever the guides, the program, and the search for the last two questions of a path, go by the labels. Where
    activations guide nothing they are not read.
    """
    depth, max_leaves = _limits(teacher)
    x, start = random_bits(n_rows, teacher.tree.n_variables, rng), time.perf_counter()
    result = distill(
        _asked(teacher), x, task="binary", max_leaves=max_leaves, max_depth=depth, certificate=0, validation=0,
        guides=tuple(guides), layers=None if "representation" in guides else (),
        random_state=int(rng.integers(2**31)),
    )  # fmt: skip
    seconds, ledger = time.perf_counter() - start, result.ledger
    seconds -= ledger.seconds.get("evidence", 0.0)
    return Student(result.tree, result.tree.n_leaves, n_rows, ledger.queries, ledger.probes, seconds)


def cart(teacher: Teacher, n_rows: int, rng: np.random.Generator) -> Student:
    """Learn from the labels alone, greedily: scikit-learn."""
    depth, max_leaves = _limits(teacher)
    x, start = random_bits(n_rows, teacher.tree.n_variables, rng), time.perf_counter()
    model = DecisionTreeClassifier(
        max_depth=depth, max_leaf_nodes=max_leaves, random_state=int(rng.integers(2**31))
    ).fit(x, _labels(teacher, x))
    return Student(model, int(model.get_n_leaves()), n_rows, 0, 0, time.perf_counter() - start)


def streed(teacher: Teacher, n_rows: int, rng: np.random.Generator, *, time_limit: float = 60) -> Student:
    """Learn from the labels alone, with proof that no tree fits them better: pystreed, an optional package.

    References
    ----------
    Van der Linden, de Weerdt, Demirović (2023), Necessary and sufficient conditions for optimal decision trees using
    dynamic programming, NeurIPS.
    """
    from pystreed import STreeDClassifier

    depth, max_leaves = _limits(teacher)
    x, start = random_bits(n_rows, teacher.tree.n_variables, rng), time.perf_counter()
    model = STreeDClassifier(max_depth=depth, max_num_nodes=min(max_leaves, 2**depth) - 1, time_limit=time_limit)
    codes = _labels(teacher, x)
    model.fit((x > 0).astype(np.int32), codes)
    seconds = time.perf_counter() - start
    return Student(_OnZerosAndOnes(model), model.get_n_leaves(), n_rows, 0, 0, seconds, seconds < time_limit)


METHODS: dict[str, Callable[..., Student]] = {"paper": paper, "guided": guided, "cart": cart, "streed": streed}
"""The methods by name."""


@dataclass
class Memory:
    """Filled in when the block of `watched` ends.

    Parameters
    ----------
    peak_bytes : int or None
        Highest resident memory of the process during the block above that at its start, of all libraries together;
        None where the system has no resettable high-water mark (other than Linux).
    """

    peak_bytes: int | None = None


@contextmanager
def watched() -> Generator[Memory]:
    """Measure the resident memory that a block adds at its peak."""
    memory = Memory()
    marked = _mark()
    yield memory
    memory.peak_bytes = None if marked is None else max(0, _status("VmHWM") - marked)


@dataclass(frozen=True)
class _Everything:
    """A guide without an opinion: all extensions are proposed, and the beam alone decides."""

    name: str = "everything"

    def scores(self, batch: ClauseBatch) -> NDArray[np.floating]:
        """Return equal scores."""
        return np.zeros(batch.yes_sums.shape[1:])

    def work(self) -> float:
        """Return nothing: it computes nothing."""
        return 0.0


@dataclass(frozen=True)
class _OnZerosAndOnes:
    """A model of 0/1 features, asked about rows of -1 and +1."""

    model: Any

    def predict(self, rows: Bits) -> NDArray[Any]:
        """Return the model's classes."""
        return np.asarray(self.model.predict((rows > 0).astype(np.int32)))


def _limits(teacher: Teacher) -> tuple[int, int]:
    """Return the most questions on a path and the most leaves: the paper's 32, or a full tree's where that is more."""
    return teacher.tree.depth, max(32, 2**teacher.tree.depth)


def _labels(teacher: Teacher, x: Bits) -> NDArray[np.intp]:
    """Return the network's classes, never the drawn tree's."""
    return (logits(teacher.network, x) > 0).astype(np.intp)


def _asked(teacher: Teacher) -> TorchTeacher:
    """Return the network as limbeck sees it, with the paper's activations as its layers."""
    network = teacher.network
    return TorchTeacher(network, layers=network.paper_layers() if isinstance(network, ResidualNetwork) else None)


def _representation(
    activations: dict[str, NDArray[np.float32]], codes: NDArray[np.intp], answers: NDArray[np.bool_]
) -> LinearRepresentation:
    """Return the probe of all activations side by side, as they are, and the sign of the output.

    The penalty is the best one for the output's sign by the other activations: among all, the target itself would
    be found, and the smallest penalty would look best.
    """
    *hidden, output = activations.values()
    penalty = choose_penalty(fit_features(np.hstack(hidden)), codes)
    probe = prepare_extensions(prepare(fit_features(np.hstack([*hidden, np.sign(output)])), penalty))
    return LinearRepresentation(np.arange(len(codes)), probe, answers.astype(np.float32), least_rows=1)


def _worst_ranks(
    tree: RandomTree, x: Bits, guide: LinearRepresentation, scored: Sequence[NDArray[np.float64]]
) -> Iterator[int]:
    """Yield for each level the place of the worst clause whose subtree has both labels among those scored."""
    both = [len(set(tree.label[_leaves_below(tree, node)])) > 1 for node in range(tree.n_nodes)]
    for r, scores in enumerate(scored, start=1):
        clauses = [clause for clause, split in zip(tree.clauses(), both, strict=True) if split and len(clause[0]) == r]
        if clauses:
            holds = np.array([(x[:, variables] == signs).all(axis=1) for variables, signs in clauses])
            yield 1 + int((scores > guide.clause_scores(holds).min() + 1e-9).sum())


def _leaves_below(tree: RandomTree, node: int) -> list[int]:
    """Return the leaves that are reached through a node."""
    if tree.variable[node] == LEAF:
        return [node]
    return _leaves_below(tree, int(tree.low[node])) + _leaves_below(tree, int(tree.high[node]))


def _mark() -> int | None:
    """Give freed memory back, reset the high-water mark, return the resident bytes; None where that is impossible."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except (OSError, AttributeError, TypeError):
        return None


def _status(field: str) -> int:
    """Return a field of the process's status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{field}:"))) * 1024
