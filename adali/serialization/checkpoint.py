"""The bytes of a checkpoint, and whether one fits a pipeline.

A checkpoint is a header and a body. The header, 24 bytes, little-endian, is ``struct`` format ``<10sHIQ``: the magic
bytes, the version of the format, the CRC-32 of the body, and its length in bytes. The body is JSON (see
:mod:`adali.plain`).
"""

from __future__ import annotations

import functools
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.engine.workspace import Position
from adali.errors import CheckpointError
from adali.graph.graph import Graph
from adali.graph.schema import Arg, ArgKind
from adali.plain import from_text, to_text

__all__ = ["Checkpoint", "from_bytes", "operators_of", "to_bytes"]

_HEADER = struct.Struct("<10sHIQ")
_MAGIC = b"\x93adali-cp\n"
_VERSION = 1

#: Arguments that say how something runs, and not what comes out of it.
_HINTS = frozenset(
    (
        "blocking",
        "bytes_per_sample_hint",
        "dont_use_mmap",
        "fetch_bytes",
        "fetch_concurrency",
        "lazy_init",
        "no_copy",
        "prefetch_queue_depth",
        "preserve",
        "read_ahead",
        "skip_cached_images",
        "tensor_init_bytes",
    )
)


@dataclass(frozen=True)
class Checkpoint:
    """A place in a run, and what a pipeline must be like to go on from it.

    Attributes:
        position: the place.
        seed: the pipeline's.
        batch_size: the pipeline's.
        operators: see :func:`operators_of`.
        data: for each input, its fingerprint.
        epoch_mode: whether batches end where epochs end.
        taken: how many iterations the pass under way has taken (``for`` or ``async for``); None outside of one.
        iterator_data: a text that belongs to whoever wraps the pipeline.
    """

    position: Position
    seed: int
    batch_size: int
    operators: tuple[tuple[str, int], ...]
    data: Sequence[Mapping[str, Any]]
    epoch_mode: bool
    taken: int | None
    iterator_data: str = ""

    def check(self, seed: int, batch_size: int, operators: Sequence[tuple[str, int]]) -> None:
        """Check that a pipeline is the one the checkpoint was taken of; a seed of -1 is any.

        Raises:
            CheckpointError: it is not.
        """
        if batch_size != self.batch_size:
            raise CheckpointError(
                f"The checkpoint was taken with batch_size={self.batch_size}, but the pipeline has "
                f"batch_size={batch_size}."
            )
        if seed not in (-1, self.seed):
            raise CheckpointError(
                f"The checkpoint was taken with seed={self.seed}, but the pipeline has seed={seed}. Leave the seed out "
                "to go on with that of the checkpoint."
            )
        for number, (before, now) in enumerate(zip(self.operators, operators, strict=False)):
            if before[0] != now[0]:
                raise CheckpointError(
                    f"The checkpoint was taken of another graph: its operator {number} is {before[0]}, and that of the "
                    f"pipeline is {now[0]}."
                )
            if before[1] != now[1]:
                raise CheckpointError(
                    f"The checkpoint was taken of another graph: operator {number}, {now[0]}, has other arguments or "
                    "inputs now."
                )
        if len(self.operators) != len(operators):
            raise CheckpointError(
                f"The checkpoint was taken of another graph: it had {len(self.operators)} operators, and the pipeline "
                f"has {len(operators)}."
            )

    def check_data(self, names: Sequence[str], data: Sequence[Mapping[str, Any]]) -> None:
        """Check that the inputs have the same data.

        Raises:
            CheckpointError: one has not, by what is known of it (the number of samples, for instance).
        """
        if not len(names) == len(self.data) == len(self.position.states):
            raise CheckpointError(
                f"The checkpoint is damaged: it has {len(self.data)} inputs, and the pipeline has {len(names)}."
            )
        for name, before, now in zip(names, self.data, data, strict=True):
            if dict(before) != dict(now):
                changed = [f"{k} was {before.get(k)} and is {now.get(k)}" for k in now if before.get(k) != now.get(k)]
                raise CheckpointError(
                    f"The data of {name} has changed since the checkpoint was taken: {', '.join(changed) or before}."
                )


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """The checkpoint as bytes."""
    position = checkpoint.position
    text = to_text(
        {
            "iteration": position.iteration,
            "states": list(position.states),
            "epoch_end": position.epoch_end,
            "ended": position.ended,
            "seed": checkpoint.seed,
            "batch_size": checkpoint.batch_size,
            "data": list(checkpoint.data),
            "epoch_mode": checkpoint.epoch_mode,
            "taken": checkpoint.taken,
            "iterator_data": checkpoint.iterator_data,
        }
    )
    # The operators are most of it, and always the same.
    body = f'{text[:-1]},"operators":{_operators_text(checkpoint.operators)}}}'.encode("ascii")
    return _HEADER.pack(_MAGIC, _VERSION, zlib.crc32(body), len(body)) + body


