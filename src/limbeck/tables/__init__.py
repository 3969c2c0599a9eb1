"""Tables: rows of any shape as named columns, beside the rows as the user gave them, which teachers get.

The one room that knows data frames, and it knows them only through narwhals, which imports neither pandas nor polars
by itself.
"""

from limbeck.tables.column import MISSING_CODE, Column, Kind
from limbeck.tables.dates import date_between, date_text, looks_like_a_date
from limbeck.tables.keys import row_keys
from limbeck.tables.native import native_copy, plain_matrix
from limbeck.tables.reading import as_table
from limbeck.tables.table import Recombined, Table
from limbeck.tables.wording import counted, listed, number_text, shortened, told_apart
from limbeck.visible import visible, visible_lines

__all__ = [
    "MISSING_CODE",
    "Column",
    "Kind",
    "Recombined",
    "Table",
    "as_table",
    "counted",
    "date_between",
    "date_text",
    "listed",
    "looks_like_a_date",
    "native_copy",
    "number_text",
    "plain_matrix",
    "row_keys",
    "shortened",
    "told_apart",
    "visible",
    "visible_lines",
]
