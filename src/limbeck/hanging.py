"""Methods that a value gets from rooms that it does not know, when `import limbeck` puts the rooms together."""

from __future__ import annotations

from types import FunctionType

__all__ = ["hang_on"]


def hang_on(kind: type, methods: type) -> None:
    """Give a class what is defined in another: its functions and its class methods.

    Examples
    --------
    >>> class Number(int): ...
    >>> class Shown:
    ...     def text(self):
    ...         return f"number {self}"
    >>> hang_on(Number, Shown)
    >>> Number(3).text()
    'number 3'
    """
    for name, method in vars(methods).items():
        if isinstance(method, (FunctionType, classmethod)):
            setattr(kind, name, method)
