"""What a service counts: plain numbers that cost next to nothing, from which metrics and the page are made."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Histogram", "RecentError", "Statistics", "percentiles"]

#: Upper bounds of time histograms, in seconds.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Of histograms of samples.
SAMPLES = (1, 2, 4, 8, 16, 32, 64, 128, 256)

#: Requests whose latency is remembered.
REMEMBERED = 4096
#: Seconds of the past that percentiles and rates are about.
WINDOW_S = 30.0


class Histogram:
    """Counts by upper bound, with sum and maximum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0
        self.max = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value
        if value > self.max:
            self.max = value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)


@dataclass(frozen=True)
class RecentError:
    """A request that failed lately.

    Attributes:
        at: seconds since the epoch.
        cause: see :func:`~adali.serving.errors.cause_of`.
        message: the error's first line.
    """

    at: float
    cause: str
    message: str


class Statistics:
    """The counts of one service since it started.

    Attributes:
        requests: requests by outcome: ``ok`` or a cause.
        samples: rows answered.
        batches: batches that the pipeline was given.
        wait_s: seconds requests were queued.
        latency_s: seconds from a request's arrival to its answer.
        batch_size: samples in the batches of the pipeline.
        model_batch_size: in the calls of the model.
        stage_s: seconds spent by stage: ``pipeline``, ``copy``, ``model``.
        recent_errors: the latest failures, newest last; requests that were shed, late or given up are only counted.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.samples = 0
        self.batches = 0
        self.wait_s = Histogram(SECONDS)
        self.latency_s = Histogram(SECONDS)
        self.batch_size = Histogram(SAMPLES)
        self.model_batch_size = Histogram(SAMPLES)
        self.stage_s: dict[str, float] = {"pipeline": 0.0, "copy": 0.0, "model": 0.0}
        self.recent_errors: deque[RecentError] = deque(maxlen=50)
        self._recent: deque[tuple[float, float, int]] = deque(maxlen=REMEMBERED)  # end, latency, rows
        self._sizes: deque[tuple[float, int]] = deque(maxlen=REMEMBERED)

    def answered(self, latency: float, rows: int) -> None:
        """A request was answered."""
        self.requests["ok"] += 1
        self.samples += rows
        self.latency_s.add(latency)
        self._recent.append((time.monotonic(), latency, rows))

    def batch(self, samples: int) -> None:
        """A batch went to the pipeline."""
        self.batches += 1
        self.batch_size.add(samples)
        self._sizes.append((time.monotonic(), samples))

    def failed(self, cause: str, message: str) -> None:
        """A request failed."""
        self.requests[cause] += 1
        if cause not in ("overloaded", "deadline", "cancelled", "closed"):
            self.recent_errors.append(RecentError(time.time(), cause, message.partition("\n")[0][:300]))

    def rate(self) -> float:
        """Samples answered a second, lately; 0 if none were."""
        now = time.monotonic()
        recent = [(end, rows) for end, _, rows in self._recent if now - end < WINDOW_S]
        if not recent:
            return 0.0
        return sum(rows for _, rows in recent) / max(now - recent[0][0], 0.1)

    def snapshot(self) -> dict[str, Any]:
        """The same as plain data, with what can be said of the last :data:`WINDOW_S` seconds."""
        now = time.monotonic()
        latencies = [latency for end, latency, _ in self._recent if now - end < WINDOW_S]
        sizes = [size for at, size in self._sizes if now - at < WINDOW_S]
        return {
            "requests": dict(self.requests),
            "samples": self.samples,
            "batches": self.batches,
            "samples_per_s": self.rate(),
            "latency_ms": {k: v * 1e3 for k, v in percentiles(latencies).items()},
            "batch_sizes": dict(sorted(Counter(sizes).items())),
            "mean_wait_ms": 1e3 * self.wait_s.sum / max(self.wait_s.count, 1),
            "stage_s": dict(self.stage_s),
            "recent_errors": [vars(e) for e in self.recent_errors],
        }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 90th, 95th and 99th percentile and the maximum (nearest rank); empty without values."""
    if not values:
        return {}
    ordered = sorted(values)
    last = len(ordered) - 1
    return {f"p{p}": ordered[min(last, int(len(ordered) * p / 100))] for p in (50, 90, 95, 99)} | {"max": ordered[last]}
