"""The web of reductions: what distills into what, at what price and with what guarantee, as something that runs."""

from limbeck.reductions.graph import Cost, Edge, Kind, ModelClass, Promise, Route, Setting, Web
from limbeck.reductions.running import Entry, Reduction, run
from limbeck.reductions.supply import LabelledRows
from limbeck.reductions.web import (
    WEB,
    routes,
    routes_text,
    summarise_routes,
    summarise_web,
    web_dot,
    web_text,
)

__all__ = [
    "WEB",
    "Cost",
    "Edge",
    "Entry",
    "Kind",
    "LabelledRows",
    "ModelClass",
    "Promise",
    "Reduction",
    "Route",
    "Setting",
    "Web",
    "routes",
    "routes_text",
    "run",
    "summarise_routes",
    "summarise_web",
    "web_dot",
    "web_text",
]
