"""What a junta search returns: the junta with what holds of it, or proof that more columns matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.certificates import Claim
from limbeck.core import OutputReading, Table, Tree
from limbeck.juntas.hunt import Found
from limbeck.juntas.oracle import Oracle
from limbeck.students import Junta
from limbeck.tables import Kind, counted, listed
from limbeck.teachers import as_teacher
from limbeck.theory.junta_queries import JuntaPlan

__all__ = ["JuntaDistillation", "JuntaLedger", "NotAJunta", "Witness", "witnesses_of"]


@dataclass(frozen=True)
class JuntaLedger:
    """What a junta search cost.

    Parameters
    ----------
    queries : mapping of str to int
        Queries by purpose: pairs, searches, confirmations, table. The certificate's rows are not among them.
    calls : int
        Batches handed to the teacher.
    bound : int
        Queries that the proof allows for, without noise and for bits.
    quiet_pairs : int
        Pairs since the last variable, none of which showed another.
    """

    queries: Mapping[str, int]
    calls: int
    bound: int
    quiet_pairs: int

    @property
    def total(self) -> int:
        """All queries."""
        return sum(self.queries.values())

    def __str__(self) -> str:
        parts = ", ".join(f"{n} for {what}" for what, n in self.queries.items())
        n = f"{self.total:,}".replace(",", " ")
        return f"{n} queries in {self.calls} batches: {parts}"


@dataclass(frozen=True, eq=False)
class Witness:
    """Two rows that differ in one column only, and what the teacher answers.

    Parameters
    ----------
    column : str
        The column.
    rows : Table
        The two rows.
    answers : tuple of length 2
        The teacher's classes, which differ.
    reading : OutputReading
        How its outputs were read.
    """

    column: str
    rows: Table
    answers: tuple[Any, Any]
    reading: OutputReading

    @property
    def values(self) -> tuple[Any, Any]:
        """The two values of the column."""
        first, second = _shown(self.rows, self.column)
        return first, second

    def check(self, teacher: Any) -> bool:
        """Ask a teacher again: whether the rows differ in the column only, and the answers differ."""
        others = [c for c in self.rows.columns if c.name != self.column]
        alike = all(c.values[0] == c.values[1] or bool(c.missing.all()) for c in others)
        codes = self.reading.read(as_teacher(teacher).answers(self.rows)).codes
        return alike and codes is not None and bool(codes[0] != codes[1])

    def __str__(self) -> str:
        (a, b), (y, z) = self.values, self.answers
        return f"{self.column}: {a} gives {y}, {b} gives {z}"

    def to_dict(self) -> dict[str, Any]:
        """Return the witness as plain values; `row` holds what the two rows have in common."""
        others = {c.name: _shown(self.rows, c.name)[0] for c in self.rows.columns if c.name != self.column}
        return {
            "column": self.column, "values": list(self.values), "answers": list(self.answers), "row": others,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class JuntaDistillation:
    """A junta, its smallest tree, a certificate, and proof for each variable.

    Parameters
    ----------
    junta : Junta
        The table.
    tree : Tree or None
        A tree of fewest leaves that is the same function; None for more than 256 combinations.
    certificate : Certificate
        What is claimed about the tree (or the table) on fresh rows.
    witnesses : tuple of Witness
        For each variable two rows that differ in it alone and in the answer.
    plan : JuntaPlan
        What was asked for.
    ledger : JuntaLedger
        What it cost.
    values : str
        How queries were drawn.
    bits : bool
        Whether they were uniform bits: no column has more than two values, each drawn alike.
    dismissed : tuple of str
        Columns that were seen to matter somewhere, but no more often than noise does.
    """

    junta: Junta
    tree: Tree | None
    certificate: Claim
    witnesses: tuple[Witness, ...]
    plan: JuntaPlan
    ledger: JuntaLedger
    values: str
    bits: bool
    dismissed: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The finding in one line."""
        names = self.junta.variables
        which = f": {listed(names, most=16)}" if names else ""
        return f"a function of {len(names)} of {counted(self.plan.n_columns, 'column')}{which}"

    @property
    def claims(self) -> tuple[str, ...]:
        """What holds of the variables, one sentence each."""
        r, p = len(self.witnesses), self.plan
        sure = f"probability at least {1 - p.delta:g}"
        how = "each distinct value alike" if self.values == "uniform" else "each value as often as in the rows"
        found = ["each of these columns matters: two rows that differ in it alone are answered differently"]
        if p.noise == 0.0:
            found.append(
                f"the others matter little: redraw them all, and the answer changes with probability below "
                f"{p.change(r):.4g} ({sure}; columns drawn independently, {how})"
            )
            if self.bits:
                found.append(
                    f"if the model depends on at most {p.max_variables} columns, it depends on no other ({sure})"
                )
        elif p.noise <= p.most_noise:
            found.append(
                f"if the model departs from a function of at most {p.max_variables} bits on at most a share "
                f"{p.noise:g} of the fillings of every setting of these, then this is that function ({sure})"
            )
        else:
            found.append(
                f"that no other column matters is not promised: the guarantee covers a noise of at most "
                f"{p.most_noise:.3g} here, not {p.noise:g}; the certificate holds all the same"
            )
        return tuple(found)

    @property
    def asked(self) -> str:
        """The queries in words, beside what the proof allows for where it has a bound."""
        return str(self.ledger) + (f" (the proof allows {self.ledger.bound})" if self.plan.noise == 0.0 else "")

    def __str__(self) -> str:
        lines = [self.headline, *(f"- {claim}" for claim in self.claims)]
        lines += [f"- dismissed as noise: {listed(self.dismissed)}"] if self.dismissed else []
        lines += [f"asked: {self.asked}", "", str(self.tree or self.junta), ""]
        return "\n".join([*lines, str(self.certificate)])

    def to_dict(self) -> dict[str, Any]:
        """Return the whole as plain values."""
        return {
            "format": "limbeck.junta_distillation",
            "version": 1,
            "is_junta": True,
            "headline": self.headline,
            "claims": list(self.claims),
            "variables": list(self.junta.variables),
            "junta": self.junta.to_dict(),
            "tree": None if self.tree is None else self.tree.to_dict(),
            "certificate": self.certificate.to_dict(),
            "witnesses": [witness.to_dict() for witness in self.witnesses],
            "dismissed": list(self.dismissed),
            "values": self.values,
            "bits": self.bits,
            "plan": asdict(self.plan),
            "ledger": {**asdict(self.ledger), "total": self.ledger.total},
        }


