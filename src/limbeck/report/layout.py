"""Plain text laid out for a terminal: paragraphs, aligned tables and drawn trees that keep within a width."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence

__all__ = ["aligned", "count", "lower", "paragraph", "share", "upper", "wrapped_drawing"]

_BRANCH = re.compile(r"^((?:│  |   )*)(├─ yes  |└─ no   )?")

# Text after the branches keeps at least this width, so that a deep tree does not become one letter a line.
_LEAST = 24


def paragraph(text: str, width: int, *, lead: str = "") -> str:
    """Fill a text to a width; later lines are indented by as much as `lead` is wide.

    Examples
    --------
    >>> print(paragraph("one two three four", 12, lead="- "))
    - one two
      three four
    """
    return textwrap.fill(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
    )


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (), indent: int = 2) -> str:
    """Align cells in columns, to the right unless the column is named in `left`; a header may have several lines.

    Examples
    --------
    >>> print(aligned(["leaves", "name"], [["1", "a"], ["12", "bc"]], left=[1], indent=0))
    leaves  name
         1  a
        12  bc
    """
    parts = [title.split("\n") for title in header]
    height = max(len(part) for part in parts)
    heading = [[part[line] if line < len(part) else "" for part in parts] for line in range(height)]
    grid = [*heading, *rows]
    widths = [max(len(row[j]) for row in grid) for j in range(len(header))]
    lines = (
        "  ".join(
            cell.ljust(w) if j in left else cell.rjust(w) for j, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in grid
    )
    return "\n".join((" " * indent + line).rstrip() for line in lines)


def wrapped_drawing(drawing: str, width: int) -> str:
    """Fold the long lines of a drawn tree without breaking its branches.

    Parameters
    ----------
    drawing : str
        What `Tree.to_text` draws: one node a line.
    width : int
        Most characters a line.
    """
    lines = drawing.split("\n")
    following = [*lines[1:], ""]
    return "\n".join(_folded(line, after, width) for line, after in zip(lines, following, strict=True))


def _folded(line: str, after: str, width: int) -> str:
    """Fold one node's line; the branch to its own children, if it has any, runs through the fold."""
    found = _BRANCH.match(line)
    assert found is not None, "the pattern matches the empty prefix"
    outer, branch, text = found[1], found[2] or "", line[found.end() :]
    inner = {"├─ yes  ": "│  ", "└─ no   ": "   ", "": ""}[branch]
    has_children = after.startswith(outer + inner + "├─ yes  ")
    rest = outer + inner + ("│  " if has_children else "   ")
    rest = rest.ljust(len(outer + branch) + 2)
    if len(line) <= width:
        return line
    room = max(width - len(rest), _LEAST)
    first = max(width - len(outer + branch), _LEAST)
    folded = textwrap.wrap(text, min(first, room), break_on_hyphens=False)
    return "\n".join([outer + branch + folded[0], *(rest + part for part in folded[1:])])


def count(number: float) -> str:
    """Write a number of things with its thousands apart.

    Examples
    --------
    >>> count(12345), count(0.5)
    ('12 345', '0.5')
    """
    return f"{number:,.10g}".replace(",", " ")


def share(value: float | None) -> str:
    """Write a fidelity or an R² with four digits; only what is 1 is written as 1.

    Examples
    --------
    >>> share(0.99999), share(1.0), share(None)
    ('0.9999', '1.0000', '-')
    """
    if value is None:
        return "-"
    return f"{min(value, 0.9999) if value < 1 else value:.4f}"


def upper(limit: float) -> str:
    """Write an upper limit in [0, 1] with four digits, rounded up so that it stays true.

    Examples
    --------
    >>> upper(0.04951), upper(0.25)
    ('0.0496', '0.2500')
    """
    # The small slack keeps a limit that is already round from gaining a digit.
    return f"{min(math.ceil(limit * 1e4 - 1e-6) / 1e4, 1.0):.4f}"


def lower(limit: float) -> str:
    """Write a lower limit in [0, 1] with four digits, rounded down so that it stays true.

    Examples
    --------
    >>> lower(0.04959), lower(0.25)
    ('0.0495', '0.2500')
    """
    return f"{max(math.floor(limit * 1e4 + 1e-6) / 1e4, 0.0):.4f}"
