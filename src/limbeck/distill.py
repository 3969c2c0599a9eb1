"""The main job, pass by pass: rows and a teacher in, a certified tree out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from limbeck.distillation import Distillation
from limbeck.errors import InputError
from limbeck.observe import as_sampler
from limbeck.passes import (
    Part,
    Run,
    ask_teacher,
    askable,
    cart_baseline,
    certificate_table,
    certify_in_turn,
    checked_weights,
    choose_concepts,
    choose_questions,
    class_weighted,
    collect_exhibits,
    concept_kinds,
    counted_in_stream,
    counted_on_all,
    diagnosis_of,
    drawn_rows,
    evidence_of,
    fitted_by_validation,
    fitted_on_fresh_rows,
    monotone_columns,
    observe_rows,
    parts_of,
    planned_to_defer,
    read_rows,
    reading_inputs,
    result_of,
    trade_off,
    weighted_by,
)
from limbeck.settings import Settings
from limbeck.streams import batches_of, is_stream, refuse_all_at_once
from limbeck.teachers import Progress, TeacherFile, as_teacher, no_progress
from limbeck.threads import one_blas_thread

__all__ = ["distill"]


@one_blas_thread()
def distill(
    teacher: Any,
    rows: Any,
    *,
    sample_weight: ArrayLike | None = None,
    sampler: Any = None,
    certificate_rows: Any = None,
    groups: ArrayLike | str | None = None,
    order: ArrayLike | str | None = None,
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
    rows : DataFrame, array-like or batches, n rows
        Raw rows, as the teacher takes them; no labels. Numbers, booleans, text and missing values. More rows than fit
        into memory come in batches, which are gone through three times: the path, folder or glob of Parquet or CSV
        files, a list of frames, a function that returns an iterator over them, an Arrow dataset, a polars LazyFrame, a
        DuckDB relation, a Dask data frame (`limbeck.streams.batches_of`). With kinds of
        concepts as `concepts=` (`limbeck.concepts`), inputs that are no table: texts, bytes, paths, images, objects.
    sample_weight : array-like of shape (n,), optional; of batches the name of a column
        How much the agreement on each row counts in the fit; a row of weight 0 has no part in it. Whole numbers, up to
        about a thousand on average, are counts; others are scaled to mean 1. A common power of two changes nothing.
    sampler : "uniform bits", callable or Sampler, optional
        Where the distribution of the rows is known, fresh rows can be drawn for every leaf, so that deep nodes never
        starve: a function of (number of rows, `numpy.random.Generator`) that returns raw rows, or "uniform bits" for
        arrays whose columns take two values at random and independently.
    certificate_rows : DataFrame or array-like, optional
        Rows of the same columns that the certificate is to be about, independent draws from the distribution of use.
        Then no row of `rows` is set aside for it, and the diagnosis tells when they differ from `rows`.
    groups : array-like of shape (n,), or str, optional
        What each row belongs to, where rows of one customer, patient or machine are not independent of each other; or
        the name of a column of `rows` with it, which is then given neither to the teacher nor to the tree. No group is
        split between rows that fit, judge sizes and certify. The certificate is about a random row of a fresh group,
        from one row of each group that was set aside: groups, not rows, are the draws.
    order : array-like of shape (n,), or str, optional
        Time of each row, a number or a date, or the name of such a column, which is left out likewise. The last rows
        are set aside for the certificate, and rows that judge sizes are stretches of time. The certificate is about
        later rows only as far as they continue to be like these.
    progress : callable
        Called with (what is being done, how much is done, how much there is).
    **settings
        The fields of `limbeck.settings.Settings`: `max_leaves=16`, `max_depth=30`, `task="auto"`, `loss="auto"`,
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
    │  ├─ yes  0  (100 % of 109 rows)
    │  └─ no   1  (100 % of 96 rows)
    └─ no   x1 = 1
       ├─ yes  1  (100 % of 90 rows)
       └─ no   0  (100 % of 80 rows)

    References
    ----------
    Boix-Adsera (2024), *Towards a theory of model distillation*, arXiv 2403.09053: distilling neural networks into
    decision trees under the linear representation hypothesis.
    """
    kinds, settings = concept_kinds(settings, sampler)
    asked = Settings.given(**settings)
    batches = batches_of(rows) if is_stream(rows) and not kinds else None
    spec = TeacherFile.where_rows_lie(teacher, elsewhere=batches is not None and batches.elsewhere)
    opened = as_teacher(teacher) if spec is None else spec.opened()
    run = Run.of(asked, opened.reading_output(asked.output).retrying(asked.retries), progress)
    run.teacher.check_layers(asked.layers or ())
    streamed = None
    if batches is not None:
        refuse_all_at_once({"`groups`": groups, "`order`": order, "a `sampler`": sampler}, "a distillation")
        with run.timed("drawing"):
            streamed = drawn_rows(run, batches, sample_weight, certified=certificate_rows is not None)
        parts, table, weights = streamed.parts, streamed.table.hiding(asked.concepts), streamed.weights
        given = certificate_table(certificate_rows, table, None)
    else:
        table = read_rows(rows, kinds, asked)
        given = certificate_table(certificate_rows, table, groups)
        parts, table, given = parts_of(
            table, asked.certificate, run.rng("split"), groups=groups, order=order, given=given
        )
        weights = checked_weights(sample_weight, table.n_rows)
    drawing = as_sampler(sampler, table)
    if drawing is not None and asked.defer is not None:
        raise InputError("leaves that ask the model (`defer`)", "a `sampler`", "leave one of the two out")
    parts = parts.that_count(weights)
    asks = askable(table, asked)
    rows, weights = table.take(parts.fit), weights[parts.fit]
    with run.timed("teacher"):
        told = ask_teacher(run, rows)
    if len(told.asked) < rows.n_rows:
        parts, rows, weights = parts.told(told.asked), rows.take(told.asked), weights[told.asked]
    run, reading, outputs = replace(run, tolerance=told.tolerance), told.reading, told.outputs
    monotone_columns(asked.monotone, table, reading)
    plain, weights = weights, class_weighted(weights, reading, outputs, asked.class_weight)
    with run.timed("concepts"):
        concepts = choose_concepts(run, kinds, rows, outputs, weights) if kinds else None
    if concepts is not None:
        run, rows = run.asking_about(concepts), concepts.table(rows)
    with run.timed("observe"):
        part = Part.of(run, rows, outputs, weights, parts.together)
        vocabulary = choose_questions(
            run, part.rows.showing(asks or rows.names), part.outputs, fresh_rows=drawing is not None
        )
        seen = observe_rows(run, reading, part.rows, part.outputs, vocabulary, asked.layers)
    if drawing is None:
        fitted = fitted_by_validation(run, reading, seen, part.weights, part.together)
    else:
        fitted = fitted_on_fresh_rows(run, reading, seen, part.weights, drawing, part.together)
    certified = table.take(parts.certificate) if given is None else given
    certified = certified if concepts is None else concepts.table(certified)
    with run.timed("deferral"):
        planned = None if asked.defer is None else planned_to_defer(run, fitted, reading, certified.n_rows)
    with run.timed("counting"):
        fitted = fitted if planned is None else planned.fitted
        n_fit = fitted.seen.table.n_rows
        if streamed is not None:
            fitted, n_fit = counted_in_stream(
                run, reading, fitted, streamed, spec and spec.reading(asked.output), part, plain
            )
        elif part.rows is not rows:
            fitted, n_fit = counted_on_all(run, reading, fitted, part, rows, outputs, weights)
    with run.timed("deferral"):
        in_turn = (replace(fitted, deferral=trade_off(run, fitted)),) if planned is None else planned.in_turn(fitted)
    with run.timed("certificate"):
        trees = [each.tree for each in in_turn]
        place, certificate, certified, certified_outputs = certify_in_turn(run, trees, reading, certified, parts.words)
    fitted, points, tree = in_turn[place], in_turn[place].points, trees[place]
    with run.timed("evidence"):
        evidence = evidence_of(run, tree, reading, fitted.seen)
    with run.timed("diagnosis"):
        uses = fitted.uses | {"certificate": (certified, certified_outputs)}
        gaps = fitted.validation_gaps(tree.n_leaves)
        diagnosis = diagnosis_of(
            run, points, tree, vocabulary, uses, gaps, evidence,
            weights=fitted.weights, silent=fitted.seen.silent, given=given is not None,
            stability=told.stability, dependence=parts.dependence,
        )  # fmt: skip
    with run.timed("exhibits"):
        baseline = cart_baseline(run, fitted, uses["certificate"], asks or rows.names)
        exhibits = collect_exhibits(run, fitted, tree, reading, uses["certificate"])
    result = result_of(
        run, reading, points, tree, certificate, evidence, diagnosis, fitted.seen, n_fit, len(gaps), parts.dependence
    )
    more = {"baseline": baseline, "exhibits": exhibits, "deferral": fitted.deferral}
    result = replace(result, weighted_by=weighted_by(sample_weight, asked), **more)
    return result if concepts is None else reading_inputs(result, concepts)
