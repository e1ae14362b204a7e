"""What ``pipe.stats()`` reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adali.errors import OperatorError

__all__ = ["OperatorStats", "PipelineStats", "QueueStats", "StageStats"]


@dataclass
class OperatorStats:
    """One operator.

    Attributes:
        name: instance name.
        operator: schema name.
        busy_s: seconds spent in it, summed over threads.
        samples: samples computed.
        output_bytes: largest size of each output of a batch, in bytes; only with ``enable_memory_stats``, and only for
            operators of the host whose outputs leave their chain.
        sample_bytes: largest size of each output of a sample, likewise.
    """

    name: str
    operator: str
    busy_s: float = 0.0
    samples: int = 0
    output_bytes: list[int] = field(default_factory=list)
    sample_bytes: list[int] = field(default_factory=list)

    def add(self, ns: int, samples: int) -> None:
        """Account for a run; threads may lose each other's update once in a while, which a statistic can bear."""
        self.busy_s += ns * 1e-9
        self.samples += samples

    def measure(self, output: int, sizes: Sequence[int]) -> None:
        """Account for the sizes of an output's samples, in bytes."""
        while len(self.output_bytes) <= output:
            self.output_bytes.append(0)
            self.sample_bytes.append(0)
        self.output_bytes[output] = max(self.output_bytes[output], sum(sizes))
        self.sample_bytes[output] = max(self.sample_bytes[output], *sizes, 0)


@dataclass
class StageStats:
    """One stage.

    Attributes:
        name: "reader", "cpu", "mixed" or "gpu".
        iterations: batches it finished.
        busy_s: seconds in which it worked on a batch.
        starved_s: seconds in which it waited for its input.
        blocked_s: seconds in which it waited for room in its output queue, or for the consumer to ask.
        failures: batches that failed in it.
    """

    name: str
    iterations: int = 0
    busy_s: float = 0.0
    starved_s: float = 0.0
    blocked_s: float = 0.0
    failures: int = 0


@dataclass
class QueueStats:
    """One queue between stages.

    Attributes:
        name: the stages it joins.
        depth: how many batches fit.
        held: batches in it now.
        peak: most batches ever in it.
        mean: mean number of batches after a put.
    """

    name: str
    depth: int
    held: int
    peak: int
    mean: float


@dataclass
class PipelineStats:
    """A snapshot of a running pipeline.

    Attributes:
        iterations: batches started.
        delivered: batches the consumer took.
        ahead: finished batches that wait for the consumer.
        consumer_wait_s: seconds the consumer waited for batches.
        stages: per stage, in the order of the data's way.
        queues: per queue.
        operators: per operator, in graph order.
        skipped: number of samples left out of the batches that the consumer took, or replaced in them, because they
            failed.
        errors: the latest of their errors (at most 1000).
        memory_used_bytes: batch buffers alive.
        memory_idle_bytes: batch buffers kept for reuse.
    """

    iterations: int = 0
    delivered: int = 0
    ahead: int = 0
    consumer_wait_s: float = 0.0
    stages: list[StageStats] = field(default_factory=list)
    queues: list[QueueStats] = field(default_factory=list)
    operators: list[OperatorStats] = field(default_factory=list)
    skipped: int = 0
    errors: list[OperatorError] = field(default_factory=list)
    memory_used_bytes: int = 0
    memory_idle_bytes: int = 0

    @property
    def bottleneck(self) -> str:
        """Who limits throughput: the busiest stage, or "consumer" if that waited least."""
        busiest = max(self.stages, key=lambda s: s.busy_s, default=None)
        if busiest is None or self.delivered == 0:
            return "unknown"
        return busiest.name if self.consumer_wait_s > 0.1 * busiest.busy_s else "consumer"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data, for JSON."""
        from dataclasses import asdict

        result = asdict(self)
        result["errors"] = [str(e) for e in self.errors]
        result["bottleneck"] = self.bottleneck
        return result
