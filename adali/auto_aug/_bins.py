"""Magnitude bins with a random sign, and the seeds of what a policy draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali import fn
from adali.errors import ArgumentError
from adali.graph.node import DataNode
from adali.types import DALIDataType

__all__ = ["SignedMagnitudeBin", "check_count", "draw_index", "draw_sign", "is_integer", "seeds", "signed_bin"]


class SignedMagnitudeBin:
    """A magnitude bin and, for each sample, whether the magnitude is negated.

    Attributes:
        bin: the bin, an int or one integer a sample.
        random_sign: one integer a sample: 1 to negate, 0 not to.
    """

    def __init__(self, magnitude_bin: int | DataNode, random_sign: DataNode) -> None:
        self.bin = magnitude_bin
        self.random_sign = random_sign
        # One node to pass into branches, and not two: each would be split at every condition on the way.
        self.index = magnitude_bin * 2 + random_sign if isinstance(magnitude_bin, DataNode) else random_sign

    def __repr__(self) -> str:
        return f"SignedMagnitudeBin({self.bin!r}, {self.random_sign!r})"


def signed_bin(
    magnitude_bin: int | DataNode,
    random_sign: DataNode | None = None,
    seed: int | None = None,
    shape: Any = None,
) -> SignedMagnitudeBin:
    """Give magnitude bins a sign; only augmentations with ``randomly_negate`` heed it.

    Augmentations draw a sign themselves where they get none. In branches of a condition it is less work to draw it
    once, before.

    Args:
        magnitude_bin: the bin, from 0 to the number of bins - 1: an int, or a node of one integer a sample.
        random_sign: a node of one integer a sample, 1 where the magnitude is to be negated and else 0; by default
            drawn, either with probability 1/2.
        seed: seed for drawing it.
        shape: shape of what is drawn, one number by default.

    Raises:
        ArgumentError: the bin is neither an integer nor a node, or ``seed`` or ``shape`` are given with a sign.
    """
    if not isinstance(magnitude_bin, DataNode) and not is_integer(magnitude_bin):
        raise ArgumentError(
            f"magnitude_bin must be an integer or a DataNode of integers, got {magnitude_bin!r} of type "
            f"{type(magnitude_bin).__name__}"
        )
    if random_sign is None:
        random_sign = draw_sign(-1 if seed is None else seed, shape)
    elif seed is not None or shape is not None:
        raise ArgumentError("'seed' and 'shape' are for drawing a sign; they have no use where random_sign is given")
    if not isinstance(random_sign, DataNode):
        raise ArgumentError(f"random_sign must be a DataNode, got {random_sign!r} of type {type(random_sign).__name__}")
    return SignedMagnitudeBin(magnitude_bin, random_sign)


def draw_sign(seed: int, shape: Any = None) -> DataNode:
    """0 or 1 for each sample."""
    return fn.random.coin_flip(seed=seed, shape=shape, dtype=DALIDataType.INT32)


def draw_index(count: int, seed: int, shape: Any = None) -> DataNode:
    """A number below ``count`` for each sample, each as likely."""
    return fn.random.uniform(values=list(range(count)), seed=seed, shape=shape, dtype=DALIDataType.INT32)


def is_integer(value: Any) -> bool:
    """Whether it is an integer, other than a bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_count(name: str, value: Any, least: int) -> int:
    """A number of something, checked.

    Raises:
        ArgumentError: it is no integer or below ``least``.
    """
    if not is_integer(value) or value < least:
        raise ArgumentError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def seeds(seed: int | None, count: int) -> list[int]:
    """Seeds for several operators, unrelated to each other; -1 (the pipeline's) for each if there is none or it is
    negative.

    Raises:
        ArgumentError: the seed is no integer.
    """
    if seed is None:
        return [-1] * count
    if not is_integer(seed):
        raise ArgumentError(f"seed must be an integer, got {seed!r}")
    if seed < 0:
        return [-1] * count
    # Operators with one seed draw the same numbers: the choice of an augmentation would decide about its sign.
    return [int(s) for s in np.random.SeedSequence(int(seed)).generate_state(count) >> 1]
