"""How late the event loop is: what blocks it delays every request."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from adali.serving.statistics import SECONDS, Histogram, percentiles

__all__ = ["LoopLag"]


class LoopLag:
    """Asks the loop for a call every so often, and notes how much later it comes."""

    def __init__(self, interval: float = 0.02) -> None:
        self.histogram = Histogram(SECONDS)
        self._interval = interval
        self._recent: deque[float] = deque(maxlen=4096)
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self._handle = loop.call_at(loop.time() + self._interval, self._tick, loop.time() + self._interval)

    def _tick(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        late = max(0.0, loop.time() - due)
        self.histogram.add(late)
        self._recent.append(late)
        due = loop.time() + self._interval
        self._handle = loop.call_at(due, self._tick, due)

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def snapshot(self) -> dict[str, Any]:
        """Percentiles of the last minute or so, in milliseconds."""
        return {k: v * 1e3 for k, v in percentiles(list(self._recent)).items()}
