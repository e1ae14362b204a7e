# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the segmentation family."""

from typing import Any

from adali.fn._types import Floats, Input, Ints, Str
from adali.graph.node import DataNode

def random_mask_pixel(
    masks: Input,
    /,
    *,
    bytes_per_sample_hint: Ints = (0,),
    foreground: int | DataNode = 0,
    preserve: bool = False,
    seed: int = -1,
    threshold: float | DataNode = 0.0,
    value: int | DataNode | None = None,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Chooses one pixel of a mask, each with the same probability, and gives its indices: INT64, one for each axis.

    If ``foreground`` is asked for and the mask has none, any pixel is chosen.

    Inputs:
        masks: Masks with any number of axes: integers, BOOL or FLOAT.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        foreground (int or DataNode): Whether only pixels of the foreground are chosen (0: any pixel). Default: 0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        threshold (float or DataNode): Pixels with a value above this are foreground. Default: 0.0.
        value (int or DataNode): Pixels with this value are foreground, in place of ``threshold``.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def random_object_bbox(
    labels: Input,
    /,
    *,
    background: int | DataNode = 0,
    bytes_per_sample_hint: Ints = (0,),
    cache_objects: bool = False,
    class_weights: Floats | DataNode | None = None,
    classes: Ints | DataNode | None = None,
    foreground_prob: float | DataNode = 1.0,
    format: Str = "anchor_shape",
    ignore_class: bool = False,
    k_largest: int | None = None,
    output_class: bool = False,
    preserve: bool = False,
    seed: int = -1,
    threshold: Ints | DataNode | None = None,
    device: str | None = None,
    name: str | None = None,
) -> Any:
    """Chooses an object of a label map and gives the box around it, INT32.

    An object is a set of pixels of one label that are connected along the axes (4 neighbours in 2-D, 6 in 3-D). A
    class is chosen first, then one of its objects, all equally likely. The box is that of the whole map, and the
    class
    that of the background, if an object was not to be chosen (``foreground_prob``) or none is large enough.

    Inputs:
        labels: Label map with any number of axes: integers or BOOL.

    Args:
        background (int or DataNode): Label of the background. If not given it is 0, or less than all ``classes``
            where 0 is one of them. Default: 0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        cache_objects (bool): Whether the boxes of a label map are kept for when the same map comes again. Default:
            False.
        class_weights (list of float or DataNode): Relative probability of each of ``classes``, or of the labels 1,
            2...; those that the map has not do not count.
        classes (list of int or DataNode): Labels of the foreground; by default all but the background.
        foreground_prob (float or DataNode): Probability of choosing an object at all. Default: 1.0.
        format (str): Outputs: ``anchor_shape`` (start, extents), ``start_end`` (start, one past the end) or ``box``
            (both in one). Default: anchor_shape.
        ignore_class (bool): Whether all objects are equally likely, rather than all classes. Default: False.
        k_largest (int): Number of objects, of the largest boxes, to choose from.
        output_class (bool): Whether the label of the object is put out, too. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        threshold (list of int or DataNode): Least extents of an object's box, or one for all axes.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

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
