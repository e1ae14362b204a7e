"""What a request can come to, besides an answer.

::

    ServingError (AdaliError)
    ├── InvalidInput (ValueError)      the request is not what the pipeline takes
    │   └── TooLarge                   ... or exceeds a limit
    ├── Overloaded                     there is no room in the queue: try again later
    ├── DeadlineExceeded (TimeoutError) it was not answered in time
    ├── ServiceClosed                  the service has not started, drains, or is closed
    └── ModelError                     the model stage failed

A sample that an operator refuses, such as a broken image, raises :class:`~adali.errors.OperatorError`; its ``sample``
is the row of the request.
"""

from __future__ import annotations

import copy

from adali.errors import AdaliError, OperatorError

__all__ = [
    "DeadlineExceeded",
    "InvalidInput",
    "ModelError",
    "Overloaded",
    "ServiceClosed",
    "ServingError",
    "TooLarge",
    "cause_of",
    "own_copy",
]


class ServingError(AdaliError):
    """Base class of what :class:`~adali.serving.Service` raises on its own account."""


class InvalidInput(ServingError, ValueError):
    """The request is not what the pipeline takes: names, types, numbers of axes, rows."""


class TooLarge(InvalidInput):
    """The request exceeds one of the service's :class:`~adali.serving.Limits`."""


class Overloaded(ServingError):
    """There is no room in the queue.

    Attributes:
        retry_after: seconds until the queue of now would be worked off, at the present rate.
    """

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class DeadlineExceeded(ServingError, TimeoutError):
    """The request was not answered in time; if it was still queued it has cost nothing."""


class ServiceClosed(ServingError):
    """The service has not started, drains, or is closed; or its engine died, which is then the ``__cause__``."""


class ModelError(ServingError):
    """The model stage failed; what it raised is the ``__cause__``."""


_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (TooLarge, "too_large"),
    (InvalidInput, "invalid"),
    (Overloaded, "overloaded"),
    (DeadlineExceeded, "deadline"),
    (ServiceClosed, "closed"),
    (ModelError, "model"),
    (OperatorError, "operator"),
)

#: Every word that :func:`cause_of` says.
CAUSES = (*(name for _, name in _CAUSES), "sample", "cancelled", "internal")


def cause_of(error: BaseException) -> str:
    """One word for statistics: what became of a request that ended with this error.

    ``sample`` is an operator that refused this request's own data, ``operator`` one that failed in another way.
    """
    if isinstance(error, OperatorError) and blames_data(error):
        return "sample"
    for kind, name in _CAUSES:
        if isinstance(error, kind):
            return name
    return "cancelled" if type(error).__name__ == "CancelledError" else "internal"


def blames_data(error: OperatorError) -> bool:
    """Whether it is the sample that the operator could not use, as far as anybody can tell.

    Code of the user's own that fails is no verdict on the data.
    """
    return error.sample is not None and not error.operator.endswith(("PythonFunction", "NumbaFunction"))


def own_copy(error: BaseException) -> BaseException:
    """The error for one of several requests: a raised exception collects tracebacks, so each needs its own."""
    try:
        other = copy.copy(error)
    except Exception:
        return error
    other.__cause__, other.__suppress_context__ = error.__cause__, True
    return other


def for_row(error: OperatorError, row: int) -> OperatorError:
    """The error as the sender of the row knows it: ``sample`` counts within the request."""
    return OperatorError(
        error.message,
        operator=error.operator,
        name=error.name,
        line=error.line,
        iteration=error.iteration,
        sample=row,
        source=error.source,
    )
