"""The numbers of a C header: doubles, or whole numbers in fixed point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from limbeck.core import Literal, Op
from limbeck.errors import InputError
from limbeck.tables import listed

__all__ = ["Doubles", "FixedPoint", "Numbers"]

_MOST_BITS = 30
# The smallest number of 32 bits stands for a missing value.
_LOW, _HIGH = -(2**31) + 1, 2**31 - 1


class Numbers(Protocol):
    """How the columns of numbers, and the answers of a regression tree, are held."""

    kind: str
    answer_kind: str
    asking: str
    notes: Sequence[str]
    includes: Sequence[str]

    def unit(self, column: str) -> str:
        """Say what a field of the row holds."""
        ...

    def condition(self, literal: Literal, field: str) -> str:
        """Write a question about a field."""
        ...

    def answer(self, value: float) -> str:
        """Write an answer of a regression tree."""
        ...


class Doubles:
    """float64 throughout, constants exact in any precision of evaluation."""

    kind = answer_kind = "double"
    asking = "(0.0 / 0.0)"

    def __init__(self, name: str) -> None:
        self.notes: Sequence[str] = (
            "A missing number is NaN, for which no comparison holds: do not compile with -ffast-math.",
        )
        self.includes: Sequence[str] = (
            "#include <float.h>", "#include <stdint.h>", "",
            f"#if DBL_MANT_DIG < 53 && !defined({name.upper()}_SHORT_DOUBLES)",
            f'#error "double is short here: export with fixed_point, or define {name.upper()}_SHORT_DOUBLES"',
            "#endif",
        )  # fmt: skip

    def unit(self, column: str) -> str:
        return ""

    def condition(self, literal: Literal, field: str) -> str:
        if literal.op is Op.MISSING:
            return f"{field} != {field}"
        number = 1.0 if literal.op is Op.CONCEPT else literal.number
        if literal.op is Op.AT_MOST and number == math.inf:
            return f"{field} == {field}"
        if math.isinf(number):  # the macro INFINITY is not freestanding
            return f"{field} > DBL_MAX" if number > 0 else f"{field} < -DBL_MAX"
        return f"{field} {'<=' if literal.op is Op.AT_MOST else '=='} {self.answer(number)}"

    def answer(self, value: float) -> str:
        """Write a number: as a decimal where that is exact, else in base 16, which no compiler rounds."""
        plain = repr(value)
        exact = "e" not in plain and Decimal(plain) == Decimal(value)
        return plain if exact else f"{value.hex()} /* {plain} */"


class FixedPoint:
    """Whole numbers of 32 bits: the value times 2**bits, rounded down."""

    kind = answer_kind = "int32_t"
    asking = "INT32_MIN"

    def __init__(self, name: str, columns: Sequence[str], bits: int | Mapping[str, int], answer_bits: int) -> None:
        given = bits if isinstance(bits, Mapping) else dict.fromkeys(columns, bits)
        self.bits = {column: given.get(column, 0) for column in columns}
        self.answer_bits, self.missing = answer_bits, f"{name.upper()}_MISSING"
        wrong = next((b for b in (*given.values(), answer_bits) if not 0 <= b <= _MOST_BITS), None)
        if wrong is not None:
            raise InputError("bits after the point in [0, 30]", f"{wrong}", "give a whole number in this range")
        unknown = sorted(set(given) - set(columns))
        if unknown:
            raise InputError(f"bits for {listed(unknown)}", "no column that the tree asks about", "leave them out")
        self.notes: Sequence[str] = (
            "Whole numbers only. A field holds its value times 2^bits, rounded down;",
            f"{self.missing} is a missing value.",
        )
        self.includes: Sequence[str] = ("#include <stdint.h>", "", f"#define {self.missing} INT32_MIN")

    def unit(self, column: str) -> str:
        return f", times 2^{self.bits[column]}" if self.bits[column] else ""

    def condition(self, literal: Literal, field: str) -> str:
        present = f"{field} != {self.missing}"
        if literal.op is Op.MISSING:
            return f"{field} == {self.missing}"
        number = 1.0 if literal.op is Op.CONCEPT else literal.number
        if math.isinf(number):
            return present if literal.op is Op.AT_MOST and number > 0 else "0"
        scaled = Fraction(number) * 2 ** self.bits[literal.column]
        if literal.op is Op.AT_MOST:
            most = math.floor(scaled)
            return "0" if most < _LOW else present if most >= _HIGH else f"{present} && {field} <= {most}"
        held = scaled.denominator == 1 and _LOW <= scaled <= _HIGH
        return f"{field} == {scaled.numerator}" if held else "0"

    def answer(self, value: float) -> str:
        scaled = round(Fraction(value) * 2**self.answer_bits)
        if not _LOW <= scaled <= _HIGH:
            raise InputError(
                f"the answer {value:.6g} in 32 bits, {self.answer_bits} of them after the point",
                f"{scaled}, which needs more",
                "give a smaller `answer_bits`",
            )
        return str(scaled)
