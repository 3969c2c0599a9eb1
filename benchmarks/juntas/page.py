"""The records as a page."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from benchmarks.juntas.methods import JUNTA_METHODS, LEARNING_ROWS, TREE_METHODS, TREE_ROWS
from benchmarks.juntas.problems import Cell

__all__ = ["page"]

_HEAD = f"""# Asking against learning: `python -m benchmarks.juntas`

Functions of few of d uniform bits, compiled into ReLU networks (`limbeck.students.compile_tree`, clauses rotated).
*Asking* is `limbeck.juntas.find_junta` with the network as teacher, at δ = 0.01 (*bound*: `junta_query_bound`). The
learners see {LEARNING_ROWS} labelled uniform rows: *trying all sets* of k columns (`limbeck.students.search_junta`),
*greedy features* (k times the column that lowers the table's error most), CART (scikit-learn, 2^k leaves), pystreed
(optimal trees of depth k). Two functions a line, each run in a process of its own, stopped after 60 s; a method that
ran out of time is not tried on more inputs. *Found*: functions of which all variables, and no others, were found
(pystreed does not tell). Fidelity on 4000 fresh rows, the lower of the two; queries, rows and seconds, their median.
Two cores that others used too: read seconds as orders of magnitude.

Rows are not what limits the learners: two functions of five bits differ on at least 1/32 of all rows, so 2200 labelled
rows already rule out all others of 10 000 bits, but for probability 0.01. To find the one function in them is what
takes time d^(c k), or luck: a variable that tells nothing by itself is invisible to whoever looks at one column at a
time.

"""
_TREES = f"""
## Trees: distilling against learning

Full trees of depth 4 with distinct questions on each path, {TREE_ROWS} rows for everyone; the distiller gets them
without labels, and the network. With queries it may also change single inputs and ask again.

"""


def page(records: dict[Cell, dict[str, Any]]) -> str:
    """Write the tables as Markdown."""
    parts = [_HEAD]
    for kind in ("parity", "random junta"):
        parts.append(f"## {'Parity' if kind == 'parity' else 'Random juntas'}\n\n")
        parts.append(_table(records, kind, list(JUNTA_METHODS), bound=True) + "\n")
    return "".join([*parts, _TREES.lstrip("\n"), _table(records, "tree", list(TREE_METHODS), bound=False)])


def _table(records: dict[Cell, dict[str, Any]], kind: str, methods: list[str], *, bound: bool) -> str:
    head = ["k" if kind != "tree" else "depth", "d", "method", "rows", "queries", *(["bound"] if bound else [])]
    head += ["seconds", "found", "fidelity"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    sizes = sorted({(cell.k, cell.d) for cell in records if cell.kind == kind})
    for k, d in sizes:
        for method in methods:
            runs = [found for c, found in records.items() if (c.kind, c.k, c.d, c.method) == (kind, k, d, method)]
            figures = _figures(runs, bound)
            if method == "trying all sets" and not any("fidelity" in run for run in runs):
                figures = ["", "", "", f"not tried: {math.comb(d, k):.0e} sets", "", ""]
            lines.append("| " + " | ".join([str(k), f"{d:,}".replace(",", " "), method, *figures]) + " |")
    return "\n".join(lines) + "\n"


def _figures(runs: list[dict[str, Any]], bound: bool) -> list[str]:
    """Write the figures of one line, or why there are none."""
    whole = [run for run in runs if "fidelity" in run and "stopped" not in run]
    if not whole:
        why = next((text for run in runs for key in ("stopped", "skipped") if (text := run.get(key))), "not run")
        return ["", "", *([""] if bound else []), why, "", ""]
    counts = [f"{median(run[key] for run in whole):,.0f}".replace(",", " ") for key in ("rows", "queries")]
    limit = [f"{whole[0]['bound']:,}".replace(",", " ") if "bound" in whole[0] else ""] if bound else []
    found = [run["variables"] for run in whole]
    told = "" if None in found else f"{sum(found)} of {len(found)}"
    few = f"{min(run['fidelity'] for run in whole):.3f}"
    return [*counts, *limit, f"{median(run['seconds'] for run in whole):.2f}", told, few]
