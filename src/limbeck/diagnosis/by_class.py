"""What a diagnosis says of the teacher's classes, and of the best single answer."""

from __future__ import annotations

from limbeck.diagnosis.figure import Figure
from limbeck.diagnosis.findings import Findings
from limbeck.theory import ClassAgreement

__all__ = ["missed", "no_better_remedy", "rare_class_remedy", "single_answer_figures"]

LEAST_RECALL = 0.75
"""Share of the teacher's rows of a class that a tree must find to be faithful on it."""

_FEW = 5  # rows of a class below which they do not say whether it is found
_MOST_CLASSES = 6  # that are listed
_BALANCED = "`class_weight='balanced'` makes all classes count alike"


def missed(found: Findings) -> list[ClassAgreement]:
    """Return the classes that the tree does not find, those with most rows first."""
    classes = () if found.by_class is None else found.by_class.classes
    short = [c for c in classes if c.n_rows >= _FEW and c.found < LEAST_RECALL * c.n_rows]
    return sorted(short, key=lambda c: -c.n_rows)


def single_answer_figures(found: Findings) -> list[Figure]:
    """Put the best single answer beside the tree, and the recall of classes: of all, or of those that are missed."""
    use, confidence = "certificate" if len(found.certificate) else "validation", 1 - found.delta
    if not len(found.held_out):
        return []
    n = len(found.held_out)
    if found.by_class is None:
        return [Figure(f"the same for the best single number, {use}", found.constant, n)]
    told = "the tree is shown to be better" if found.by_class.better else "the tree is not shown to be better"
    if found.better and not found.by_class.better:
        told = "the tree is shown to be better only as the classes were asked to count"
    figures = [Figure(f"the same for the best single answer, {found.by_class.constant.name}, {use}; {told}",
                      found.constant, n)]  # fmt: skip
    listed = found.by_class.classes if len(found.by_class.classes) <= _MOST_CLASSES else missed(found)
    for c in listed[:_MOST_CLASSES]:
        if c.recall is not None:
            precision = "" if use != "certificate" or c.precision is None else f" (precision {c.precision:.4f})"
            name = f"recall of {c.name}{precision}, {use}"
            figures.append(Figure(name, c.recall, c.n_rows, c.recall_limit, confidence=confidence))
    return figures


def no_better_remedy(found: Findings) -> str:
    """Say what to do about a tree that is no better than one answer."""
    if found.by_class is None:
        return "do not rely on it: raise `max_leaves`, give more rows, or add columns or concepts"
    constant = found.by_class.constant
    if constant.n_rows == found.by_class.n_rows:
        return f"the teacher gave {constant.name} on all these rows: give rows on which it answers otherwise, if any"
    more = "raise `max_leaves`, or give more rows of the other classes"
    return f"do not rely on it for more than {constant.name}: {more}{_weighing(found)}"


def rare_class_remedy(found: Findings) -> str:
    """Say which classes are missed, and what to do."""
    short = missed(found)
    named = ", ".join(f"{c.name} ({c.found} of {c.n_rows} rows found)" for c in short[:_MOST_CLASSES])
    named += f" and {len(short) - _MOST_CLASSES} more" if len(short) > _MOST_CLASSES else ""
    return f"do not rely on it for {named}: raise `max_leaves`, or give more rows of such{_weighing(found)}"


def _weighing(found: Findings) -> str:
    return "" if found.class_weights is not None else f"; {_BALANCED}"
