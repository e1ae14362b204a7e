# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Types of the operators' arguments and inputs; the module exists for type checkers only."""

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

from numpy.typing import ArrayLike, DTypeLike, NDArray

from adali.graph.node import DataNode
from adali.types import DALIDataType, DALIInterpType, TensorLayout

Str: TypeAlias = str | os.PathLike[str]
DType: TypeAlias = DALIDataType | DTypeLike
Layout: TypeAlias = str | TensorLayout
Layouts: TypeAlias = Layout | Sequence[Layout]
Ints: TypeAlias = int | Sequence[int] | NDArray[Any]
Floats: TypeAlias = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
Bools: TypeAlias = bool | Sequence[bool] | NDArray[Any]
Strs: TypeAlias = Str | Sequence[Str]
DTypes: TypeAlias = DType | Sequence[DType]
InterpTypes: TypeAlias = DALIInterpType | Sequence[DALIInterpType]
Input: TypeAlias = DataNode | ArrayLike
