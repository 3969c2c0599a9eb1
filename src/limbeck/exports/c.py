"""A tree as one C header: C99, freestanding, no allocation, with floating or fixed-point numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from limbeck.core import Kind, Literal, Op, Tree, refuse_dates
from limbeck.errors import InputError
from limbeck.exports.c_numbers import Doubles, FixedPoint, Numbers
from limbeck.exports.c_text import RESERVED, c_comment, c_text
from limbeck.exports.comments import c_remark
from limbeck.exports.quoting import identifiers
from limbeck.exports.walk import answers_of, asked, braced, headline, never

__all__ = ["c_source"]


def c_source(
    tree: Tree,
    *,
    name: str = "tree",
    fixed_point: int | Mapping[str, int] | None = None,
    answer_bits: int = 16,
    answer: str = "prediction",
    about: Sequence[str] = (),
) -> str:
    """Write a tree as a C header whose function `NAME_predict` takes a struct of the columns that are asked about.

    Parameters
    ----------
    tree : Tree
        The tree.
    name : str
        An identifier that every name of the header begins with.
    fixed_point : int in [0, 30], or mapping of column to int, optional
        Use whole numbers of 32 bits and nothing else: a column holds its value times 2**bits, rounded down. One number
        of bits for all columns, or one for each (0 for those left out). By default the columns are doubles.
    answer_bits : int in [0, 30]
        With `fixed_point`, the answer of a regression tree is its value times 2**answer_bits, rounded to the nearest.
    answer : {"prediction", "leaf"}
        What the function returns: the index of the class (or the number), or the node as `Tree.apply` gives it. Where
        a leaf asks the model, `NAME_ASK_MODEL`: -1 for classes; for numbers NaN, with `fixed_point` the smallest
        whole number of 32 bits. `NAME_asks_model(answer)` tells.
    about : sequence of str
        Lines for a comment at the top, such as `Distillation.about` gives; whatever they hold, they stay a comment.

    Returns
    -------
    str
        The header, in ASCII. It includes `stdint.h` and `float.h`, which every freestanding compiler has.

    Raises
    ------
    InputError
        A name that is no identifier, bits out of their range, or an answer that 32 bits cannot hold.

    Notes
    -----
    With `fixed_point` the answers are those of `Tree.predict` for every value that is a multiple of 2**-bits; other
    values answer as the next multiple below.

    Examples
    --------
    >>> from limbeck.core import Leaf, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(c_source(tree, fixed_point=0).partition("*row) {")[2].partition("}")[0].strip())
    if (row->age != TREE_MISSING && row->age <= 41)
        return TREE_CLASS_NO;
      return TREE_CLASS_YES;
    """
    refuse_dates(tree, "C")
    if identifiers([name.lower()]) != [name.lower()]:
        raise InputError(f"`name={name!r}`", "no identifier of C", "use letters, digits and underscores")
    numeric = [column for column, kind in asked(tree).items() if kind is Kind.NUMERIC]
    numbers = Doubles(name) if fixed_point is None else FixedPoint(name, numeric, fixed_point, answer_bits)
    return _Header(tree, name, numbers, answer, about).text()


class _Header:
    """The parts of one header, which share its names."""

    def __init__(self, tree: Tree, name: str, numbers: Numbers, answer: str, about: Sequence[str]) -> None:
        self.about = about
        self.tree, self.name, self.upper, self.numbers, self.answer = tree, name, name.upper(), numbers, answer
        self.columns = list(asked(tree))
        self.field = dict(zip(self.columns, identifiers(self.columns, reserved=RESERVED), strict=True))
        self.categorical = [name for name, kind in asked(tree).items() if kind is Kind.CATEGORICAL]
        self.codes = {column: self._categories_of(column) for column in self.categorical}
        self.labels = list(tree.class_texts)
        # One call for all constants: `a` with the category `b c` and `a b` with `c` must not meet.
        parts = [(column, value) for column, values in self.codes.items() for value in values]
        wanted = [f"{self.field[column]}_{identifiers([value])[0]}" for column, value in parts]
        wanted += [f"class_{identifiers([label])[0]}" for label in self.labels]
        kept = {f"{self.field[column]}_{word}" for column in self.categorical for word in ("missing", "other")}
        kept.add("ask_model")
        found = [f"{self.upper}_{n.upper()}" for n in identifiers(wanted, reserved=kept, longest=200)]
        for (column, value), constant in zip(parts, found, strict=False):
            self.codes[column][value] = constant
        self.classes = found[len(parts) :]

    def _categories_of(self, column: str) -> dict[str, str]:
        """Return the categories that the tree asks about in a column, their constants still to be named."""
        mine = (literal for literal in self.tree.literals if literal.column == column)
        return dict.fromkeys(sorted({value for literal in mine for value in literal.values}), "")

    def text(self) -> str:
        """Put the parts together."""
        parts = [self._top(), self._struct()]
        parts += [self._categories(name) for name in self.categorical]
        parts += [*self._classes(), self._asking(), self._function(), f"#endif /* {self.upper}_H */\n"]
        return "\n\n".join(part for part in parts if part)

    def _top(self) -> str:
        lines = [
            f"/* {headline(self.tree)}",
            *(f"   {c_remark(line)}" for line in self.about),
            "   C99 or newer, freestanding, no allocation.",
            *(f"   {line}" for line in self.numbers.notes),
        ]
        lines[-1] += " */"
        lines += [f"#ifndef {self.upper}_H", f"#define {self.upper}_H", "", *self.numbers.includes]
        return "\n".join(lines)

    def _struct(self) -> str:
        """Write the row: one field for each column that is asked about."""
        lines = ["/* One row: the columns that the tree asks about. */", "typedef struct {"]
        for column in self.columns:
            kind, field = self.numbers.kind, self.field[column]
            if column in self.categorical:
                kind, unit = "int32_t", f", as {self.name}_{field}_code() gives it"
            else:
                unit = self.numbers.unit(column)
            lines.append(f"  {kind} {field}; /* {c_comment(column)}{unit} */")
        if not self.columns:
            lines.append("  int32_t unused; /* the tree asks nothing */")
        return "\n".join([*lines, f"}} {self.name}_row;"])

    def _categories(self, column: str) -> str:
        """Write the codes of a column of categories, and the function from text to code."""
        field, start = self.field[column], f"{self.upper}_{self.field[column].upper()}"
        lines = [
            f"/* Categories of {c_comment(column)} that the tree asks about; NULL is a missing value. */",
            "enum {",
        ]
        lines += [f"  {start}_MISSING = -1,", f"  {start}_OTHER = 0,"]
        lines += [f"  {constant} = {i}," for i, constant in enumerate(self.codes[column].values(), 1)]
        lines += ["};", "", f"static inline int32_t {self.name}_{field}_code(const char *text) {{"]
        if self.codes[column]:
            lines.append("  const char *a, *b;")
        lines.append(f"  if (!text) return {start}_MISSING;")
        for value, constant in self.codes[column].items():
            lines.append(f"  for (a = text, b = {c_text(value)}; *a && *a == *b; a++, b++) {{}}")
            lines.append(f"  if (*a == *b) return {constant};")
        return "\n".join([*lines, f"  return {start}_OTHER;", "}"])

    def _classes(self) -> list[str]:
        """Write the numbers of the classes, and the function from number to text."""
        if self.tree.classes is None or self.answer == "leaf":
            return []
        texts, numbered = self.labels, enumerate(self.classes)
        codes = ["/* What the tree answers. */", "enum {", *(f"  {c} = {i}," for i, c in numbered), "};"]
        lines = [f"static inline const char *{self.name}_class_text(int32_t code) {{"]
        lines += ["  static const char *const texts[] = {", *(f"    {c_text(text)}," for text in texts), "  };"]
        lines += [f"  return code >= 0 && code < {len(texts)} ? texts[code] : 0;", "}"]
        return ["\n".join(codes), "\n".join(lines)]

    def _asking(self) -> str:
        """Write what stands for rows that ask the model, and how it is told."""
        if not len(self.tree.asking) or self.answer == "leaf":
            return ""
        value, kind = "(-1)", "int32_t"
        if self.tree.classes is None:
            value, kind = self.numbers.asking, self.numbers.answer_kind
        test = "answer != answer" if kind == "double" else f"answer == {self.upper}_ASK_MODEL"
        return "\n".join(
            [
                "/* The answer where a leaf asks the model. */",
                f"#define {self.upper}_ASK_MODEL {value}",
                f"static inline int {self.name}_asks_model({kind} answer) {{ return {test}; }}",
            ]
        )

    def _function(self) -> str:
        """Write the tree."""
        answers, kind = self._answers()
        lines = [f"static inline {kind} {self.name}_predict(const {self.name}_row *row) {{"]
        if not self.columns:
            lines.append("  (void)row;")
        lines += braced(self.tree, self._condition, lambda leaf: answers[leaf])
        return "\n".join([*lines, "}"])

    def _answers(self) -> tuple[list[str], str]:
        """Return what each node answers, and its type."""
        values = answers_of(self.tree, self.answer)
        if self.answer == "leaf":
            return [str(value) for value in values], "int32_t"
        asks = f"{self.upper}_ASK_MODEL"
        if self.tree.classes is None:
            told = [asks if value is None else self.numbers.answer(float(value)) for value in values]
            return told, self.numbers.answer_kind
        best = self.tree.value.argmax(axis=1)
        return [asks if v is None else self.classes[b] for v, b in zip(values, best, strict=True)], "int32_t"

    def _condition(self, literal: Literal) -> str:
        field = f"row->{self.field[literal.column]}"
        if never(literal):
            return "0"
        if literal.column in self.categorical:
            missing = f"{field} == {self.upper}_{self.field[literal.column].upper()}_MISSING"
            codes = self.codes[literal.column]
            return (
                missing if literal.op is Op.MISSING else " || ".join(f"{field} == {codes[v]}" for v in literal.values)
            )
        return self.numbers.condition(literal, field)