@functools.lru_cache(maxsize=16)
def _operators_text(operators: tuple[tuple[str, int], ...]) -> str:
    return to_text([list(o) for o in operators])


def from_bytes(data: bytes) -> Checkpoint:
    """The checkpoint that :func:`to_bytes` was given.

    Raises:
        CheckpointError: the bytes are no checkpoint, or a damaged one, or of a later version.
    """
    if len(data) < _HEADER.size or data[: len(_MAGIC)] != _MAGIC:
        if data and (_MAGIC.startswith(data[: len(_MAGIC)]) or data[: len(_MAGIC)] == _MAGIC):
            raise CheckpointError(f"The checkpoint is cut off: it has {len(data)} bytes, less than its header.")
        raise CheckpointError(
            f"This is no checkpoint of adali: {len(data)} bytes that begin with {data[:8]!r}. It must be what "
            "Pipeline.checkpoint() returned, or a path (pathlib.Path) of a file that it wrote; checkpoints of DALI "
            "cannot be read."
        )
    _, version, crc, length = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    if version != _VERSION:
        raise CheckpointError(
            f"The checkpoint has version {version} of the format, and this adali reads version {_VERSION}."
        )
    if len(body) != length:
        raise CheckpointError(f"The checkpoint is cut off or damaged: its body has {len(body)} bytes, not {length}.")
    if zlib.crc32(body) != crc:
        raise CheckpointError("The checkpoint is damaged: its checksum is wrong.")
    try:
        content = from_text(body.decode("ascii"))
        taken = content["taken"]
        return Checkpoint(
            position=Position(
                int(content["iteration"]),
                tuple(content["states"]),
                bool(content["epoch_end"]),
                bool(content["ended"]),
            ),
            seed=int(content["seed"]),
            batch_size=int(content["batch_size"]),
            operators=tuple((str(name), int(crc)) for name, crc in content["operators"]),
            data=[dict(d) for d in content["data"]],
            epoch_mode=bool(content["epoch_mode"]),
            taken=None if taken is None else int(taken),
            iterator_data=str(content["iterator_data"]),
        )
    except (ArithmeticError, LookupError, TypeError, ValueError) as e:
        raise CheckpointError(f"The checkpoint is damaged: {e!r}") from e


def operators_of(graph: Graph) -> tuple[tuple[str, int], ...]:
    """For each operator its schema's name, and a checksum of what its results depend on.

    Names given to operators, hints, and where readers find their files are left out: data may have moved.
    """
    numbers = {id(spec): number for number, spec in enumerate(graph.specs)}

    def place(node: Any) -> list[int]:
        return [numbers[id(node.source)], node.index]

    operators = []
    for spec in graph.specs:
        arguments = {
            name: _canonical(spec.schema.by_name[name], value)
            for name, value in sorted(spec.args.items())
            if name not in _HINTS
            and not (spec.schema.is_input and spec.schema.by_name[name].kind.element is ArgKind.STR)
        }
        text = json.dumps(
            [
                spec.schema.name,
                spec.device,
                spec.seed_index,
                arguments,
                [place(n) for n in spec.inputs],
                {name: place(n) for name, n in sorted(spec.arg_inputs.items())},
                len(spec.outputs),
                type(spec.state).__name__,
            ]
        )
        operators.append((spec.schema.name, zlib.crc32(text.encode())))
    outputs = json.dumps([[*place(n), n.device] for n in graph.outputs])
    return (*operators, ("(outputs)", zlib.crc32(outputs.encode())))


def _canonical(arg: Arg, value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return [value.dtype.str, list(value.shape), zlib.crc32(np.ascontiguousarray(value).tobytes())]
    if isinstance(value, (list, tuple)):
        return [_canonical(arg, v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if arg.kind.element is ArgKind.FLOAT and isinstance(value, (int, float)):
        return float(np.float32(value))  # as a serialized pipeline holds it
    if isinstance(value, bool) or value is None:
        return value
    for basic in (int, float, str):
        if isinstance(value, basic):
            return basic(value)
    return type(value).__name__
