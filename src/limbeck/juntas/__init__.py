"""Juntas by queries: the few columns that a model depends on, their table and smallest tree, or proof of more."""

from limbeck.juntas.domain import Domain
from limbeck.juntas.junta import find_junta
from limbeck.juntas.oracle import Oracle
from limbeck.juntas.verdict import JuntaDistillation, JuntaLedger, NotAJunta, Witness
from limbeck.theory.junta_queries import JuntaPlan, junta_query_bound

__all__ = [
    "Domain",
    "JuntaDistillation",
    "JuntaLedger",
    "JuntaPlan",
    "NotAJunta",
    "Oracle",
    "Witness",
    "find_junta",
    "junta_query_bound",
]
