"""What people and files are shown: one plain summary, rendered as text, as files and as the page."""

from limbeck.report.files import FILES, OWNED, REPORT, distillation_files, json_text
from limbeck.report.glance import glance_line
from limbeck.report.page import report_html
from limbeck.report.sketch import distillation_html, tree_html
from limbeck.report.summary import summarise, summarise_claim, summarise_tree
from limbeck.report.text import (
    claim_section,
    distillation_sections,
    distillation_text,
    joined,
    rules_section,
    tree_section,
)
from limbeck.report.writing import write_whole

__all__ = [
    "FILES",
    "OWNED",
    "REPORT",
    "claim_section",
    "distillation_files",
    "distillation_html",
    "distillation_sections",
    "distillation_text",
    "glance_line",
    "joined",
    "json_text",
    "report_html",
    "rules_section",
    "summarise",
    "summarise_claim",
    "summarise_tree",
    "tree_html",
    "tree_section",
    "write_whole",
]
