# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the reductions family."""

from adali.fn._types import DType, Input, Ints, Layout
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class Max(OperatorClass):
    """Largest element along axes, in the type of the input. NaN is passed over.

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Mean(OperatorClass):
    """Averages elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data).

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class MeanSquare(OperatorClass):
    """Averages the squares of elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data).

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Min(OperatorClass):
    """Smallest element along axes, in the type of the input. NaN is passed over.

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class RMS(OperatorClass):
    """Root of the mean square of elements along axes. The output is FLOAT by default (FLOAT64 for FLOAT64 data).

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class StdDev(OperatorClass):
    """Standard deviation of elements along axes, about a given mean. The output is FLOAT (FLOAT64 for FLOAT64 data).

    The mean is the second input: a scalar, or a tensor of the shape of the output, as ``reductions.mean`` gives it.

    Inputs:
        data: Numbers of any type.
        mean: Mean of the elements: a scalar, or a tensor of the output's shape.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        ddof (int): The sum of squares is divided by the number of elements minus this. Default: 0.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        ddof: int = 0,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        mean: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Sum(OperatorClass):
    """Sums up elements along axes.

    The output is UINT64 for unsigned, INT64 for signed integers and FLOAT for floats, or ``dtype``, in which
    integers
    wrap around.

    Inputs:
        data: Numbers of any type.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...

class Variance(OperatorClass):
    """Variance of elements along axes, about a given mean. The output is FLOAT (FLOAT64 for FLOAT64 data).

    The mean is the second input: a scalar, or a tensor of the shape of the output, as ``reductions.mean`` gives it.

    Inputs:
        data: Numbers of any type.
        mean: Mean of the elements: a scalar, or a tensor of the output's shape.

    Args:
        axes (list of int): Axes to reduce, negative ones counted from the end; all by default.
        axis_names (layout): Axes to reduce, by their letters in the layout.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        ddof (int): The sum of squares is divided by the number of elements minus this. Default: 0.
        keep_dims (bool): Keep the reduced axes with extent 1. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        axes: Ints | None = None,
        axis_names: Layout | None = None,
        bytes_per_sample_hint: Ints = (0,),
        ddof: int = 0,
        keep_dims: bool = False,
        preserve: bool = False,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        mean: Input,
        /,
        *,
        name: str | None = None,
    ) -> DataNode: ...
