"""What a file holds, told by its first bytes and, in a zip archive, by the names inside; nothing is opened for it."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = [
    "CATBOOST",
    "COMPRESSED",
    "EXPORTED",
    "KERAS",
    "OTHER",
    "PICKLE",
    "SKOPS",
    "TORCH_PICKLE",
    "content_of",
    "read_whole",
]

PICKLE = "a pickle, which can run any code when it is opened"
TORCH_PICKLE = "a PyTorch archive with a pickle, which can run any code when it is opened"
EXPORTED = "a `torch.export` archive, which can run any code when PyTorch opens it"
CATBOOST = "a CatBoost model, whose reader checks nothing: a crafted file can crash the process, or worse"
COMPRESSED = "a compressed file, such as a pickle of joblib"
SKOPS = "a skops file"
KERAS = "a Keras file"
OTHER = "data of no known kind"

_LARGEST = 2**28
_PACKED = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00")


def content_of(path: Path) -> str:
    """Tell what a file holds; `OTHER` where its first bytes are those of no format that is known here."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return PICKLE
    if head.startswith(b"CBM1"):
        return CATBOOST
    if head.startswith(_PACKED):
        return COMPRESSED
    if not head.startswith(b"PK"):
        return OTHER
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except zipfile.BadZipFile:
        return OTHER
    if "data.pkl" in names:
        return "a TorchScript archive" if "constants.pkl" in names else TORCH_PICKLE
    if names & {"archive_format", "serialized_exported_program.json"}:
        return EXPORTED
    if "model.weights.h5" in names and "config.json" in names:
        return KERAS
    return SKOPS if "schema.json" in names else "a zip archive of no known kind"


def read_whole(path: Path) -> bytes:
    """Return what a file holds, when it is no larger than a model that can be checked in memory."""
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(f"{size / 2**20:.0f} MiB, more than the {_LARGEST >> 20} MiB that are checked")
    return path.read_bytes()
