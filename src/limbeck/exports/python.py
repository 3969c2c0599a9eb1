"""A tree as Python source that needs nothing but Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

from limbeck.core import Literal, Op, Tree, refuse_dates
from limbeck.exports.comments import remarks
from limbeck.exports.quoting import harmless
from limbeck.exports.walk import answers_of, headline, never, statements

__all__ = ["python_source", "python_text"]

_GIVEN = '''

def _given(row, name):
    """Return a value; a missing one is None."""
    value = row[name]
    try:
        missing = value is None or bool(value != value)
    except TypeError:  # pandas' NA
        missing = True
    return None if missing else value
'''

_NUMBER = '''

def _number(row, name):
    """Return a number; a missing value is NaN, for which no comparison holds."""
    value = _given(row, name)
    if value is None:
        return float("nan")
    if isinstance(value, (str, bytes)):
        raise TypeError("text where a number is needed: " + repr(value))
    return float(value)
'''

_TEXT = '''

def _text(row, name):
    """Return a category as text, equal numbers alike; a missing value is None."""
    value = _given(row, name)
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or isinstance(plain, str):
        return plain
    if isinstance(plain, int):
        return str(plain)
    if isinstance(plain, float):
        return str(int(plain)) if plain.is_integer() and abs(plain) < 1e15 else repr(plain)
    raise TypeError("no text, number or boolean where a category is needed: " + repr(value))
'''


def python_source(tree: Tree, *, answer: str = "prediction", about: Sequence[str] = ()) -> str:
    """Write a tree as a Python module with one function, `predict(row)`.

    Parameters
    ----------
    tree : Tree
        The tree.
    answer : {"prediction", "leaf"}
        What the function returns: the class or the number, or the node as `Tree.apply` gives it.
    about : sequence of str
        Lines for a comment at the top, such as `Distillation.about` gives; whatever they hold, they stay a comment.

    Returns
    -------
    str
        Source for Python 3. Where a leaf asks the model, the function returns None.
        `row` is a mapping from column names to values; None, NaN and pandas' NA are missing
        values, and a column that is absent is a `KeyError`.

    Raises
    ------
    InputError
        Classes that are neither text nor numbers.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(*python_source(tree).splitlines()[5:8], sep=chr(10))
        if _number(row, "age") <= 41.5:
            return "no"
        return "yes"
    """
    refuse_dates(tree, "Python")
    answers = answers_of(tree, answer)
    lines = [
        # In the first two lines Python would look for an encoding: nothing of the user stands there.
        f'"""{headline(tree)}"""', *(["", *remarks(about, "# ")] if about else []), "", "",
        "def predict(row):",
        '    """Return the answer for one row, a mapping from column names to values."""',
    ]  # fmt: skip
    for step in statements(tree):
        lead = "    " * (step.indent + 1)
        if step.literal is None:
            lines.append(f"{lead}return {_value(answers[step.node])}")
        else:
            condition = _condition(step.literal)
            lines.append(f"{lead}if {condition if step.holds else f'not ({condition})'}:")
    body = "\n".join(lines) + "\n"
    numbers, texts = "_number(row," in body, "_text(row," in body
    given = numbers or texts or "_given(row," in body
    return body + (_GIVEN if given else "") + (_NUMBER if numbers else "") + (_TEXT if texts else "")


def python_text(text: str) -> str:
    r"""Write text as a Python string.

    Examples
    --------
    >>> print(python_text('a"b\n\u202e'))
    "a\"b\n\u202e"
    """
    return f'"{"".join(_escaped(c) for c in text)}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if harmless(character) else character.encode("unicode_escape").decode()


def _condition(literal: Literal) -> str:
    name = python_text(literal.column)
    if never(literal):
        return "False"
    if literal.op is Op.ONE_OF:
        values = [python_text(value) for value in literal.values]
        return f"_text(row, {name}) " + (f"== {values[0]}" if len(values) == 1 else f"in ({', '.join(values)})")
    if literal.op is Op.MISSING:
        return f"_given(row, {name}) is None"
    if literal.op is Op.AT_MOST:
        return f"_number(row, {name}) <= {_value(literal.number)}"
    return f"_number(row, {name}) == {_value(1.0 if literal.op is Op.CONCEPT else literal.number)}"


def _value(value: bool | int | float | str | None) -> str:
    if isinstance(value, str):
        return python_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)
