"""A tree as one expression with the answers of `Tree.predict`: SQL and spreadsheet formulas."""

from limbeck.expressions.excel import excel_formula
from limbeck.expressions.sql import sql_case

__all__ = ["excel_formula", "sql_case"]
