"""A tree as one formula of Excel and LibreOffice."""

from __future__ import annotations

import math
from collections.abc import Mapping

from limbeck.core import Kind, Literal, Op, Tree, refuse_dates
from limbeck.core.tree_text import ASK
from limbeck.errors import InputError
from limbeck.exports.quoting import refuse_characters
from limbeck.exports.walk import answers_of, asked, never

__all__ = ["excel_formula"]

_LONGEST_FORMULA = 8192
_MOST_LEVELS = 64
_LONGEST_TEXT = 255
_LARGEST, _SMALLEST = 9.99e307, 2.3e-308
# A file of Excel is XML, which cannot hold these.
_CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r") | {"\ufffe", "\uffff"}
_ADVICE = "export a smaller tree, for example `result.best(16).tree`"


def excel_formula(
    tree: Tree, *, cells: Mapping[str, str] | None = None, row: int = 2, answer: str = "prediction"
) -> str:
    """Write a tree as one formula for spreadsheets.

    Parameters
    ----------
    tree : Tree
        The tree.
    cells : mapping of str to str, optional
        Column of the tree to the cell that holds its value, as in `{"age": "C2"}` or `{"age": "[@Age]"}`.
        By default the columns of the tree, in their order, are the columns A, B, ... of the sheet.
    row : int, at least 1
        The row of the default cells; a sheet with names in its first line starts at 2. Fill the formula down.
    answer : {"prediction", "leaf"}
        What the formula gives: the class or the number, and the text `ask the model` where a leaf asks it; or the node
        as `Tree.apply` gives it.

    Returns
    -------
    str
        The formula, in the form of files (`,` between arguments). An empty cell or one with an error, such as `#N/A`,
        is a missing value.

    Raises
    ------
    InputError
        A formula beyond Excel's limits (8192 characters, 64 levels), a column without a cell, or characters that a
        workbook cannot hold.

    Notes
    -----
    Excel keeps 15 digits of a number when it compares: values that differ from a threshold by less are equal to it.

    Examples
    --------
    >>> from limbeck.core import Leaf, Split
    >>> root = Split(Literal.one_of("sex", ["f"]), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("sex", Kind.CATEGORICAL),))
    >>> excel_formula(tree)
    '=IF(IF(ISERROR(A2),FALSE,EXACT(A2,"f")),"no","yes")'
    """
    refuse_dates(tree, "a spreadsheet formula")
    places = _cells(tree, cells, row)
    kinds = asked(tree)
    answers = answers_of(tree, answer)
    # A condition has functions of three levels inside the innermost IF, or of five.
    inside = 5 if any(map(_like_logical, tree.literals)) else 3
    levels = tree.depth + inside if tree.depth else 0
    if levels > _MOST_LEVELS:
        raise InputError("an Excel formula of at most 64 levels", f"a tree that needs {levels}", _ADVICE)
    texts = [""] * tree.n_nodes
    for node in range(tree.n_nodes - 1, -1, -1):
        if tree.question[node] < 0:
            texts[node] = _value(answers[node])
            continue
        literal, yes, no = tree.literals[tree.question[node]], int(tree.yes[node]), int(tree.no[node])
        condition = _condition(literal, places[literal.column], kinds[literal.column])
        texts[node] = f"IF({condition},{texts[yes]},{texts[no]})"
        texts[yes] = texts[no] = ""
    return _within_limits(f"={texts[0]}")


def _within_limits(formula: str) -> str:
    length = len(formula.encode("utf-16-le")) // 2
    if length > _LONGEST_FORMULA:
        raise InputError("an Excel formula of at most 8192 characters", f"a tree that needs {length}", _ADVICE)
    return formula


def _cells(tree: Tree, cells: Mapping[str, str] | None, row: int) -> dict[str, str]:
    """Return the cell of every column that is asked about."""
    if row < 1:
        raise InputError("a row of a sheet", f"`row={row}`", "give a whole number of at least 1")
    if cells is None:
        return {name: f"{_letters(j)}{row}" for j, (name, _) in enumerate(tree.columns)}
    absent = [name for name in asked(tree) if not cells.get(name, "").strip()]
    if absent:
        raise InputError(f"a cell for the column `{absent[0]}`", "none in `cells`", "give one, such as `C2`")
    return dict(cells)


def _letters(place: int) -> str:
    """Name a column of a sheet: A, ..., Z, AA, ..."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def _condition(literal: Literal, cell: str, kind: Kind) -> str:
    """Write a question so that an empty cell, an error and a value of another type answer as a missing value does."""
    number = f"OR(ISNUMBER({cell}),ISLOGICAL({cell}))"
    if never(literal):
        return "FALSE"
    if literal.op is Op.MISSING:
        return f"NOT({number})" if kind is Kind.NUMERIC else f"OR(ISBLANK({cell}),ISERROR({cell}))"
    if literal.op is Op.ONE_OF:
        # EXACT, because `=` takes capital and small letters for one.
        shown = f'IF(ISLOGICAL({cell}),IF({cell},"True","False"),{cell})' if _like_logical(literal) else cell
        same = [f"EXACT({shown},{_text(value)})" for value in literal.values]
        refused = f"OR(ISBLANK({cell}),ISERROR({cell}))" if "" in literal.values else f"ISERROR({cell})"
        return f"IF({refused},FALSE,{same[0] if len(same) == 1 else 'OR(' + ','.join(same) + ')'})"
    compared = 1.0 if literal.op is Op.CONCEPT else literal.number
    if math.isinf(compared):
        return number if literal.op is Op.AT_MOST and compared > 0 else "FALSE"
    # N, because a comparison takes TRUE for more than any number.
    return f"IF({number},N({cell}){'<=' if literal.op is Op.AT_MOST else '='}{_number(compared)})"


def _like_logical(literal: Literal) -> bool:
    """Tell whether a category could be a logical value, which Excel takes for the text TRUE or FALSE."""
    return any(value.casefold() in ("true", "false") for value in literal.values)


def _value(value: bool | int | float | str | None) -> str:
    if value is None:
        return _text(ASK)
    if isinstance(value, str):
        return _text(value)
    return str(value).upper() if isinstance(value, bool) else _number(value)


def _number(number: float) -> str:
    if not (number == 0 or _SMALLEST < abs(number) < _LARGEST) or (isinstance(number, int) and abs(number) > 10**15):
        raise InputError("a number of Excel", f"{number}", "scale the column, or turn the classes into text")
    return repr(number).upper()


def _text(text: str) -> str:
    """Quote a text; Excel takes at most 255 characters at a time."""
    refuse_characters(text, _CONTROL, "a formula of Excel")
    parts = _parts(text)
    quoted = ['"' + part.replace('"', '""') + '"' for part in parts]
    return quoted[0] if len(quoted) == 1 else f"CONCATENATE({','.join(quoted)})"


def _parts(text: str) -> list[str]:
    """Cut a text into pieces of at most 255 UTF-16 units."""
    parts, length = [""], 0
    for character in text:
        units = 2 if ord(character) > 0xFFFF else 1
        if length + units > _LONGEST_TEXT:
            parts.append("")
            length = 0
        parts[-1] += character
        length += units
    return parts
