"""The passes of a distillation, one file each, and what they share: clock, randomness, teacher and journal."""

from limbeck.passes.asking import ask_teacher
from limbeck.passes.baseline import cart_baseline
from limbeck.passes.certifying import certify_in_turn
from limbeck.passes.clock import Clock, counted_from
from limbeck.passes.counting import Part, counted_on_all
from limbeck.passes.deferring import planned_to_defer
from limbeck.passes.fitting import fitted_by_validation, fitted_on_fresh_rows
from limbeck.passes.inputs import (
    askable,
    certificate_table,
    checked_weights,
    class_weighted,
    monotone_columns,
    weighted_by,
)
from limbeck.passes.judging import diagnosis_of, evidence_of
from limbeck.passes.observing import choose_questions, observe_rows
from limbeck.passes.parts import Parts, parts_of
from limbeck.passes.reading import choose_concepts, concept_kinds, read_rows, reading_inputs
from limbeck.passes.result import result_of
from limbeck.passes.run import Run
from limbeck.passes.showing import collect_exhibits
from limbeck.passes.streaming import (
    Streamed,
    counted_in_stream,
    drawn_rows,
)
from limbeck.passes.trading import trade_off

__all__ = [
    "Clock",
    "Part",
    "Parts",
    "Run",
    "Streamed",
    "ask_teacher",
    "askable",
    "cart_baseline",
    "certificate_table",
    "certify_in_turn",
    "checked_weights",
    "choose_concepts",
    "choose_questions",
    "class_weighted",
    "collect_exhibits",
    "concept_kinds",
    "counted_from",
    "counted_in_stream",
    "counted_on_all",
    "diagnosis_of",
    "drawn_rows",
    "evidence_of",
    "fitted_by_validation",
    "fitted_on_fresh_rows",
    "monotone_columns",
    "observe_rows",
    "parts_of",
    "planned_to_defer",
    "read_rows",
    "reading_inputs",
    "result_of",
    "trade_off",
    "weighted_by",
]
