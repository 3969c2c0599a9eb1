"""The passes of a distillation that need its clock, its randomness or its teacher."""

from __future__ import annotations

import importlib.metadata
import math
import sys
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck._version import __version__
from limbeck.certify import Claim, certify_answers
from limbeck.concepts import Concepts, ShownInput, shown_input
from limbeck.core import Answers, Column, OutputReading, Outputs, Table, Tree, Unit, Vocabulary
from limbeck.diagnosis import Diagnosis, Stability, answered_again, diagnose, gather_findings, of_dependent_rows
from limbeck.distillation import Distillation, Ledger, SizedTree, Status
from limbeck.errors import InputError
from limbeck.inside import tree_evidence
from limbeck.observe import (
    Budget,
    Dependence,
    Observation,
    boosting_seconds,
    observe,
    telling_sets,
    telling_thresholds,
)
from limbeck.passes.answers import reading_notes
from limbeck.passes.asking import Asker
from limbeck.passes.clock import Clock
from limbeck.passes.objective import HEAVY, carried_by_few
from limbeck.probe import Evidence
from limbeck.search import BeamSettings, Guide, Incumbents, ProposalMemory, grow_family
from limbeck.settings import Settings
from limbeck.solve import BinnedColumn, ClauseFamily, Loss
from limbeck.tables import counted, listed
from limbeck.teachers import Progress, Teacher
from limbeck.theory import DeferralCertificate

__all__ = ["Run"]

# Share of the rows below which a class is called rare; with many classes half an equal share.
_RARE = 0.05

# Of the spread of the teacher's numbers: a gap of half of it is what a tree of R² 0.75 has on average.
_TOLERANCE = 0.5

# Rows that the teacher is asked about twice: a model that answers one in ten otherwise is found with probability .995.
_ASKED_AGAIN = 50
# Rows with one column changed, for each column, below which they say nothing of its influence.
_FEWEST_CHANGED = 20
# Share of what a pass has left of the time limit that is for reading activations, for asking again, and for one call.
_FOR_ACTIVATIONS, _FOR_ASKING_AGAIN, _AT_A_CALL = 0.3, 0.05, 0.2
# How much longer than expected the teacher may take for the certificate's rows.
_SLOWER = 1.25
# Seconds that the certificate has in any case, and that probes may take.
_FOR_CERTIFICATE, _PROBING = 0.1, 1.0


