"""The main job, pass by pass: rows and a teacher in, a certified tree out."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from limbeck.core import Vocabulary, as_table
from limbeck.distillation import Distillation
from limbeck.observe import as_sampler, split_rows
from limbeck.passes import (
    LARGEST_BY_PROGRAM,
    Run,
    certificate_table,
    checked_weights,
    chosen,
    grown_on_fresh_rows,
    guides_of,
    leaf_loss,
    sized_trees,
)
from limbeck.settings import Settings
from limbeck.solve import solve_program
from limbeck.teachers import Progress, as_teacher, no_progress

__all__ = ["distill"]


def distill(
    teacher: Any,
    rows: Any,
    *,
    sample_weight: ArrayLike | None = None,
    sampler: Any = None,
    certificate_rows: Any = None,
    progress: Progress = no_progress,
    **settings: Any,
) -> Distillation:
    """Distill a trained model into a small decision tree, with a certificate of its fidelity.

    Sets the certificate's rows aside; asks the teacher; chooses the questions; reads activations and influences;
    searches for clauses; solves for the best tree of every size; lets the validation rows choose one; and
    certifies that one on the rows that nothing before has seen.

    Parameters
    ----------
    teacher : model or Teacher
        A PyTorch module, an ONNX file, a scikit-learn estimator, a tree ensemble or a function of raw rows;
        see `as_teacher`.
    rows : DataFrame or array-like, n rows
        Raw rows, as the teacher takes them; no labels. Numbers, booleans, text and missing values.
    sample_weight : array-like of shape (n,), optional
        How much the agreement on each row counts in the fit. Whole numbers are counts; others are scaled to mean 1.
    sampler : "uniform bits", callable or Sampler, optional
        Where the distribution of the rows is known, fresh rows can be drawn for every leaf, so that deep nodes never
        starve: a function of (number of rows, `numpy.random.Generator`) that returns raw rows, or "uniform bits" for
        arrays whose columns take two values at random and independently.
    certificate_rows : DataFrame or array-like, optional
        Rows of the same columns that the certificate is to be about, independent draws from the distribution of use.
        Then no row of `rows` is set aside for it, and the diagnosis tells when they differ from `rows`.
    progress : callable
        Called with (what is being done, how much is done, how much there is).
    **settings
        The fields of `limbeck.settings.Settings`: `max_leaves=16`, `max_depth=8`, `task="auto"`, `loss="auto"`,
        `delta=0.05`, `queries=True`, `time_limit=None`, `random_state=0` and more.

    Returns
    -------
    Distillation
        Frontier, chosen tree, certificate, evidence, diagnosis, and how they were made.

    Raises
    ------
    InputError
        Settings or rows that cannot be used.
    TeacherError
        The teacher failed, or its answers are not a model's.

    Examples
    --------
    >>> import numpy as np
    >>> from limbeck import distill
    >>> bits = np.random.default_rng(0).integers(2, size=(500, 6))
    >>> result = distill(lambda x: x[:, 0] ^ x[:, 1], bits, max_leaves=4)
    >>> print(result.tree.to_text())
    x0 = 1
    ├─ yes  x1 = 1
    │  ├─ yes  0  (100 % of 82 rows)
    │  └─ no   1  (100 % of 78 rows)
    └─ no   x1 = 1
       ├─ yes  1  (100 % of 74 rows)
       └─ no   0  (100 % of 66 rows)

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: distilling neural networks into
    decision trees under the linear representation hypothesis.
    """
    asked = Settings.given(**settings)
    run = Run(asked, as_teacher(teacher), progress)
    run.teacher.check_layers(asked.layers or ())
    table = as_table(rows).hiding(asked.concepts)
    weights, drawing = checked_weights(sample_weight, table.n_rows), as_sampler(sampler, table)
    given = certificate_table(certificate_rows, table)
    share = asked.certificate if given is None else 0.0
    split = split_rows(table.n_rows, rng=run.rng("split"), certificate=share, validation=asked.validation)
    fit, validation = table.take(split.fit), table.take(split.validation)
    with run.timed("teacher"):
        reading, outputs, validation_outputs = run.ask(fit, validation)
    with run.timed("observe"):
        vocabulary = Vocabulary.fit(fit, max_thresholds=asked.thresholds, concepts=asked.concepts)
        seen = run.observe(reading, fit, outputs, vocabulary, asked.layers)
    with run.timed("search"):
        loss = leaf_loss(asked, reading, outputs, weights[split.fit])
        family = run.grow(seen, loss, list(guides_of(asked, seen, loss)), asked.beam)
    with run.timed("program"):
        largest = asked.max_leaves if drawing is None else min(asked.max_leaves, LARGEST_BY_PROGRAM)
        frontier = solve_program(family, vocabulary.literals, loss, max_leaves=largest, min_leaf=asked.min_leaf)
    if drawing is not None:
        with run.timed("deepen"):
            frontier = grown_on_fresh_rows(run, frontier, drawing, reading, vocabulary, float(weights[split.fit].sum()))
    with run.timed("choice"):
        points = sized_trees(frontier, reading, (fit, outputs), (validation, validation_outputs))
        tree = chosen(points).tree
    with run.timed("certificate"):
        certified = table.take(split.certificate) if given is None else given
        certificate, certified_outputs = run.certify(tree, reading, certified, given=given is not None)
    with run.timed("evidence"):
        evidence = run.evidence(tree, seen)
    with run.timed("diagnosis"):
        uses = {
            "fit": (fit, outputs),
            "validation": (validation, validation_outputs),
            "certificate": (certified, certified_outputs),
        }
        diagnosis = run.diagnose(points, tree, vocabulary, uses, evidence, given=given is not None)
    return run.result(reading, points, tree, certificate, evidence, diagnosis, seen, family, split)
