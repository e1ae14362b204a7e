"""The engines that run, and what becomes of them when the interpreter exits or the process forks."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Protocol

__all__ = ["began", "ended"]


class Engine(Protocol):
    """What has to be told."""

    def exit(self) -> None:
        """Begin to stop; whoever does not return at once is left behind."""

    def join(self, timeout: float) -> None:
        """Wait for the thread."""

    def become_an_orphan(self) -> None:
        """Called in a forked child: threads are gone, and locks may be held by those that were."""


_alive: set[Engine] = set()
_lock = threading.Lock()

#: Seconds that the exit waits for one engine.
TIMEOUT_S = 3.0


def began(engine: Engine) -> None:
    """An engine runs."""
    with _lock:
        _alive.add(engine)


def ended(engine: Engine) -> None:
    """An engine came to its end."""
    with _lock:
        _alive.discard(engine)


@atexit.register
def _exit() -> None:
    # Threads that run Python while the interpreter is taken apart would crash it.
    with _lock:
        engines = list(_alive)
    for engine in engines:
        engine.exit()
    for engine in engines:
        engine.join(TIMEOUT_S)


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    for engine in _alive:
        engine.become_an_orphan()
    _alive.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
