"""DataNode: a symbolic batch, the output of an operator in a graph that has not run yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from adali.graph.spec import OpSpec

__all__ = ["DataNode"]


class DataNode:
    """One output of one operator.

    Arithmetic, comparison and bitwise operators and subscripts make further nodes.

    Attributes:
        name: unique name of the batch in its graph.
        device: "cpu" or "gpu".
        source: the operator that makes it.
        index: which of its outputs it is.
    """

    __slots__ = ("device", "index", "name", "source")

    # NumPy must leave `array + node` to the node.
    __array_ufunc__ = None

    def __init__(self, name: str, device: str, source: OpSpec, index: int = 0) -> None:
        self.name = name
        self.device = device
        self.source = source
        self.index = index

    def __repr__(self) -> str:
        return f"DataNode(name={self.name!r}, device={self.device!r}, source={self.source.name!r}, index={self.index})"

    def gpu(self) -> DataNode:
        """The same batch in GPU memory."""
        if self.device == "gpu":
            return self
        from adali.graph.spec import call_operator

        return call_operator("MakeContiguous", [self], {"device": "mixed"})[0]

    def cpu(self) -> DataNode:
        """The same batch in host memory."""
        if self.device == "cpu":
            return self
        from adali.graph.spec import call_operator

        return call_operator("Copy", [self], {"device": "cpu"})[0]

    def shape(self, *, dtype: Any = None, device: str | None = None) -> DataNode:
        """The shape of each sample, a 1-D int64 tensor (or ``dtype``)."""
        from adali.graph.spec import call_operator

        kwargs = {} if dtype is None else {"dtype": dtype}
        return call_operator("Shapes", [self], {**kwargs, "device": device or "cpu"})[0]

    def property(self, key: str, *, device: str | None = None) -> DataNode:
        """A property of each sample: ``"source_info"`` or ``"layout"``, as a 1-D uint8 tensor of its bytes."""
        from adali.graph.spec import call_operator

        return call_operator("GetProperty", [self], {"key": key, "device": device or "cpu"})[0]

    def source_info(self, *, device: str | None = None) -> DataNode:
        """Where each sample came from, usually a file name: its bytes as a 1-D uint8 tensor."""
        return self.property("source_info", device=device)

    def __getitem__(self, index: Any) -> DataNode:
        from adali.graph.expression import subscript

        return subscript(self, index)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"The truth value of {self!r} is not known while the graph is built. Compare and select with "
            "arithmetic on nodes, or use pipeline_def(enable_conditionals=True)."
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self!r} is one batch and cannot be unpacked; its operator has a single output here.")

    __hash__ = object.__hash__

    def __add__(self, other: Any) -> DataNode:
        return _arithmetic("add", self, other)

    def __radd__(self, other: Any) -> DataNode:
        return _arithmetic("add", other, self)

    def __sub__(self, other: Any) -> DataNode:
        return _arithmetic("sub", self, other)

    def __rsub__(self, other: Any) -> DataNode:
        return _arithmetic("sub", other, self)

    def __mul__(self, other: Any) -> DataNode:
        return _arithmetic("mul", self, other)

    def __rmul__(self, other: Any) -> DataNode:
        return _arithmetic("mul", other, self)

    def __truediv__(self, other: Any) -> DataNode:
        return _arithmetic("fdiv", self, other)

    def __rtruediv__(self, other: Any) -> DataNode:
        return _arithmetic("fdiv", other, self)

    def __floordiv__(self, other: Any) -> DataNode:
        return _arithmetic("div", self, other)

    def __rfloordiv__(self, other: Any) -> DataNode:
        return _arithmetic("div", other, self)

    def __mod__(self, other: Any) -> DataNode:
        return _arithmetic("mod", self, other)

    def __rmod__(self, other: Any) -> DataNode:
        return _arithmetic("mod", other, self)

    def __pow__(self, other: Any) -> DataNode:
        return _arithmetic("pow", self, other)

    def __rpow__(self, other: Any) -> DataNode:
        return _arithmetic("pow", other, self)

    def __and__(self, other: Any) -> DataNode:
        return _arithmetic("bitand", self, other)

    def __rand__(self, other: Any) -> DataNode:
        return _arithmetic("bitand", other, self)

    def __or__(self, other: Any) -> DataNode:
        return _arithmetic("bitor", self, other)

    def __ror__(self, other: Any) -> DataNode:
        return _arithmetic("bitor", other, self)

    def __xor__(self, other: Any) -> DataNode:
        return _arithmetic("bitxor", self, other)

    def __rxor__(self, other: Any) -> DataNode:
        return _arithmetic("bitxor", other, self)

    def __lshift__(self, other: Any) -> DataNode:
        return _arithmetic("lshift", self, other)

    def __rlshift__(self, other: Any) -> DataNode:
        return _arithmetic("lshift", other, self)

    def __rshift__(self, other: Any) -> DataNode:
        return _arithmetic("rshift", self, other)

    def __rrshift__(self, other: Any) -> DataNode:
        return _arithmetic("rshift", other, self)

    def __eq__(self, other: Any) -> DataNode:  # type: ignore[override]
        return _arithmetic("eq", self, other)

    def __ne__(self, other: Any) -> DataNode:  # type: ignore[override]
        return _arithmetic("neq", self, other)

    def __lt__(self, other: Any) -> DataNode:
        return _arithmetic("lt", self, other)

    def __le__(self, other: Any) -> DataNode:
        return _arithmetic("leq", self, other)

    def __gt__(self, other: Any) -> DataNode:
        return _arithmetic("gt", self, other)

    def __ge__(self, other: Any) -> DataNode:
        return _arithmetic("geq", self, other)

    def __neg__(self) -> DataNode:
        return _arithmetic("minus", self)

    def __pos__(self) -> DataNode:
        return _arithmetic("plus", self)

    def __invert__(self) -> DataNode:
        return _arithmetic("bitnot", self)

    def __abs__(self) -> DataNode:
        return _arithmetic("abs", self)


def _arithmetic(symbol: str, *operands: Any) -> DataNode:
    from adali.graph.expression import arithmetic

    return arithmetic(symbol, *operands)
