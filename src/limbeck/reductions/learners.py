"""Edges that can err: labelling, learning from labelled rows, queries, and a look inside."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limbeck.core import Kind as ColumnKind
from limbeck.core import Table
from limbeck.distill import distill
from limbeck.errors import SearchError
from limbeck.juntas import Domain, NotAJunta, Oracle, find_junta, junta_query_bound
from limbeck.reductions.graph import Cost, Edge, Kind, Promise, Setting
from limbeck.reductions.supply import LabelledRows, Outcome, Supply, labels_of, named_teacher
from limbeck.students import (
    bits_of,
    fit_threshold,
    fourier_queries,
    greedy_tree,
    heavy_polynomial,
    low_degree_polynomial,
    search_junta,
)
from limbeck.theory import Certificate, junta_class, rows_to_certify, tree_class

__all__ = ["CASE_STUDIES", "LABELLING", "LEARNERS", "QUERIES"]

_HELD_OUT = 0.4
_TO_SEE_CLASSES = 256


def ask_labels(given: Any, supply: Supply) -> Outcome:
    """Ask the model for the classes of rows: from there on any learner will do.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: PAC-learning is distillation that sees only labelled rows.
    """
    rows = labels_of(named_teacher(given), supply.rows, supply.task, supply.progress)
    return Outcome(rows, queries=supply.rows.n_rows)


def learn_tree(given: LabelledRows, supply: Supply) -> Outcome:
    """Grow a tree greedily. For trees that are right on all rows the finite-class bound holds; greed need not find one.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees; Blumer et al. (1987).
    """
    leaves = supply.setting.n_leaves
    return _held_out(
        given, supply, lambda fit: greedy_tree(fit.table, fit.answers, max_leaves=leaves, classes=fit.classes)
    )


def learn_junta(given: LabelledRows, supply: Supply) -> Outcome:
    """Try every set of k questions and keep the table that errs least.

    References
    ----------
    Mossel, O'Donnell and Servedio (2004), J. Comput. Syst. Sci. 69: this is the brute force that they beat.
    """
    k = supply.setting.n_variables
    return _held_out(
        given, supply, lambda fit: search_junta(fit.table, fit.answers, n_variables=k, classes=fit.classes)
    )  # fmt: skip


def learn_threshold(given: LabelledRows, supply: Supply) -> Outcome:
    """Fit a weight for every question by logistic regression. There are at most 2^(d²) thresholds of d bits.

    References
    ----------
    Cox (1958), JRSS B 20; Cover (1965), IEEE Trans. Electron. Comput. 14, for the number of thresholds.
    """
    return _held_out(given, supply, lambda fit: fit_threshold(fit.table, fit.answers, classes=fit.classes))


def learn_polynomial(given: LabelledRows, supply: Supply) -> Outcome:
    """Estimate the Fourier coefficients of low degree from uniform rows.

    References
    ----------
    Linial, Mansour and Nisan (1993), J. ACM 40.
    """
    degree = supply.setting.depth
    return _held_out(
        given, supply, lambda fit: low_degree_polynomial(fit.table, fit.answers, degree=degree, classes=fit.classes)
    )  # fmt: skip


def queries_to_junta(given: Any, supply: Supply) -> Outcome:
    """Find the k columns by pairs of rows and binary search, and their table by asking.

    On bits the promise is exact; on other columns the certificate's rows measure it.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053; Blum (1994); Bshouty and Costa (2018), Theoret. Comput. Sci. 742.
    """
    setting, bits = supply.setting, _are_bits(supply.rows)
    found = find_junta(
        named_teacher(given), supply.rows, max_variables=setting.n_variables, values="uniform" if bits else "rows",
        delta=setting.delta, task=supply.task, random_state=int(supply.rng.integers(2**31)), progress=supply.progress,
    )  # fmt: skip
    if isinstance(found, NotAJunta):
        remedy = "allow more variables, or take another route"
        raise SearchError(f"a {setting.n_variables}-junta", found.headline, remedy)
    claim = found.certificate
    if bits or not isinstance(claim, Certificate):
        return Outcome(found.junta, found.ledger.total)
    return Outcome(found.junta, found.ledger.total, claim.disagreements, claim.n_rows)


def queries_to_polynomial(given: Any, supply: Supply) -> Outcome:
    """Find all Fourier coefficients of at least 2^(1-r) by queries.

    References
    ----------
    Goldreich and Levin (1989), STOC; Kushilevitz and Mansour (1993), SIAM J. Comput. 22.
    """
    setting = supply.setting
    questions, _ = bits_of(supply.rows)
    domain = Domain.of(supply.rows, uniform=True)
    oracle = Oracle(named_teacher(given), domain, task=supply.task, progress=supply.progress)
    oracle.ask(domain.draw(_TO_SEE_CLASSES, supply.rng), "classes")
    classes, place = oracle.classes_in_order()
    if len(classes) == 1:
        classes = (*classes, f"not {classes[0]}")

    def ask(bits: NDArray[np.int8]) -> NDArray[np.int8]:
        assert domain.pools is not None, "uniform values have pools"
        codes = oracle.ask(domain.pools[bits, np.arange(domain.n_columns)], "pairs")
        if codes.max() >= len(place):
            raise SearchError("a model of two classes", f"a class that is not among {classes}", "take another route")
        return (2 * place[codes] - 1).astype(np.int8)

    found = heavy_polynomial(
        ask, questions, supply.rows.schema, classes, threshold=2.0 ** (1 - setting.depth),
        delta=setting.delta, rng=supply.rng, multiples=True,
    )  # fmt: skip
    return Outcome(found, oracle.n_queries)


def inside_to_tree(given: Any, supply: Supply) -> Outcome:
    """Search for clauses that are linear in the activations, and solve for the best tree over them.

    The theorem is about a search that keeps every clause whose probe passes (`distill_represented`); this one keeps
    the best of a beam.

    References
    ----------
    Boix-Adsera (2024), arXiv 2403.09053: distilling networks that implicitly compute a tree.
    """
    setting = supply.setting
    result = distill(
        named_teacher(given), supply.rows, max_leaves=setting.n_leaves, effort="fast", delta=setting.delta,
        queries=False, task=supply.task, random_state=int(supply.rng.integers(2**31)), progress=supply.progress,
    )  # fmt: skip
    claim = result.certificate
    if not isinstance(claim, Certificate):
        raise SearchError("rows for the certificate of a tree", f"{supply.rows.n_rows} rows", "give more rows")
    return Outcome(result.tree, supply.rows.n_rows + result.ledger.queries, claim.disagreements, claim.n_rows)


def _held_out(given: LabelledRows, supply: Supply, learn: Callable[[LabelledRows], Any]) -> Outcome:
    """Learn from some of the labelled rows and count the errors on the others."""
    order = supply.rng.permutation(given.table.n_rows)
    n_out = max(1, int(_HELD_OUT * len(order)))
    model = learn(given.take(np.sort(order[n_out:])))
    out = given.take(np.sort(order[:n_out]))
    return Outcome(model, 0, int((model.predict(out.table) != out.answers).sum()), n_out)


def _are_bits(table: Table) -> bool:
    """Tell whether every column holds two numbers."""
    return all(c.kind is ColumnKind.NUMERIC and len(np.unique(c.values)) == 2 for c in table.columns)


def _labelled(log_size: float, s: Setting) -> float:
    """Return rows for a learner that is right on all of them, and for the held-out check of its error."""
    learn = (log_size + math.log(2.0 / s.delta)) / s.epsilon
    return math.ceil(learn) + rows_to_certify(s.epsilon, s.delta / 2.0)


def _tree_rows(s: Setting) -> Cost:
    n = _labelled(tree_class(s.n_leaves, s.n_columns).log_size, s)
    return Cost(labelled=n, operations=n * s.n_columns * s.n_leaves)


def _junta_rows(s: Setting) -> Cost:
    k = min(s.n_variables, s.n_columns, 30)
    n = _labelled(junta_class(k, s.n_columns).log_size, s)
    return Cost(labelled=n, operations=n * math.comb(s.n_columns, k) * k)


def _threshold_rows(s: Setting) -> Cost:
    n = _labelled(s.n_columns**2 * math.log(2.0), s)  # there are at most 2^(d²) thresholds of d bits
    return Cost(labelled=n, operations=100.0 * n * s.n_columns)


def _low_degree_rows(s: Setting) -> Cost:
    terms = sum(math.comb(s.n_columns, r) for r in range(min(s.depth, s.n_columns) + 1))
    n = math.ceil(2.0 * terms / (s.epsilon * s.delta)) + rows_to_certify(s.epsilon, s.delta / 2.0)
    return Cost(labelled=n, operations=float(n) * terms * s.depth)


def _inside_rows(s: Setting) -> Cost:
    n = _labelled(tree_class(s.n_leaves, s.n_columns).log_size, s)
    return Cost(n, n, 0.0, 100.0 * n * s.n_columns * s.depth)


def _junta_queries(s: Setting) -> Cost:
    n = junta_query_bound(min(s.n_variables, 16), s.n_columns, delta=s.delta)
    return Cost(2.0, n, 0.0, float(n) * s.n_columns)


def _fourier_queries(s: Setting) -> Cost:
    n = float(fourier_queries(s.n_columns, 2.0 ** (1 - s.depth), s.delta))
    return Cost(2.0, n, 0.0, n * s.n_columns)


_MEASURED, _SURE = Promise.MEASURED, Promise.SURE

LABELLING = (
    Edge(
        "model", "rows", Kind.LABELLING, Promise.EXACT, "", "one query a row; the learner says how many",
        lambda s: Cost(operations=1.0), "Boix-Adsera 2024", ask_labels,
    ),
)  # fmt: skip
LEARNERS = (
    Edge(
        "rows", "tree", Kind.LEARNING, _MEASURED, "single questions tell something",
        "(ln|G| + ln(1/δ))/ε labelled rows if the tree is right on all of them, |G| <= Catalan(s-1) d^(s-1) 2^s",
        _tree_rows, "Breiman et al. 1984, Blumer et al. 1987", learn_tree,
    ),
    Edge(
        "rows", "junta", Kind.LEARNING, _MEASURED, "",
        "(ln|G| + ln(1/δ))/ε labelled rows, |G| <= (d choose k) 2^(2^k); time (d choose k)",
        _junta_rows, "Mossel, O'Donnell and Servedio 2004", learn_junta,
    ),
    Edge(
        "rows", "polynomial", Kind.LEARNING, _MEASURED, "two classes; uniform bits, weight on low degrees",
        "2 d^r/(ε δ) labelled rows for degree r",
        _low_degree_rows, "Linial, Mansour and Nisan 1993", learn_polynomial,
    ),
    Edge(
        "rows", "threshold", Kind.LEARNING, _MEASURED, "",
        "(d² ln 2 + ln(1/δ))/ε labelled rows if a threshold is right on all of them",
        _threshold_rows, "Cox 1958, Cover 1965", learn_threshold,
    ),
)  # fmt: skip
QUERIES = (
    Edge(
        "model", "junta", Kind.QUERIES, _SURE, "the model is a k-junta (bits), or nearly (other columns)",
        "O(k 2^k log(k/δ) + k log d) queries, two rows for the values",
        _junta_queries, "Boix-Adsera 2024, Blum 1994", queries_to_junta,
    ),
    Edge(
        "model", "polynomial", Kind.QUERIES, _SURE,
        "two classes; bits; all Fourier coefficients are multiples of 2^(1-r), as a tree's of depth r are",
        "O(d log(d/δ)/θ⁴) queries for coefficients of at least θ = 2^(1-r)",
        _fourier_queries, "Kushilevitz and Mansour 1993", queries_to_polynomial,
    ),
)  # fmt: skip
CASE_STUDIES = (
    Edge(
        "network", "tree", Kind.INSIDE, _MEASURED, "the clauses of a small tree are linear in the activations",
        "a beam, 100 clauses a level",
        _inside_rows, "Boix-Adsera 2024", inside_to_tree,
    ),
)  # fmt: skip
