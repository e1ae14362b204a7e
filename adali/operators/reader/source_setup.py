"""What a user gives to an external source, and how it is to be used; checked when the operator is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adali.errors import ArgumentError
from adali.operators.user_data import is_async_callable

__all__ = ["CYCLES", "Failed", "SourceSetup", "is_generator_function", "is_iterable", "takes_info"]

CYCLES = {None: "no", False: "no", "no": "no", True: "quiet", "quiet": "quiet", "raise": "raise"}


@dataclass
class Failed:
    """A sample that its source could not make."""

    error: Exception


@dataclass(frozen=True)
class SourceSetup:
    """A source and how it is used; what :class:`ExternalSource` keeps as ``spec.state``.

    Attributes:
        source: the user's object.
        cycle: "no", "quiet" or "raise"; only for iterables.
        batch: whether it gives whole batches, or single samples.
        batch_info: whether a batch function gets a BatchInfo in place of the iteration's number.
        outputs: how many items it gives at once; None for one that is not in a tuple.
        parallel: whether threads or processes work ahead.
        depth: how many batches they work ahead.
        layouts, dtypes, ndims: for each output, what the user said of it.
        dataset: whether it is asked for samples by number, and ends when its sampler does.
        sampler, shuffle: the order of a dataset's samples, see :class:`~adali.operators.reader.dataset.DatasetOrder`.
        workers: "threads" or "processes"; None for what the pipeline says.
        stream: of data in device memory.
    """

    source: Any
    cycle: str
    batch: bool
    batch_info: bool
    outputs: int | None
    parallel: bool
    depth: int
    layouts: tuple[Any, ...]
    dtypes: tuple[Any, ...]
    ndims: tuple[Any, ...]
    dataset: bool = False
    sampler: Any = None
    shuffle: bool = False
    workers: str | None = None
    stream: Any = None

    @property
    def as_list(self) -> bool:
        """Whether the user's call returns a list of nodes even for one output."""
        return self.outputs is not None

    @property
    def output_count(self) -> int:
        """Number of output nodes."""
        return 1 if self.outputs is None else self.outputs

    @property
    def is_iterable(self) -> bool:
        """Whether the source is walked through, and not called."""
        return not self.dataset and is_iterable(self.source)

    @property
    def is_async(self) -> bool:
        """Whether the source runs on an event loop."""
        source = self.source
        if self.dataset:
            return inspect.iscoroutinefunction(type(source).__getitem__)
        if self.is_iterable:
            return hasattr(source, "__aiter__") or is_generator_function(source, inspect.isasyncgenfunction)
        return is_async_callable(source)

    def check(self, cycle_given: bool) -> None:
        """Check the source against its options.

        Raises:
            ArgumentError: they do not go together.
        """
        source = self.source
        if self.dataset:
            self._check_dataset(cycle_given)
            return
        if not self.is_iterable and not callable(source):
            raise ArgumentError(
                f"external_source: the source must be a function, an iterable or a generator function, plain or "
                f"asynchronous; got {type(source).__name__}"
            )
        if cycle_given and not self.is_iterable:
            raise ArgumentError("external_source: cycle is for iterables and generator functions, not for functions")
        if self.cycle != "no" and (inspect.isgenerator(source) or inspect.isasyncgen(source)):
            raise ArgumentError(
                "external_source: a generator runs once and cannot cycle; pass the generator function itself"
            )
        if self.is_iterable:
            if self.parallel and not self.batch:
                raise ArgumentError("external_source: parallel=True with batch=False needs a function of a SampleInfo")
        elif self.parallel and not takes_info(source):
            raise ArgumentError(
                "external_source: with parallel=True the function must take one argument (a SampleInfo, a BatchInfo "
                "or the number of the iteration), since calls are made ahead and at the same time"
            )
        else:
            takes_info(source)
        if self.parallel and self.is_async:
            raise ArgumentError(
                "external_source: parallel=True is for sources that block; an asynchronous one runs concurrently anyway"
            )

    def _check_dataset(self, cycle_given: bool) -> None:
        source = self.source
        if not (hasattr(source, "__getitem__") and hasattr(source, "__len__")):
            raise ArgumentError(
                f"external_source: a dataset has __getitem__ and __len__; {type(source).__name__} has not"
            )
        if cycle_given:
            raise ArgumentError("external_source: cycle is for iterables; a dataset starts over after reset()")
        if self.batch:
            raise ArgumentError("external_source: a dataset gives single samples, so batch=True cannot be used")
        if self.sampler is not None and self.shuffle:
            raise ArgumentError("external_source: sampler and shuffle exclude each other")


def is_iterable(source: Any) -> bool:
    """Whether an object is walked through rather than called."""
    return (
        hasattr(source, "__iter__")
        or hasattr(source, "__aiter__")
        or hasattr(source, "__getitem__")
        or is_generator_function(source, inspect.isgeneratorfunction)
        or is_generator_function(source, inspect.isasyncgenfunction)
    )


def is_generator_function(source: Any, test: Callable[[Any], bool]) -> bool:
    if test(source):
        return True
    return callable(source) and not inspect.isroutine(source) and test(getattr(source, "__call__", None))  # noqa: B004


def takes_info(function: Any) -> bool:
    """Whether a function takes the positional argument that says what is wanted.

    Raises:
        ArgumentError: it takes more than one.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # built-in functions may have none
        return False
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) > 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise ArgumentError(
            "external_source: the source function must take no positional argument, or one that says which sample or "
            f"batch is wanted; {getattr(function, '__name__', function)!r} takes {inspect.signature(function)}"
        )
    return bool(positional)
