"""Makes arithmetic.npz: expressions on all pairs of types, computed by the real DALI.

Run with the Python of an environment that has nvidia-dali: ``python make_arithmetic.py``. Keys are ``op|left|right``
for two tensors, ``op|left|:type`` and ``op|:type|right`` where one side is a scalar constant of that type, ``op|type``
for functions of one operand. A missing key means that DALI refuses the combination. The operands are in the file as
``left_TYPE`` and ``right_TYPE``; constants are 3, 2.5 and True.
"""

import pathlib

import numpy as np
import nvidia.dali.fn as fn
import nvidia.dali.math as dmath
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline

NAMES = [
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "bool",
]
FUNCTIONS = [
    "sqrt",
    "rsqrt",
    "cbrt",
    "exp",
    "log",
    "log2",
    "log10",
    "abs",
    "fabs",
    "floor",
    "ceil",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
]
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "fdiv": lambda a, b: a / b,
    "div": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "pow": dmath.pow,
    "fpow": dmath.fpow,
    "min": dmath.min,
    "max": dmath.max,
    "atan2": dmath.atan2,
    "bitand": lambda a, b: a & b,
    "bitor": lambda a, b: a | b,
    "bitxor": lambda a, b: a ^ b,
    "lshift": lambda a, b: a << b,
    "rshift": lambda a, b: a >> b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "leq": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "geq": lambda a, b: a >= b,
}
UNARY = {
    **{name: getattr(dmath, name) for name in FUNCTIONS},
    "minus": lambda a: -a,
    "plus": lambda a: +a,
    "bitnot": lambda a: ~a,
}


def left(name: str) -> np.ndarray:
    """Values with sign, overflow and fractions where the type has them."""
    if name == "bool":
        return np.array([0, 1, 0, 1, 1, 0, 1], np.bool_)
    if name.startswith("u"):
        return np.array([0, 1, 7, 100, 200, 255, 3], name)
    if name.startswith("i"):
        return np.array([0, 1, -7, 100, -128, 127, 3], name)
    return np.array([0, 1, -7.5, 100.25, 0.25, -0.5, 2.5], name)


def right(name: str) -> np.ndarray:
    if name == "bool":
        return np.array([1, 1, 1, 1, 1, 1, 1], np.bool_)
    if name.startswith("f"):
        return np.array([1, 2, 2.5, -3, 0.5, 1.5, 2], name)
    if name.startswith("u"):
        return np.array([1, 2, 2, 3, 1, 7, 2], name)
    return np.array([1, 2, 2, -3, 1, 7, 2], name)


def constant(name: str):
    value = True if name == "bool" else 2.5 if name.startswith("f") else 3
    return types.ScalarConstant(value, types.to_dali_type(name))


def source(array):
    return fn.external_source(source=lambda: [array], batch=True)


def compute(expressions):
    """Outputs of one pipeline with a batch of one sample."""
    pipe = Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        a = {n: source(left(n)) for n in NAMES}
        b = {n: source(right(n)) for n in NAMES}
        outputs = [e(a, b) for e in expressions]
        pipe.set_outputs(*outputs)
    pipe.build()
    return [np.array(o.at(0)) for o in pipe.run()]


def main() -> None:
    cases = {}
    for op, f in BINARY.items():
        for x in NAMES:
            for y in NAMES:
                cases[f"{op}|{x}|{y}"] = lambda a, b, f=f, x=x, y=y: f(a[x], b[y])
        for x in NAMES:
            for y in ("bool", "int32", "float32", "uint8", "int64", "float16"):
                cases[f"{op}|{x}|:{y}"] = lambda a, b, f=f, x=x, y=y: f(a[x], constant(y))
                if y in ("int32", "float32"):
                    cases[f"{op}|:{y}|{x}"] = lambda a, b, f=f, x=x, y=y: f(constant(y), b[x])
    for op, f in UNARY.items():
        for x in NAMES:
            cases[f"{op}|{x}"] = lambda a, b, f=f, x=x: f(a[x])
    result = {}
    # A refused expression fails its whole pipeline, so each has its own.
    for key, expression in cases.items():
        try:
            result[key] = compute([expression])[0]
        except (RuntimeError, ValueError, TypeError, IndexError):
            continue
    print(len(cases), "cases,", len(result), "accepted")
    # An array for each case would cost more for its header than for its values.
    packed = {f"left_{n}": left(n) for n in NAMES} | {f"right_{n}": right(n) for n in NAMES}
    for dtype in sorted({v.dtype.name for v in result.values()}):
        keys = [k for k, v in result.items() if v.dtype.name == dtype]
        packed["keys_" + dtype] = np.array("\n".join(keys))
        packed[dtype] = np.stack([result[k] for k in keys])
    np.savez_compressed(pathlib.Path(__file__).with_name("arithmetic.npz"), **packed)


if __name__ == "__main__":
    main()
