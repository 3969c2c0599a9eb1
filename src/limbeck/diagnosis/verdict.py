"""What a distillation shows, in one verdict with its figures, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from limbeck.diagnosis.by_class import missed, no_better_remedy, rare_class_remedy, single_answer_figures
from limbeck.diagnosis.disagreement import Region
from limbeck.diagnosis.figure import Figure
from limbeck.diagnosis.findings import Findings
from limbeck.probe import Estimate, Evidence
from limbeck.tables import listed

__all__ = ["Diagnosis", "Figure", "Verdict", "diagnose"]

TOLERATED = 0.05
"""Disagreement up to which a tree counts as faithful: one row in twenty, the usual level of doubt. For numbers it is
the share of the variance left unexplained."""

LEAST_SELECTIVE = 0.25
"""Share of what its control leaves unexplained that the trained network must explain to count as computing the clauses.
On networks trained on trees of depth 2 to 5 it is 0.35 to 0.97 at every depth (benchmarks/evidence); on activations
without relation to the clauses it is 0, and where a few of them happen to be linear up to 0.2."""

MOST_CLAUSES = 0.75
"""Share of the clauses that must lie above each control one by one. The hypothesis asks it of every clause; a quarter
is left for rare clauses, of which few rows tell little."""

REPRESENTED_ANYWAY = 0.75
"""R² of a control from which on probes cannot tell: a network that was not trained for them represents such clauses
as well."""

RISING = 0.01
"""Gain in fidelity for a doubling of the leaves, at the end of the frontier, from which on more leaves are worth it."""


class Verdict(Enum):
    """What a distillation shows."""

    COMPUTED_INSIDE = "the tree is what the network computes"
    NOT_REPRESENTED = "faithful, but not represented inside"
    FAITHFUL = "faithful; whether the tree is computed inside cannot be told"
    RARE_CLASS = "faithful on the whole, but a rare class is missed"
    NO_BETTER = "no better than one answer"
    NOT_TREE_LIKE = "not tree-like at this size"
    VOCABULARY_TOO_COARSE = "vocabulary too coarse"
    UNSTABLE = "the model answers the same rows otherwise when asked again"
    TOO_FEW_ROWS = "too few rows"
    SHIFTED_ROWS = "the certificate rows differ from the rows that fit"
    DEPENDENT_ROWS = "rows do not look independent, so that the certificate does not hold"

    @property
    def text(self) -> str:
        """The verdict in words."""
        return self.value


@dataclass(frozen=True)
class Diagnosis:
    """A verdict, the figures it rests on, where the disagreement sits, and what to do.

    Parameters
    ----------
    verdict : Verdict
        The verdict.
    figures : tuple of Figure
        What it rests on.
    region : Region or None
        The clause in which most of the disagreement sits; None when there is too little of it to say.
    remedy : str
        What to do.
    spread : bool
        Whether there is disagreement enough to say that no clause holds much of it.
    """

    verdict: Verdict
    figures: tuple[Figure, ...]
    region: Region | None
    remedy: str
    spread: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The figures and the region in words, one line each."""
        where = () if self.region is None else (f"{_much(self.region)} disagreement sits in: {self.region}",)
        spread = ("the disagreement is spread out: no group of rows holds much of it",) if self.spread else ()
        return (*(str(figure) for figure in self.figures), *where, *spread)

    def __str__(self) -> str:
        return "\n".join([self.verdict.text, *(f"- {line}" for line in self.lines), f"what to do: {self.remedy}"])

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as plain values."""
        return {
            "verdict": self.verdict.name,
            "figures": [asdict(figure) for figure in self.figures],
            "region": None if self.region is None else self.region.to_dict(),
            "remedy": self.remedy,
            "spread": self.spread,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Diagnosis:
        """Read what `to_dict` wrote."""
        region = None if plain["region"] is None else Region.from_dict(plain["region"])
        figures = tuple(Figure(**figure) for figure in plain["figures"])
        return cls(Verdict[plain["verdict"]], figures, region, plain["remedy"], plain.get("spread", False))


def _much(region: Region) -> str:
    return "most" if region.share > 0.5 else "much"


def diagnose(found: Findings) -> Diagnosis:
    """Name what a distillation shows.

    Too few held-out rows to say anything come first. A disagreement of at most 0.05 is faithful if the tree is better
    than every single answer and finds every class of which there are enough rows; then the evidence decides whether
    the tree is computed inside. Otherwise, in this order: a model whose answers to the same rows change so much that
    no tree can follow; certificate rows that differ from the others and double the disagreement; no tree that beats
    one answer even on the rows that fit; a tree of this size that is faithful on its own fit rows, so that only rows
    are lacking; and, since with more rows the best of a size does worse on them, a size or a vocabulary that cannot be
    faithful however many rows there are.

    Parameters
    ----------
    found : Findings
        Disagreement on each kind of rows, the vocabulary's floor, the frontier's end, and the evidence.

    Returns
    -------
    Diagnosis

    References
    ----------
    Boix-Adsera (2024), Towards a theory of model distillation, arXiv 2403.09053: when the linear representation
    hypothesis holds, and when it does not. Fisher (1922), Mann and Whitney (1947), for the tests of shifted rows.
    """
    if found.too_wide:
        verdict = Verdict.TOO_FEW_ROWS
    elif found.error <= TOLERATED:
        verdict = _faithful(found)
    elif found.unstable:
        verdict = Verdict.UNSTABLE
    elif found.shifted() and found.error > 2 * float(found.validation.mean()):
        verdict = Verdict.SHIFTED_ROWS
    elif found.nothing_gained and not found.better:
        verdict = Verdict.NO_BETTER
    elif found.reach <= TOLERATED:
        verdict = Verdict.TOO_FEW_ROWS
    else:
        coarse = found.floor.least > found.reach / 2
        verdict = Verdict.VOCABULARY_TOO_COARSE if coarse else Verdict.NOT_TREE_LIKE
    return Diagnosis(verdict, tuple(_figures(found)), found.region, _remedy(verdict, found), found.spread)


def _faithful(found: Findings) -> Verdict:
    """Tell what a small disagreement is worth."""
    if not found.better:
        return Verdict.NO_BETTER
    return Verdict.RARE_CLASS if missed(found) else _inside(found.evidence)


def _inside(evidence: Evidence | None) -> Verdict:
    """Tell from the clauses of two literals or more whether a faithful tree is computed inside."""
    controls = _controls(evidence)
    if evidence is None or evidence.deeper is None or not controls:
        return Verdict.FAITHFUL
    held = evidence.deeper.held.value
    # Explained share of what the control leaves: (R² − R²_control) / (1 − R²_control).
    selective = [margin.value / (1 - held + margin.value) for margin in controls if held - margin.value < 1]
    above, of = _clauses_above(evidence)
    if min(selective, default=0.0) >= LEAST_SELECTIVE and above >= MOST_CLAUSES * of:
        return Verdict.COMPUTED_INSIDE
    if max(held - margin.value for margin in controls) >= REPRESENTED_ANYWAY:
        return Verdict.FAITHFUL
    return Verdict.NOT_REPRESENTED


def _clauses_above(evidence: Evidence) -> tuple[int, int]:
    """Count the clauses that lie above every control by more than their intervals, and all that count."""
    counting = [clause for clause in evidence.clauses if clause.depth != 1]
    above = [all(m.low > 0 for m in (c.above_random, c.selectivity) if m is not None) for c in counting]
    return sum(above), len(above)


def _controls(evidence: Evidence | None) -> list[Estimate]:
    """Return by how much the clauses that count lie above each control there is."""
    if evidence is None or evidence.deeper is None:
        return []
    return [margin for margin in (evidence.deeper.above_random, evidence.deeper.selectivity) if margin is not None]


def _figures(found: Findings) -> list[Figure]:
    """Collect the figures, each with its rows."""
    what = "rows on which tree and teacher differ" if found.classes else "share of the variance left unexplained"
    figures: list[Figure] = []
    for use in ("certificate", "validation", "fit"):
        loss = getattr(found, use)
        if len(loss):
            judge = found.limit is not None and loss is found.held_out
            limit = {"high": found.limit, "confidence": 1 - found.delta} if judge else {}
            figures.append(Figure(f"{what}, {use}", float(loss.mean()), len(loss), **limit))
    figures[1:1] = single_answer_figures(found)
    floor = found.floor
    figures.append(Figure(f"{what}, fit, best tree of the frontier", found.reach, len(found.fit)))
    alike = (
        f"{floor.n_grouped} of these rows answer all questions as others do; guessed from those: {floor.left_out:.4f}"
    )
    about = "" if floor.columns is None else f" about {listed(floor.columns)}"
    name = f"floor below which no tree over these questions{about} comes, fit ({alike})"
    figures.append(Figure(name, floor.least, floor.n_rows))
    n_judging = len(found.validation) or len(found.fit)
    figures.append(Figure("gain in fidelity from the last doubling of the leaves", found.rise, n_judging))
    again = found.stability
    if again is not None and again.n_changed:
        figures.append(Figure("rows answered otherwise when the model was asked again", again.share, again.n_rows))
    return figures + _evidence_figures(found.evidence)


def _evidence_figures(evidence: Evidence | None) -> list[Figure]:
    """Collect what the activations show about the clauses that count."""
    if evidence is None or evidence.deeper is None:
        return []
    deeper = evidence.deeper
    named = {
        f"R² of linear probes for the tree's clauses of depth 2 or more ({deeper.n_clauses})": deeper.held,
        "... above random clauses of equal support": deeper.above_random,
        "... above the same clauses under re-drawn weights": deeper.selectivity,
    }
    return [
        Figure(name, estimate.value, evidence.n_rows, estimate.low, estimate.high, evidence.confidence)
        for name, estimate in named.items()
        if estimate is not None
    ]


def _remedy(verdict: Verdict, found: Findings) -> str:
    """Say what to do."""
    if verdict is Verdict.NOT_TREE_LIKE:
        return _more_leaves(found)
    if verdict is Verdict.FAITHFUL:
        return _why_untold(found.evidence)
    if verdict in (Verdict.NO_BETTER, Verdict.RARE_CLASS):
        return (no_better_remedy if verdict is Verdict.NO_BETTER else rare_class_remedy)(found)
    return {
        Verdict.COMPUTED_INSIDE: "use the tree; `limbeck.probe` shows which layers hold its clauses",
        Verdict.NOT_REPRESENTED: "read the tree as what the model answers, not as how it computes; "
        "probe other layers or more rows with `limbeck.probe`",
        Verdict.VOCABULARY_TOO_COARSE: "raise `thresholds`, or add columns or concepts that tell these rows apart",
        Verdict.UNSTABLE: "make the model answer a row always alike (evaluation mode, a fixed seed, no statistics of "
        "the batch), then distill again",
        Verdict.TOO_FEW_ROWS: "give more rows (`limbeck plan` says how many), or ask for fewer leaves",
        Verdict.SHIFTED_ROWS: "fit on rows like those of the certificate, which holds for rows like its own only",
    }[verdict]


def _more_leaves(found: Findings) -> str:
    """Say whether more leaves, more time or another student may help."""
    first = "the time limit ended the search, so give it more time first; " if found.stopped else ""
    if found.rise >= RISING:
        return f"{first}raise `max_leaves` (and `max_depth`): fidelity still rises with each doubling of the leaves"
    return f"{first}more leaves hardly help: add concepts, search with `effort='thorough'`, or accept this fidelity"


def _why_untold(evidence: Evidence | None) -> str:
    """Say why activations do not tell whether a faithful tree is computed inside."""
    if evidence is None:
        return "use the tree; to see whether it is computed inside, give a model whose activations can be read"
    if evidence.deeper is None:
        return "use the tree; it asks single questions only, which any wide layer represents"
    held = evidence.deeper.held.value
    named = {"random clauses": evidence.deeper.above_random, "re-drawn weights": evidence.deeper.selectivity}
    seen = [f"{held - m.value:.2f} for {name}" for name, m in named.items() if m is not None]
    if not seen:
        return "use the tree; there is nothing to compare its clauses in the activations with"
    figures = f"R² {held:.2f} for its clauses, {' and '.join(seen)}"
    above, of = _clauses_above(evidence)
    if above < of:
        return (
            f"use the tree; the activations leave it open ({figures}; {above} of {of} clauses lie above every "
            "control beyond chance): probe with more rows"
        )
    return f"use the tree; the activations leave it open ({figures}): probe with more rows"
