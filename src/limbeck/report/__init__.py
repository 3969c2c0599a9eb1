"""The report: one HTML file that shows a distillation and needs no network. Returns text; callers write."""

from limbeck.report.page import report_html
from limbeck.report.sketch import distillation_html, tree_html

__all__ = ["distillation_html", "report_html", "tree_html"]
