"""The result of a distillation: one frozen value that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import Claim
from limbeck.core import OutputReading, Tree
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.diagnosis import Diagnosis
from limbeck.errors import InputError
from limbeck.exhibits import BaselinePoint, Exhibits
from limbeck.probes import Evidence

if TYPE_CHECKING:
    from limbeck.report.methods import DistillationMethods
else:
    DistillationMethods = object  # `import limbeck` hangs the methods on it: it does not know how it is shown and saved

__all__ = ["Distillation", "Ledger", "SizedTree", "Status"]


class Status(Enum):
    """How the distillation ended; the text gives the cause and what can be done."""

    COMPLETE = "the search ended by itself"
    TIME_LIMIT = (
        "the time limit ended the search: this is the best tree found so far; give more time, or `effort='fast'`"
    )
    CONSTANT = "the teacher gave the same answer on every row that fits: one leaf is enough on these rows"

    @property
    def text(self) -> str:
        """Cause and remedy."""
        return self.value


@dataclass(frozen=True)
class SizedTree:
    """One point of the frontier.

    Parameters
    ----------
    tree : Tree
        The best tree of its size over the clause family.
    fit_fidelity : float
        Agreement with the teacher on the rows that fit (R² for regression); rows count by their weights, if they have
        any.
    validation_fidelity : float or None
        The same on the validation rows, by the tree of this size that was fitted without them; None when there are no
        such rows.
    operating : OperatingPoint or None
        Where leaves may ask the model: the price that was chosen for this size, and what held-out rows say of it. The
        fidelities then take rows that the model answers for agreement.
    """

    tree: Tree
    fit_fidelity: float
    validation_fidelity: float | None
    operating: OperatingPoint | None = None

    @property
    def n_leaves(self) -> int:
        """Number of leaves, s."""
        return self.tree.n_leaves


@dataclass(frozen=True)
class Ledger:
    """What was used for what, and what it cost.

    Parameters
    ----------
    fit_rows, validation_rows, certificate_rows : int
        Rows that fit the trees, rows that were held out of trial fits (they fit the final trees, unless there is a
        sampler), and rows that only the certificate saw.
    queries : int
        Rows outside the table that the teacher was asked about: changed, synthetic, and fresh ones of a sampler; those
        equal to a row before count, but are answered from memory. (Some 50 of the table are asked about a second time,
        to see whether the answers stay.)
    probes : int
        Clauses that were scored.
    clauses, literals : int
        Clauses in the family, and literals in the vocabulary.
    seconds : dict of str to float
        Wall time of each pass.
    """

    fit_rows: int
    validation_rows: int
    certificate_rows: int
    queries: int
    probes: int
    clauses: int
    literals: int
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Distillation(DistillationMethods):
    """A tree, the frontier it was chosen from, its certificate, and how all this was made.

    Parameters
    ----------
    teacher : str
        What was distilled.
    reading : OutputReading
        How the teacher's outputs were read.
    frontier : tuple of SizedTree
        The best tree for every number of leaves; sizes that are no better than a smaller one, on fit and validation
        rows, are left out.
    tree : Tree
        The tree that the validation rows chose from the frontier.
    certificate : Certificate or ToleranceCertificate or None
        What is claimed about `tree`; None when there were no rows for it.
    evidence : Evidence or None
        Whether the tree's clauses are linear in the activations; None when the teacher has none.
    status : Status
        How it ended.
    ledger : Ledger
        Rows, queries and times.
    notes : tuple of str
        What was left out or capped.
    settings : mapping
        The settings as plain values.
    versions : mapping of str to str
        Versions of the packages that took part.
    diagnosis : Diagnosis or None
        What all this shows, and what to do; None in files of the first versions.
    baseline : tuple of BaselinePoint
        CART on the same rows, beside the frontier; empty in older files, or when time ran out.
    exhibits : Exhibits or None
        What a report shows beside all this: some rows, and where the answers differ; None in older files.
    weighted_by : tuple of str
        Which settings made rows count unequally in the fit; empty when each counted alike.
    deferral : Deferral or None
        What trees that may ask the model give, asked for or not; None without held-out rows, and in older files.
    """

    teacher: str
    reading: OutputReading
    frontier: tuple[SizedTree, ...]
    tree: Tree
    certificate: Claim | None
    evidence: Evidence | None
    status: Status
    ledger: Ledger
    notes: tuple[str, ...]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    diagnosis: Diagnosis | None = None
    baseline: tuple[BaselinePoint, ...] = ()
    exhibits: Exhibits | None = None
    weighted_by: tuple[str, ...] = ()
    deferral: Deferral | None = None

    def predict(self, rows: Any, *, model: Any = None, deferred: Any = np.ma.masked) -> NDArray[Any]:
        """Return the tree's class or number for every row, shape (n,).

        Where leaves ask the model, `model` answers their rows, all of them in one call; without it they get `deferred`,
        or stay masked. See `Tree.predict`.
        """
        return self.tree.predict(rows, model=model, deferred=deferred, reading=self.reading, output=self.output)

    @property
    def output(self) -> str | int | None:
        """Which of the model's several outputs is explained."""
        return self.settings.get("output")

    def bound(self, functions: Mapping[str, Any] | None = None, model: Any = None) -> Distillation:
        """Return the result of raw inputs with what no file holds, after `load`.

        Parameters
        ----------
        functions : mapping of str to callable, optional
            The user's own questions, as `limbeck.concepts.Functions` took them.
        model : model or Teacher, optional
            Whose layers `limbeck.concepts.Directions` read.
        """
        from limbeck.concepts import raw_table
        from limbeck.teachers import as_teacher

        teacher = None if model is None else as_teacher(model)

        def activations(layer: str, inputs: Any) -> Any:
            assert teacher is not None
            return teacher.activations(raw_table(inputs), [layer])[layer]

        def bind(tree: Tree) -> Tree:
            if tree.reader is None:
                return tree
            return replace(tree, reader=tree.reader.bound(functions, None if teacher is None else activations))

        points = tuple(replace(point, tree=bind(point.tree)) for point in self.frontier)
        return replace(self, tree=bind(self.tree), frontier=points)

    def best(self, max_leaves: int) -> SizedTree:
        """Return the frontier's tree with at most `max_leaves` leaves.

        Raises
        ------
        InputError
            `max_leaves` below 1.
        """
        if max_leaves < 1:
            raise InputError("a tree of the frontier", f"`max_leaves={max_leaves}`", "ask for at least 1 leaf")
        small = [point for point in self.frontier if point.n_leaves <= max_leaves]
        if not small:
            least = self.frontier[0].n_leaves
            raise InputError("a tree of the frontier", f"`max_leaves={max_leaves}`", f"ask for at least {least} leaves")
        return small[-1]
