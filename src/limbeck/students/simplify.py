"""Rule sets and decision lists made shorter without changing the function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from limbeck.core import Box, Cells, Clause, covers
from limbeck.students.decision_list import DecisionList
from limbeck.students.rule_set import RuleSet

__all__ = ["simplified_list", "simplified_rules"]


def simplified_rules(rules: RuleSet) -> RuleSet:
    """Drop literals, then rules, as long as the rule set answers every possible row as before.

    Decided exactly over the cells that the literals cut the columns into, so that `x <= 3 and x <= 5` loses its
    second half. What remains is irredundant: no literal and no rule can go. It need not be the shortest such
    set, which is hard to find (minimising a DNF is complete for the second level of the polynomial hierarchy).

    Examples
    --------
    >>> from limbeck.core import Kind, Literal
    >>> a, b = Literal.is_value("a", 1), Literal.is_value("b", 1)
    >>> long = RuleSet(
    ...     (Clause(((a, True),)), Clause(((a, False), (b, True)))), (0, 1), (("a", Kind.NUMERIC), ("b", Kind.NUMERIC))
    ... )
    >>> print(simplified_rules(long))
    1 if
      a = 1
      or b = 1
    else 0

    References
    ----------
    Quine (1955), *A way to simplify truth functions*, Amer. Math. Monthly 62: prime and irredundant covers.
    Umans (2001), *The minimum equivalent DNF problem and shortest implicants*, J. Comput. Syst. Sci. 63.
    """
    cells = Cells.of(rules.literals)
    whole = [cells.box(clause) for clause in rules.clauses]
    clauses = list(dict.fromkeys(_shortest_inside(clause, whole, cells) for clause in rules.clauses))
    clauses = [clause for clause in clauses if all(cells.box(clause))]
    # The longest first, so that the rules that remain are short.
    for clause in sorted(clauses, key=len, reverse=True):
        others = [cells.box(other) for other in clauses if other != clause]
        if covers(others, cells.box(clause)):
            clauses.remove(clause)
    return replace(rules, clauses=tuple(clauses))


def simplified_list(rules: DecisionList) -> DecisionList:
    """Drop from each clause the literals that the clauses before it make superfluous, then clauses that never answer.

    A literal may go when every row that the clause then takes in addition is answered by an earlier clause.
    Clauses at the end with the value of the rest go too. The answer of every possible row stays as it was.

    References
    ----------
    Rivest (1987), *Learning decision lists*, Machine Learning 2, for the class; the argument is elementary.
    """
    cells = Cells.of(rules.literals)
    kept: list[tuple[Clause, tuple[float, ...]]] = []
    before: list[Box] = []
    for clause, value in zip(rules.clauses, rules.values, strict=False):
        own = cells.box(clause)
        if covers(before, own):
            continue
        shorter = _shortest_inside(clause, [*before, own], cells)
        kept.append((shorter, value))
        before.append(cells.box(shorter))
    while kept and kept[-1][1] == rules.values[-1]:
        kept.pop()
    last = rules.values[-1]
    if kept and not len(kept[-1][0]):  # a clause without literals is the end of the list
        last = kept.pop()[1]
    return replace(rules, clauses=tuple(c for c, _ in kept), values=(*(v for _, v in kept), last))


def _shortest_inside(clause: Clause, allowed: Sequence[Box], cells: Cells) -> Clause:
    """Drop the literals of a clause, one after the other, as long as it stays within some boxes."""
    terms = list(dict.fromkeys(clause.terms))
    for term in list(terms):
        fewer = Clause(tuple(other for other in terms if other != term))
        if covers(allowed, cells.box(fewer)):
            terms.remove(term)
    return Clause(tuple(terms))
