"""Every exception adali raises on purpose.

::

    AdaliError
    ├── GraphError (RuntimeError)            the graph cannot be built as written
    │   └── ArgumentError (TypeError, ValueError)  a missing or mistyped argument
    │       └── UnknownArgumentError (KeyError)    an argument that does not exist
    ├── PipelineStateError (RuntimeError)    a call that the pipeline's state does not allow
    │   └── PipelineClosedError              the pipeline was closed
    ├── CheckpointError (RuntimeError, ValueError)  a checkpoint that is damaged, or of something else
    ├── UnknownNameError (KeyError, RuntimeError) no reader or input of that name is in the pipeline
    ├── DeviceUnavailableError (RuntimeError) a GPU operator where no CUDA device can be used
    ├── DeviceFaultError (RuntimeError)      the device failed while the pipeline ran
    ├── OperatorError (RuntimeError)         an operator failed while the pipeline ran
    ├── StorageError (OSError)               a store does not answer, or has not what was asked for
    └── OutputTypeError (RuntimeError)       an output is not what output_dtype, output_ndim or output_layout declared

The second base is the class that scripts written for DALI catch. The end of the data is not an error: the
blocking API raises ``StopIteration`` there and the async API ``StopAsyncIteration``.
"""

from __future__ import annotations

import functools
import linecache
import os
import sys
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AdaliError",
    "ArgumentError",
    "CheckpointError",
    "DeviceFaultError",
    "DeviceUnavailableError",
    "GraphError",
    "OperatorError",
    "OutputTypeError",
    "PipelineClosedError",
    "PipelineStateError",
    "SourceLine",
    "StorageError",
    "UnknownArgumentError",
    "UnknownNameError",
    "caller_line",
]

_PACKAGE_DIR = os.path.dirname(os.path.abspath(__file__)) + os.sep


@dataclass(frozen=True)
class SourceLine:
    """A line of the user's code: where an operator was made."""

    filename: str
    lineno: int
    function: str

    @property
    def text(self) -> str:
        """The line itself, stripped; empty if the source cannot be read."""
        return linecache.getline(self.filename, self.lineno).strip()

    def __str__(self) -> str:
        text = self.text
        where = f"{self.filename}:{self.lineno} in {self.function}"
        return f"{where}: {text}" if text else where


def caller_line() -> SourceLine | None:
    """The innermost frame outside this package, or None if there is none."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE_DIR):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return None
    return SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


class AdaliError(Exception):
    """Base class of all errors raised by adali."""


class GraphError(AdaliError, RuntimeError):
    """The graph cannot be built as written."""


class ArgumentError(GraphError, TypeError, ValueError):
    """An operator or a pipeline got an unknown, missing or mistyped argument."""


class UnknownArgumentError(ArgumentError, KeyError):
    """An operator got an argument that it does not have."""

    # KeyError would print the repr of the message.
    __str__ = Exception.__str__


class UnknownNameError(AdaliError, KeyError, RuntimeError):
    """No reader, or no input, of that name is in the pipeline."""

    # KeyError would print the repr of the message.
    __str__ = Exception.__str__


class PipelineStateError(AdaliError, RuntimeError):
    """A call that the state of the pipeline does not allow, such as mixing ``run`` with ``schedule_run``."""


class PipelineClosedError(PipelineStateError):
    """The pipeline was closed."""


class CheckpointError(AdaliError, RuntimeError, ValueError):
    """A checkpoint that is damaged, of another pipeline or of other data, or a source that cannot go on from it."""


class DeviceUnavailableError(AdaliError, RuntimeError):
    """A GPU operator was asked for where no CUDA device can be used."""


class DeviceFaultError(AdaliError, RuntimeError):
    """The device reported an error, and nobody knows of which operator: kernels run after the host has gone on."""


class OutputTypeError(AdaliError, RuntimeError):
    """An output of the pipeline is not of the type, number of axes or layout that was declared for it."""


class StorageError(AdaliError, OSError):
    """A store did not answer within the limits, or has not what was asked for; the message names the URL."""


class OperatorError(AdaliError, RuntimeError):
    """An operator failed while the pipeline ran.

    The exception the operator raised is the ``__cause__``. Where that is a ValueError or an IndexError, the error is
    one too, as in DALI; where it came from a source of ``external_source``, it is also of that exception's class.

    Attributes:
        operator: schema name of the operator, for instance ``"decoders__Image"``.
        name: name of the operator's instance in the graph.
        line: the line of user code that made the operator, or None.
        iteration: index of the iteration, counted from the first one of the pipeline.
        sample: index of the sample in its batch, or None when the whole batch failed.
        source: where the sample came from (a file name, a key), or None when unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        operator: str,
        name: str,
        line: SourceLine | None = None,
        iteration: int | None = None,
        sample: int | None = None,
        source: str | None = None,
    ) -> None:
        self.message = message
        self.operator = operator
        self.name = name
        self.line = line
        self.iteration = iteration
        self.sample = sample
        self.source = source
        Exception.__init__(self, self._text())  # not that of the class of a source's exception, see below

    def _text(self) -> str:
        parts = [f"Operator {self.operator} ({self.name}) failed: {self.message}"]
        where = []
        if self.iteration is not None:
            where.append(f"iteration {self.iteration}")
        if self.sample is not None:
            where.append(f"sample {self.sample}")
        if self.source is not None:
            where.append(f"source {self.source}")
        if where:
            parts.append("  at " + ", ".join(where))
        if self.line is not None:
            parts.append(f"  made at {self.line}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_operator_error, (self.message, dict(self.__dict__)))


def step_error(cause: BaseException, message: str, **where: Any) -> OperatorError:
    """The OperatorError of an operator that raised: a ValueError or an IndexError too where that was one.

    Args:
        cause: what the operator raised.
        message: what to say.
        where: the attributes of :class:`OperatorError`.
    """
    # NumPy's AxisError is both; DALI's is an IndexError.
    kind = next((k for k in (IndexError, ValueError) if isinstance(cause, k)), OperatorError)
    return _class_for(kind)(message, **where)


def source_error(cause: BaseException, message: str, **where: Any) -> OperatorError:
    """The OperatorError of a source that raised: also of the exception's own class, as scripts written for DALI expect.

    Args:
        cause: what the source raised.
        message: what to say.
        where: the attributes of :class:`OperatorError`.
    """
    try:
        kind: Any = type(cause)
        error = _class_for(kind)(message, **where)
    except Exception:  # a class of the user's that wants to be made its own way
        error = OperatorError(message, **where)
    for name, value in getattr(cause, "__dict__", {}).items():
        error.__dict__.setdefault(name, value)
    return error


@functools.lru_cache(maxsize=64)
def _class_for(kind: Any) -> type[OperatorError]:
    meaning = (StopIteration, StopAsyncIteration)  # the end of the data, for whoever catches them
    if not issubclass(kind, Exception) or issubclass(OperatorError, kind) or issubclass(kind, meaning):
        return OperatorError
    names: dict[str, Any] = {"__module__": __name__, "__doc__": OperatorError.__doc__, "__str__": Exception.__str__}
    try:
        return type("OperatorError", (OperatorError, kind), names)
    except TypeError:  # classes whose instances have no common form in memory
        return OperatorError


def _rebuild_operator_error(message: str, state: dict[str, object]) -> OperatorError:
    error = OperatorError(message, operator=str(state["operator"]), name=str(state["name"]))
    error.__dict__.update(state)
    error.args = (error._text(),)
    return error
