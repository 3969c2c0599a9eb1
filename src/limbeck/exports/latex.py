"""A tree as a drawing of LaTeX's `forest` package."""

from __future__ import annotations

from limbeck.core import Tree
from limbeck.exports.words import answer_words, question_words

__all__ = ["latex_forest"]

_STYLE = """\
\\begin{forest}
  for tree={draw, rounded corners, align=center, font=\\small, l sep+=4mm, s sep+=2mm},
  branch/.style={edge label={node[midway, fill=white, inner sep=1pt, font=\\scriptsize]{#1}}}
"""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}",
    "[": "{[}", "]": "{]}", ",": "{,}", "=": "{=}", "-": "{-}", "?": "{?}", "!": "{!}",
}  # fmt: skip


def latex_forest(tree: Tree) -> str:
    r"""Write a tree as a `forest` environment.

    Parameters
    ----------
    tree : Tree
        The tree.

    Returns
    -------
    str
        The environment. The document needs `\usepackage{forest,textcomp}` and, for quotation marks,
        `\usepackage[T1]{fontenc}`.

    Examples
    --------
    >>> from limbeck.core import Kind, Leaf, Literal, Split
    >>> root = Split(Literal.at_most("age", 41.5), Leaf((1.0, 0.0), 2.0), Leaf((0.0, 1.0), 1.0))
    >>> tree = Tree.from_node(root, classes=("no", "yes"), columns=(("age", Kind.NUMERIC),))
    >>> print(latex_forest(tree).split("#1}}}")[1])
    <BLANKLINE>
      [{age \textless{}{=} 41.5}
        [{no \\ 100 \% of 2 rows}, branch=yes]
        [{yes \\ 100 \% of 1 row}, branch=no]
      ]
    \end{forest}
    <BLANKLINE>
    """
    lines: list[str] = []
    pending: list[tuple[int | None, str, int]] = [(0, "", 1)]
    while pending:
        node, branch, indent = pending.pop()
        lead = "  " * indent
        if node is None:
            lines.append(f"{lead}]")
        elif tree.question[node] < 0:
            answer, rest = (_escaped(words) for words in answer_words(tree, node))
            lines.append(f"{lead}[{{{answer} \\\\ {rest}}}{branch}]")
        else:
            lines.append(f"{lead}[{{{_escaped(question_words(tree, node))}}}{branch}")
            yes, no = int(tree.yes[node]), int(tree.no[node])
            # Last in, first out: the *yes* branch is written first.
            pending += [(None, "", indent), (no, ", branch=no", indent + 1), (yes, ", branch=yes", indent + 1)]
    return _STYLE + "\n".join(lines) + "\n\\end{forest}\n"


def _escaped(text: str) -> str:
    """Escape what TeX, its ligatures and the brackets of forest would read as more than a character."""
    return "".join(_SPECIAL.get(character, character) for character in text)
