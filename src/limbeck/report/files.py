"""The files of a distillation, by name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limbeck.report.summary import summarise
from limbeck.report.text import claim_section
from limbeck.visible import json_escaped

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["FILES", "OWNED", "REPORT", "distillation_files", "json_text"]

FILES = ("distillation.json", "tree.json", "tree.txt", "frontier.csv", "certificate.txt", "summary.json")
"""Names of the files that `distillation_files` writes."""

REPORT = "report.html"
"""Name of the report beside them."""

OWNED = (*FILES, REPORT)
"""Names of the files that a later result in the same directory replaces."""


def distillation_files(result: Distillation) -> dict[str, str]:
    """Return the text of every file that a distillation is kept in.

    Parameters
    ----------
    result : Distillation
        The result.

    Returns
    -------
    dict of str to str
        `distillation.json` (everything; read back by `Distillation.load`), `tree.json` (the chosen tree; read back
        by `Tree.from_dict`), `tree.txt`, `frontier.csv`, `certificate.txt` and `summary.json`.
    """
    summary = summarise(result)
    title, claim = claim_section(summary["certificate"], summary["tree"]["rules"])
    texts = (
        json_text(result.to_dict(), indent=None),
        json_text(result.tree.to_dict(), indent=None),
        summary["tree"]["drawing"] + "\n",
        _frontier_csv(summary),
        f"{title}\n{claim}\n",
        json_text(summary),
    )
    return dict(zip(FILES, texts, strict=True))


def json_text(plain: Any, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """Write plain values as JSON that other languages read too: no NaN, no infinity; control characters escaped."""
    return json_escaped(json.dumps(plain, ensure_ascii=ascii_only, allow_nan=False, indent=indent)) + "\n"


def _frontier_csv(summary: Mapping[str, Any]) -> str:
    """Write the frontier with all digits."""
    measure = summary["measure"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["leaves", "depth", f"fit_{measure}", f"validation_{measure}", "chosen"])
    for point in summary["frontier"]:
        held_out = "" if point["validation"] is None else repr(point["validation"])
        writer.writerow([point["leaves"], point["depth"], repr(point["fit"]), held_out, int(point["chosen"])])
    return text.getvalue()
