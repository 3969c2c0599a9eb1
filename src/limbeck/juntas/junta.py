"""Distilling into a junta: few columns, a table, a smallest tree and a certificate; or proof that there are more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from limbeck.certificates import Claim, certify
from limbeck.core import Table, Tree, as_table
from limbeck.errors import InputError
from limbeck.juntas.domain import Domain
from limbeck.juntas.hunt import Found, hunt_variables
from limbeck.juntas.oracle import Oracle
from limbeck.juntas.table import fill_table
from limbeck.juntas.verdict import JuntaDistillation, JuntaLedger, NotAJunta, witnesses_of
from limbeck.observe import split_rows
from limbeck.students import Junta, tree_from_junta
from limbeck.students.smallest_tree import MOST_COMBINATIONS
from limbeck.tables import counted
from limbeck.teachers import Progress, as_teacher, no_progress
from limbeck.theory.junta_queries import JuntaPlan

__all__ = ["find_junta"]

_CERTIFICATE_ROWS = 1000
_FEWEST_TO_SPLIT = 8


def find_junta(
    teacher: Any,
    rows: Any,
    *,
    max_variables: int,
    values: str = "rows",
    delta: float = 0.05,
    noise: float = 0.0,
    fillings: int | None = None,
    cuts: int = 3,
    max_queries: int | None = None,
    certificate_rows: Any = None,
    task: str = "auto",
    random_state: int = 0,
    progress: Progress = no_progress,
) -> JuntaDistillation | NotAJunta:
    r"""Distill a model that depends on at most k columns into its table, by asking.

    Pairs of rows agree on the variables R found so far and are drawn independently elsewhere. If the answers of a
    pair differ, a binary search on the path from one row to the other, which changes a block of columns at a time,
    finds a column that alone changes an answer: a new variable, in ceil(log2 d) queries, with the two rows as proof.
    After t_r pairs without a difference the search stops. Then every combination of the variables is asked about,
    the smallest tree of that table is computed, and certified on rows that nothing has seen.

    **What holds, each with probability at least 1 - delta.**

    - *Any deterministic teacher.* A column that is named matters: its two rows show it (always, no delta). And the rest
      matters little: two rows that agree on R and are drawn independently elsewhere are answered differently with
      probability below p_r, r = |R|, `p_r = 2^(1-k) (1 - 2^(r-k))`, and p_k = 2^-k; so some table over R errs on less.
    - *A k-junta on uniform bits* (`values="uniform"`, columns of two values): R is exactly its variables, and the table
      is the teacher, everywhere.
    - *With noise* eta, a teacher that departs from a k-junta on at most a share eta of the fillings of every setting of
      its variables: R and the table are the junta's, if every one of its variables matters. For uniform bits, and
      eta at most min(2^-k / 4, 1 / (2 ceil(log2 d) + 4)).

    *Proof sketch.* With r < k of the variables found, some setting of them leaves a function of j = k - r bits that
    is not constant; x has it with probability at least 2^-r, and then two settings of the j bits differ in their
    answer with probability 2 q (1 - q) >= 2 · 2^-j (1 - 2^-j), q the rarer answer's share. That is p_r in all. A
    round that should go on stops with probability at most (1 - p_r)^t_r <= delta / (k + 1), and there are at most
    k + 1 rounds. The first claim needs only the last sentence. With noise: all ceil(log2 d) + 2 rows of a pair and
    its search are uniform off the junta's variables given their values there, so they are all clean with
    probability at least 1 - (ceil(log2 d) + 2) eta; columns that are sighted are confirmed by m pairs (Chernoff).

    Queries: at most `junta_query_bound`, O(k 2^k log(k / delta) + k log d), and k (k + 1) / 2 · ceil(log2 d) more where
    searches side by side find the same variable. Learning k-juntas from uniform labelled rows takes time d^(c k) for
    every algorithm known.

    Parameters
    ----------
    teacher : model or Teacher
        The model; its answers must be classes.
    rows : Table, DataFrame or array-like, n rows
        Where the values come from: at least two rows.
    max_variables : int, in 1 .. 16
        Variables k.
    values : {"rows", "uniform"}
        Draw each column's values as often as they occur in the rows, or each distinct value alike. Columns are
        drawn independently of each other.
    delta : float, in (0, 1)
        Probability with which the claims above may fail, and again with which the certificate may.
    noise : float
        Share eta of exceptions to allow for; 0 takes every difference at its word.
    fillings : int, at least 1, optional
        Rows asked for each combination in the table; by default 1 without noise, and what delta / 3 needs with.
    cuts : int, at least 1
        Most thresholds that cut a numeric column of more than two values.
    max_queries : int, optional
        Budget of queries, the certificate's not among them.
    certificate_rows : DataFrame or array-like, optional
        Fresh rows for the certificate. By default a quarter of the rows, set aside at random before anything else, or
        1000 fresh draws for uniform values.
    task : {"auto", "binary", "multiclass"}
        How the teacher's outputs are read.
    random_state : int
        Seed.
    progress : callable
        Told how many queries were made.

    Returns
    -------
    JuntaDistillation or NotAJunta
        The second is a finding too: k + 1 columns that matter, each with its pair of rows.

    Raises
    ------
    InputError
        Rows without two values, numbers out of range, or a teacher of numbers.
    SearchError
        The budget does not suffice.

    Examples
    --------
    >>> bits = np.array([[0] * 40, [1] * 40])
    >>> result = find_junta(lambda x: x[:, 3] ^ x[:, 17], bits, max_variables=3, values="uniform")
    >>> result.junta.variables, result.tree.n_leaves
    (('x3', 'x17'), 4)
    >>> print(find_junta(lambda x: x[:, :4].sum(axis=1) % 2, bits, max_variables=3, values="uniform").headline)
    not a 3-junta: at least these 4 columns matter: `x0`, `x1`, `x2`, `x3`

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: distillation into juntas. Blum
    (1994), *Relevant examples and relevant features*, AAAI Fall Symposium. Damaschke (2000), *Adaptive versus
    nonadaptive attribute-efficient learning*, Machine Learning 41. Bshouty and Costa (2018), *Exact learning of
    juntas from membership queries*, Theoret. Comput. Sci. 742. Mossel, O'Donnell and Servedio (2004), *Learning
    functions of k relevant variables*, J. Comput. Syst. Sci. 69.
    """
    if values not in ("rows", "uniform"):
        raise InputError("`values` of 'rows' or 'uniform'", f"`values={values!r}`", "give one of the two")
    model, rng = as_teacher(teacher), np.random.default_rng(random_state)
    given = as_table(rows)
    table, aside = _set_aside(given, certificate_rows, values, rng)
    domain = Domain.of(table, uniform=values == "uniform")
    plan = JuntaPlan(max_variables, domain.n_columns, delta, noise, fillings)
    oracle = Oracle(
        model, domain, task=task, budget=max_queries, expected=plan.bound, progress=progress
    )  # fmt: skip
    found = hunt_variables(oracle, plan, rng)
    if len(found.sightings) > max_variables:
        return NotAJunta(max_variables, witnesses_of(found, oracle), _ledger(oracle, plan, found), values)
    variables = [sighting.column for sighting in found.sightings]
    junta = fill_table(oracle, variables, fillings=plan.table_fillings, cuts=cuts, rng=rng)
    tree = tree_from_junta(junta) if len(junta.patterns) <= MOST_COMBINATIONS else None
    fresh, words = aside
    if fresh is None:
        fresh = domain.table_of(domain.draw(_CERTIFICATE_ROWS, rng))
    claim = _certified(tree, junta, model, fresh, delta, task, words)
    return JuntaDistillation(
        junta, tree, claim, witnesses_of(found, oracle), plan, _ledger(oracle, plan, found),
        values, domain.are_bits, tuple(table.names[j] for j in found.dismissed),
    )  # fmt: skip


def _set_aside(
    table: Table, certificate_rows: Any, values: str, rng: np.random.Generator
) -> tuple[Table, tuple[Table | None, str]]:
    """Split the rows into those that values come from and those of the certificate; None where these are drawn."""
    if certificate_rows is not None:
        fresh = as_table(certificate_rows)
        if len(fresh.columns) != len(table.columns):
            found = f"{len(fresh.columns)} columns"
            raise InputError(f"`certificate_rows` of {len(table.columns)} columns", found, "give the same columns")
        fresh = fresh.renamed(table.names) if fresh.by_place else fresh
        return table, (fresh, f"{counted(fresh.n_rows, 'row')} that were given for the certificate")
    if values == "uniform" or table.n_rows < _FEWEST_TO_SPLIT:
        return table, (None, f"{counted(_CERTIFICATE_ROWS, 'row')}, every column drawn by itself")
    split = split_rows(table.n_rows, rng=rng, validation=0.0)
    words = f"{counted(len(split.certificate), 'row')} of the table, set aside at random before anything was asked"
    return table.take(split.fit), (table.take(split.certificate), words)


def _certified(
    tree: Tree | None, junta: Junta, model: Any, fresh: Table, delta: float, task: str, rows: str
) -> Claim:  # fmt: skip
    """Certify the tree, or the table where there is none, and say which rows these were."""
    return replace(certify(junta if tree is None else tree, model, fresh, delta=delta, task=task), rows=rows)


def _ledger(oracle: Oracle, plan: JuntaPlan, found: Found) -> JuntaLedger:
    return JuntaLedger(dict(oracle.queries), oracle.n_calls, plan.bound, found.n_pairs)
