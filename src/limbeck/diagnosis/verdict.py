"""What a distillation shows, in one verdict with its figures, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from limbeck.diagnosis.by_class import missed, no_better_remedy, rare_class_remedy, single_answer_figures
from limbeck.diagnosis.disagreement import Region
from limbeck.diagnosis.figure import Figure
from limbeck.diagnosis.findings import TOLERATED, Findings
from limbeck.diagnosis.inside import Inside, evidence_figures, inside, inside_remedy
from limbeck.tables import listed, shortened

__all__ = ["Diagnosis", "Figure", "Verdict", "diagnose"]

RISING = 0.01
"""Gain in fidelity for a doubling of the leaves, at the end of the frontier, from which on more leaves are worth it."""


class Verdict(Enum):
    """What a distillation shows."""

    COMPUTED_INSIDE = "faithful, and computed inside"
    REPRESENTED = "faithful; represented, not shown to be used"
    NOT_REPRESENTED = "faithful, but not represented inside"
    FAITHFUL = "faithful; what happens inside cannot be told"
    RARE_CLASS = "faithful on the whole, but a rare class is missed"
    NO_BETTER = "no better than one answer"
    NOT_TREE_LIKE = "not faithful at this size"
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
    layer : str or None
        The layer in which the tree is computed, where that is the verdict.
    """

    verdict: Verdict
    figures: tuple[Figure, ...]
    region: Region | None
    remedy: str
    spread: bool = False
    layer: str | None = None

    @property
    def text(self) -> str:
        """The verdict in words, with the layer that it is about."""
        return self.verdict.text if self.layer is None else f"{self.verdict.text} (layer {shortened(self.layer)})"

    @property
    def lines(self) -> tuple[str, ...]:
        """The figures and the region in words, one line each."""
        where = () if self.region is None else (f"{_much(self.region)} disagreement sits in: {self.region}",)
        spread = ("the disagreement is spread out: no group of rows holds much of it",) if self.spread else ()
        return (*(str(figure) for figure in self.figures), *where, *spread)

    def __str__(self) -> str:
        return "\n".join([self.text, *(f"- {line}" for line in self.lines), f"what to do: {self.remedy}"])

    def to_dict(self) -> dict[str, Any]:
        """Return the diagnosis as plain values."""
        return {
            "verdict": self.verdict.name,
            "figures": [asdict(figure) for figure in self.figures],
            "region": None if self.region is None else self.region.to_dict(),
            "remedy": self.remedy,
            "spread": self.spread,
            "layer": self.layer,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Diagnosis:
        """Read what `to_dict` wrote."""
        region = None if plain["region"] is None else Region.from_dict(plain["region"])
        figures, layer = tuple(Figure(**figure) for figure in plain["figures"]), plain.get("layer")
        verdict = Verdict[plain["verdict"]]
        if verdict is Verdict.COMPUTED_INSIDE and layer is None:
            verdict = Verdict.REPRESENTED  # older files rest on probes alone, which show no more
        return cls(verdict, figures, region, plain["remedy"], plain.get("spread", False), layer)


def _much(region: Region) -> str:
    return "most" if region.share > 0.5 else "much"


def diagnose(found: Findings) -> Diagnosis:
    """Name what a distillation shows.

    Too few held-out rows to say anything come first. A disagreement of at most 0.05 is faithful if the tree is better
    than every single answer and finds every class of which there are enough rows; then the evidence decides, layer by
    layer, what is said of the inside. Otherwise, in this order: a model whose answers to the same rows change so much
    that no tree can follow; certificate rows that differ from the others and double the disagreement; no tree that
    beats one answer even on the rows that fit; a tree of this size that is faithful on its own fit rows, or differs
    there at most half as often as on rows that were held out, so that rows are lacking first; and, since with more rows
    the best of a size does worse on them, a size or a vocabulary that cannot be faithful however many rows there are.

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
    elif found.starved:
        verdict = Verdict.TOO_FEW_ROWS
    else:
        coarse = found.floor.least > found.reach / 2
        verdict = Verdict.VOCABULARY_TOO_COARSE if coarse else Verdict.NOT_TREE_LIKE
    layer = found.evidence.inside if verdict is Verdict.COMPUTED_INSIDE and found.evidence is not None else None
    return Diagnosis(verdict, tuple(_figures(found)), found.region, _remedy(verdict, found), found.spread, layer)


def _faithful(found: Findings) -> Verdict:
    """Tell what a small disagreement is worth."""
    if not found.better:
        return Verdict.NO_BETTER
    if missed(found):
        return Verdict.RARE_CLASS
    return {
        Inside.COMPUTED: Verdict.COMPUTED_INSIDE,
        Inside.REPRESENTED: Verdict.REPRESENTED,
        Inside.NOT_REPRESENTED: Verdict.NOT_REPRESENTED,
        Inside.UNTOLD: Verdict.FAITHFUL,
    }[inside(found.evidence)]


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
    return figures + evidence_figures(found.evidence)


def _remedy(verdict: Verdict, found: Findings) -> str:
    """Say what to do."""
    if verdict is Verdict.NOT_TREE_LIKE:
        return _more_leaves(found)
    if verdict in (Verdict.FAITHFUL, Verdict.COMPUTED_INSIDE, Verdict.REPRESENTED, Verdict.NOT_REPRESENTED):
        return inside_remedy(found.evidence)
    if verdict in (Verdict.NO_BETTER, Verdict.RARE_CLASS):
        return (no_better_remedy if verdict is Verdict.NO_BETTER else rare_class_remedy)(found)
    return {
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
