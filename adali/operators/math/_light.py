"""Which nodes carry a few numbers a sample, so that a whole batch of them is computed at once."""

from __future__ import annotations

from adali.graph.node import DataNode
from adali.graph.spec import OpSpec

__all__ = ["is_light"]

#: Largest number of elements of a sample that is "a few numbers".
FEW = 64
#: Expressions that depend on more operators than this are not followed further.
FAR = 256

_FOLLOWED = ("_ArithmeticGenericOp", "_TensorSubscript", "_SubscriptDimCheck")


def is_light(spec: OpSpec) -> bool:
    """Whether all inputs of an operator come, directly or through arithmetic, from sources of a few numbers.

    Arithmetic on such nodes runs once for the batch, before the samples go to the worker threads. Arithmetic on
    anything else (an image) runs per sample in their chain.
    """
    pending: list[DataNode] = [*spec.inputs, *spec.arg_inputs.values()]
    seen: set[int] = set()
    while pending:
        source = pending.pop().source
        if id(source) in seen:
            continue
        seen.add(id(source))
        if source.schema.name in _FOLLOWED and len(seen) < FAR:
            pending += [*source.inputs, *source.arg_inputs.values()]
        elif not _makes_few(source):
            return False
    return True


def _makes_few(spec: OpSpec) -> bool:
    name = spec.schema.name
    if name in ("Shapes", "BatchPermutation"):
        return True
    if name.startswith("random__"):
        if spec.inputs or "shape" in spec.arg_inputs:
            return False
        return _volume(spec.args.get("shape")) <= FEW
    if name == "Constant":
        values = len(spec.args.get("fdata") or spec.args.get("idata") or ())
        return max(values, _volume(spec.args.get("shape"))) <= FEW
    return False


def _volume(shape: tuple[int, ...] | None) -> int:
    volume = 1
    for extent in shape or ():
        volume *= max(extent, 1)
    return volume
