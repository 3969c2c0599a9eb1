"""How the cells of a text file become values: what the user or a finished tree says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from limbeck.core import Kind, Tree
from limbeck.errors import InputError
from limbeck.streams import CellKinds
from limbeck.tables import listed, shortened

__all__ = ["UNTOLD", "CellTypes", "cell_options", "moments"]


def cell_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options about the cells of its table."""
    again = "; again for more."
    date = click.option("--date", "date_columns", multiple=True, metavar="COL", help=f"Column of ISO dates{again}")
    text = click.option(
        "--text", "text_columns", multiple=True, metavar="COL",
        help=f"Column that stays text, word for word, even if its cells look like numbers or like NA{again}",
    )  # fmt: skip
    return text(date(verb))


@dataclass(frozen=True)
class CellTypes(CellKinds):
    """What is said of the columns of a text file; any other column holds what all its cells look like.

    Parameters
    ----------
    asked : tuple of str
        Those that the user named, which the table must have.
    """

    asked: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any], tree: Tree | None = None) -> CellTypes:
        """Return what the options say; of other columns, what a tree knows.

        Raises
        ------
        InputError
            A column that is to be text and a date.
        """
        text, dates = tuple(options["text_columns"]), tuple(options["date_columns"])
        both = [name for name in text if name in dates]
        if both:
            raise InputError("`--text` and `--date` of different columns", f"{listed(both)} in both", "name it once")
        if tree is None:
            return cls(text, (), dates, asked=(*text, *dates))
        known = dict(tree.cells)
        known |= {literal.column: "date" for literal in tree.literals if literal.dated}
        known = {name: known.get(name, "text" if kind is Kind.CATEGORICAL else "") for name, kind in tree.columns}
        left = {name: how for name, how in known.items() if name not in (*text, *dates)}
        named = {how: tuple(name for name in left if left[name] == how) for how in ("text", "gaps", "date")}
        return cls((*text, *named["text"]), named["gaps"], (*dates, *named["date"]), asked=(*text, *dates))

    def among(self, names: Sequence[str]) -> CellTypes:
        """Return what is said of the columns that are there.

        Raises
        ------
        InputError
            A column that the user named is not there.
        """
        absent = [name for name in self.asked if name not in names]
        if absent:
            raise InputError(
                "`--text` and `--date` with columns of the table",
                f"no column {listed(absent)} among {listed(names)}",
                "name columns as in the first line of the table",
            )
        text, gaps, dates = (
            tuple(name for name in some if name in names) for some in (self.text, self.gaps, self.dates)
        )
        return CellTypes(text, gaps, dates, asked=self.asked)

    @property
    def words(self) -> tuple[str, ...]:
        """The columns whose cells are read as they stand."""
        return (*self.text, *self.gaps, *self.dates)

    def kept_by(self, tree: Tree) -> Tree:
        """Return a tree of rows that were read so, which knows how to read others alike."""
        text = [name for name, kind in tree.columns if kind is Kind.CATEGORICAL and name not in self.text]
        dates = [name for name, kind in tree.columns if kind is Kind.NUMERIC and name in self.dates]
        return tree.read_with(dict.fromkeys(text, "gaps") | dict.fromkeys(dates, "date"))


UNTOLD = CellTypes()
"""Nothing is said: every column holds what all its cells look like."""


def moments(name: str, cells: Sequence[str | None]) -> list[datetime | None]:
    """Read dates in ISO 8601, None as missing.

    Raises
    ------
    InputError
        A cell that is no date.
    """
    known: dict[str | None, datetime | None] = {None: None}
    for cell in cells:
        if cell not in known:
            assert cell is not None
            try:
                known[cell] = datetime.fromisoformat(cell.strip())
            except ValueError:
                raise InputError(
                    f"dates in the column `{shortened(name)}`",
                    f"the cell `{shortened(cell)}`",
                    "write dates as `2021-05-31` or `2021-05-31 12:00`",
                ) from None
    return [known[cell] for cell in cells]
