"""The networks that are trained here, small enough for a minute of one core each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

LENGTH, VOCABULARY, WIDTH = 64, 3000, 48


class Tokens:
    """Words of a text as numbers: 0 where there is none, 1 for a word that is rare."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in self.words(text))
        self.place = {word: i + 2 for i, (word, _) in enumerate(counts.most_common(VOCABULARY - 2))}

    @staticmethod
    def words(text: str) -> list[str]:
        """Return the first words of a text."""
        return re.findall(r"\w\w+", text.lower())[:LENGTH]

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Return the numbers, shape (n, LENGTH)."""
        rows = np.zeros((len(texts), LENGTH), np.int64)
        for i, text in enumerate(texts):
            numbers = [self.place.get(word, 1) for word in self.words(text)]
            rows[i, : len(numbers)] = numbers
        return rows


class Transformer(nn.Module):
    """Two layers of attention over tokens, their mean, and a linear map."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH, padding_idx=0)
        self.position = nn.Embedding(LENGTH, WIDTH)
        self.block1, self.block2 = _Block(), _Block()
        self.pooled = nn.Identity()
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        there = (tokens > 0).unsqueeze(-1).float()
        there[:, 0] = 1.0  # a text without words is its first place
        x = self.embedding(tokens) + self.position(torch.arange(LENGTH))
        x = self.block2(self.block1(x, there), there)
        return self.head(self.pooled((x * there).sum(1) / there.sum(1)))


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 4, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        x = self.norm1(x + self.attention(x, x, x, key_padding_mask=there[..., 0] == 0, need_weights=False)[0])
        return self.norm2(x + self.narrow(torch.relu(self.wide(x))))


def convolutional() -> nn.Module:
    """Return a network for 8 x 8 digits, untrained."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def larger() -> nn.Module:
    """Return a network for 28 x 28 digits, untrained."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 28)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 49, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


def trained(net: nn.Module, inputs: torch.Tensor, labels: np.ndarray, epochs: int, rate: float = 2e-3) -> nn.Module:
    """Train by Adam on cross-entropy."""
    targets = torch.as_tensor(labels)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate, weight_decay=1e-4)
    for _ in range(epochs):
        for batch in torch.randperm(len(targets)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(inputs[batch]), targets[batch]).backward()
            optimiser.step()
    return net.eval()
