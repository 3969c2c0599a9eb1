"""Words for people: names and numbers of things, short enough for a message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from limbeck.visible import visible

__all__ = ["counted", "listed", "number_text", "shortened", "told_apart"]


def listed(names: Sequence[str], most: int = 8) -> str:
    """Write names for a message, cut when there are many or when one is very long."""
    shown = ", ".join(f"`{shortened(name)}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def shortened(text: str, most: int = 40) -> str:
    """Cut the middle out of a long text for display, so that a million-character cell does not flood a message."""
    flat = visible(text)
    kept = max(1, most - 1)
    return flat if len(flat) <= most else flat[: (kept + 1) // 2] + "…" + flat[len(flat) - kept // 2 :]


def told_apart(texts: Iterable[str], most: int = 40) -> dict[str, str]:
    """Shorten texts that are shown together so that no two look alike.

    Those that would are cut less; when even a few hundred letters are alike, they are numbered.

    Parameters
    ----------
    texts : iterable of str
        What is shown, in any order, with or without repetition.
    most : int, at least 2
        Letters of a text that differs from the others within them.

    Returns
    -------
    dict of str to str
        The short form of every text.

    Examples
    --------
    >>> names = ["balance_of_account_a_current", "balance_of_account_b_current"]
    >>> list(told_apart(names, most=11).values())
    ['balance_of_…_a_current', 'balance_of_…_b_current']
    >>> list(told_apart(["x" * 999, "y", "x" * 1000], most=5).values())
    ['xx…xx', 'y', 'xx…xx #2']
    """
    pending, shown = list(dict.fromkeys(texts)), dict[str, str]()
    order = pending
    for width in (most, 2 * most, 4 * most, 8 * most):
        short = {text: shortened(text, width) for text in pending}
        alike = Counter([*short.values(), *shown.values()])
        shown |= {text: cut for text, cut in short.items() if alike[cut] == 1}
        pending = [text for text in pending if text not in shown]
    taken = set(shown.values())
    for text in pending:
        cut, number = shortened(text, most), 1
        name = cut
        while name in taken:
            number += 1
            name = f"{cut} #{number}"
        taken.add(name)
        shown[text] = name
    return {text: shown[text] for text in order}


def counted(n: float, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12 345 rows')
    """
    return f"{n:,.0f} {noun}{'' if round(n) == 1 else 's'}".replace(",", " ")


def number_text(value: float, digits: int | None = None) -> str:
    """Write a number with as few digits as read back to the same float64, or rounded to so many significant ones.

    Examples
    --------
    >>> number_text(41.5), number_text(2.0), number_text(54712.3, digits=3)
    ('41.5', '2', '54700')
    """
    if digits is not None:
        return number_text(float(f"{value:.{digits}g}"))
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
