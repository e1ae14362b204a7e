# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the random family."""

from adali.fn._types import DType, Floats, Input, Ints
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class Beta(OperatorClass):
    """Generates numbers in [0, 1] with the density ``x**(alpha - 1) * (1 - x)**(beta - 1)``, normalized.

    The output is FLOAT by default, or FLOAT64; it has the shape ``shape``, or that of the optional input, or is one
    number. Mixup draws its weights from this distribution with ``alpha == beta``.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        alpha (float or DataNode): First shape parameter, positive. Default: 1.0.
        beta (float or DataNode): Second shape parameter, positive. Default: 1.0.
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        alpha: float | DataNode = 1.0,
        beta: float | DataNode = 1.0,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        alpha: float | DataNode | None = None,
        beta: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Choice(OperatorClass):
    """Draws elements of a tensor, each with its own probability, with replacement.

    The output has the type of the input. Its shape is ``shape``, or that of the second input, or that of one
    element,
    followed by the shape of the input without its first axis where the input has more than one.

    Inputs:
        a: A number n, for a choice from 0, 1, ..., n-1, or a tensor whose outermost slices are chosen.
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        p (list of float or DataNode): Probability of each element, summing up to 1; equal by default.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        device (str): cpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        p: Floats | DataNode | None = None,
        preserve: bool = False,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        a: Input,
        /,
        *inputs: Input,
        p: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class CoinFlip(OperatorClass):
    """Generates 0 or 1, the latter with the given probability (a Bernoulli distribution).

    The output is INT32 by default, or UINT8 or BOOL. It has the shape ``shape``, or that of the optional input, or
    is
    one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        probability (float or DataNode): Probability of the value 1, from 0 to 1. Default: 0.5.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        probability: float | DataNode = 0.5,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        probability: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Normal(OperatorClass):
    """Generates normally distributed numbers.

    The output is FLOAT by default; it has the shape ``shape``, or that of the optional input, or is one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        mean (float or DataNode): Mean of the distribution. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        stddev (float or DataNode): Standard deviation of the distribution. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        mean: float | DataNode = 0.0,
        preserve: bool = False,
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        stddev: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        mean: float | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        stddev: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Uniform(OperatorClass):
    """Generates uniformly distributed numbers.

    They come from the interval ``range``, or from the list ``values`` with equal probability. The output is FLOAT
    by
    default; it has the shape ``shape``, or that of the optional input, or is one number.

    Inputs:
        shape_like: Optional; each output sample gets the shape of this one. Its values are not used.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        dtype (DALIDataType): Type of the output. Numbers are rounded (halves away from zero) and clamped to the
            range of an integer type.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        range (list of float or DataNode): Interval ``[min, max)`` of a continuous distribution. With an integer
            ``dtype`` the rounded numbers may reach ``max``. Ignored when ``values`` is given. Default: (-1.0, 1.0).
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        shape (list of int or DataNode): Shape of each sample; a single number by default.
        values (list of float or DataNode): The values of a discrete distribution.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        dtype: DType | None = None,
        preserve: bool = False,
        range: Floats | DataNode = (-1.0, 1.0),
        seed: int = -1,
        shape: Ints | DataNode | None = None,
        values: Floats | DataNode | None = None,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        *inputs: Input,
        range: Floats | DataNode | None = None,
        shape: Ints | DataNode | None = None,
        values: Floats | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...
