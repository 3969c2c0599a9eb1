"""The exception family. Every message says what was asked, what was found and what to do."""

from __future__ import annotations

from limbeck.visible import visible

__all__ = ["InputError", "LimbeckError", "MissingExtraError", "SearchError", "TeacherError"]


class LimbeckError(Exception):
    """Base of every error that limbeck raises for a user.

    Parameters
    ----------
    asked : str
        What the call was doing or was asked to do.
    found : str
        What was found instead, the offending value included.
    remedy : str
        What the reader can do about it.

    Examples
    --------
    >>> print(InputError("`max_leaves` leaves", "`max_leaves=0`", "give a whole number of at least 1"))
    asked for `max_leaves` leaves; found `max_leaves=0`; to fix it, give a whole number of at least 1
    """

    def __init__(self, asked: str, found: str, remedy: str) -> None:
        super().__init__(asked, found, remedy)
        self.asked, self.found, self.remedy = asked, found, remedy

    def __str__(self) -> str:
        asked, found, remedy = map(visible, (self.asked, self.found, self.remedy))
        return f"asked for {asked}; found {found}; to fix it, {remedy}"


class InputError(LimbeckError, ValueError):
    """The arguments or the table cannot be used as they are."""


class TeacherError(LimbeckError, RuntimeError):
    """The teacher could not be opened, or did not answer as a model must."""


class SearchError(LimbeckError, RuntimeError):
    """The search cannot start or continue with the settings that were given."""


class MissingExtraError(LimbeckError, ImportError):
    """A package that this feature needs is not installed."""

    @classmethod
    def for_package(cls, package: str, extra: str, purpose: str) -> MissingExtraError:
        """Name the missing package and the command that installs it."""
        return cls(
            purpose,
            f"no installed package `{package}`",
            f"install it with `pip install 'limbeck[{extra}]'`",
        )
