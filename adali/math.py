"""Functions on nodes, element by element: the counterpart of ``nvidia.dali.math``.

Each takes nodes, arrays and numbers, with at least one node among them. "Type promotion" is that of arithmetic on
nodes: a float wins over an integer, the wider wins over the narrower. Functions "of floats" turn integers into
float32 and keep float types.
"""

from __future__ import annotations

from typing import Any

from adali.graph.expression import arithmetic as _arithmetic
from adali.graph.node import DataNode

__all__ = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "clamp",
    "cos",
    "cosh",
    "exp",
    "fabs",
    "floor",
    "fpow",
    "log",
    "log2",
    "log10",
    "max",
    "min",
    "pow",
    "rsqrt",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


def sqrt(input: Any) -> DataNode:
    """Square root, of floats."""
    return _arithmetic("sqrt", input)


def rsqrt(input: Any) -> DataNode:
    """One over the square root, of floats."""
    return _arithmetic("rsqrt", input)


def cbrt(input: Any) -> DataNode:
    """Cube root, of floats."""
    return _arithmetic("cbrt", input)


def exp(input: Any) -> DataNode:
    """``e`` to the power of the elements, of floats."""
    return _arithmetic("exp", input)


def log(input: Any) -> DataNode:
    """Natural logarithm, of floats."""
    return _arithmetic("log", input)


def log2(input: Any) -> DataNode:
    """Logarithm to base 2, of floats."""
    return _arithmetic("log2", input)


def log10(input: Any) -> DataNode:
    """Logarithm to base 10, of floats."""
    return _arithmetic("log10", input)


def abs(input: Any) -> DataNode:
    """Absolute value; the type is kept."""
    return _arithmetic("abs", input)


def fabs(input: Any) -> DataNode:
    """Absolute value, of floats."""
    return _arithmetic("fabs", input)


def floor(input: Any) -> DataNode:
    """Largest whole number not above, of floats."""
    return _arithmetic("floor", input)


def ceil(input: Any) -> DataNode:
    """Smallest whole number not below, of floats."""
    return _arithmetic("ceil", input)


def sin(input: Any) -> DataNode:
    """Sine of an angle in radians, of floats."""
    return _arithmetic("sin", input)


def cos(input: Any) -> DataNode:
    """Cosine of an angle in radians, of floats."""
    return _arithmetic("cos", input)


def tan(input: Any) -> DataNode:
    """Tangent of an angle in radians, of floats."""
    return _arithmetic("tan", input)


def asin(input: Any) -> DataNode:
    """Inverse sine in radians, of floats."""
    return _arithmetic("asin", input)


def acos(input: Any) -> DataNode:
    """Inverse cosine in radians, of floats."""
    return _arithmetic("acos", input)


def atan(input: Any) -> DataNode:
    """Inverse tangent in radians, of floats."""
    return _arithmetic("atan", input)


def sinh(input: Any) -> DataNode:
    """Hyperbolic sine, of floats."""
    return _arithmetic("sinh", input)


def cosh(input: Any) -> DataNode:
    """Hyperbolic cosine, of floats."""
    return _arithmetic("cosh", input)


def tanh(input: Any) -> DataNode:
    """Hyperbolic tangent, of floats."""
    return _arithmetic("tanh", input)


def asinh(input: Any) -> DataNode:
    """Inverse hyperbolic sine, of floats."""
    return _arithmetic("asinh", input)


def acosh(input: Any) -> DataNode:
    """Inverse hyperbolic cosine, of floats."""
    return _arithmetic("acosh", input)


def atanh(input: Any) -> DataNode:
    """Inverse hyperbolic tangent, of floats."""
    return _arithmetic("atanh", input)


def min(left: Any, right: Any) -> DataNode:
    """The smaller of two elements, after type promotion."""
    return _arithmetic("min", left, right)


def max(left: Any, right: Any) -> DataNode:
    """The larger of two elements, after type promotion."""
    return _arithmetic("max", left, right)


def pow(base: Any, exponent: Any) -> DataNode:
    """``base`` to the power of ``exponent``, after type promotion; 0 for an integer to a negative power."""
    return _arithmetic("pow", base, exponent)


def fpow(base: Any, exponent: Any) -> DataNode:
    """``base`` to the power of ``exponent``, of floats."""
    return _arithmetic("fpow", base, exponent)


def atan2(x: Any, y: Any) -> DataNode:
    """Angle in radians, from -pi to pi, whose tangent is ``x / y``, by the signs of both; of floats."""
    return _arithmetic("atan2", x, y)


def clamp(value: Any, lo: Any, hi: Any) -> DataNode:
    """``value`` limited to the range from ``lo`` to ``hi``, after type promotion of all three."""
    return _arithmetic("clamp", value, lo, hi)
