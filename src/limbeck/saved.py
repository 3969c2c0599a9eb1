"""Saved values, checked against the form that they must have before anything is made of them; errors name the place.

A form is a type (`str`, `bool`, `float`, `int`, an enum by its value, a dataclass by its fields), a list with one form
(a list of such values), a tuple of forms (a list of exactly these), a dict from names to forms (a name that ends in `?`
may be absent), or one of the classes below. Names that a form does not know are left out.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import Enum, EnumType
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

from limbeck.errors import InputError

__all__ = ["Flat", "Mapped", "Maybe", "Name", "OneOf", "Whole", "checked", "fields_of", "wrong"]

_LARGEST = 2**63


@dataclass(frozen=True)
class Maybe:
    """A form, or nothing."""

    form: Any


@dataclass(frozen=True)
class Name:
    """The name of a member of an enum."""

    of: type[Enum]


@dataclass(frozen=True)
class OneOf:
    """One of some texts."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Mapped:
    """An object with any names, and one form for what they stand for."""

    form: Any


@dataclass(frozen=True)
class Flat:
    """One value, or a list or an object of values without any more below them."""


@dataclass(frozen=True)
class Whole:
    """A whole number of at least `least`; a bare `int` is at least 0, as counts and places are."""

    least: int = 0


def checked(form: Any, plain: Any, place: str) -> Any:
    """Return a plain value that has a form, without the names that the form does not know.

    Parameters
    ----------
    form
        What it must be.
    plain
        The value, as JSON gives it.
    place : str
        What the value is called in errors, such as `tree.literals[3].number`.

    Raises
    ------
    InputError
        A value of another form; the error names its place.

    Examples
    --------
    >>> checked({"name": str, "rows?": [int]}, {"name": "a", "rows": [1, 2], "more": 0}, "table")
    {'name': 'a', 'rows': [1, 2]}
    >>> checked({"name": str, "rows?": [int]}, {"name": "a", "rows": [1, -2]}, "table")
    Traceback (most recent call last):
    limbeck.errors.InputError: asked for `table.rows[1]` as a whole number of at least 0; found -2; to fix it, ...
    """
    if isinstance(form, dict):
        return _object(cast(dict[str, Any], form), plain, place)
    if isinstance(form, list):
        items = _as(list, plain, place, "a list")
        return [checked(form[0], item, f"{place}[{i}]") for i, item in enumerate(items)]
    if isinstance(form, tuple):
        forms, items = cast(tuple[Any, ...], form), _as(list, plain, place, "a list")
        if len(items) != len(forms):
            raise wrong(place, f"a list of {len(forms)}", plain)
        return [checked(f, item, f"{place}[{i}]") for i, (f, item) in enumerate(zip(forms, items, strict=True))]
    if isinstance(form, Maybe):
        return None if plain is None else checked(form.form, plain, place)
    if isinstance(form, Mapped):
        found = _as(dict, plain, place, "an object")
        return {_text(name, place): checked(form.form, value, f"{place}.{name}") for name, value in found.items()}
    if isinstance(form, Flat):
        inner = Mapped(Any) if isinstance(plain, dict) else [Any] if isinstance(plain, (list, tuple)) else Any
        return checked(inner, cast(Any, plain), place)
    if isinstance(form, (Name, OneOf)):
        known = form.texts if isinstance(form, OneOf) else tuple(member.name for member in form.of)
        if plain not in known:
            raise wrong(place, f"one of {', '.join(known)}", plain)
        return plain
    if isinstance(form, type) and dataclasses.is_dataclass(form):
        return _object(fields_of(form), plain, place)
    return _scalar(form, plain, place)


@cache
def fields_of(kind: type) -> dict[str, Any]:
    """Return the form of a dataclass: its fields by their types; those with a default may be absent."""
    hints = get_type_hints(kind)
    return {
        field.name if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        else f"{field.name}?": _form_of(hints[field.name])
        for field in dataclasses.fields(kind)
    }  # fmt: skip


def wrong(place: str, asked: str, found: Any) -> InputError:
    """Return the error that says what is wrong where."""
    plain = isinstance(found, (str, float, NoneType)) or (isinstance(found, int) and abs(found) < _LARGEST)
    shown = repr(found) if plain else f"a {type(found).__name__}"
    shown = f"{shown[:60]}…" if len(shown) > 60 else shown
    return InputError(f"`{place}` as {asked}", shown, "give an unedited file")


def _form_of(hint: Any) -> Any:
    """Return the form that a type stands for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        some = [a for a in arguments if a is not NoneType]
        form = _form_of(some[0]) if len(some) == 1 else Any
        return Maybe(form) if len(some) < len(arguments) else form
    if origin is tuple:
        return [_form_of(arguments[0])] if arguments[-1] is Ellipsis else tuple(map(_form_of, arguments))
    if origin is dict:
        return Mapped(_form_of(arguments[1]))
    return hint


def _object(form: dict[str, Any], plain: Any, place: str) -> dict[str, Any]:
    """Check the fields of an object."""
    given, found = _as(dict, plain, place, "an object"), dict[str, Any]()
    for name, inner in form.items():
        bare = name.removesuffix("?")
        if bare in given:
            found[bare] = checked(inner, given[bare], f"{place}.{bare}")
        elif bare == name:
            raise InputError(f"`{place}.{name}`", "no such field", "give an unedited file")
    return found


def _scalar(form: Any, plain: Any, place: str) -> Any:
    """Check one text, number or yes/no; `Any` stands for each of them, and for nothing."""
    if isinstance(plain, np.generic):
        plain = plain.item()
    if form is Any and (plain is None or isinstance(plain, (str, bool))):
        return plain
    if form is Any and isinstance(plain, int):
        return _whole(Whole(-_LARGEST), plain, place)
    if form is float or form is Any:
        return _number(plain, place)
    if form is int:
        return _whole(Whole(), plain, place)
    if isinstance(form, Whole):
        return _whole(form, plain, place)
    if form is str:
        return _text(plain, place)
    if form is bool:
        return _as(bool, plain, place, "true or false")
    if isinstance(form, EnumType):
        values = [member.value for member in cast(type[Enum], form)]
        if not isinstance(plain, str) or plain not in values:
            raise wrong(place, f"one of {', '.join(map(str, values))}", plain)
        return plain
    raise AssertionError(f"no form: {form}")


def _number(plain: Any, place: str) -> float:
    if isinstance(plain, (int, float)) and not isinstance(plain, bool):
        if isinstance(plain, float) and math.isfinite(plain):
            return plain
        if isinstance(plain, int) and abs(plain) < 2**1023:
            return float(plain)
    raise wrong(place, "a finite number", plain)


def _whole(form: Whole, plain: Any, place: str) -> int:
    if isinstance(plain, bool) or not isinstance(plain, int) or plain < form.least:
        raise wrong(place, f"a whole number of at least {form.least}", plain)
    if plain >= _LARGEST:
        raise wrong(place, "a whole number of 64 bits", plain)
    return plain


def _text(plain: Any, place: str) -> str:
    return _as(str, plain, place, "text")


def _as(kind: type, plain: Any, place: str, asked: str) -> Any:
    if isinstance(plain, tuple) and kind is list:  # as `to_dict` gives some, before JSON makes them lists
        return list(cast(tuple[Any, ...], plain))
    if not isinstance(plain, kind):
        raise wrong(place, asked, plain)
    return plain
