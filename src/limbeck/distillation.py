"""The result of a distillation: one frozen value that can be asked, printed, saved and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import Claim
from limbeck.core import OutputReading, Tree
from limbeck.core.tree_json import tree_from_dict
from limbeck.deferral import Deferral, OperatingPoint
from limbeck.diagnosis import Diagnosis
from limbeck.errors import InputError
from limbeck.exhibits import BaselinePoint, Exhibits
from limbeck.probes import Evidence
from limbeck.saved import Name, checked
from limbeck.saved_distillation import DISTILLATION, check_parts, claim_form
from limbeck.theory import Certificate, DeferralCertificate, ToleranceCertificate

__all__ = ["Distillation", "Ledger", "SizedTree", "Status"]

FORMAT = "limbeck.distillation"
VERSION = 1


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


@dataclass(frozen=True, eq=False)
class Distillation:
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

    def __str__(self) -> str:
        from limbeck.report import distillation_text  # output reads this module's types

        return distillation_text(self)

    def __repr__(self) -> str:
        from limbeck.report import glance_line

        leaves = "1 leaf" if self.tree.n_leaves == 1 else f"{self.tree.n_leaves} leaves"
        return f"<Distillation of {self.teacher}: {leaves}; {glance_line(self)}>"

    def about(self, tree: Tree | None = None) -> tuple[str, ...]:
        """Say what stands at the top of an export: the model, its columns and classes, and the certificate.

        Parameters
        ----------
        tree : Tree, optional
            A tree of the frontier; the chosen one by default. The certificate is about that one only.

        Returns
        -------
        tuple of str
            Lines for `about=` of `Tree.to_c`, `to_python`, `to_javascript` and `to_sql`.
        """
        from limbeck.report.about import about_lines

        return about_lines(self, self.tree if tree is None else tree)

    def report(self, path: str | Path | None = None) -> str:
        """Show everything as one HTML page that needs no network; see `docs/report.md`.

        Parameters
        ----------
        path : str or Path, optional
            File to write it to as well, whole or not at all.

        Returns
        -------
        str
            The page.

        Raises
        ------
        InputError, MissingExtraError
            The place cannot be written to, or Jinja2 is not installed.
        """
        from limbeck.report import report_html, write_whole

        page = report_html(self)
        if path is not None:
            write_whole(Path(path), page)
        return page

    def _repr_html_(self) -> str | None:
        from limbeck.report import distillation_html

        return distillation_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values (versioned; read back by `from_dict`)."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "teacher": self.teacher,
            "reading": self.reading.to_dict(),
            "frontier": [
                {
                    "tree": point.tree.to_dict(),
                    "fit_fidelity": point.fit_fidelity,
                    "validation_fidelity": point.validation_fidelity,
                    **({} if point.operating is None else {"operating": asdict(point.operating)}),
                }
                for point in self.frontier
            ],
            "tree": self.tree.to_dict(),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
            "evidence": None if self.evidence is None else self.evidence.to_dict(),
            "status": self.status.name,
            "ledger": asdict(self.ledger),
            "notes": list(self.notes),
            "settings": dict(self.settings),
            "versions": dict(self.versions),
            "diagnosis": None if self.diagnosis is None else self.diagnosis.to_dict(),
            "baseline": [asdict(point) for point in self.baseline],
            "exhibits": None if self.exhibits is None else self.exhibits.to_dict(),
            "weighted_by": list(self.weighted_by),
            "deferral": None if self.deferral is None else self.deferral.to_dict(),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Distillation:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            Another format or version, or a field that is missing or damaged.
        """
        if plain.get("format") != FORMAT or plain.get("version") != VERSION:
            raise InputError(
                f"a distillation of format `{FORMAT}`, version {VERSION}",
                f"format `{plain.get('format')}`, version {plain.get('version')}",
                "give a file that this version of limbeck wrote",
            )
        form = DISTILLATION | {
            "certificate": claim_form(plain.get("certificate")),
            "status": Name(Status),
            "ledger": Ledger,
        }
        plain = checked(form, plain, "distillation")
        try:
            result = cls(
                plain["teacher"],
                OutputReading.from_dict(plain["reading"]),
                tuple(
                    SizedTree(
                        tree_from_dict(p["tree"], f"distillation.frontier[{i}].tree"),
                        p["fit_fidelity"],
                        p["validation_fidelity"],
                        None if p.get("operating") is None else OperatingPoint(**p["operating"]),
                    )
                    for i, p in enumerate(plain["frontier"])
                ),
                tree_from_dict(plain["tree"], "distillation.tree"),
                _claim(plain["certificate"]),
                None if plain["evidence"] is None else Evidence.from_dict(plain["evidence"]),
                Status[plain["status"]],
                Ledger(**plain["ledger"]),
                tuple(plain["notes"]),
                plain["settings"],
                plain["versions"],
                None if plain.get("diagnosis") is None else Diagnosis.from_dict(plain["diagnosis"]),
                tuple(BaselinePoint(**point) for point in plain.get("baseline", ())),
                None if plain.get("exhibits") is None else Exhibits.from_dict(plain["exhibits"]),
                tuple(plain.get("weighted_by", ())),
                None if plain.get("deferral") is None else Deferral.from_dict(plain["deferral"]),
            )
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise InputError("the fields of a distillation", f"{error!r}", "give an unedited file") from error
        check_parts(result)
        return result

    def save(self, path: str | Path) -> None:
        """Write everything to one JSON file; either the whole file is written or none of it.

        Raises
        ------
        InputError
            The place cannot be written to.
        """
        from limbeck.report import json_text, write_whole

        write_whole(Path(path), json_text(self.to_dict(), indent=None))

    @classmethod
    def load(cls, path: str | Path) -> Distillation:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            No such file, or not one that limbeck wrote.
        """
        try:
            plain = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"a distillation in `{path}`", f"{error}", "give a file that `save` wrote") from error
        if not isinstance(plain, dict):
            raise InputError(f"a distillation in `{path}`", "JSON of another kind", "give a file that `save` wrote")
        return cls.from_dict(plain)


def _claim(plain: dict[str, Any] | None) -> Claim | None:
    """Read a certificate of either kind."""
    if plain is None:
        return None
    if "answered_limit" in plain:
        return DeferralCertificate.from_dict(plain)
    return Certificate.from_dict(plain) if "error_limit" in plain else ToleranceCertificate.from_dict(plain)
