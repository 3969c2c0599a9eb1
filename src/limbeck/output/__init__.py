"""Renderers: a distillation as text and as files. They return strings; callers write."""

from limbeck.output.text import distillation_text, frontier_text

__all__ = ["distillation_text", "frontier_text"]
