"""Renderers: a distillation as text and as files. They return strings; callers write."""

from limbeck.output.files import FILES, distillation_files, json_text
from limbeck.output.summary import summarise, summarise_claim, summarise_tree
from limbeck.output.text import (
    claim_section,
    distillation_sections,
    distillation_text,
    joined,
    rules_section,
    tree_section,
)

__all__ = [
    "FILES",
    "claim_section",
    "distillation_files",
    "distillation_sections",
    "distillation_text",
    "joined",
    "json_text",
    "rules_section",
    "summarise",
    "summarise_claim",
    "summarise_tree",
    "tree_section",
]
