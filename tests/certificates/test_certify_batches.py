"""Certificates from batches: those of one table, in whatever parts, and limits that are never lower."""

import numpy as np
import pandas as pd
import pytest

from limbeck import certify, distill
from limbeck.certificates import certify_until_decided
from limbeck.errors import InputError
from limbeck.streams import Frames
from limbeck.students import rules_from_tree


def model(x):
    return np.where(x["b"].to_numpy() == "x", x["a"].to_numpy() > 1, x["c"].to_numpy() > 0.3).astype(int)


def number(x):
    return x["c"].to_numpy() * 2 + (x["b"].to_numpy() == "x")


def rows(n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.integers(4, size=n), "b": rng.choice(list("xyz"), n), "c": rng.normal(size=n)})


def cut(frame, n_parts):
    return [frame.iloc[part] for part in np.array_split(np.arange(len(frame)), n_parts)]


@pytest.fixture(scope="module")
def results():
    return {
        model: distill(model, rows(400, 0), max_leaves=3, effort="fast", certificate=0.0) for model in (model, number)
    }


def without_words(claim):
    return {name: value for name, value in claim.to_dict().items() if name not in ("rows", "hypotheses")}


@pytest.mark.parametrize("n_parts", [1, 7, 50])
@pytest.mark.parametrize("whole", [True, False])
def test_the_claim_is_that_of_the_table(results, n_parts, whole):
    fresh, result = rows(2000, 1), results[model]
    student = result if whole else result.tree
    expected = without_words(certify(student, model, fresh))
    assert expected["disagreements"] > 0
    assert without_words(certify(student, model, cut(fresh, n_parts))) == expected


def test_a_class_that_the_student_does_not_know_is_a_disagreement(results):
    fresh = rows(1000, 1)

    def strange(x):
        return np.where(x["a"].to_numpy() == 3, 7, model(x))

    expected = without_words(certify(results[model], strange, fresh))
    assert without_words(certify(results[model], strange, cut(fresh, 4))) == expected


def logit(x):
    return 0.4 * x["c"].to_numpy() + 0.2


@pytest.fixture(scope="module")
def of_logits():
    """A tree over logits, and rows of which those that come first have logits between 0.5 and 1."""
    result = distill(logit, rows(400, 0), max_leaves=3, effort="fast", certificate=0.0, task="binary")
    fresh = rows(1000, 1)
    between = (logit(fresh) > 0.5) & (logit(fresh) <= 1)
    return result, pd.concat([fresh[between].iloc[:30], fresh], ignore_index=True)


@pytest.mark.parametrize("n_parts", [1, 200])
def test_logits_stay_logits_whichever_rows_come_first(of_logits, n_parts):
    result, fresh = of_logits
    expected = without_words(certify(result, logit, fresh))
    assert expected["disagreements"] < 40
    assert without_words(certify(result.tree, logit, fresh, task="binary")) == expected
    assert without_words(certify(result.tree, logit, cut(fresh, n_parts), task="binary")) == expected


@pytest.mark.parametrize(("batch_rows", "found"), [(10, "answers for 10 rows"), (25, "answers from -")])
def test_a_verdict_is_not_given_on_logits_taken_for_probabilities(of_logits, batch_rows, found):
    result, fresh = of_logits
    settings = {"epsilon": 0.05, "batch_rows": batch_rows}
    for given in (fresh, cut(fresh, 1)):
        with pytest.raises(InputError, match=found):
            certify_until_decided(result.tree, logit, given, task="binary", **settings)
        assert certify_until_decided(result, logit, given, **settings).verdict.name == "CERTIFIED"


def test_a_row_that_asks_alone_is_answered_as_among_others(of_logits):
    result, fresh = of_logits
    tree = result.tree.asking_at(result.tree.leaves)
    expected = (logit(fresh) > 0).astype(int)
    assert (tree.predict(fresh, model=logit, task="binary") == expected).all()
    with pytest.raises(InputError, match="`reading=`"):
        tree.predict(fresh.iloc[:1], model=logit, task="binary")
    alone = [tree.predict(fresh.iloc[i : i + 1], model=logit, reading=result.reading)[0] for i in range(60)]
    assert alone == expected[:60].tolist()


def test_the_claim_about_a_student_that_is_no_tree_is_that_of_the_table(results):
    fresh, rules = rows(2000, 1), rules_from_tree(results[model].tree)
    expected = without_words(certify(rules, model, fresh))
    assert expected["disagreements"] > 0
    assert without_words(certify(rules, model, cut(fresh, 7))) == expected