class Run:
    """One running distillation: settings, teacher, clock and what has been spent."""

    def __init__(self, settings: Settings, teacher: Teacher, progress: Progress, clock: Clock | None = None) -> None:
        self.settings, self.teacher, self.progress = settings, teacher, progress
        self.clock = Clock(settings.time_limit) if clock is None else clock
        self.asker = Asker(teacher, self.clock)
        self.seconds: dict[str, float] = {}
        self.queries = self.fresh_rows = self.probes = self.clauses = 0
        self.dependence: Dependence | None = None
        self.stability: Stability | None = None
        self._said: list[str] = []
        self._concepts: Concepts | None = None
        self.tolerance = 0.0

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the random numbers for one purpose, so that no pass disturbs another's."""
        return np.random.default_rng([self.settings.random_state, zlib.crc32(purpose.encode())])

    def keep_going(self, during: str) -> bool:
        """Tell whether a pass has time left; what is refused is said in the notes."""
        return self.clock.has_time(during)

    def say(self, note: str) -> None:
        """Add to the notes of the result."""
        self._said.append(note)

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Note the wall time of a pass."""
        start = self.clock.now()
        yield
        self.seconds[name] = round(self.clock.now() - start, 3)

    def on_level(self, level: int, done: int, total: int) -> None:
        """Report the search's progress."""
        self.progress(f"searching clauses of {counted(level + 1, 'literal')}", done, total)

    def ask(self, rows: Table) -> tuple[OutputReading, Outputs, NDArray[np.intp]]:
        """Ask the teacher about the rows that fit and validate, and fix how it is read.

        Numbers are read in a unit of their own, and all passes work in it: what is told of them is put back. Under a
        time limit there may be time for some rows only, drawn at random, which are returned too.
        """
        answers, asked = self._asked(rows)
        rows = rows if len(asked) == rows.n_rows else rows.take(asked)
        plain = OutputReading.fixed_on(answers, task=self.settings.task, classes=self.teacher.classes)
        own = plain.read(answers)
        task, numbers = self.settings.task, self.teacher.numbers
        self._said += reading_notes(answers, plain, own, task=task, numbers=numbers)
        reading = plain.standardised(own)
        outputs = reading.read(answers)
        self.stability = self._asked_again(reading, rows, outputs)
        self.tolerance = self._tolerance(reading, outputs)
        return reading, outputs, asked

    def _asked(self, rows: Table) -> tuple[Answers, NDArray[np.intp]]:
        """Ask about as many rows as there is time for, and return which these were, in increasing order."""
        if self.settings.time_limit is None:
            return self.asker.answers_once(rows, self.progress), np.arange(rows.n_rows)
        order = self.rng("asking").permutation(rows.n_rows)
        answers = self.asker.answers_in_time(rows.take(order), "asking", self.progress)
        order = order[: len(answers)]
        if len(order) < rows.n_rows:
            self._said.append(f"in the time, the teacher was asked about {len(order)} of {rows.n_rows} rows that fit")
        # The certificate comes last and must still find its time.
        n_certificate = rows.n_rows * self.settings.certificate / (1 - self.settings.certificate)
        self.clock.reserved = self.asker.pace * n_certificate * _SLOWER
        return answers.take(np.argsort(order)), np.sort(order)

    def _tolerance(self, reading: OutputReading, outputs: Outputs) -> float:
        """Return the gap up to which tree and teacher agree on a number, in the unit of the passes."""
        asked = self.settings.tolerance
        if outputs.codes is not None:
            if asked is not None:
                found = f"a teacher of classes, and `tolerance={asked!r}`"
                raise InputError("`tolerance` for a teacher of numbers", found, "leave it out")
            return 0.0
        half = reading.length(_TOLERANCE * float(outputs.values.std()))
        asked = float(f"{half:.3g}") if asked is None else asked
        unit = Unit() if reading.unit is None else reading.unit
        return float(unit.standard_length(np.array([asked]))[0])

    def _asked_again(self, reading: OutputReading, rows: Table, outputs: Outputs) -> Stability | None:
        """Ask the teacher about a few rows a second time, in another order and in smaller batches."""
        n = self.asker.affordable(min(_ASKED_AGAIN, rows.n_rows), "observing", share=_FOR_ASKING_AGAIN)
        if not n or self.teacher.repeats_itself:
            return None
        chosen = self.rng("asked again").permutation(rows.n_rows)[:n]
        halves = [half for half in np.array_split(chosen, 2) if len(half)]
        told = [self.asker.answers(rows.take(half), scores=reading.needs_scores) for half in halves]
        spread = float(outputs.values[:, 0].var())
        found = answered_again(outputs.take(chosen), reading.read(Answers.joined(told)), spread)
        if found.n_changed:
            self._said.append(str(found))
        return found

    def label(self, reading: OutputReading, rows: Table) -> Outputs:
        """Ask the teacher about rows that are not in the table."""
        self.queries += rows.n_rows
        return reading.read(self.asker.answers_once(rows, scores=self.wants_scores(reading)))

    def wants_scores(self, reading: OutputReading) -> bool:
        """Tell whether rows that a tree is fitted to need scores, or only the model's own decision."""
        return reading.needs_scores or self.settings.loss != "hard"

    def read_by(self, concepts: Concepts, notes: Sequence[str]) -> None:
        """Ask about raw inputs by their concepts from now on, and say how these were chosen."""
        self._concepts = concepts
        self._said += notes
        self.settings = replace(self.settings, concepts=concepts.names)

    def shown(self, table: Table, rows: Sequence[int], columns: Sequence[Column]) -> list[ShownInput | None]:
        """Return what is to be shown of some raw inputs, their concepts marked; None for rows of a table."""
        if self._concepts is None:
            return [None] * len(rows)
        concepts, native = self._concepts, table.take(np.array(rows, np.intp)).native
        held = [[column.name for column in columns if column.values[row]] for row in rows]
        return [shown_input(concepts, one, names) for one, names in zip(native, held, strict=True)]

    def vocabulary(self, rows: Table, outputs: Outputs, *, fresh_rows: bool = False) -> Vocabulary:
        """Choose the questions; where the teacher's answers call for some, these first.

        None are needed, and all that follows is short, where it gives one answer; unless fresh rows can show others.
        """
        fitted = outputs if self.settings.loss != "soft" else Outputs(None, outputs.values)
        if fitted.alike and not fresh_rows:
            return Vocabulary(())
        most, rng = self.settings.thresholds * 3 // 4, self.rng("questions")
        quick = self.settings.effort == "fast" or set(rows.names) <= set(self.settings.concepts)
        quick = quick or not self.clock.has_time("questions", boosting_seconds(rows, outputs))
        return Vocabulary.fit(
            rows,
            max_thresholds=self.settings.thresholds,
            concepts=self.settings.concepts,
            thresholds={}
            if quick
            else telling_thresholds(rows, outputs, rng, most=most, keep_going=partial(self.keep_going, "questions")),
            sets=telling_sets(rows, outputs),
        )

    def observe(
        self,
        reading: OutputReading,
        fit: Table,
        outputs: Outputs,
        vocabulary: Vocabulary,
        layers: Sequence[str] | None,
    ) -> Observation:
        """Read activations and influences, within what is left of the queries and of the time."""
        layers = layers if len(vocabulary) else ()
        seen = observe(
            self.teacher, reading, fit, outputs, vocabulary, answer=self.asker.answers_once,
            layers=layers, budget=self._budget(fit), rng=self.rng(f"observe {self.fresh_rows}"),
            remove=None if self._concepts is None else self._concepts.without,
            keep_going=partial(self.keep_going, "observing"), progress=self.progress,
        )  # fmt: skip
        self.queries += 0 if seen.sensitivity is None else seen.sensitivity.n_queries
        return seen

    def _budget(self, fit: Table) -> Budget:
        """Return what the teacher may be asked beside its answers on the rows that fit."""
        asked = self.settings.budget
        allowed = min(self.settings.max_queries - self.queries, asked.max_changed_rows * len(fit.columns))
        queries = self.asker.affordable(allowed, "observing")
        if queries < allowed:
            self.clock.cut("observing")
            queries = queries if queries >= _FEWEST_CHANGED * len(fit.columns) else 0
        rows = self.asker.affordable(asked.max_activation_rows, "observing", share=_FOR_ACTIVATIONS)
        at_once = max(1, self.asker.affordable(asked.rows_per_call, "observing", share=_AT_A_CALL))
        return replace(asked, max_queries=queries, max_activation_rows=rows, rows_per_call=at_once)

    def grow(
        self,
        answers: NDArray[np.bool_],
        loss: Loss,
        guides: Sequence[Guide],
        beam: BeamSettings,
        columns: Sequence[BinnedColumn],
        compiled: Any = None,
        keep_going: Callable[[], bool] = lambda: True,
        incumbents: Incumbents | None = None,
        memory: ProposalMemory | None = None,
    ) -> ClauseFamily:
        """Grow the clause family."""
        family = grow_family(
            answers, loss, guides, beam,
            columns=columns, compiled=compiled, incumbents=incumbents, memory=memory,
            keep_going=keep_going, on_level=self.on_level,
        )  # fmt: skip
        self.probes += family.n_probes
        return family

    def certify(
        self, trees: Sequence[Tree], reading: OutputReading, rows: Table, words: str
    ) -> tuple[int, Claim | None, Table, Outputs | None]:
        """Certify the chosen tree on the rows set aside, or given for it; return them with the teacher's answers too.

        Of several trees in turn, each is tried while those before it keep the target: return the place of the last that
        does. Under a time limit there may be time for some of the rows only. How many is fixed before the first one is
        asked about, so that no answer has a part in it.
        """
        rows, words = self._certified(rows, words)
        if not rows.n_rows:
            return 0, None, rows, None
        raw = self.asker.answers(rows, self.progress, scores=reading.needs_scores)
        own = reading.as_they_are
        asked: dict[str, Any] = {"delta": self.settings.delta, "epsilon": self.settings.epsilon}
        asked |= {"target": self.settings.defer, "tolerance": reading.length(self.tolerance)}
        asked |= {"n_claims": len(trees)} if len(trees) > 1 else {}
        outputs, place = own.read(raw), 0
        claim = certify_answers(_told(trees[0], reading), rows, outputs, rows=words, **asked)
        while place + 1 < len(trees) and isinstance(claim, DeferralCertificate) and claim.keeps_target:
            bolder = certify_answers(_told(trees[place + 1], reading), rows, outputs, rows=words, **asked)
            if not (isinstance(bolder, DeferralCertificate) and bolder.keeps_target):
                break
            place, claim = place + 1, bolder
        return place, claim, rows, reading.read(raw)

    def _certified(self, rows: Table, words: str) -> tuple[Table, str]:
        """Return the rows that there is time to certify on, and what they are."""
        n = self.asker.affordable(math.ceil(rows.n_rows * _SLOWER), "certifying", least=_FOR_CERTIFICATE)
        n = min(rows.n_rows, int(n / _SLOWER) + 1) if n else 0
        if n == rows.n_rows:
            return rows, words
        self.clock.cut("certifying")
        some = np.sort(self.rng("certificate").permutation(rows.n_rows)[:n])
        return rows.take(some), f"{counted(n, 'row')}, drawn at random as there was no time for more, of {words}"

    def evidence(self, tree: Tree, reading: OutputReading, seen: Observation) -> Evidence | None:
        """Probe the activations for the clauses of the tree's nodes, where there are any, and intervene on them."""
        if self._concepts is not None and self._concepts.read_activations(lit.column for lit in tree.literals):
            self._said.append("no evidence: the tree asks about directions of the model's own layers, linear by choice")
            return None
        if not seen.activations or tree.n_leaves < 2 or len(seen.activation_rows) < 2:
            return None
        if not self.clock.has_time("probing", _PROBING):
            return None
        return tree_evidence(
            self.teacher, reading, tree, seen, self.rng("evidence"), self.progress, partial(self.keep_going, "probing")
        )

    def diagnose(
        self,
        points: Sequence[SizedTree],
        tree: Tree,
        vocabulary: Vocabulary,
        uses: Mapping[str, tuple[Table, Outputs | None]],
        validation_gaps: NDArray[np.float64],
        evidence: Evidence | None,
        *,
        weights: NDArray[np.float64],
        silent: Sequence[str],
        given: bool,
    ) -> Diagnosis:
        """Name what the distillation shows."""
        frontier = [
            (p.n_leaves, p.fit_fidelity, p.fit_fidelity if (v := p.validation_fidelity) is None else v) for p in points
        ]
        by_class, outputs = None, uses["fit"][1]
        if self.settings.class_weight is not None and outputs is not None and outputs.codes is not None:
            width = len(tree.classes or ())
            rows = np.bincount(outputs.codes, minlength=width)
            by_class = np.bincount(outputs.codes, weights, width) / np.maximum(rows, 1)
        found = diagnose(
            gather_findings(
                tree, vocabulary, uses, validation_gaps, frontier, evidence,
                given=given, delta=self.settings.delta, stopped=self.clock.shaped, class_weights=by_class,
                silent=silent, stability=self.stability,
                keep_going=partial(self.keep_going, "diagnosing"),
            )
        )  # fmt: skip
        if (doubt := self.dependence) is None:
            return found
        return of_dependent_rows(found, doubt.words, doubt.share, doubt.n_rows, doubt.remedy)

    def result(
        self,
        reading: OutputReading,
        points: tuple[SizedTree, ...],
        tree: Tree,
        certificate: Claim | None,
        evidence: Evidence | None,
        diagnosis: Diagnosis,
        seen: Observation,
        n_fit: int,
        n_validation: int,
    ) -> Distillation:
        """Put the result together."""
        ledger = Ledger(
            n_fit, n_validation, 0 if certificate is None else certificate.n_rows,
            self.queries + self.fresh_rows,
            self.probes, self.clauses, len(seen.vocabulary), dict(self.seconds),
        )  # fmt: skip
        status = Status.TIME_LIMIT if self.clock.shaped else Status.COMPLETE
        if seen.outputs.alike and not self.clock.was_cut("asking"):
            status = Status.CONSTANT
        doubts = () if self.dependence is None else (str(self.dependence),)
        told = tuple(replace(point, tree=_told(point.tree, reading)) for point in points)
        tree = next(own.tree for own, point in zip(told, points, strict=True) if point.tree is tree)
        return Distillation(
            self.teacher.name, reading.as_they_are, told, tree, certificate, evidence, status, ledger,
            (*self.clock.notes, *self._said, *doubts, *_notes(seen, self.settings, reading), *self.teacher.notes),
            self.settings.to_dict(), _versions(),
            diagnosis,
        )  # fmt: skip


