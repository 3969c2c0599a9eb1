"""The page: template, style, scripts and the dict of `expose`, put together into one file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from limbeck.errors import MissingExtraError
from limbeck.report.charts import frontier_chart, heat_map_chart
from limbeck.report.exposition import expose
from limbeck.report.layout import lower, share
from limbeck.report.wording import amount, percent, visible
from limbeck.tables import number_text

if TYPE_CHECKING:
    from limbeck.distillation import Distillation

__all__ = ["environment", "report_html"]

_VENDOR = ("vega.min.js", "vega-lite.min.js", "vega-interpreter.js")
_OWN = ("tree.js", "drawing.js", "outline.js", "rows.js", "page.js")
# What the scripts read; the rest of the dict is written into the page by the template.
_FOR_SCRIPTS = ("task", "measure", "classes", "frontier", "literals", "trees", "chosen", "nodes", "span", "rows")


def report_html(result: Distillation) -> str:
    """Write a distillation as one HTML page with its charts, its style and its scripts inside.

    The page asks the network for nothing, and its content security policy names the hashes of its own scripts, so
    that no name or value of a table can become one.

    Parameters
    ----------
    result : Distillation
        The result.

    Returns
    -------
    str
        The page.

    Raises
    ------
    MissingExtraError
        Jinja2 is not installed.
    """
    found = expose(result)
    scripts = [_asset("vendor", name) for name in _VENDOR] + ["\n".join(_asset("assets", name) for name in _OWN)]
    charts = {"frontier": frontier_chart(found), "heat": heat_map_chart(found["heat_map"])}
    return environment().get_template("page.html").render(
        found, data={**{key: found[key] for key in _FOR_SCRIPTS}, "charts": charts},
        style=_asset("assets", "page.css"), scripts=scripts, policy=_policy(scripts),
    )  # fmt: skip


def environment() -> Any:
    """Return the templates, in which every value is escaped."""
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError.for_package("jinja2", "report", "an HTML report") from error
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _asset("assets", name)), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    made.filters |= {"count": amount, "share": share, "lower": lower, "percent": percent, "visible": visible}
    made.filters["number"] = number_text
    made.filters |= {"visible_lines": _visible_lines, "coded": _coded, "uncoded": _uncoded}
    return made


def _uncoded(text: str) -> str:
    """Leave backticks out where nothing can be set as code."""
    return text.replace("`", "")


def _coded(text: str) -> Any:
    """Set what stands between backticks as code; every piece is escaped."""
    from markupsafe import Markup, escape

    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return text
    shown = (Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(pieces))
    return Markup("").join(shown)


def _visible_lines(text: str) -> str:
    """Make a drawn tree visible, and keep its lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


@cache
def _asset(folder: str, name: str) -> str:
    """Read one file that lies beside this module."""
    return (resources.files("limbeck.report") / folder / name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """Return a content security policy under which these scripts run, and nothing else does."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"
