"""What the activations of a faithful tree's teacher show, layer by layer: figures, a finding and what to do."""

from __future__ import annotations

from enum import Enum

from limbeck.diagnosis.figure import Figure
from limbeck.probes import Evidence, LayerHeld, LayerUse, Share

__all__ = ["Inside", "evidence_figures", "inside", "inside_remedy"]

REPRESENTED_ANYWAY = 0.75
"""R² of controls from which on probes cannot tell: the layer holds such clauses whether they are the tree's or not."""

_MOST_LAYERS = 3
_CONFIDENCE = 0.95  # of the exact intervals of interventions


class Inside(Enum):
    """What is known of the inside of a model."""

    COMPUTED = "one layer holds the clauses selectively, and the answer follows them there"
    REPRESENTED = "a layer holds the clauses selectively, and no intervention shows that the answer follows them"
    NOT_REPRESENTED = "no layer holds the clauses better than others"
    UNTOLD = "there is nothing that tells"


def inside(evidence: Evidence | None) -> Inside:
    """Judge layer by layer; two layers, one that holds the clauses and one that is used, make no third."""
    if evidence is None or not _told(evidence):
        return Inside.UNTOLD
    if evidence.inside is not None:
        return Inside.COMPUTED
    if any(layer.selective for layer in evidence.held):
        return Inside.REPRESENTED
    alike = _anyway(evidence) >= REPRESENTED_ANYWAY or any(layer.like_the_same for layer in evidence.held)
    return Inside.UNTOLD if alike else Inside.NOT_REPRESENTED


def _told(evidence: Evidence) -> bool:
    """Whether there are clauses that count, and clauses over the same columns to compare them with."""
    return any(layer.above_same is not None for layer in evidence.held)


def _anyway(evidence: Evidence) -> float:
    """Return the R² of the same-column controls in the layer that holds them best."""
    return max((m.control("above_same") or 0.0 for m in evidence.held), default=0.0)


def _shown_layers(evidence: Evidence) -> list[LayerHeld]:
    """Return the layers that the finding rests on, else the one that holds the clauses best."""
    if evidence.inside is not None:
        return [layer for layer in evidence.held if layer.layer == evidence.inside]
    order = sorted(evidence.held, key=lambda layer: -layer.held.value)
    return [layer for layer in order if layer.selective][:_MOST_LAYERS] or order[:1]


def evidence_figures(evidence: Evidence | None) -> list[Figure]:
    """Collect the figures of the layers that count: how well they hold the clauses, and what follows them."""
    if evidence is None:
        return []
    used = {use.layer: use for use in evidence.used}
    figures: list[Figure] = []
    for layer in _shown_layers(evidence):
        figures += _held_figures(layer, evidence.confidence)
        if layer.layer in used:
            figures += _used_figures(used[layer.layer])
    return figures


def _held_figures(layer: LayerHeld, confidence: float) -> list[Figure]:
    named = {
        f"layer {layer.layer}: R² of linear probes for the tree's clauses of depth 2 or more ({layer.n_clauses})": (
            layer.held
        ),
        "... above clauses over the same columns that are no nodes": layer.above_same,
        "... above random clauses of equal support": layer.above_random,
        "... above the same clauses under re-drawn weights": layer.above_redrawn,
        "... above what the outputs alone tell of them": layer.above_answer,
    }
    return [
        Figure(name, found.value, layer.n_rows, found.low, found.high, confidence)
        for name, found in named.items()
        if found is not None
    ]


def _used_figures(use: LayerUse) -> list[Figure]:
    named = {
        f"layer {use.layer}, clauses moved to another row's: answers that become that row's": use.clauses.changed,
        "... answers that stay where they should": use.clauses.kept,
        "... the same with clauses over the same columns moved": None if use.same is None else use.same.changed,
        "... with a random part of the same rank moved": use.random.changed,
        "... with the whole layer moved": use.whole.changed,
    }
    figures = [_share(name, share) for name, share in named.items() if share is not None and share.n]
    if use.clauses.followed is not None:
        figures.insert(
            1, Figure("... share of the change that is followed", use.clauses.followed, use.clauses.changed.n)
        )
    return figures


def _share(name: str, share: Share) -> Figure:
    return Figure(name, share.value, share.n, share.low, share.high, _CONFIDENCE)


def inside_remedy(evidence: Evidence | None) -> str:
    """Say what to do."""
    found = inside(evidence)
    if evidence is None:
        return "use the tree; to see what happens inside, give a model whose activations can be read"
    if found is Inside.COMPUTED:
        words = next(use.words for use in evidence.used if use.layer == evidence.inside)
        return f"use the tree; layer {evidence.inside} holds its clauses, and {words}"
    if found is Inside.REPRESENTED:
        return f"read the tree as what the model answers, not as how it computes: {_not_shown(evidence)}"
    if found is Inside.NOT_REPRESENTED:
        return (
            "read the tree as what the model answers, not as how it computes; probe other layers or more rows with "
            "`limbeck.probe`"
        )
    return f"use the tree; {_why_untold(evidence)}"


def _not_shown(evidence: Evidence) -> str:
    """Say of the layers that hold the clauses why their use is not shown."""
    used = {use.layer: use.words for use in evidence.used}
    why = evidence.not_interrupted or "no intervention was made there"
    return "; ".join(f"in layer {layer.layer}, {used.get(layer.layer, why)}" for layer in _shown_layers(evidence))


def _why_untold(evidence: Evidence) -> str:
    """Say why activations do not tell."""
    if evidence.deeper is None:
        return "it asks single questions only, which any wide layer represents"
    if not _told(evidence):
        return "every clause over its columns is one of its own, so that there is nothing to compare them with"
    best = _shown_layers(evidence)[0]
    same, margin = best.control("above_same") or 0.0, 0.0 if best.above_same is None else best.above_same.value
    return (
        f"the activations leave it open: in layer {best.layer} short probes read its clauses with R² "
        f"{same + margin:.2f}, and others over the same columns with {same:.2f}, too near to tell the tree from these"
    )