@dataclass(frozen=True, eq=False)
class NotAJunta:
    """Proof that a model depends on more than k columns.

    Parameters
    ----------
    max_variables : int
        k.
    witnesses : tuple of Witness, length k + 1
        For each of k + 1 columns two rows that differ in it alone and in the answer. This is certain, for a
        deterministic model: no probability is involved.
    ledger : JuntaLedger
        What it cost.
    values : str
        How queries were drawn.
    """

    max_variables: int
    witnesses: tuple[Witness, ...]
    ledger: JuntaLedger
    values: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that matter, in the order of the table."""
        names = self.witnesses[0].rows.names
        return tuple(sorted((witness.column for witness in self.witnesses), key=names.index))

    @property
    def headline(self) -> str:
        """The finding in one line."""
        n = len(self.witnesses)
        return f"not a {self.max_variables}-junta: at least these {n} columns matter: {listed(self.columns, most=17)}"

    def check(self, teacher: Any) -> bool:
        """Ask a teacher again about all pairs: whether the proof holds."""
        return len(set(self.columns)) > self.max_variables and all(w.check(teacher) for w in self.witnesses)

    def __str__(self) -> str:
        lines = [self.headline, "each in two rows that differ in nothing else:", *(f"- {w}" for w in self.witnesses)]
        return "\n".join([*lines, f"asked: {self.ledger}"])

    def to_dict(self) -> dict[str, Any]:
        """Return the proof as plain values."""
        return {
            "format": "limbeck.not_a_junta",
            "version": 1,
            "is_junta": False,
            "headline": self.headline,
            "max_variables": self.max_variables,
            "columns": list(self.columns),
            "witnesses": [witness.to_dict() for witness in self.witnesses],
            "values": self.values,
            "ledger": {**asdict(self.ledger), "total": self.ledger.total},
        }


def witnesses_of(found: Found, oracle: Oracle) -> tuple[Witness, ...]:
    """Write the sightings of a hunt as rows and answers, in the order of the columns."""
    assert oracle.reading is not None, "the teacher was asked"
    classes = oracle.reading.classes or ()
    names = oracle.domain.table.names
    return tuple(
        Witness(
            names[s.column],
            oracle.domain.table_of(s.points),
            (_plain(classes[s.codes[0]]), _plain(classes[s.codes[1]])),
            oracle.reading,
        )
        for s in sorted(found.sightings, key=lambda s: s.column)
    )


def _plain(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _shown(rows: Table, name: str) -> list[Any]:
    """Return the values of a column as plain numbers and text; None where there is none."""
    column = rows[name]
    missing: NDArray[np.bool_] = column.missing
    if column.kind is Kind.CATEGORICAL:
        return [None if gap else column.categories[code] for code, gap in zip(column.values, missing, strict=True)]
    numbers = [None if gap else float(value) for value, gap in zip(column.values, missing, strict=True)]
    return [int(v) if v is not None and v.is_integer() and abs(v) < 1e15 else v for v in numbers]
