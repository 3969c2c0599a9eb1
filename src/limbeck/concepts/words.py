"""Words and runs of words in texts, as scikit-learn's vectorisers find them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from limbeck.concepts.counted import Counted
from limbeck.concepts.inputs import text_of
from limbeck.concepts.questions import Question
from limbeck.errors import InputError

__all__ = ["Words"]


@dataclass(frozen=True)
class Words(Counted):
    r"""Ask whether a text contains a word, or a run of words or letters, often enough.

    Parameters
    ----------
    counts : tuple of int
        How many times: `(1,)` asks whether a word is there, `(1, 3)` also whether it is there three times.
    ngrams : (int, int)
        Fewest and most words (letters) of a run.
    letters : bool
        Whether runs of letters inside words are asked about instead of words.
    lowercase : bool
        Whether capital and small letters are the same.
    pattern : str
        Regular expression of a word.
    chosen : tuple of (str, int)
        The questions that are asked.

    Notes
    -----
    An input is a text; bytes, and files given as paths (their first MiB), are read as UTF-8, and what cannot be decoded
    is no letter. An empty text answers no to every question. Whatever is not text is refused.

    Examples
    --------
    >>> words = Words(ngrams=(1, 2)).asking([("not good", 1), ("very", 2)])
    >>> words.names
    ('contains "not good"', 'contains "very" 2 times or more')
    >>> words.answers(["Not good.", "very, very good"]).tolist()
    [[True, False], [False, True]]
    >>> words.without("It is not good.", ("not good", 1))
    'It is .'
    """

    kind: ClassVar[str] = "words"

    ngrams: tuple[int, int] = (1, 1)
    letters: bool = False
    lowercase: bool = True
    pattern: str = r"(?u)\b\w\w+\b"

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = self.ngrams if len(self.ngrams) == 2 else (0, 0)
        if not 1 <= low <= high <= 20:
            raise InputError("`ngrams` as fewest and most, up to 20", f"`ngrams={self.ngrams!r}`", "write `(1, 2)`")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InputError("`pattern` as a regular expression", f"{error}", "see the `re` module") from error

    def tokens(self, one: Any) -> Iterable[str]:
        return self._analyse(text_of(one, "an input of `Words`"))

    @cached_property
    def _analyse(self) -> Callable[[str], Iterable[str]]:
        from sklearn.feature_extraction.text import CountVectorizer  # slow to import

        return CountVectorizer(
            analyzer="char_wb" if self.letters else "word", ngram_range=self.ngrams, lowercase=self.lowercase,
            token_pattern=self.pattern,
        ).build_analyzer()  # fmt: skip

    def name(self, question: Question) -> str:
        token, k = question
        return f'contains {"the letters " if self.letters else ""}"{token}"{f" {k} times or more" if k > 1 else ""}'

    def marks(self, one: Any, question: Question) -> list[tuple[int, int]]:
        """Return the places of the words, as far as they follow each other with no other word between them."""
        text, token = text_of(one), str(question[0])
        seen = text.lower() if self.lowercase else text
        if len(seen) != len(text):  # a few letters change their length with their case; then nothing is marked
            return []
        if self.letters:
            return [found.span() for found in re.finditer(re.escape(token.strip()), seen)] if token.strip() else []
        words = list(re.finditer(self.pattern, seen))
        wanted = token.split(" ")
        width = len(wanted)
        spans: list[tuple[int, int]] = []
        for i in range(len(words) - width + 1):
            if [found[min(1, found.re.groups)] for found in words[i : i + width]] == wanted:
                spans.append((words[i].start(), words[i + width - 1].end()))
        return spans

    def without(self, one: Any, question: Question) -> Any:
        """Return the text without the words; None for files, which stay as they are."""
        if not isinstance(one, (str, bytes)):
            return None
        text = text_of(one)
        left, at = "", 0
        for start, stop in self.marks(text, question):
            left, at = left + text[at : max(at, start)], max(at, stop)
        left += text[at:]
        return left if isinstance(one, str) else left.encode()

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"counts": [int], "ngrams": (int, int), "letters": bool, "lowercase": bool, "pattern": str}
