"""A distillation as text for people: what `print(result)` and the command show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from limbeck.report.asking_text import asking_section, deferring_frontier
from limbeck.report.evidence_text import evidence_text
from limbeck.report.layout import aligned, count, lower, paragraph, share, upper, wrapped_drawing
from limbeck.report.summary import summarise
from limbeck.report.wording import NARROW
from limbeck.tables import told_apart, visible, visible_lines
from limbeck.theory.wording import confidence_text

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = [
    "Section",
    "claim_section",
    "distillation_sections",
    "distillation_text",
    "joined",
    "rules_section",
    "tree_section",
]

Section = tuple[str, str]
"""A title and the lines below it."""

_MEASURE = {
    "fidelity": "Fidelity is the share of rows on which tree and teacher agree; one leaf is the best single answer",
    "r_squared": "R² is the share of the variance of the teacher's output that the tree explains; the best single "
    "number explains 0",
}


def distillation_text(result: Distillation, *, width: int = 80) -> str:
    """Write what it comes to, the tree, the certificate, the frontier, the evidence, and how all of it was made.

    Parameters
    ----------
    result : Distillation
        The result.
    width : int, at least 40
        Most characters a line, where lines can be folded.

    Returns
    -------
    str
        The text, without a last line break.
    """
    return joined(distillation_sections(summarise(result), width=width))


def distillation_sections(summary: Mapping[str, Any], *, width: int = 80) -> list[Section]:
    """Render the dict of `summarise` section by section."""
    tree, certificate, evidence = summary["tree"], summary["certificate"], summary["evidence"]
    return [
        _glance(summary, width),
        tree_section(tree, width=width, weighted_by=summary["weighted_by"]),
        claim_section(certificate, tree["rules"], width=width),
        *(() if (glance := asking_section(summary, width)) is None else (glance,)),
        _frontier(summary, width),
        ("Evidence: the tree's clauses in the model's activations", evidence_text(evidence, width)),
        ("How it was made", "\n".join([_made(summary, width), _status(summary, width)])),
        ("Diagnosis", _diagnosis(summary["diagnosis"], width)),
    ]


def joined(sections: Sequence[Section]) -> str:
    """Put sections one below the other."""
    return "\n\n".join(f"{visible(title)}\n{visible_lines(body)}" for title, body in sections)


def tree_section(tree: Mapping[str, Any], *, width: int = 80, weighted_by: Sequence[str] = ()) -> Section:
    """Draw a tree from its summary."""
    mean = "the weighted mean output of the teacher" if weighted_by else "the mean output of the teacher"
    what = mean if tree["classes"] is None else "the share on which the teacher agrees,"
    legend = f"A leaf shows its answer, {what} and the number of the fit rows that reach it."
    if weighted_by:
        legend += f" Answers and questions were chosen by weighted rows ({', '.join(weighted_by)})."
    drawing = "\n".join(f"  {line}" for line in wrapped_drawing(tree["drawing"], width - 2).split("\n"))
    return _tree_title(tree), f"{paragraph(legend, width, lead='  ')}\n\n{drawing}"


def rules_section(tree: Mapping[str, Any], *, width: int = 80) -> Section:
    """Write a tree as one rule for each leaf."""
    lines: list[str] = []
    for rule in tree["rules"]:
        condition = " and ".join(rule["conditions"])
        lines.append(paragraph(condition, width, lead="  if ") if condition else "  for every row")
        lines.append(paragraph(f"{rule['text']}  leaf {rule['leaf']}", width, lead="  then "))
    return f"{_tree_title(tree)}, as rules", "\n".join(lines)


def claim_section(
    certificate: Mapping[str, Any] | None, rules: Sequence[Mapping[str, Any]], *, width: int = 80
) -> Section:
    """Write a certificate with its hypotheses, and the limits of the leaves as a table."""
    if certificate is None:
        return "Certificate", paragraph("None: no rows were set aside for it.", width, lead="  ")
    lines = [
        paragraph(line.removeprefix("- "), width, lead="  - " if line.startswith("- ") else "  ")
        for line in certificate["text"].split("\n")
    ]
    if certificate.get("leaves"):
        lines += ["", *_leaf_limits(certificate, {rule["leaf"]: rule for rule in rules}, width)]
    if certificate.get("by_class"):
        lines += ["", *_class_limits(certificate, width)]
    return "Certificate", "\n".join(lines)


def _class_limits(certificate: Mapping[str, Any], width: int) -> list[str]:
    """Write what is claimed class by class."""
    delta, n_statements = certificate["delta"], certificate["n_statements"]
    together = max(0.0, 1 - n_statements * delta)
    claim = (
        f"Class by class, a further claim: all limits hold at once ({confidence_text(delta)}; all {n_statements} "
        f"claims together: {confidence_text(1 - together)}). Recall is the share of the teacher's rows of a class that "
        "the tree gives it to, precision the share of the tree's that the teacher does."
    )
    rows = [
        [c["name"], count(c["n_rows"]), count(c["answered"]), count(c["found"]), share(c["recall"]),
         lower(c["recall_limit"]), share(c["precision"]), lower(c["precision_limit"])]
        for c in certificate["by_class"]["largest"]
    ]  # fmt: skip
    header = ["class", "teacher", "tree", "both", "recall", "at least", "precision", "at least"]
    left = len(certificate["by_class"]["classes"]) - len(rows)
    more = [paragraph(f"{left} smaller classes are in the JSON.", width, lead="    ")] if left else []
    return [paragraph(claim, width, lead="  "), "", aligned(header, rows, left=[0], indent=4), *more]


def _leaf_limits(certificate: Mapping[str, Any], rules: Mapping[int, Mapping[str, Any]], width: int) -> list[str]:
    """Write what is claimed leaf by leaf."""
    delta = certificate["delta"]
    claim = (
        f"Leaf by leaf, a second claim: all limits hold at once ({confidence_text(delta)}; "
        f"both claims together: {confidence_text(2 * delta)})."
    )
    shown = told_apart((str(rule["answer"]) for rule in rules.values()), 24)
    rows = [
        [
            str(leaf["leaf"]),
            shown[str(rules[leaf["leaf"]]["answer"])] if leaf["leaf"] in rules else "",
            count(leaf["n_rows"]),
            count(leaf["disagreements"]),
            upper(leaf["error_limit"]),
        ]
        for leaf in certificate["leaves"]
    ]
    table = aligned(["leaf", "answer", "rows", "differ", "error at most"], rows, left=[1], indent=4)
    return [paragraph(claim, width, lead="  "), "", table]


def _tree_title(tree: Mapping[str, Any]) -> str:
    """Say how large a tree is."""
    return f"Tree of {tree['leaves']} {'leaf' if tree['leaves'] == 1 else 'leaves'}, depth {tree['depth']}"


def _glance(summary: Mapping[str, Any], width: int) -> Section:
    """Say first how faithful the tree is, beside what one answer gives, what is certified, and what to do."""
    found = summary["glance"]
    wide = max(len(figure["value"]) for figure in found["figures"])
    body = [
        paragraph(f"{figure['name']}, {figure['what']}", width, lead=f"  {figure['value']:>{wide}}  ")
        for figure in found["figures"]
    ]
    said = [found["reading"], *([] if found["next"] is None else [f"Next: {found['next']}."])]
    body += ["", *(paragraph(line, width, lead="  ") for line in said)]
    # The narrow spaces kept every number on one line.
    return f"Distillation of {summary['teacher'].replace('`', '')}", "\n".join(body).replace(NARROW, " ")


def _made(summary: Mapping[str, Any], width: int) -> str:
    """Say what was distilled, from which rows, and what it cost."""
    rows, work = summary["rows"], summary["work"]
    facts = [
        ("read as", summary["reading"]["text"]),
        (
            "rows",
            f"{count(rows['fit'])} fit the trees, {count(rows['validation'])} held out of trial fits choose the size, "
            f"{count(rows['certificate'])} certify the choice and have no other use",
        ),
        ("queries", f"{count(work['queries'])} rows outside the table were put to the teacher"),
        (
            "search",
            f"{count(work['clauses'])} clauses kept of {count(work['probes'])} scored, from "
            f"{count(work['literals'])} questions; {work['seconds']:.1f} s in all",
        ),
    ]
    return "\n".join(paragraph(fact, width, lead=f"  {name:<9}") for name, fact in facts)


def _frontier(summary: Mapping[str, Any], width: int) -> Section:
    """Write the frontier as a table with the choice marked."""
    if all("asking" in point for point in summary["frontier"]):
        return "Frontier", deferring_frontier(summary, width)
    rows, measure = summary["rows"], summary["measure"]
    name = "R²" if measure == "r_squared" else "fidelity"
    name = f"weighted {name}" if summary["weighted_by"] else name
    of = {use: f"{name}, {use}\nn = {count(rows[use])}" for use in ("fit", "validation")}
    header = ["", "leaves", "depth", of["fit"], of["validation"], ""]
    table = aligned(
        header,
        [
            [
                "→" if point["chosen"] else "",
                str(point["leaves"]),
                str(point["depth"]),
                share(point["fit"]),
                share(point["validation"]),
                "chosen" if point["chosen"] else "",
            ]
            for point in summary["frontier"]
        ],
        left=[5],
    )
    steadily = ", large gaps capped" if measure == "r_squared" else ""
    chooser = (
        f"by the validation rows{steadily}" if rows["validation"] else "the largest, as there are no validation rows"
    )
    counted_by = (
        f" Rows count by their weights ({', '.join(summary['weighted_by'])})." if summary["weighted_by"] else ""
    )
    text = (
        f"The best tree of each size over the clauses kept; {_left_out(summary['frontier'])} are left out. "
        f"Chosen: {chooser}. {_MEASURE[measure]}.{counted_by}"
    )
    return "Frontier", f"{paragraph(text, width, lead='  ')}\n\n{table}"


def _left_out(points: Sequence[Mapping[str, Any]]) -> str:
    """Say which sizes are missing: by the figures shown, unless fresh rows or scores judged."""

    def beaten(point: Mapping[str, Any], smaller: Mapping[str, Any]) -> bool:
        pairs = [(smaller[use], point[use]) for use in ("fit", "validation") if point[use] is not None]
        return all(first >= second for first, second in pairs)

    shown = not any(beaten(point, smaller) for i, point in enumerate(points) for smaller in points[:i])
    return "sizes that are no better than a smaller one" if shown else "sizes that the search found no better"


def _status(summary: Mapping[str, Any], width: int) -> str:
    """Say how it ended, and what was left out or capped."""
    lines = [paragraph(summary["status"]["text"], width, lead="  ended    ")]
    lines += [paragraph(f"note: {note}", width, lead="  ") for note in summary["notes"]]
    return "\n".join(lines)


def _diagnosis(diagnosis: Mapping[str, Any] | None, width: int) -> str:
    """Say what all this shows, from which figures, and what to do."""
    if diagnosis is None:
        return paragraph("None: the file was written before there were any.", width, lead="  ")
    lines = [paragraph(f"{diagnosis['text'][0].upper()}{diagnosis['text'][1:]}.", width, lead="  ")]
    lines += [paragraph(line, width, lead="  - ") for line in diagnosis["lines"]]
    return "\n".join([*lines, paragraph(f"What to do: {diagnosis['remedy']}.", width, lead="  ")])
