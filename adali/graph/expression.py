"""Arithmetic and subscripts on nodes: from Python's operators to operators in the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.graph.node import DataNode
from adali.graph.spec import call_operator
from adali.types import DALIDataType, ScalarConstant

__all__ = ["arithmetic", "newaxis", "subscript"]

_TYPE_NAMES = {
    DALIDataType.BOOL: "bool",
    DALIDataType.UINT8: "uint8",
    DALIDataType.UINT16: "uint16",
    DALIDataType.UINT32: "uint32",
    DALIDataType.UINT64: "uint64",
    DALIDataType.INT8: "int8",
    DALIDataType.INT16: "int16",
    DALIDataType.INT32: "int32",
    DALIDataType.INT64: "int64",
    DALIDataType.FLOAT16: "float16",
    DALIDataType.FLOAT: "float32",
    DALIDataType.FLOAT64: "float64",
}


def arithmetic(symbol: str, *operands: Any) -> DataNode:
    """A node that applies a function of expressions to nodes, arrays and numbers.

    Python numbers are int32, float32 and bool constants, as are ``np.float64`` (a Python float) and lists of them;
    other NumPy scalars, arrays and ``types.ScalarConstant`` keep their type. The text form is that of DALI's
    serialized pipelines: ``add(&0 $0:int32)`` adds the first integer constant to the first input.

    Raises:
        TypeError: an operand is neither.
        ValueError: no operand is a node.
    """
    if symbol == "plus" and isinstance(operands[0], DataNode):
        return operands[0]
    if not any(isinstance(o, DataNode) for o in operands):
        raise ValueError(f"'{symbol}' needs at least one DataNode among its operands; compute it with Python's math")
    nodes: list[DataNode] = []
    integers: list[int] = []
    reals: list[float] = []
    terms: list[str] = []
    for operand in operands:
        value = _operand(symbol, operand)
        if isinstance(value, DataNode):
            terms.append(f"&{len(nodes)}")
            nodes.append(value)
            continue
        real = isinstance(value.value, float)
        terms.append(f"${len(reals) if real else len(integers)}:{_TYPE_NAMES[value.dtype]}")
        if real:
            reals.append(float(np.float32(value.value)))
        else:
            integers.append(_in_range(value))
    kwargs: dict[str, Any] = {"expression_desc": f"{symbol}({' '.join(terms)})"}
    if integers:
        kwargs["integer_constants"] = integers
    if reals:
        kwargs["real_constants"] = reals
    return call_operator("_ArithmeticGenericOp", nodes, kwargs)[0]


def _operand(symbol: str, value: Any) -> DataNode | ScalarConstant:
    if isinstance(value, (DataNode, ScalarConstant)):
        return value
    if isinstance(value, float):  # also np.float64, which would make everything it meets 64 bits wide
        return ScalarConstant(float(value))
    if isinstance(value, (bool, int)) or (isinstance(value, (np.generic, np.ndarray)) and value.shape == ()):
        return ScalarConstant(value)
    if isinstance(value, (list, tuple, np.ndarray)) or hasattr(value, "__array__"):
        from adali.operators.generic.constant import constant_node

        return constant_node(value)
    raise TypeError(
        f"'{symbol}' takes DataNodes, numbers, arrays and types.ScalarConstant, got {value!r} of type "
        f"{type(value).__name__}"
    )


def _in_range(constant: ScalarConstant) -> int:
    from adali.types import to_numpy_type

    value = int(constant.value)
    if constant.dtype is not DALIDataType.BOOL:
        limits = np.iinfo(to_numpy_type(constant.dtype))  # type: ignore[type-var]
        if not limits.min <= value <= limits.max:
            raise OverflowError(f"the integer constant {value} is out of range for {constant.dtype.name}")
    return value


class _NewAxis:
    """Marks a new axis in a subscript: ``x[newaxis]``, or ``x[newaxis("C")]`` to name it in the layout."""

    def __init__(self, name: str | None = None) -> None:
        if name is not None and (not isinstance(name, str) or len(name) != 1):
            raise ValueError(f"the name of an axis is a string of one character, got {name!r}")
        self.name = name

    def __call__(self, name: str | None = None) -> _NewAxis:
        return _NewAxis(name)

    def __repr__(self) -> str:
        return "newaxis" if self.name is None else f"newaxis({self.name!r})"


newaxis = _NewAxis()


def subscript(node: DataNode, index: Any) -> DataNode:
    """``node[index]``: an integer drops an axis, a slice keeps a part of it, ``newaxis`` makes one.

    Integers and the parts of slices may be nodes of integer scalars, one a sample. Negative numbers count from the
    end and slices are cut to the data, as in NumPy. A last ``...`` stands for the remaining axes.

    Raises:
        TypeError: an index is of another type.
        ValueError: some new axes have names and some have not.
        NotImplementedError: ``...`` is not last.
    """
    indices = list(index) if isinstance(index, tuple) else [index]
    if indices and indices[-1] is Ellipsis:
        indices.pop()
    kwargs: dict[str, Any] = {}
    new_axes: list[int] = []
    names: list[str] = []
    source_axis = result_axis = 0
    for item in indices:
        if isinstance(item, _NewAxis):
            new_axes.append(result_axis)
            if item.name is not None:
                names.append(item.name)
            result_axis += 1
            continue
        if item is Ellipsis:
            raise NotImplementedError("'...' in a subscript must be the last index")
        if item is None or isinstance(item, slice):
            parts = (("lo", item.start), ("hi", item.stop), ("step", item.step)) if item is not None else ()
            for key, value in parts:
                if value is not None:
                    kwargs[f"{key}_{source_axis}"] = _index(value, round_down=True)
            result_axis += 1
        else:
            kwargs[f"at_{source_axis}"] = _index(item)
        source_axis += 1
    if names and len(names) != len(new_axes):
        raise ValueError("name all the new axes of a subscript, or none")
    if source_axis > 32:
        raise ValueError(f"a subscript has at most 32 indices, got {source_axis}")
    result = node
    if kwargs:
        result = call_operator("_TensorSubscript", [node], {**kwargs, "num_subscripts": source_axis})[0]
    elif source_axis:
        result = call_operator("_SubscriptDimCheck", [node], {"num_subscripts": source_axis})[0]
    if new_axes:
        extra = {"new_axis_names": "".join(names)} if names else {}
        result = call_operator("ExpandDims", [result], {"axes": new_axes, **extra})[0]
    return result


def _index(value: Any, round_down: bool = False) -> Any:
    if isinstance(value, DataNode):
        return value
    if isinstance(value, ScalarConstant):
        value = value.value
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    if isinstance(value, (bool, int, np.integer, np.bool_)) or (round_down and isinstance(value, float)):
        return int(value)
    raise TypeError(f"an index is an integer, a slice, newaxis or a DataNode of integers, got {value!r}")