@pytest.mark.parametrize("kind", [model, number])
def test_the_claim_about_a_tree_that_asks_is_that_of_the_table(results, kind):
    fresh, result = rows(2000, 1), results[kind]
    for leaves in (result.tree.leaves[:1], result.tree.leaves[1:], result.tree.leaves):
        tree = result.tree.asking_at(leaves)
        expected = without_words(certify(tree, strange(kind), fresh, tolerance=0.5))
        assert "answered_limit" in expected
        for parts in (cut(fresh, 1), cut(fresh, 7)):
            assert without_words(certify(tree, strange(kind), parts, tolerance=0.5)) == expected


def strange(kind):
    """Return a model that differs from another on some rows of every leaf."""
    return lambda x: np.where(x["a"].to_numpy() == 3, 1 - kind(x), kind(x))


def test_a_leaf_that_asks_and_that_no_row_comes_to_changes_nothing(results):
    fresh, tree = rows(500, 1), results[model].tree
    leaf = tree.leaves[0]
    others = fresh[tree.apply(fresh) != leaf]
    expected = without_words(certify(tree.asking_at([leaf]), model, others))
    assert "answered_limit" not in expected
    assert without_words(certify(tree.asking_at([leaf]), model, cut(others, 3))) == expected


def test_a_distillation_that_was_to_ask_is_certified_at_its_target(results):
    result = distill(model, rows(600, 0), max_leaves=3, effort="fast", defer=0.05)
    fresh = rows(1000, 1)
    expected = without_words(certify(result, model, fresh))
    assert expected["target"] == 0.05
    assert without_words(certify(result, model, cut(fresh, 5))) == expected


def test_numbers_that_are_answered_in_part_need_a_tolerance(results):
    tree = results[number].tree
    with pytest.raises(InputError, match="`tolerance=`"):
        certify(tree.asking_at(tree.leaves[:1]), number, cut(rows(100, 1), 2))


def test_a_tree_that_asks_is_watched_batch_by_batch(results):
    tree, fresh = results[model].tree, rows(2000, 1)
    tree = tree.asking_at(tree.leaves[:1])
    table = certify_until_decided(tree, model, fresh, epsilon=0.6)
    claim = certify_until_decided(tree, model, iter(cut(fresh, 9)), epsilon=0.6)
    assert (claim.n_rows, claim.disagreements) == (table.n_rows, table.disagreements)


@pytest.mark.parametrize("n_parts", [1, 9])
def test_the_tolerance_of_numbers_is_hardly_larger_and_never_smaller(results, n_parts):
    fresh = rows(2000, 1)
    exact = certify(results[number], number, fresh)
    found = certify(results[number], number, cut(fresh, n_parts))
    assert exact.tolerance <= found.tolerance <= exact.tolerance * (1 + 1 / 2000)
    assert found.n_beyond <= exact.n_beyond


def test_only_the_columns_that_the_tree_was_fitted_on_are_read(results):
    wide = rows(500, 2).assign(label="?", other=1.0)
    asked = []

    def make(kept):
        asked.append(kept)
        return [wide]

    certify(results[model], model, Frames(make, "frames"))
    assert asked[-1] == ["a", "b", "c"]


def test_until_decided_stops_early_and_reads_no_more_batches(results):
    read = []

    def batches():
        for part in cut(rows(5000, 1), 50):
            read.append(len(part))
            yield part

    claim = certify_until_decided(results[model], model, batches(), epsilon=0.6)
    table = certify_until_decided(results[model], model, rows(5000, 1), epsilon=0.6)
    assert claim.verdict.name == "CERTIFIED"
    assert (claim.n_rows, claim.disagreements) == (table.n_rows, table.disagreements)
    assert sum(read) < 1000


def test_a_stream_that_ends_undecided_has_spent_its_budget(results):
    claim = certify_until_decided(results[model], model, iter(cut(rows(6, 1), 3)), epsilon=0.1)
    assert claim.verdict.name == "BUDGET_SPENT"
    assert claim.budget == claim.n_rows == 6


@pytest.mark.parametrize("asked", [{"groups": "a"}, {"defer_above": 0.1}])
def test_what_takes_all_rows_at_once_is_refused(results, asked):
    with pytest.raises(InputError, match="batches"):
        certify(results[model], model, cut(rows(100, 1), 2), **asked)


def test_no_rows_are_refused(results):
    with pytest.raises(InputError, match="without any"):
        certify(results[model], model, [rows(0, 1)])
