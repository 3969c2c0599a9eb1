"""`limbeck web`: what distills into what, and the routes from one class of models to another."""

from __future__ import annotations

import click

from limbeck.cli.results import say
from limbeck.cli.screen import print_json, text_width
from limbeck.errors import InputError
from limbeck.reductions import (
    Setting,
    routes_text,
    summarise_routes,
    summarise_web,
    web_dot,
    web_text,
)

__all__ = ["web_verb"]


@click.command("web", short_help="Show what distills into what, and routes from SOURCE to TARGET.")
@click.argument("source", required=False)
@click.argument("target", required=False)
@click.option("--columns", type=int, default=Setting.n_columns, show_default=True, help="Columns d.")
@click.option("--leaves", type=int, default=Setting.n_leaves, show_default=True, help="Leaves s of a tree.")
@click.option("--variables", type=int, default=Setting.n_variables, show_default=True, help="Variables k of a junta.")
@click.option("--depth", type=int, default=Setting.depth, show_default=True, help="Questions r on a path of a tree.")
@click.option("--epsilon", type=float, default=Setting.epsilon, show_default=True, help="Error of a whole route.")
@click.option("--delta", type=float, default=Setting.delta, show_default=True,
              help="Probability with which a route may miss it.")  # fmt: skip
@click.option("--length", type=float, default=Setting.length, show_default=True,
              help="Bτ: norm of probes times size of activations.")  # fmt: skip
@click.option("--dot", is_flag=True, help="Print the graph in the DOT language.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
def web_verb(
    source: str | None, target: str | None, columns: int, leaves: int, variables: int, depth: int,
    epsilon: float, delta: float, length: float, dot: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show what distills into what: the classes of models and the edges between them.

    With SOURCE and TARGET, such as `network tree`: the routes between them, cheapest first, with what each guarantees
    as a whole.
    """
    sizes = Setting(columns, leaves, variables, depth, epsilon, delta, length)
    if source is not None and target is None:
        raise InputError("a route", f"`{source}` alone", "name two classes, as in `limbeck web network tree`")
    if dot and (as_json or source is not None):
        found = "`--json`" if as_json else "a route"
        raise InputError("`--dot`, the whole graph", found, "leave one of the two out")
    if source is None or target is None:
        summary = summarise_web(sizes)
        text = web_dot(summary) if dot else web_text(summary, width=text_width())
    else:
        summary = summarise_routes(source, target, sizes)
        text = routes_text(summary, width=text_width())
    print_json(summary) if as_json else say(text)
