"""An extension of the reader of docstrings: an enumeration says which values it has."""

from typing import Any

import griffe


class EnumMembers(griffe.Extension):
    """Add the names of its members to the docstring of every enumeration."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Add one sentence."""
        if cls.docstring is None or not any(str(base).endswith("Enum") for base in cls.bases):
            return
        names = [name for name, member in cls.members.items() if member.is_attribute and name.isupper()]
        cls.docstring.value += "\n\nOne of " + ", ".join(f"`{name}`" for name in names) + "."
