# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the noise family."""

from adali.fn._types import Input, Ints
from adali.graph.frontend import OperatorClass
from adali.graph.node import DataNode

class Gaussian(OperatorClass):
    """Adds normally distributed noise to every value.

    Shape and type stay those of the input; integers are rounded and clamped.

    Inputs:
        data: Integers or floats, any shape and layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        mean (float or DataNode): Mean of the noise, in units of the data. Default: 0.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        stddev (float or DataNode): Standard deviation of the noise. Default: 1.0.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        mean: float | DataNode = 0.0,
        preserve: bool = False,
        seed: int = -1,
        stddev: float | DataNode = 1.0,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        mean: float | DataNode | None = None,
        stddev: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class SaltAndPepper(OperatorClass):
    """Replaces random values by a bright ("salt") or a dark one ("pepper").

    Without a layout the last axis is that of channels. Shape and type stay those of the input; salt and pepper are
    rounded and clamped to it.

    Raises:
        ValueError: a probability outside 0..1; pixels are to be hit, but channels are neither the first nor the
            last
            axis.

    Inputs:
        data: Integers or floats, any shape and layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        pepper_val (float or DataNode): The dark value; by default the least of an integer type, -1 for floats.
        per_channel (bool): Whether channels are hit each on its own, or whole pixels are. Default: False.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        prob (float or DataNode): Probability that a value (or pixel) is hit. Default: 0.05.
        salt_val (float or DataNode): The bright value; by default the greatest of an integer type, 1 for floats.
        salt_vs_pepper (float or DataNode): Probability that what is hit becomes salt. Default: 0.5.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        pepper_val: float | DataNode | None = None,
        per_channel: bool = False,
        preserve: bool = False,
        prob: float | DataNode = 0.05,
        salt_val: float | DataNode | None = None,
        salt_vs_pepper: float | DataNode = 0.5,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        pepper_val: float | DataNode | None = None,
        prob: float | DataNode | None = None,
        salt_val: float | DataNode | None = None,
        salt_vs_pepper: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...

class Shot(OperatorClass):
    """Replaces every value by ``factor`` times a Poisson variate of mean ``max(0, value / factor)``.

    That is the noise of a sensor that counts photons: the larger the factor, the fewer and the noisier. Shape and
    type
    stay those of the input; integers are rounded and clamped.

    Inputs:
        data: Integers or floats, any shape and layout.

    Args:
        bytes_per_sample_hint (list of int): Expected size of the outputs, in bytes a sample; a hint. Default: (0,).
        factor (float or DataNode): What one event adds to a value; 0 leaves the data as it is. Default: 20.0.
        preserve (bool): Run the operator even if nothing uses its outputs. Default: False.
        seed (int): Random seed; -1 derives it from the pipeline's seed. Default: -1.
        device (str): cpu or gpu.
        name (str): name of the operator in the graph.
    """

    def __init__(
        self,
        *,
        bytes_per_sample_hint: Ints = (0,),
        factor: float | DataNode = 20.0,
        preserve: bool = False,
        seed: int = -1,
        device: str | None = None,
        name: str | None = None,
    ) -> None: ...
    def __call__(
        self,
        data: Input,
        /,
        *,
        factor: float | DataNode | None = None,
        name: str | None = None,
    ) -> DataNode: ...
