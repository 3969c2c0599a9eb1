"""The `to_*` methods of `Tree`, which `import limbeck` hangs on it: a tree knows none of the forms it is written in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from limbeck.errors import InputError

if TYPE_CHECKING:
    from limbeck.core import Tree

__all__ = ["TreeExports"]


class TreeExports:
    """The `to_*` methods of `Tree`: every export gives the answers of `Tree.predict`."""

    def _tree(self) -> Tree:
        return cast("Tree", self)

    def _repr_html_(self) -> str | None:
        """Return the drawing that notebooks show; None, so that they print the tree, without Jinja2."""
        from limbeck.report import tree_html

        return tree_html(self._tree())

    def to_json(self) -> str:
        """Return the tree as JSON text; `Tree.from_dict(json.loads(text))` reads it.

        The text can stand inside an HTML document: characters that have a meaning there are escaped.

        Raises
        ------
        InputError
            A threshold that is no finite number, which JSON cannot hold.
        """
        try:
            text = json.dumps(self._tree().to_dict(), indent=1, allow_nan=False)
        except ValueError:
            raise InputError("a tree as JSON", "a threshold that is not finite", "give finite thresholds") from None
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") + "\n"

    def to_c(
        self,
        *,
        name: str = "tree",
        fixed_point: int | Mapping[str, int] | None = None,
        answer_bits: int = 16,
        answer: str = "prediction",
        about: Sequence[str] = (),
    ) -> str:
        """Return the tree as a C99 header without allocation; see `limbeck.exports.c_source`."""
        from limbeck.exports.c import c_source

        bits: dict[str, Any] = {"fixed_point": fixed_point, "answer_bits": answer_bits}
        return c_source(self._tree(), name=name, **bits, answer=answer, about=about)

    def to_python(self, *, answer: str = "prediction", about: Sequence[str] = ()) -> str:
        """Return the tree as a Python module without dependencies; see `limbeck.exports.python_source`."""
        from limbeck.exports.python import python_source

        return python_source(self._tree(), answer=answer, about=about)

    def to_javascript(self, *, module: bool = True, answer: str = "prediction", about: Sequence[str] = ()) -> str:
        """Return the tree as a JavaScript function; see `limbeck.exports.javascript_source`."""
        from limbeck.exports.javascript import javascript_source

        return javascript_source(self._tree(), module=module, answer=answer, about=about)

    def to_sql(
        self,
        *,
        dialect: str = "postgresql",
        names: Mapping[str, str] | None = None,
        table: str | None = None,
        answer: str = "prediction",
        about: Sequence[str] = (),
    ) -> str:
        """Return the tree as one SQL expression; see `limbeck.exports.sql_case`."""
        from limbeck.exports.sql import sql_case

        return sql_case(self._tree(), dialect=dialect, names=names, table=table, answer=answer, about=about)

    def to_excel(self, *, cells: Mapping[str, str] | None = None, row: int = 2, answer: str = "prediction") -> str:
        """Return the tree as one spreadsheet formula; see `limbeck.exports.excel_formula`."""
        from limbeck.exports.excel import excel_formula

        return excel_formula(self._tree(), cells=cells, row=row, answer=answer)

    def to_sklearn(self, *, plain: bool = False) -> Any:
        """Return a fitted estimator of scikit-learn; see `limbeck.exports.sklearn_estimator`."""
        from limbeck.exports.sklearn import sklearn_estimator

        return sklearn_estimator(self._tree(), plain=plain)

    def to_onnx(self, *, inputs: str = "columns", missing: str = "") -> bytes:
        """Return an ONNX model that is exact for float64 rows; see `limbeck.exports.onnx_model`."""
        from limbeck.exports.onnx import onnx_model

        return onnx_model(self._tree(), inputs=inputs, missing=missing)

    def to_treelite(self) -> Any:
        """Return a `treelite.Model`; see `limbeck.exports.treelite_model`."""
        from limbeck.exports.treelite import treelite_model

        return treelite_model(self._tree())

    def to_pmml(self, *, target: str = "prediction") -> str:
        """Return a PMML 4.4 document; see `limbeck.exports.pmml_document`."""
        from limbeck.exports.pmml import pmml_document

        return pmml_document(self._tree(), target=target)

    def to_dot(self) -> str:
        """Return a graph for Graphviz; see `limbeck.exports.dot_graph`."""
        from limbeck.exports.dot import dot_graph

        return dot_graph(self._tree())

    def to_svg(self) -> str:
        """Return a drawing; see `limbeck.exports.svg_drawing`."""
        from limbeck.exports.svg import svg_drawing

        return svg_drawing(self._tree())

    def to_markdown(self) -> str:
        """Return a table of rules, one for each leaf; see `limbeck.exports.markdown_rules`."""
        from limbeck.exports.markdown import markdown_rules

        return markdown_rules(self._tree())

    def to_latex(self) -> str:
        """Return a drawing for LaTeX's `forest` package; see `limbeck.exports.latex_forest`."""
        from limbeck.exports.latex import latex_forest

        return latex_forest(self._tree())
