"""Renderers: a distillation as text and as files. They return strings; callers write, whole or not at all."""

from limbeck.output.files import FILES, OWNED, REPORT, distillation_files, json_text
from limbeck.output.glance import glance_line
from limbeck.output.summary import summarise, summarise_claim, summarise_tree
from limbeck.output.text import (
    claim_section,
    distillation_sections,
    distillation_text,
    joined,
    rules_section,
    tree_section,
)
from limbeck.output.writing import write_whole

__all__ = [
    "FILES",
    "OWNED",
    "REPORT",
    "claim_section",
    "distillation_files",
    "distillation_sections",
    "distillation_text",
    "glance_line",
    "joined",
    "json_text",
    "rules_section",
    "summarise",
    "summarise_claim",
    "summarise_tree",
    "tree_section",
    "write_whole",
]
