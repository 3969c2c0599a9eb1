"""A skops file read as data: every node known and listed, and the file written anew from the nodes that were read.

Nothing is imported or built here but arrays of numbers. What skops opens afterwards is made of the same nodes, without
keys that were not read, and without `__id__`, by which a node could stand for another than the one that was checked.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from limbeck.teachers.limited_zip import LimitedArchive, budget_of
from limbeck.teachers.skops_sound import Built, check_generator, check_sound, check_sparse
from limbeck.teachers.skops_types import ARRAYS, FUNCTIONS, KEYS, LOSSES, MAPPINGS, OBJECTS, SPARSE, TYPES

__all__ = ["SkopsReading"]

_Node = dict[str, Any]
_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "SFC64")
_PROTOCOLS = (1, 2)


@dataclass
class SkopsReading:
    """The nodes of one file: what is refused, what is named, and the file written anew.

    Attributes
    ----------
    refused : dict of str
        Names that are not listed, in the order in which they were found; a dict for its order.
    named : set of str
        Names that are listed and stand in the file.
    """

    data: bytes
    refused: dict[str, None] = field(default_factory=dict[str, None])
    named: set[str] = field(default_factory=set[str])
    _parts: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def rewritten(self) -> bytes:
        """Read everything; return the file written anew, of which skops may open all that is not refused."""
        self._archive = LimitedArchive(self.data, budget_of(len(self.data)))
        schema = json.loads(self._archive.read("schema.json"))
        protocol = schema["protocol"]
        if type(protocol) is not int or protocol not in _PROTOCOLS:
            raise ValueError(f"the protocol {protocol!r}, which is none of {_PROTOCOLS}")
        node, _ = self._read(schema)
        fresh = node | {"protocol": protocol, "_skops_version": str(schema.get("_skops_version"))}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, part in (self._parts | {"schema.json": json.dumps(fresh).encode()}).items():
                archive.writestr(name, part)
        return buffer.getvalue()

    def _read(self, node: _Node) -> tuple[_Node, Any]:
        """Return a node written anew, and what it holds, as data."""
        loader = node["__loader__"]
        reader = self._READERS.get(loader)
        head = {"__class__": str(node["__class__"]), "__module__": str(node["__module__"]), "__loader__": str(loader)}
        name = f"{head['__module__']}.{head['__class__']}"
        if reader is None:
            self.refused[f"{name} ({loader})"] = None
            return head, None
        method, listed_names = reader
        if listed_names is not None:
            if name not in listed_names:
                self.refused[name] = None
                return head, None
            self.named.add(name)
        rest, value = method(self, node, name)
        return head | rest, value

    def _json(self, node: _Node, name: str) -> tuple[_Node, Any]:
        content = str(node["content"])
        return {"content": content, "is_json": True}, json.loads(content)

    def _items(self, node: _Node, name: str) -> tuple[_Node, Any]:
        read = [self._read(item) for item in _a(list, node["content"])]
        values = [value for _, value in read]
        return {"content": [item for item, _ in read]}, tuple(values) if name.endswith("tuple") else values

    def _mapping(self, node: _Node, name: str) -> tuple[_Node, Any]:
        types, kinds = self._read(node["key_types"])
        read = {str(key): self._read(value) for key, value in _a(dict, node["content"]).items()}
        known = isinstance(kinds, list) and all(isinstance(kind, Built) and kind.name in KEYS for kind in kinds)
        if not known or len(kinds) != len(read):
            raise ValueError("a dict with keys of no plain type")
        values = [value for _, value in read.values()]
        keys = [key if kind.name == "builtins.str" else (kind.name, key) for kind, key in zip(kinds, read, strict=True)]
        content = {key: item for key, (item, _) in read.items()}
        return {"key_types": types, "content": content}, dict(zip(keys, values, strict=True))

    def _slice(self, node: _Node, name: str) -> tuple[_Node, Any]:
        ends = {end: node["content"][end] for end in ("start", "stop", "step")}
        if not all(end is None or isinstance(end, (int, str)) for end in ends.values()):
            raise ValueError("a slice between things that are neither places nor names")
        return {"content": ends}, None

    def _bytes(self, node: _Node, name: str) -> tuple[_Node, Any]:
        return {"file": self._kept(self._archive.read(node["file"]), "bin")}, None

    def _name(self, node: _Node, name: str) -> tuple[_Node, Any]:
        return {}, Built(name)

    def _part_call(self, node: _Node, name: str) -> tuple[_Node, Any]:
        read = {part: self._read(node["content"][part]) for part in ("func", "args", "kwds", "namespace")}
        function, namespace = read["func"][0]["__loader__"], read["namespace"][1]
        if function != "FunctionNode" or namespace:
            self.refused[f"{name} of no listed function"] = None
        return {"content": {part: item for part, (item, _) in read.items()}}, Built(name)

    def _array(self, node: _Node, name: str) -> tuple[_Node, Any]:
        if node["type"] == "numpy":
            data = self._archive.read(node["file"])
            return {"type": "numpy", "file": self._kept(data, "npy")}, _numbers(data)
        shape, sizes = self._read(node["shape"])
        items, values = self._items(node, name)
        if not isinstance(sizes, tuple) or not all(type(size) is int for size in sizes):
            raise ValueError("an array without a shape")
        return {"type": "json", "shape": shape} | items, Built(name, {"items": values, "shape": sizes})

    def _masked(self, node: _Node, name: str) -> tuple[_Node, Any]:
        read = {part: self._read(node["content"][part]) for part in ("data", "mask")}
        return {"content": {part: item for part, (item, _) in read.items()}}, None

    def _dtype(self, node: _Node, name: str) -> tuple[_Node, Any]:
        content, _ = self._read(node["content"])
        return {"content": content}, None

    def _sparse(self, node: _Node, name: str) -> tuple[_Node, Any]:
        data = self._archive.read(node["file"])
        inner = LimitedArchive(data, self._archive.left)
        arrays = {part.removesuffix(".npy"): _numbers(inner.read(part)) for part in inner.names}
        self._archive.left = inner.left
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        matrix = check_sparse(io.BytesIO(buffer.getvalue()), arrays)
        return {"type": "scipy", "file": self._kept(buffer.getvalue(), "npz")}, matrix

    def _random_state(self, node: _Node, name: str) -> tuple[_Node, Any]:
        content, state = self._read(node["content"])
        check_generator(state, ("MT19937",))
        return {"content": content}, None

    def _generator(self, node: _Node, name: str) -> tuple[_Node, Any]:
        parts = ("bit_generator", "seed_seq")
        read = {part: self._read(node["content"][part]) for part in parts if part in node["content"]}
        state = read["bit_generator"][1]
        check_generator(state, _BIT_GENERATORS)
        if "seed_seq" in read and read["seed_seq"][1].get("pool_size") != 4:  # the time to seed grows with its square
            raise ValueError("a random generator with a pool of an unusual size")
        self.named.add(f"numpy.random.{state['bit_generator']}")
        return {"content": {part: item for part, (item, _) in read.items()}}, None

    def _object(self, node: _Node, name: str) -> tuple[_Node, Any]:
        if node.get("content") is None:
            return {}, Built(name)
        content, state = self._read(node["content"])
        built = Built(name, state)
        if not self.refused:
            check_sound(built)
        return {"content": content}, built

    def _reduced(self, node: _Node, name: str) -> tuple[_Node, Any]:
        content, state = self._read(node["content"])
        arguments, values = self._read(node["__reduce__"]["args"])
        built = Built(name, state, values)
        if not self.refused:
            check_sound(built)
        return {"content": content, "__reduce__": {"args": arguments}}, built

    def _kept(self, data: bytes, suffix: str) -> str:
        name = f"{len(self._parts)}.{suffix}"
        self._parts[name] = data
        return name

    # Which method reads the nodes of a loader, and which names may stand in them; None where the name is not used.
    _READERS: ClassVar[dict[str, tuple[Any, frozenset[str] | None]]] = {
        "JsonNode": (_json, None),
        "ListNode": (_items, frozenset({"builtins.list"})),
        "TupleNode": (_items, frozenset({"builtins.tuple"})),
        "SetNode": (_items, frozenset({"builtins.set"})),
        "DictNode": (_mapping, MAPPINGS),
        "SliceNode": (_slice, frozenset({"builtins.slice"})),
        "BytesNode": (_bytes, frozenset({"builtins.bytes"})),
        "TypeNode": (_name, TYPES),
        "FunctionNode": (_name, FUNCTIONS),
        "PartialNode": (_part_call, frozenset({"functools.partial"})),
        "NdArrayNode": (_array, ARRAYS),
        "MaskedArrayNode": (_masked, frozenset({"numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"})),
        "DTypeNode": (_dtype, frozenset({"numpy.dtype"})),
        "SparseMatrixNode": (_sparse, SPARSE),
        "RandomStateNode": (_random_state, frozenset({"numpy.random.mtrand.RandomState"})),
        "RandomGeneratorNode": (_generator, frozenset({"numpy.random._generator.Generator"})),
        "ObjectNode": (_object, OBJECTS),
        "TreeNode": (_reduced, frozenset({"sklearn.tree._tree.Tree"})),
        "LossNode": (_reduced, LOSSES),
    }


def _a(kind: type, value: Any) -> Any:
    """Return a value, seen to be of a type."""
    if not isinstance(value, kind):
        raise ValueError(f"`{type(value).__name__}` where `{kind.__name__}` should stand")
    return value


def _numbers(data: bytes) -> NDArray[Any]:
    """Return the array in NumPy's format, seen to hold as many bytes as it declares, and no objects."""
    file = io.BytesIO(data)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    shape, _, dtype = readers[npy.read_magic(file)](file)
    if dtype.hasobject or dtype.itemsize == 0:
        raise ValueError(f"an array of `{dtype}`")
    if any(size < 0 for size in shape) or math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError(f"an array of shape {shape} in {len(data)} bytes")
    return np.load(io.BytesIO(data), allow_pickle=False)
