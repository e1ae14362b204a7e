# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the transforms family."""

from adali.fn._types import Floats, Input, Ints
from adali.graph.node import DataNode

def combine(
    matrices: Input,
    input_1: Input,
    /,
    *inputs: Input,
    bytes_per_sample_hint: Ints = (0,),
    preserve: bool = False,
    reverse_order: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Combines affine transforms: the result does what the inputs do one after the other, in their order.

    Inputs:
        matrices: Transforms, FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def crop(
    *inputs: Input,
    absolute: bool = False,
    bytes_per_sample_hint: Ints = (0,),
    from_end: Floats | DataNode = (1.0,),
    from_start: Floats | DataNode = (0.0,),
    preserve: bool = False,
    reverse_order: bool = False,
    to_end: Floats | DataNode = (1.0,),
    to_start: Floats | DataNode = (0.0,),
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Makes the matrix that maps ``from_start`` to ``to_start`` and ``from_end`` to ``to_end``, each axis on its own.

    It has the shape (n, n + 1) and is applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        absolute (bool): Whether start and end are swapped where the start is the larger. Default: False.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        from_end (list of float or DataNode): The upper corner of the box in the old coordinates; one number stands
            for all dimensions. Default: (1.0,).
        from_start (list of float or DataNode): The lower corner of the box in the old coordinates; one number
            stands for all dimensions. Default: (0.0,).
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        to_end (list of float or DataNode): The upper corner of the same box in the new ones; one number stands for
            all dimensions. Default: (1.0,).
        to_start (list of float or DataNode): The lower corner of the same box in the new ones; one number stands
            for all dimensions. Default: (0.0,).
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def rotation(
    *inputs: Input,
    angle: float | DataNode,
    axis: Floats | DataNode | None = None,
    bytes_per_sample_hint: Ints = (0,),
    center: Floats | DataNode | None = None,
    preserve: bool = False,
    reverse_order: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Makes the matrix of a rotation, FLOAT of shape (2, 3), or (3, 4) if there is an axis.

    It is applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        angle (float or DataNode): Angle in degrees, from x towards y.
        axis (list of float or DataNode): The axis (x, y, z) of a rotation in three dimensions, of any length but 0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        center (list of float or DataNode): The point that stays where it is; the origin by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def scale(
    *inputs: Input,
    bytes_per_sample_hint: Ints = (0,),
    center: Floats | DataNode | None = None,
    ndim: int | None = None,
    preserve: bool = False,
    reverse_order: bool = False,
    scale: Floats | DataNode,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Makes the matrix of a scaling, FLOAT of shape (n, n + 1); applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        center (list of float or DataNode): The point that stays where it is; the origin by default.
        ndim (int): Number of dimensions, if neither ``scale`` nor an input tells it.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        scale (list of float or DataNode): Factor of each dimension, or one for all.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def shear(
    *inputs: Input,
    angles: Floats | DataNode | None = None,
    bytes_per_sample_hint: Ints = (0,),
    center: Floats | DataNode | None = None,
    preserve: bool = False,
    reverse_order: bool = False,
    shear: Floats | DataNode | None = None,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Makes the matrix of a shear mapping, FLOAT of shape (2, 3) or (3, 4).

    It is applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        angles (list of float or DataNode): Angles in degrees, between -90 and 90, in place of ``shear``; their
            tangents are the factors.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        center (list of float or DataNode): The point that stays where it is; the origin by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        shear (list of float or DataNode): Factors: how far the first axis moves for a step along the second: (x by
            y, y by x), or (xy, xz, yx, yz, zx, zy) in three dimensions.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

def translation(
    *inputs: Input,
    bytes_per_sample_hint: Ints = (0,),
    offset: Floats | DataNode,
    preserve: bool = False,
    reverse_order: bool = False,
    device: str | None = None,
    name: str | None = None,
) -> DataNode:
    """Makes the matrix of a shift, FLOAT of shape (n, n + 1); applied to the input's transform if there is one.

    Inputs:
        matrix: Optional; a transform to combine with: FLOAT of shape (n, n + 1), or (frames, n, n + 1).

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        offset (list of float or DataNode): How far to shift, one number for each dimension.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        reverse_order (bool): Whether the input's transform is applied after this one, and not before it. Without
            effect if there is none. Default: False.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """
