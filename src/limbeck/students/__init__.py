"""The other students: what they are, how one is rewritten as another, and how they are learnt from rows.

All are frozen, answer rows with `predict`, print themselves, become JSON with `to_dict`, and are certified against a
teacher with `certify`.
"""

from limbeck.students.base import Student, two_classes
from limbeck.students.decision_list import DecisionList
from limbeck.students.fourier import bits_of, fourier_queries, heavy_polynomial, low_degree_polynomial
from limbeck.students.from_tree import junta_from_tree, list_from_tree, polynomial_from_tree, rules_from_tree
from limbeck.students.greedy_tree import greedy_tree
from limbeck.students.junta import Junta
from limbeck.students.junta_search import search_junta
from limbeck.students.linear import fit_threshold
from limbeck.students.network import CompiledTree, compile_tree
from limbeck.students.polynomial import SparsePolynomial
from limbeck.students.rule_set import RuleSet
from limbeck.students.shorten import shortest_rules
from limbeck.students.simplify import simplified_list, simplified_rules
from limbeck.students.smallest_tree import tree_from_junta
from limbeck.students.threshold import LinearThreshold

__all__ = [
    "CompiledTree",
    "DecisionList",
    "Junta",
    "LinearThreshold",
    "RuleSet",
    "SparsePolynomial",
    "Student",
    "bits_of",
    "compile_tree",
    "fit_threshold",
    "fourier_queries",
    "greedy_tree",
    "heavy_polynomial",
    "junta_from_tree",
    "list_from_tree",
    "low_degree_polynomial",
    "polynomial_from_tree",
    "rules_from_tree",
    "search_junta",
    "shortest_rules",
    "simplified_list",
    "simplified_rules",
    "tree_from_junta",
    "two_classes",
]
