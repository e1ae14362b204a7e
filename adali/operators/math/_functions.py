"""The functions of arithmetic expressions: type of the result, and the computation with NumPy.

The rules were found by running the real DALI on all pairs of types (``tests/golden/make_arithmetic.py``). A float type
wins over an integer; among floats, and among integers of one signedness, the wider wins; a signed and an unsigned
integer give a signed one that holds both, of 64 bits at most; bool gives way to every other type. The operands are
converted to the result's type first, so integers wrap around in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FUNCTIONS", "Function", "promote"]

Array = npt.NDArray[Any]
DType = np.dtype[Any]
#: Computes ``out`` from the operands, in the given type.
Compute = Callable[[Array, DType, Sequence[Array]], None]

_BOOL = np.dtype(np.bool_)
_FLOAT = np.dtype(np.float32)


def promote(types: Sequence[DType]) -> DType:
    """Common type of some operands."""
    return reduce(_promote2, types)


def _promote2(a: DType, b: DType) -> DType:
    if a == b:
        return a
    kinds = {a.kind, b.kind}
    if "f" in kinds:
        return max((t for t in (a, b) if t.kind == "f"), key=lambda t: t.itemsize)
    if "b" in kinds:
        return b if a.kind == "b" else a
    if len(kinds) == 1:
        return a if a.itemsize > b.itemsize else b
    signed, unsigned = (a, b) if a.kind == "i" else (b, a)
    if signed.itemsize > unsigned.itemsize:
        return signed
    return np.dtype(f"i{min(8, 2 * unsigned.itemsize)}")


@dataclass(frozen=True)
class Function:
    """One function of expressions.

    Attributes:
        arity: number of operands.
        compute: see ``Compute``; the given type is ``work_type`` of the operands.
        floating: integers become float32.
        compares: the result is BOOL.
        takes_bool: all operands may be BOOL.
        takes_float: an operand may be a float.
    """

    arity: int
    compute: Compute
    floating: bool = False
    compares: bool = False
    takes_bool: bool = False
    takes_float: bool = True

    def types(self, symbol: str, operands: Sequence[DType]) -> tuple[DType, DType]:
        """The type to compute in, and that of the result.

        Raises:
            TypeError: the function does not take such operands.
        """
        names = ", ".join(t.name for t in operands)
        if any(t.kind not in "biuf" for t in operands):
            raise TypeError(f"'{symbol}' takes numbers, got {names}")
        if not self.takes_float and any(t.kind == "f" for t in operands):
            raise TypeError(f"'{symbol}' takes integers or booleans, got {names}")
        if not self.takes_bool and all(t.kind == "b" for t in operands):
            raise TypeError(
                f"'{symbol}' takes no booleans alone: use the bitwise operators |, &, ^, ~, or cast one operand"
            )
        work = promote(operands)
        if self.floating and work.kind != "f":
            work = _FLOAT
        return work, _BOOL if self.compares else work


def _ufunc(function: Any) -> Compute:
    def compute(out: Array, dtype: DType, args: Sequence[Array]) -> None:
        function(*args, out=out, dtype=dtype, casting="unsafe")

    return compute


_true_divide = _ufunc(np.true_divide)
_power = _ufunc(np.power)


def _check_divisor(b: Array) -> None:
    if not np.all(b):
        raise ValueError("integer division by zero")


def _div(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    if dtype.kind == "f":
        _true_divide(out, dtype, args)
        return
    a, b = (x.astype(dtype, copy=False) for x in args)
    _check_divisor(b)
    np.floor_divide(a, b, out=out)
    if dtype.kind == "i":  # towards zero, not down
        out += ((a < 0) != (b < 0)) & (out * b != a)


def _mod(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    a, b = (x.astype(dtype, copy=False) for x in args)
    if dtype.kind != "f":
        _check_divisor(b)
    np.fmod(a, b, out=out)


def _pow(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    if dtype.kind == "f":
        _power(out, dtype, args)
        return
    a, b = (x.astype(dtype, copy=False) for x in args)
    if dtype.kind == "u" or not np.any(b < 0):
        np.power(a, b, out=out)
        return
    np.power(a, np.maximum(b, 0), out=out)
    out[np.broadcast_to(b < 0, out.shape)] = 0


def _shift(function: Any) -> Compute:
    def compute(out: Array, dtype: DType, args: Sequence[Array]) -> None:
        # As the processor does it: in 32 or 64 bits, by the lowest 5 or 6 bits of the distance.
        wide = np.dtype(np.int32) if dtype.itemsize < 4 else dtype
        distance = args[1].astype(wide) & wide.type(8 * wide.itemsize - 1)
        out[...] = function(args[0].astype(wide), distance)

    return compute


def _extremum(whole: Any, better: Any) -> Compute:
    def compute(out: Array, dtype: DType, args: Sequence[Array]) -> None:
        if dtype.kind != "f":
            whole(*args, out=out, dtype=dtype, casting="unsafe")
            return
        # The second operand stays unless the first is better: this decides what becomes of a NaN.
        a, b = (x.astype(dtype, copy=False) for x in args)
        mask = better(a, b)
        out[...] = b
        np.copyto(out, a, where=mask)

    return compute


def _clamp(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    value, low, high = args
    np.maximum(value, low, out=out, dtype=dtype, casting="unsafe")
    np.minimum(out, high, out=out, dtype=dtype, casting="unsafe")


def _rsqrt(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    np.sqrt(args[0], out=out, dtype=dtype, casting="unsafe")
    np.reciprocal(out, out=out)


def _invert(out: Array, dtype: DType, args: Sequence[Array]) -> None:
    np.invert(args[0], out=out)


def _compare(function: Any) -> Compute:
    def compute(out: Array, dtype: DType, args: Sequence[Array]) -> None:
        a, b = args
        if dtype.kind == "f":
            function(a.astype(dtype, copy=False), b.astype(dtype, copy=False), out=out)
        elif dtype.itemsize == 8 and {a.dtype.kind, b.dtype.kind} == {"i", "u"}:
            # No integer type holds both, and not every NumPy compares them exactly.
            function(a.astype(np.uint64), b.astype(np.uint64), out=out)
            for number, operand in enumerate(args):
                if operand.dtype.kind == "i":
                    pair = (np.int8(-1), np.int8(0)) if number == 0 else (np.int8(0), np.int8(-1))
                    out[np.broadcast_to(operand < 0, out.shape)] = function(*pair)
        else:
            function(a.astype(dtype, copy=False), b.astype(dtype, copy=False), out=out)

    return compute


FUNCTIONS: dict[str, Function] = {
    "add": Function(2, _ufunc(np.add)),
    "sub": Function(2, _ufunc(np.subtract)),
    "mul": Function(2, _ufunc(np.multiply), takes_bool=True),
    "fdiv": Function(2, _true_divide, floating=True),
    "div": Function(2, _div),
    "mod": Function(2, _mod),
    "pow": Function(2, _pow),
    "fpow": Function(2, _power, floating=True),
    "min": Function(2, _extremum(np.minimum, np.less)),
    "max": Function(2, _extremum(np.maximum, np.greater)),
    "atan2": Function(2, _ufunc(np.arctan2), floating=True),
    "clamp": Function(3, _clamp),
    "bitand": Function(2, _ufunc(np.bitwise_and), takes_bool=True, takes_float=False),
    "bitor": Function(2, _ufunc(np.bitwise_or), takes_bool=True, takes_float=False),
    "bitxor": Function(2, _ufunc(np.bitwise_xor), takes_bool=True, takes_float=False),
    "lshift": Function(2, _shift(np.left_shift), takes_bool=True, takes_float=False),
    "rshift": Function(2, _shift(np.right_shift), takes_bool=True, takes_float=False),
    "bitnot": Function(1, _invert, takes_bool=True, takes_float=False),
    "minus": Function(1, _ufunc(np.negative)),
    "plus": Function(1, _ufunc(np.positive)),
    "abs": Function(1, _ufunc(np.absolute)),
    "rsqrt": Function(1, _rsqrt, floating=True),
}
_COMPARISONS: dict[str, Any] = {
    "eq": np.equal,
    "neq": np.not_equal,
    "lt": np.less,
    "leq": np.less_equal,
    "gt": np.greater,
    "geq": np.greater_equal,
}
_FLOATING: dict[str, Any] = {
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "fabs": np.fabs,
    "floor": np.floor,
    "ceil": np.ceil,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
}
for _symbol, _function in _COMPARISONS.items():
    FUNCTIONS[_symbol] = Function(2, _compare(_function), compares=True, takes_bool=True)
for _symbol, _function in _FLOATING.items():
    FUNCTIONS[_symbol] = Function(1, _ufunc(_function), floating=True)
