"""Tracebacks that do not keep batches alive.

The frames of a traceback hold their variables, and each holds the frame that called it. In the engine's frames these
are whole iterations; an error that the consumer keeps, or that is listed, must not keep those, and where a frame holds
the error as well only the garbage collector would ever find them.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import traceback
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TypeVar

__all__ = ["ends_with_its_iteration", "from_operator", "release"]

_ENGINE_DIR = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SUSPENDABLE = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_ending: set[CodeType] = set()

F = TypeVar("F", bound="Callable[..., object]")


def ends_with_its_iteration(function: F) -> F:
    """Mark a coroutine function of the engine that never outlives the iteration it works on."""
    _ending.add(function.__code__)
    return function


def from_operator(error: BaseException) -> BaseException:
    """The error with the engine's own frames cut off the front of its traceback."""
    start = error.__traceback__
    while start is not None and _is_engine(start.tb_frame):
        start = start.tb_next
    return error if start is None else error.with_traceback(start)


def release(error: BaseException | None, *, operators: bool) -> None:
    """Empty the engine's frames behind an error and its causes; the lines stay.

    To be called when the iteration is over. With ``operators`` their frames are emptied too, otherwise they are there
    for a debugger.
    """
    while error is not None:
        if error.__traceback__ is not None:
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if operators or _is_engine(frame):
                    _clear(frame)
            caller = error.__traceback__.tb_frame.f_back
            while caller is not None and _is_engine(caller):
                _clear(caller)
                caller = caller.f_back
        error = error.__cause__ or error.__context__


def _is_engine(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_ENGINE_DIR)


def _clear(frame: FrameType) -> None:
    # Clearing a suspended coroutine would end it.
    if not frame.f_code.co_flags & _SUSPENDABLE or frame.f_code in _ending:
        with contextlib.suppress(RuntimeError):  # it still runs
            frame.clear()
