"""Which concepts are chosen on which inputs, also when time is short."""

import numpy as np
import pytest

import limbeck
from limbeck.concepts import Functions, Words, raw_table
from limbeck.core import Outputs
from limbeck.passes import Clock, Run, choose_concepts
from limbeck.passes.asker import Asker
from limbeck.passes.journal import Journal
from limbeck.settings import Settings
from limbeck.teachers import as_teacher


class Watch:
    """A clock that a question about an input moves on."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds

    def long(self, text):
        self.seconds += 0.01
        return "a" in text


TEXTS = [letter * 3 for letter in "abcd" * 500]
CODES = np.array([text[0] == "a" for text in TEXTS]).astype(int)


def chosen(limit, texts=TEXTS):
    watch = Watch()
    teacher = as_teacher(lambda some: [text[0] == "a" for text in some])
    clock = Clock(limit, watch)
    run = Run(Settings.given(time_limit=limit), Asker(teacher, clock), Journal(clock))
    outputs = Outputs(CODES[: len(texts)], np.eye(2)[CODES[: len(texts)]])
    kind = Functions({"has an a": watch.long})
    concepts = choose_concepts(run, [kind], raw_table(texts), outputs, np.ones(len(texts)))
    return concepts, run, watch.seconds


def test_under_a_time_limit_concepts_are_chosen_on_fewer_inputs_and_that_is_said():
    concepts, run, seconds = chosen(20.0)
    assert concepts.names == ("has an a",)
    assert seconds < 0.45 * 20
    assert "inputs that concepts were chosen on" in run.clock.notes[0]


@pytest.mark.parametrize(("limit", "texts"), [(None, TEXTS), (200.0, TEXTS), (0.1, TEXTS[:150])])
def test_with_time_or_few_inputs_they_are_chosen_on_all(limit, texts):
    concepts, run, seconds = chosen(limit, texts)
    assert concepts.names == ("has an a",)
    assert seconds >= 0.01 * len(texts)
    assert not run.clock.was_cut("concepts")


def test_a_limit_that_is_over_at_once_still_gives_a_tree():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["free", "paid", "lunch", "money"], 3)) for _ in range(600)]
    result = limbeck.distill(
        lambda some: ["free" in text for text in some], texts, concepts=Words(), effort="fast", time_limit=1e-6
    )
    assert len(result.predict(texts)) == 600
