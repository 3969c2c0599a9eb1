"""Patches of images: how bright they are, in which colour, and how strong their edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limbeck.concepts.questions import Candidates, Question, Questions
from limbeck.errors import InputError
from limbeck.tables import number_text

__all__ = ["Patches"]

_BRIGHT, _ACROSS, _DOWN = "bright", "across", "down"
_WORDS = {_BRIGHT: "brighter than", _ACROSS: "edges left to right above", _DOWN: "edges top to bottom above"}


@dataclass(frozen=True)
class Patches(Questions):
    """Ask about the patches of a grid over an image: brightness, colours, and edges.

    A patch's brightness is the mean over its pixels and channels, its redness and so on the mean of one channel, and an
    edge the mean of the absolute differences of neighbouring pixels. Patch (1, 2) is in the first row and the second
    column.

    Parameters
    ----------
    grids : tuple of int
        Each is a grid of so many rows and columns of patches. On small images a finer grid ends at single pixels.
    thresholds : int, at least 1
        Most thresholds of each measure, at quantiles of the images that fit.
    edges : bool
        Whether edges are asked about too.
    channels : {"last", "first", "none"}
        Where an image of three axes has its channels; images of two have none.
    chosen : tuple of (str, int, int, int, float)
        The questions that are asked: measure, grid, row, column (from 0) and threshold.

    Notes
    -----
    The grid is stretched over each image, so that images may be of any size, also of different ones, down to one pixel
    a patch; a smaller image is refused, and so are images of another number of channels. A flat row of w² pixels is an
    image of w by w.

    Examples
    --------
    >>> patches = Patches().asking([("bright", 2, 0, 1, 0.5)])
    >>> patches.names
    ('patch (1, 2) of 2 x 2 brighter than 0.5',)
    >>> patches.answers([np.array([[0, 1.0], [0, 0]]), np.zeros((7, 5))]).tolist()
    [[True], [False]]
    """

    kind: ClassVar[str] = "patches"

    grids: tuple[int, ...] = (1, 2, 4, 8)
    thresholds: int = 8
    edges: bool = True
    channels: str = "last"

    def __post_init__(self) -> None:
        if not self.grids or min(self.grids) < 1 or self.thresholds < 1:
            found = f"`grids={self.grids}` and `thresholds={self.thresholds}`"
            raise InputError("`grids` and `thresholds` of at least 1", found, "write `Patches(grids=(4, 8))`")
        if self.channels not in ("last", "first", "none"):
            found = f"`channels={self.channels!r}`"
            raise InputError("`channels` as `last`, `first` or `none`", found, "say where the channels are")

    def candidates(self, inputs: Sequence[Any], least: int) -> Candidates:
        from scipy.sparse import csc_array  # slow to import

        images = [self.pixels(one) for one in inputs]
        smallest = min(min(image.shape[1:]) for image in images)
        questions: list[Question] = []
        columns: list[NDArray[np.int32]] = []
        for measure, grid, values in self._measured(images, [g for g in self.grids if g <= smallest]):
            for row, column in np.ndindex(grid, grid):
                own = values[:, row, column]
                for threshold in _between(own, self.thresholds):
                    above = own > threshold
                    if least <= above.sum() <= len(own) - least:
                        questions.append((measure, grid, row, column, threshold))
                        columns.append(np.flatnonzero(above).astype(np.int32))
        indptr = np.concatenate([[0], np.cumsum([len(c) for c in columns])]).astype(np.int64)
        indices = np.concatenate(columns) if columns else np.zeros(0, np.int32)
        shape = (len(images), len(questions))
        return Candidates(questions, csc_array((np.ones(len(indices), bool), indices, indptr), shape=shape))

    def _measured(
        self, images: Sequence[NDArray[np.float64]], grids: Sequence[int]
    ) -> Iterator[tuple[str, int, NDArray[np.float64]]]:
        """Yield each measure of each grid with its values, shape (n, grid, grid)."""
        channels = len(images[0])
        names = [_BRIGHT, *([_ACROSS, _DOWN] if self.edges else []), *map(str, range(channels if channels > 1 else 0))]
        for grid in sorted(grids):
            for measure in names:
                yield measure, grid, np.stack([_patches(_layer(image, measure), grid) for image in images])

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.bool_]:
        found = np.zeros((len(inputs), len(self.chosen)), bool)
        wanted = sorted({question[:2] for question in self.chosen})
        finest = max((grid for _, grid in wanted), default=1)
        for i, one in enumerate(inputs):
            image = self.pixels(one)
            if min(image.shape[1:]) < finest:
                seen = f"an image of {image.shape[1]} by {image.shape[2]} pixels"
                raise InputError(f"images of at least {finest} by {finest} pixels", seen, "enlarge it, or leave it out")
            held = {pair: _patches(_layer(image, pair[0]), pair[1]) for pair in wanted}
            for q, (measure, grid, row, column, threshold) in enumerate(self.chosen):
                found[i, q] = held[measure, grid][row, column] > threshold
        return found

    def pixels(self, one: Any) -> NDArray[np.float64]:
        """Return an image as numbers, shape (channels, height, width)."""
        asked = "images as arrays of numbers, of shape (height, width) or with channels"
        try:
            image = np.asarray(one, np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(asked, f"a `{type(one).__name__}`: {error}", "convert it, or leave it out") from error
        if image.ndim == 1 and round(len(image) ** 0.5) ** 2 == len(image) > 0:
            image = image.reshape(round(len(image) ** 0.5), -1)
        if image.ndim == 2:
            image = image[None]
        elif image.ndim == 3 and self.channels != "none":
            image = np.moveaxis(image, 0 if self.channels == "first" else 2, 0)
        else:
            raise InputError(asked, f"the shape {image.shape}", "give one image a row, and see `channels=`")
        if not image.size or not np.isfinite(image).all():
            raise InputError(asked, "no pixels" if not image.size else "NaN or infinity", "leave it out")
        return image

    def name(self, question: Question) -> str:
        measure, grid, row, column, threshold = question
        where = "image" if grid == 1 else f"patch ({row + 1}, {column + 1}) of {grid} x {grid}"
        what = _WORDS.get(measure, f"channel {measure} above")
        return f"{where} {what} {number_text(threshold)}"

    def without(self, one: Any, question: Question) -> Any:
        """Return the image with the patch in the grey of the whole image."""
        image = np.array(one, copy=True)
        flat = image.reshape(round(len(image) ** 0.5), -1) if image.ndim == 1 else image
        axes = (1, 2) if self.channels == "first" and flat.ndim == 3 else (0, 1)
        _, grid, row, column, _ = question
        index: list[Any] = [slice(None)] * flat.ndim
        for axis, at in zip(axes, (row, column), strict=True):
            edges = _edges(flat.shape[axis], grid)
            index[axis] = slice(edges[at], edges[at + 1])
        flat[tuple(index)] = flat.mean()
        return image

    @classmethod
    def saved_fields(cls) -> dict[str, Any]:
        return {"grids": [int], "thresholds": int, "edges": bool, "channels": str}


def _layer(image: NDArray[np.float64], measure: str) -> NDArray[np.float64]:
    """Return what a measure is the mean of, shape (height, width)."""
    if measure == _BRIGHT:
        return image.mean(axis=0)
    if measure in (_ACROSS, _DOWN):
        axis = 2 if measure == _ACROSS else 1
        steps = np.abs(np.diff(image, axis=axis)).mean(axis=0)
        return np.pad(steps, [(0, 0), (0, 1)] if measure == _ACROSS else [(0, 1), (0, 0)])
    if int(measure) >= len(image):
        found = f"{len(image)} of them"
        raise InputError(f"images with a channel {measure}", found, "give images like those of the fit")
    return image[int(measure)]


def _edges(length: int, grid: int) -> NDArray[np.intp]:
    """Return where the patches of a side begin, and where the last one ends."""
    return np.round(np.linspace(0, length, grid + 1)).astype(np.intp)


def _patches(layer: NDArray[np.float64], grid: int) -> NDArray[np.float64]:
    """Return the mean of each patch, shape (grid, grid)."""
    down, across = (_edges(n, grid) for n in layer.shape)
    sums = np.add.reduceat(np.add.reduceat(layer, down[:-1], axis=0), across[:-1], axis=1)
    return sums / np.outer(np.diff(down), np.diff(across))


def _between(values: NDArray[np.float64], most: int) -> list[float]:
    """Return thresholds at even quantiles, each between two neighbouring values and with few digits."""
    distinct = np.unique(values)
    if len(distinct) < 2:
        return []
    after = np.searchsorted(distinct, np.quantile(values, np.arange(1, most + 1) / (most + 1)), side="right") - 1
    cuts = np.unique(np.clip(after, 0, len(distinct) - 2))
    return [_readable(float(distinct[i]), float(distinct[i + 1])) for i in cuts]


def _readable(low: float, high: float) -> float:
    """Return the number with the fewest digits in the middle half between two numbers."""
    for digits in range(-3, 16):
        middle = round((low + high) / 2, digits)
        if abs(middle - (low + high) / 2) <= (high - low) / 4 and low <= middle < high:
            return float(middle)
    return low
