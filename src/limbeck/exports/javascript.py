"""A tree as JavaScript source for browsers and Node."""

from __future__ import annotations

import math
from collections.abc import Sequence

from limbeck.core import Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError
from limbeck.exports.comments import remarks
from limbeck.exports.quoting import harmless
from limbeck.exports.walk import answers_of, braced, headline, never

__all__ = ["javascript_source", "javascript_text"]

_VALUE = """
function treeValue(row, name) {
  if (!Object.prototype.hasOwnProperty.call(row, name)) throw new Error("no column " + name);
  const value = row[name];
  return value === undefined || Number.isNaN(value) ? null : value;
}
"""

_NUMBER = """
// A number; a missing value is NaN, for which no comparison holds.
function treeNumber(row, name) {
  const value = treeValue(row, name);
  if (value === null) return NaN;
  if (typeof value !== "number" && typeof value !== "boolean") throw new TypeError("no number in column " + name);
  return Number(value);
}
"""

_TEXT = """
// A category as text, a boolean as True or False; a missing value is null. Numbers with an exponent are refused.
function treeText(row, name) {
  const value = treeValue(row, name);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null || typeof value === "string") return value;
  const size = typeof value === "number" ? Math.abs(value) : NaN;
  if (size === 0 || (size >= 1e-4 && size < 1e15)) return String(value);
  throw new TypeError("no text in column " + name);
}
"""


def javascript_source(tree: Tree, *, module: bool = True, answer: str = "prediction", about: Sequence[str] = ()) -> str:
    """Write a tree as a JavaScript function, `predict(row)`.

    Parameters
    ----------
    tree : Tree
        The tree.
    module : bool
        Whether to export the function, for `import` in a browser or in Node (a file `.mjs`); without it, the text can
        stand inside a `<script>` element.
    answer : {"prediction", "leaf"}
        What the function returns: the class or the number, or the node as `Tree.apply` gives it.
    about : sequence of str
        Lines for a comment at the top, such as `Distillation.about` gives; whatever they hold, they stay a comment.

    Returns
    -------
    str
        Source for ECMAScript 2016 or newer. Where a leaf asks the model, the function returns null.
        `row` is an object with the columns as its own properties; `null`,
        `undefined` and `NaN` are missing values, and a column that is absent is an `Error`. In a column of categories
        `true` and `false` are the categories True and False, and numbers are what they read as in Python; those
        that need an exponent are a `TypeError`: give text.

    Raises
    ------
    InputError
        Classes that JavaScript has no exact value for: whole numbers beyond 2**53.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(javascript_source(tree).split("}")[0])
    // A decision tree of 2 leaves, depth 1, written by limbeck.
    // The answer for one row, an object from column names to values.
    export function predict(row) {
      if (treeNumber(row, "age") <= 41.5)
        return "no";
      return "yes";
    <BLANKLINE>
    """
    refuse_dates(tree, "JavaScript")
    answers = answers_of(tree, answer)
    lines = [
        f"// {headline(tree)}",
        *remarks(about, "// ", refused="<"),  # which begins an element where the text stands in a page
        "// The answer for one row, an object from column names to values.",
        f"{'export ' if module else ''}function predict(row) {{",
    ]
    lines += braced(tree, _condition, lambda leaf: _value(answers[leaf]))
    body = "\n".join([*lines, "}"]) + "\n"
    numbers, texts = "treeNumber(row," in body, "treeText(row," in body
    given = numbers or texts or "treeValue(row," in body
    return body + (_VALUE if given else "") + (_NUMBER if numbers else "") + (_TEXT if texts else "")


def javascript_text(text: str) -> str:
    r"""Write text as a JavaScript string that can stand inside an HTML document too.

    Examples
    --------
    >>> print(javascript_text('</script>"'))
    "\u003c/script\u003e\""
    """
    return f'"{"".join(_escaped(c) for c in text)}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if harmless(character) and character not in "<>&":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _condition(literal: Literal) -> str:
    name = javascript_text(literal.column)
    if never(literal):
        return "false"
    if literal.op is Op.ONE_OF:
        values = [javascript_text(value) for value in literal.values]
        text = f"treeText(row, {name})"
        return f"{text} === {values[0]}" if len(values) == 1 else f"[{', '.join(values)}].includes({text})"
    if literal.op is Op.MISSING:
        return f"treeValue(row, {name}) === null"
    if literal.op is Op.AT_MOST:
        return f"treeNumber(row, {name}) <= {_value(literal.number)}"
    return f"treeNumber(row, {name}) === {_value(1.0 if literal.op is Op.CONCEPT else literal.number)}"


def _value(value: bool | int | float | str | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return javascript_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > 2**53:
        raise InputError(
            "a class as a number of JavaScript", f"{value}, beyond 2**53", "turn the classes into text first"
        )
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return repr(value)
