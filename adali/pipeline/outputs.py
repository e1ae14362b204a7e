"""Declared types of a pipeline's outputs, checked in each iteration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from adali.errors import ArgumentError, OutputTypeError
from adali.types import DALIDataType

__all__ = ["OutputTypes"]

T = TypeVar("T")


class OutputTypes:
    """What ``output_dtype``, ``output_ndim`` and ``output_layout`` promise.

    Each is one value for all outputs, a list with one for each, or None; None in a list is an output that may have any.

    Raises:
        TypeError: a value of another type.
        ValueError: NO_TYPE, or a negative number of axes.
    """

    def __init__(self, dtype: Any = None, ndim: Any = None, layout: Any = None) -> None:
        self._dtype = _declared("output_dtype", dtype, DALIDataType, _check_dtype)
        self._ndim = _declared("output_ndim", ndim, int, _check_ndim)
        self._layout = _declared("output_layout", layout, str, _check_layout)
        self.given = any(d is not None for d in (self._dtype, self._ndim, self._layout))
        self._expected: list[tuple[DALIDataType | None, int | None, str | None]] | None = None

    def dtypes(self, count: int) -> list[DALIDataType | None]:
        """Declared element type of each output."""
        return _for_each(self._dtype, count)

    def ndims(self, count: int) -> list[int | None]:
        """Declared number of axes of each output."""
        return _for_each(self._ndim, count)

    def layouts(self, count: int) -> list[str | None]:
        """Declared layout of each output."""
        return _for_each(self._layout, count)

    def check_count(self, count: int) -> None:
        """Check that there are as many declarations as outputs.

        Raises:
            ArgumentError: there are not.
        """
        for name in ("dtype", "ndim", "layout"):
            value = getattr(self, f"_{name}")
            if isinstance(value, list) and len(value) != count:
                raise ArgumentError(f"output_{name} has {len(value)} values, but the pipeline has {count} outputs")
        self._expected = list(zip(self.dtypes(count), self.ndims(count), self.layouts(count), strict=True))

    def check(self, outputs: Sequence[Any]) -> None:
        """Check the outputs of an iteration.

        Raises:
            OutputTypeError: one is not what was declared.
        """
        if self._expected is None:
            self.check_count(len(outputs))
        assert self._expected is not None
        for index, (batch, (dtype, ndim, layout)) in enumerate(zip(outputs, self._expected, strict=True)):
            for what, wanted, found in (
                ("type", dtype, batch.dtype),
                ("number of axes", ndim, batch.ndim()),
                ("layout", layout or None, batch.layout()),
            ):
                if wanted is not None and wanted != found:
                    raise OutputTypeError(
                        f"Output {index} of the pipeline has not the declared {what}: expected {wanted!s}, got "
                        f"{found!s}."
                    )


def _declared(name: str, value: Any, kind: type[T], check: Callable[[str, Any], None]) -> T | list[T | None] | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        for each in value:
            if each is not None:
                _check_kind(name, each, kind)
                check(name, each)
        return list(value)
    _check_kind(name, value, kind)
    check(name, value)
    return value  # type: ignore[no-any-return]


def _check_kind(name: str, value: Any, kind: type[Any]) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ArgumentError(f"{name} must be a {kind.__name__}, a list of those or None, got {value!r}")


def _check_dtype(name: str, value: DALIDataType) -> None:
    if value is DALIDataType.NO_TYPE:
        raise ArgumentError(f"{name} must not be NO_TYPE; None stands for any type")


def _check_ndim(name: str, value: int) -> None:
    if value < 0:
        raise ArgumentError(f"{name} must not be negative, got {value}")


def _check_layout(name: str, value: str) -> None:
    """Every string is a layout."""


def _for_each(value: T | list[T | None] | None, count: int) -> list[T | None]:
    return list(value) if isinstance(value, list) else [value] * count
