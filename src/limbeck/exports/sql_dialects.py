"""What three databases differ in: quoting, exact numbers, and which names they take for one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from limbeck.errors import InputError
from limbeck.exports.quoting import refuse_characters

__all__ = ["DIALECTS", "Dialect"]

_INT64 = 2**63
_POSTGRES_NAME = 63


@dataclass(frozen=True)
class Dialect:
    """How one database writes things.

    Parameters
    ----------
    title : str
        Its name, for messages.
    identifier, text : callable of str
        Quote a name, and a text.
    number : callable of float
        Write a number so that it is read back as the same float64.
    boolean : tuple of (str, str)
        False and true.
    double : str
        The type of a float64.
    missing_number : str
        Condition for a number that is missing, `{0}` for the column; empty where NULL is the only way.
    exact : str
        A column of text, `{0}`, as it is compared: letter by letter, whatever collation or type of text it was declared
        with. An error where the column holds no text, so that nothing is answered from it by mistake.
    same_name : callable of str
        What two names have in common when the database takes them for one.
    """

    title: str
    identifier: Callable[[str], str]
    text: Callable[[str], str]
    number: Callable[[float], str]
    boolean: tuple[str, str]
    double: str
    missing_number: str
    exact: str
    same_name: Callable[[str], str]

    def value(self, value: bool | int | float | str | None) -> str:
        """Write an answer; none is NULL."""
        if value is None:
            return "NULL"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool):
            return self.boolean[value]
        if isinstance(value, float):
            return self.number(value)
        if not -_INT64 <= value < _INT64:
            raise InputError(f"the class {value} in {self.title}", "a number of more than 64 bits", "use text")
        return str(value)

    def as_double(self, expression: str) -> str:
        """Give an expression the type of a float64, whatever its parts are."""
        return f"CAST({expression} AS {self.double})"


def _quoted(quote: str, where: str) -> Callable[[str], str]:
    def identifier(name: str) -> str:
        refuse_characters(name, {"\0"}, f"a name of {where}")
        if not name:
            raise InputError(f"a name of {where}", "a column without a name", "give one: `names={'': name}`")
        return quote + name.replace(quote, 2 * quote) + quote

    return identifier


def _sqlite_text(text: str) -> str:
    refuse_characters(text, {"\0"}, "a text of SQLite")
    return "'" + text.replace("'", "''") + "'"


def _duckdb_text(text: str) -> str:
    refuse_characters(text, {"\0"}, "a text of DuckDB")
    return "'" + text.replace("'", "''") + "'"


def _postgresql_text(text: str) -> str:
    r"""Quote a text; E'' where there is a backslash, which a server may be set to take for an escape."""
    refuse_characters(text, {"\0"}, "a text of PostgreSQL")
    quoted = text.replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in text else f"'{quoted}'"


def _double(number: float, double: str) -> str:
    """Write an infinity or NaN of PostgreSQL or DuckDB."""
    name = "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return f"CAST('{name}' AS {double})"


def _postgresql_number(number: float) -> str:
    return repr(number) if math.isfinite(number) else _double(number, "DOUBLE PRECISION")


def _duckdb_number(number: float) -> str:
    """Write the exponent, without which DuckDB reads a decimal number."""
    if not math.isfinite(number):
        return _double(number, "DOUBLE")
    digits = repr(number)
    return digits if "e" in digits else f"{digits}e0"


def _sqlite_number(number: float) -> str:
    """Write a number that SQLite reads exactly: it promises no more than 15 digits, so others become quotients."""
    if math.isnan(number):
        return "NULL"
    if math.isinf(number):
        return "9e999" if number > 0 else "-9e999"
    digits, exponent = Decimal(repr(number)).as_tuple()[1:]
    if len(digits) <= 15 and isinstance(exponent, int) and -22 <= exponent <= 22:
        return repr(number)
    return _sqlite_quotient(number)


def _sqlite_quotient(number: float) -> str:
    """Write a number as a whole number times, or divided by, powers of two; each step is exact."""
    mantissa, exponent = math.frexp(number)
    whole, power = int(mantissa * 2**53), exponent - 53
    while whole and whole % 2 == 0 and power < 0:
        whole, power = whole // 2, power + 1
    sign, factors = ("*" if power > 0 else "/"), abs(power)
    parts = [f"{whole}.0"]
    while factors:
        step = min(factors, 62)
        parts.append(f"{2**step}.0")
        factors -= step
    return f"({f' {sign} '.join(parts)})"


_DOUBLE_QUOTES = {"postgresql": _quoted('"', "PostgreSQL"), "duckdb": _quoted('"', "DuckDB")}

DIALECTS = {
    "postgresql": Dialect(
        "PostgreSQL", _DOUBLE_QUOTES["postgresql"], _postgresql_text, _postgresql_number, ("FALSE", "TRUE"),
        "DOUBLE PRECISION", "({0} IS NULL OR {0} = CAST('NaN' AS DOUBLE PRECISION))",
        # A function of text: `citext` becomes text by it, which COLLATE alone would leave as it is.
        "textcat({0}, '') COLLATE \"C\"",
        lambda name: name.encode("utf-8", "surrogatepass")[:_POSTGRES_NAME].decode("utf-8", "ignore"),
    ),
    "sqlite": Dialect(
        # Not double quotes: SQLite takes a quoted name that is no column for a text, and answers without an error.
        "SQLite", _quoted("`", "SQLite"), _sqlite_text, _sqlite_number, ("0", "1"),
        "REAL", "", "{0} COLLATE BINARY", str.casefold,
    ),
    "duckdb": Dialect(
        "DuckDB", _DOUBLE_QUOTES["duckdb"], _duckdb_text, _duckdb_number, ("FALSE", "TRUE"),
        "DOUBLE", "({0} IS NULL OR isnan(CAST({0} AS DOUBLE)))", '{0} COLLATE "C"', str.casefold,
    ),
}  # fmt: skip
"""The dialects, by the name that `sql_case` takes."""
