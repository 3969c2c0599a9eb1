"""Delimited text batch by batch: first what the cells of every column are, then the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from limbeck.errors import InputError
from limbeck.streams.damaged import naming
from limbeck.streams.lost import LostCells
from limbeck.tables import listed, shortened
from limbeck.tables.missing_words import MISSING_WORDS

__all__ = ["UNKNOWN", "CellKinds", "TextFile"]


@dataclass(frozen=True)
class CellKinds:
    """What the columns of text files hold, by name.

    Parameters
    ----------
    text : tuple of str
        Text, in which only an empty cell is missing.
    gaps : tuple of str
        Text in which words such as `NA` are missing values too.
    dates : tuple of str
        Dates in ISO 8601.
    numbers : tuple of (str, str)
        Columns of numbers or truth values, with the Arrow type that holds all of their cells.
    """

    text: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()

    def seen_in(
        self, files: Sequence[TextFile], names: Sequence[str], on_batch: Callable[[int], None]
    ) -> tuple[CellKinds, tuple[str, ...]]:
        """Return what columns hold that nothing is known of, and what is lost when they are read so, for people.

        A column holds the narrowest type of all its cells in all files. `on_batch` gets the rows of every batch.
        """
        known = {*self.text, *self.gaps, *self.dates, *dict(self.numbers)}
        found, lost = {name: _NOTHING_SEEN for name in names if name not in known}, LostCells()
        turned: list[str] = []
        for file in files if found else ():
            for batch in file.batches(tuple(found), CellKinds(text=tuple(found))):
                for name, before in found.items():
                    found[name] = _narrowest(batch.column(name), before)
                    lost.see_column(name, batch.column(name))
                    if before < found[name] == len(_TYPES) and before != _NOTHING_SEEN:
                        turned.append(f"`{shortened(name)}` is text: it held numbers before cells of `{file.path}`")
                on_batch(batch.num_rows)
        numbers = {name: _TYPES[place] for name, place in found.items() if place < len(_TYPES)}
        texts = tuple(name for name, place in found.items() if place == len(_TYPES))
        kinds = replace(self, gaps=(*self.gaps, *texts), numbers=(*self.numbers, *numbers.items()))
        whole = [name for name, kind in numbers.items() if kind != "bool"]
        return kinds, (*turned, *lost.notes(whole, texts))


_TYPES = ("bool", "int64", "float64")
UNKNOWN = CellKinds()
"""Nothing is known: the files are read to see what their columns hold."""

_TRUE, _FALSE = ("True", "TRUE", "true"), ("False", "FALSE", "false")
_NOTHING_SEEN = -1  # so a column without values is one of numbers


def _narrowest(cells: Any, place: int) -> int:
    """Return the first type, from a place on, that holds all cells of a column of text."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute  # its functions are made when it is imported, where no type checker sees them
    there = pc.drop_null(cells)
    present = there.filter(pc.invert(pc.is_in(there, pa.array(MISSING_WORDS))))
    if not len(present):
        return place
    place = max(place, 0)
    while place < len(_TYPES):
        if _TYPES[place] == "bool":
            if pc.all(pc.is_in(present, pa.array((*_TRUE, *_FALSE)))).as_py():
                return place
        else:
            try:
                pc.cast(pc.utf8_trim_whitespace(present), _TYPES[place])
            except pa.ArrowInvalid:
                pass
            else:
                return place
        place += 1
    return place


@dataclass(frozen=True)
class TextFile:
    """One file of delimited text in UTF-8, with names in the first line.

    Parameters
    ----------
    path : path
        Where it lies; unpacked while it is read where its name ends in `.gz`.
    separator : str
        What separates cells.
    """

    path: Path
    separator: str

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        with self._opened({}) as reader:
            names = list(reader.schema.names)
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            found = f"the column {listed(repeated)} more than once"
            raise InputError(f"a table in `{self.path}`", found, "rename or drop the repeated columns")
        return names

    def batches(self, names: Sequence[str], kinds: CellKinds) -> Iterator[Any]:
        """Yield record batches of some columns, read as what they hold."""
        import pyarrow as pa
        import pyarrow.compute

        pc: Any = pyarrow.compute
        words = {*kinds.text, *kinds.gaps, *kinds.dates}
        types = dict(kinds.numbers) | dict.fromkeys(words, "string")
        gaps, missing = {*kinds.gaps, *kinds.dates}, pa.array(MISSING_WORDS)
        empty = pa.array([""])
        with naming(self.path), self._opened({name: types[name] for name in names}, list(names)) as reader:
            for batch in reader:
                for place, name in enumerate(names):
                    if name in words:
                        cells = batch.column(name)
                        gone = pc.is_in(cells, missing if name in gaps else empty)
                        cells = pc.if_else(gone, pa.scalar(None, pa.string()), cells)
                        if name in kinds.dates:
                            cells = _moments(cells, name, self.path)
                        batch = batch.set_column(place, name, cells)
                yield batch

    def _opened(self, types: dict[str, str], names: list[str] | None = None) -> Any:
        with naming(self.path):
            import pyarrow as pa
            import pyarrow.csv as pc

            bare = {"bool": pa.bool_(), "int64": pa.int64(), "float64": pa.float64(), "string": pa.string()}
            return pc.open_csv(
                self.path,
                parse_options=pc.ParseOptions(delimiter=self.separator, newlines_in_values=True),
                convert_options=pc.ConvertOptions(
                    column_types={name: bare[kind] for name, kind in types.items()},
                    include_columns=names, null_values=list(MISSING_WORDS), strings_can_be_null=False,
                    true_values=list(_TRUE), false_values=list(_FALSE),
                ),
            )  # fmt: skip


def _moments(cells: Any, name: str, path: Path) -> Any:
    """Return text as dates."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    try:
        return pc.cast(cells, pa.timestamp("us"))
    except pa.ArrowInvalid as error:
        asked = f"dates in the column `{shortened(name)}` of `{path}`"
        found = shortened(" ".join(str(error).split()), 200)
        raise InputError(asked, found, "write dates as `2021-05-31` or `2021-05-31 12:00`") from None
