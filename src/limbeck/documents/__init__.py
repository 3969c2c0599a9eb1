"""A tree as a document for people: DOT, SVG, Markdown, LaTeX."""

from limbeck.documents.dot import dot_graph
from limbeck.documents.latex import latex_forest
from limbeck.documents.markdown import markdown_rules
from limbeck.documents.svg import svg_drawing

__all__ = ["dot_graph", "latex_forest", "markdown_rules", "svg_drawing"]
