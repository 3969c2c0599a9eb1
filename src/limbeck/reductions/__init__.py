"""The web of reductions: what distills into what, at what price and with what guarantee, as something that runs."""

from limbeck.reductions.graph import Cost, Edge, Kind, ModelClass, Promise, Route, Setting, Web
from limbeck.reductions.represented import DepthCount, RepresentedTree
from limbeck.reductions.running import Entry, Reduction, run
from limbeck.reductions.supply import LabelledRows
from limbeck.reductions.theorem import distill_represented
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
    "DepthCount",
    "Edge",
    "Entry",
    "Kind",
    "LabelledRows",
    "ModelClass",
    "Promise",
    "Reduction",
    "RepresentedTree",
    "Route",
    "Setting",
    "Web",
    "distill_represented",
    "routes",
    "routes_text",
    "run",
    "summarise_routes",
    "summarise_web",
    "web_dot",
    "web_text",
]
