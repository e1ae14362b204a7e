# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the segmentation family."""

from adali.fn._types import Input, Ints
from adali.graph.node import DataNode

def select_masks(
    mask_ids: Input,
    polygons: Input,
    vertices: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    preserve: bool = False,
    reindex_masks: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> list[DataNode]:
    """Selects polygons by the number of the mask that they belong to.

    The outputs are polygons and vertices in the form of the inputs, in the order of ``mask_ids``. As in DALI a mask
    is
    one polygon: where several rows have its number, the last one counts.

    Inputs:
        mask_ids: Numbers of the masks to keep, each once: INT32, one axis.
        polygons: One row (mask number, first vertex, one past the last vertex) a polygon: INT32.
        vertices: One row of coordinates a vertex, of any type.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reindex_masks (bool): Whether a mask's number in the output is its position in ``mask_ids``. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """
