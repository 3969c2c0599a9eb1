"""Words for people: names and numbers of things, short enough for a message."""

from __future__ import annotations

from collections.abc import Sequence

from limbeck.visible import visible

__all__ = ["counted", "listed", "number_text", "shortened"]


def listed(names: Sequence[str], most: int = 8) -> str:
    """Write names for a message, cut when there are many or when one is very long."""
    shown = ", ".join(f"`{shortened(name)}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def shortened(text: str, most: int = 40) -> str:
    """Cut a long text for display, so that a million-character cell does not flood a message."""
    flat = visible(text)
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def counted(n: float, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12 345 rows')
    """
    return f"{n:,.0f} {noun}{'' if round(n) == 1 else 's'}".replace(",", " ")


def number_text(value: float) -> str:
    """Write a number with as few digits as read back to the same float64.

    Examples
    --------
    >>> number_text(41.5), number_text(2.0)
    ('41.5', '2')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
