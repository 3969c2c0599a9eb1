"""How a distillation is shown, written and read back: methods that `import limbeck` hangs on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from limbeck.errors import InputError
from limbeck.report.about import about_lines
from limbeck.report.files import json_text
from limbeck.report.glance import glance_line
from limbeck.report.page import report_html
from limbeck.report.sketch import distillation_html
from limbeck.report.text import distillation_text
from limbeck.report.writing import write_whole
from limbeck.saved_distillation import distillation_from_dict, distillation_to_dict

if TYPE_CHECKING:
    from limbeck.core import Tree
    from limbeck.distillation import Distillation

__all__ = ["DistillationMethods"]


class DistillationMethods:
    """The methods of `Distillation` that show it, write it and read it back."""

    def _result(self) -> Distillation:
        return cast("Distillation", self)

    def __str__(self) -> str:
        return distillation_text(self._result())

    def __repr__(self) -> str:
        result = self._result()
        leaves = "1 leaf" if result.tree.n_leaves == 1 else f"{result.tree.n_leaves} leaves"
        return f"<Distillation of {result.teacher}: {leaves}; {glance_line(result)}>"

    def about(self, tree: Tree | None = None) -> tuple[str, ...]:
        """Say what stands at the top of an export: the model, its columns and classes, and the certificate.

        Parameters
        ----------
        tree : Tree, optional
            A tree of the frontier; the chosen one by default. The certificate is about that one only.

        Returns
        -------
        tuple of str
            Lines for `about=` of `Tree.to_c`, `to_python`, `to_javascript` and `to_sql`.
        """
        result = self._result()
        return about_lines(result, result.tree if tree is None else tree)

    def report(self, path: str | Path | None = None) -> str:
        """Show everything as one HTML page that needs no network; see `docs/report.md`.

        Parameters
        ----------
        path : str or Path, optional
            File to write it to as well, whole or not at all.

        Returns
        -------
        str
            The page.

        Raises
        ------
        InputError, MissingExtraError
            The place cannot be written to, or Jinja2 is not installed.
        """
        page = report_html(self._result())
        if path is not None:
            write_whole(Path(path), page)
        return page

    def _repr_html_(self) -> str | None:
        return distillation_html(self._result())

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values (versioned; read back by `from_dict`)."""
        return distillation_to_dict(self._result())

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Distillation:
        """Read what `to_dict` wrote.

        Raises
        ------
        InputError
            Another format or version, or a field that is missing or damaged.
        """
        return distillation_from_dict(plain)

    def save(self, path: str | Path) -> None:
        """Write everything to one JSON file; either the whole file is written or none of it.

        Raises
        ------
        InputError
            The place cannot be written to.
        """
        write_whole(Path(path), json_text(self.to_dict(), indent=None))

    @classmethod
    def load(cls, path: str | Path) -> Distillation:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            No such file, or not one that limbeck wrote.
        """
        try:
            plain = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"a distillation in `{path}`", f"{error}", "give a file that `save` wrote") from error
        if not isinstance(plain, dict):
            raise InputError(f"a distillation in `{path}`", "JSON of another kind", "give a file that `save` wrote")
        return cls.from_dict(plain)
