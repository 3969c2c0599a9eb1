"""A page of raw inputs shows the inputs themselves: words marked, pictures, nothing of them as markup."""

import numpy as np
import pytest

from limbeck import Distillation, distill
from limbeck.concepts import Patches, Words

HOSTILE = ["free", "<script>alert(1)</script>", "\x1b[31m", "{{7*7}}", "</mark>", "hello\nthere"]


@pytest.fixture(scope="module")
def of_texts():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(HOSTILE, rng.integers(0, 5))) for _ in range(300)]
    model = lambda some: np.array(["free" in text for text in some])  # noqa: E731
    return distill(model, texts, concepts=Words(), effort="fast", max_leaves=3)


def test_words_are_marked_and_nothing_is_markup(of_texts, tmp_path):
    of_texts.save(tmp_path / "a.json")
    page = Distillation.load(tmp_path / "a.json").report()
    assert page == of_texts.report()
    assert "<mark>free</mark>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "\x1b" not in page
    assert "hello ⏎ there" in page
    assert "<td><bdi>yes</bdi></td>" in page


def test_no_input_is_kept_where_no_row_may_be():
    texts = ["free secret", "other secret"] * 100
    model = lambda some: np.array(["free" in text for text in some])  # noqa: E731
    result = distill(model, texts, concepts=Words(), effort="fast", keep_rows=False)
    assert "secret" not in str(result.to_dict()["exhibits"])


def test_images_are_pictures():
    images = np.random.default_rng(0).random((200, 6, 6)) * np.linspace(0, 1, 200)[:, None, None]
    model = lambda some: (some.mean(axis=(1, 2)) > 0.2).astype(int)  # noqa: E731
    page = distill(model, images, concepts=Patches(), effort="fast", max_leaves=3).report()
    assert page.count('src="data:image/png;base64,') > 20
    assert "img-src data:" in page


def test_influence_is_that_of_taking_a_concept_away(of_texts):
    page = of_texts.report()
    assert "taking this alone from inputs changes" in page
    assert "changing this column" not in page
