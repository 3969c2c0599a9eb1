"""From one class of students to another: exact rewritings, networks, and rules made shorter."""

from limbeck.rewriting.from_tree import junta_from_tree, list_from_tree, polynomial_from_tree, rules_from_tree
from limbeck.rewriting.network import CompiledTree, compile_tree
from limbeck.rewriting.shorten import shortest_rules
from limbeck.rewriting.simplify import simplified_list, simplified_rules
from limbeck.rewriting.smallest_tree import tree_from_junta

__all__ = [
    "CompiledTree",
    "compile_tree",
    "junta_from_tree",
    "list_from_tree",
    "polynomial_from_tree",
    "rules_from_tree",
    "shortest_rules",
    "simplified_list",
    "simplified_rules",
    "tree_from_junta",
]
