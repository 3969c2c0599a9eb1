"""Bounds on what an ONNX model may take: nodes when its functions are written out, seconds and bytes of a run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import onnxruntime
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto

from limbeck.errors import TeacherError
from limbeck.tables import counted, shortened

__all__ = ["check_model", "limited_run", "session_options"]

_MOST_NODES = 1_000_000
_MOST_BYTES = 4 << 30
_DEEPEST = 100
_AGAIN = "export the model again, as one graph whose tensors are in its file or beside it"


def session_options() -> Any:
    """Return options of a session whose tensors, in all sessions together, stay within 4 GiB."""
    _limit_memory()
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.use_env_allocators", "1")
    # Threads that wait for work by looping took as much of the processor as the work itself.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


@cache
def _limit_memory() -> None:
    """Give onnxruntime one pool of memory with an end; once in a process."""
    pool, where = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, onnxruntime.OrtMemType.DEFAULT
    info = onnxruntime.OrtMemoryInfo("Cpu", pool, 0, where)
    onnxruntime.create_and_register_allocator(info, onnxruntime.OrtArenaCfg(_MOST_BYTES, -1, -1, -1))


def limited_run(session: Any, wanted: Sequence[str], feeds: Mapping[str, Any], name: str, seconds: float) -> list[Any]:
    """Run a session once, and stop it between two of its nodes when its time is over.

    Raises
    ------
    TeacherError
        It took longer than `seconds`, or more memory than it may.
    """
    options, over = onnxruntime.RunOptions(), threading.Event()

    def stop() -> None:
        over.set()
        options.terminate = True

    clock = threading.Timer(seconds, stop)
    clock.daemon = True
    clock.start()
    try:
        return session.run(list(wanted), dict(feeds), options)
    except Exception as error:
        asked = f"one run of {name} within {seconds:g} seconds and {_MOST_BYTES >> 30} GiB"
        if over.is_set():
            raise TeacherError(asked, "no end of it", "give a smaller batch size, or more time") from error
        if "bfc_arena" in str(error):
            raise TeacherError(asked, "tensors that are larger", "give a smaller batch size") from error
        raise
    finally:
        clock.cancel()


def check_model(model: ModelProto, name: str) -> None:
    """See that a model stays small when its functions are written out, and reads no further files.

    Raises
    ------
    TeacherError
        A function that calls itself, more than a million nodes, or tensors in files that were not read.
    """
    functions = {(function.domain, function.name): function for function in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size(nodes: Sequence[NodeProto], above: tuple[tuple[str, str], ...] = ()) -> int:
        total = 0
        for node in _all_nodes(nodes, name):
            key = (node.domain, node.op_type)
            if key in above or len(above) > _DEEPEST:
                found = f"`{shortened(key[1])}`, which calls itself or stands too deep"
                raise TeacherError(f"functions of {name} that end", found, _AGAIN)
            if key in functions and key not in sizes:
                sizes[key] = size(functions[key].node, (*above, key))
            total += 1 + sizes.get(key, 0)
        return total

    total = size(model.graph.node)
    _check_tensors(model.graph.initializer, name)
    if total > _MOST_NODES:
        most = counted(_MOST_NODES, "node")
        raise TeacherError(f"at most {most} in {name}", f"{counted(total, 'node')} with functions written out", _AGAIN)


def _all_nodes(nodes: Sequence[NodeProto], name: str) -> Iterator[NodeProto]:
    """Yield nodes and those of the graphs inside them, their tensors checked."""
    for node in nodes:
        yield node
        for attribute in node.attribute:
            _check_tensors([attribute.t] if attribute.type == AttributeProto.TENSOR else attribute.tensors, name)
            for graph in [attribute.g] if attribute.type == AttributeProto.GRAPH else attribute.graphs:
                _check_tensors(graph.initializer, name)
                yield from _all_nodes(graph.node, name)


def _check_tensors(tensors: Sequence[TensorProto], name: str) -> None:
    """See that tensors are in the model itself, where a reader finds no path to follow."""
    for tensor in tensors:
        if tensor.data_location == TensorProto.EXTERNAL:
            found = f"the tensor `{shortened(tensor.name)}` in another file"
            raise TeacherError(f"the tensors of {name}", found, _AGAIN)