def _notes(seen: Observation, settings: Settings, reading: OutputReading) -> tuple[str, ...]:
    """Say what was capped, what was promised, and to which of the columns the teacher does not react."""
    notes = list(seen.vocabulary.notes)
    if settings.defer is not None:
        notes.append("the diagnosis is about tree and model together: rows that ask the model are taken for agreement")
    for sign, moves in ((1, "falls"), (-1, "rises")):
        along = [name for name, asked in (settings.monotone or {}).items() if asked == sign]
        if along:
            notes.append(f"as asked, no tree's answer {moves} when one of these rises: {listed(along)}")
    if seen.silent:
        notes.append(f"no answer of the teacher moved when these columns were changed: {listed(seen.silent)}")
    return (*notes, *_uneven(seen.outputs, settings, reading))


def _uneven(outputs: Outputs, settings: Settings, reading: OutputReading) -> list[str]:
    """Say which classes are rare, or that a few rows carry the loss, and what can be done."""
    if outputs.codes is None:
        few = carried_by_few(outputs)
        named = "logarithm" if float(reading.restored(outputs.values).min()) > 0 else "arcsinh"
        told = (
            f"1 in 100 rows carries {few:.0%} of the squared distance from the mean, so that R² rests on a few rows; "
            f"distill a transformed output, such as its {named}"
        )
        return [told] if few > HEAVY else []
    rows = np.bincount(outputs.codes[outputs.codes >= 0], minlength=len(reading.classes or ()))
    most = min(_RARE, 0.5 / max(len(rows), 1)) * len(outputs)
    rare = [f"{label} ({n})" for label, n in zip(reading.classes or (), rows.tolist(), strict=True) if 0 < n < most]
    if not rare or settings.class_weight is not None:
        return []
    return [
        f"rare among the {counted(len(outputs), 'row')} that fit: {listed(rare)}; a tree that misses them is faithful "
        "on most rows: `class_weight='balanced'` (`--balanced`) makes all classes count alike"
    ]


def _told(tree: Tree, reading: OutputReading) -> Tree:
    """Return a tree with its numbers in the teacher's own unit."""
    return tree if tree.classes is not None else replace(tree, value=reading.restored(tree.value))


def _versions() -> dict[str, str]:
    """Return the versions of what took part: the frameworks only where they are imported already."""
    packages = ("numpy", "scipy", "scikit-learn", "torch", "onnxruntime", "xgboost", "lightgbm", "catboost", "keras")
    present = [p for p in packages if p.replace("scikit-learn", "sklearn") in sys.modules]
    return {"limbeck": __version__} | {package: importlib.metadata.version(package) for package in present}
