"""A small picture of an image, with regions outlined, as PNG."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["picture"]

# Most pixels of an image that are shown along a side, and dots along the longer side of the picture.
_MOST_PIXELS, _DOTS = 64, 128
_OUTLINE = (230, 159, 0)
"""Orange: seen on every grey."""


def picture(pixels: NDArray[np.float64], regions: Iterable[NDArray[np.bool_]] = ()) -> str:
    """Return an image as PNG in base64, from its darkest to its brightest, with few pixels, enlarged.

    Parameters
    ----------
    pixels : ndarray of float64, shape (channels, height, width)
        The image; of more than three channels the first three are shown, of two the first.
    regions : iterable of ndarray of bool, shape (height, width)
        What is outlined.

    Examples
    --------
    >>> base64.b64decode(picture(np.eye(4)[None]))[1:4]
    b'PNG'
    """
    _, height, width = pixels.shape
    step = max(1, -(-max(height, width) // _MOST_PIXELS))
    seen = pixels[: 3 if len(pixels) >= 3 else 1, ::step, ::step]
    low, high = float(seen.min()), float(seen.max())
    levels = np.round((seen - low) / ((high - low) or 1.0) * 255).astype(np.uint8)
    dots = max(1, _DOTS // max(levels.shape[1:]))
    shown = np.moveaxis(np.broadcast_to(levels, (3, *levels.shape[1:])), 0, 2).repeat(dots, 0).repeat(dots, 1)
    for region in regions:
        shown[_outline(region[::step, ::step].repeat(dots, 0).repeat(dots, 1))] = _OUTLINE
    return base64.b64encode(_png(shown)).decode()


def _outline(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the dots of a region that have a neighbour outside it, or none."""
    wide = np.pad(inside, 1)
    around = wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]
    return inside & ~around


def _png(shown: NDArray[np.uint8]) -> bytes:
    """Write red, green and blue, shape (height, width, 3)."""
    header = struct.pack(">IIBBBBB", shown.shape[1], shown.shape[0], 8, 2, 0, 0, 0)
    lines = b"".join(b"\x00" + line.tobytes() for line in shown)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
