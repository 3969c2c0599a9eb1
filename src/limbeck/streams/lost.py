"""What is lost when the cells of text files become values: zeros before codes, and words that stand for no value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from limbeck.tables import counted, shortened
from limbeck.tables.missing_words import MISSING_WORDS

__all__ = ["LostCells"]

_WORDS = frozenset(MISSING_WORDS) - {""}
_CODE = re.compile(r"0\d+", re.ASCII)
_MOST_NAMED = 8


@dataclass
class LostCells:
    """What a pass over the cells of text files sees: codes with leading zeros, and words for missing values.

    Parameters
    ----------
    codes : dict of str to str
        The first such code of each column.
    words : Counter of (str, str)
        How often each word occurs in each column.
    """

    codes: dict[str, str] = field(default_factory=dict[str, str])
    words: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def see_line(self, names: Sequence[str], cells: Sequence[str]) -> None:
        """See one line of cells."""
        for name, cell in zip(names, cells, strict=False):
            if cell in _WORDS:
                self.words[name, cell] += 1
            elif cell[:1] == "0" and name not in self.codes and _CODE.fullmatch(cell):
                self.codes[name] = cell

    def see_column(self, name: str, cells: Any) -> None:
        """See an Arrow array of the cells of one column."""
        import pyarrow as pa
        import pyarrow.compute

        pc: Any = pyarrow.compute  # its functions are made when it is imported, where no type checker sees them
        for found in pc.value_counts(cells.filter(pc.is_in(cells, pa.array(sorted(_WORDS))))):
            self.words[name, found["values"].as_py()] += found["counts"].as_py()
        if name not in self.codes:
            coded = cells.filter(pc.starts_with(cells, "0"))
            coded = coded.filter(pc.match_substring_regex(coded, r"^0[0-9]+$"))
            if len(coded):
                self.codes[name] = coded[0].as_py()

    def notes(self, numbers: Collection[str], texts: Collection[str]) -> list[str]:
        """Say what was lost in columns that were read as numbers, and as text in which words stand for no value."""
        codes = [f"`{shortened(name)}` ({code})" for name, code in self.codes.items() if name in numbers]
        words = [
            f"`{shortened(name)}` ({word}, {counted(count, 'cell')})"
            for (name, word), count in self.words.items()
            if name in texts
        ]
        lost = (
            ("numbers lost their leading zeros", codes),
            ("words were read as missing values, beside text", words),
        )
        remedy = "`--text COL`, in Python `CellKinds(text=...)`, keeps a column as it is written"
        return [f"{what} in {_some(columns)}; {remedy}" for what, columns in lost if columns]


def _some(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
    return ", ".join(columns[:_MOST_NAMED]) + more
