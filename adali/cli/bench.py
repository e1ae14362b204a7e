"""``adali bench``: where the time of a pipeline goes."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

from adali import sync
from adali.cli import IMAGES, CommandError
from adali.cli.training import define, find_images, threads
from adali.engine.stats import OperatorStats, PipelineStats, StageStats
from adali.errors import OperatorError

__all__ = ["Measurement", "bench", "measure", "since"]

WARM_UP_IMAGES = 128
IN_NEXT = "in next"


@dataclass
class Measurement:
    """A pipeline that ran as fast as it could.

    Attributes:
        images: images delivered.
        seconds: wall time.
        cpu_seconds: time of all threads of the process on the CPU.
        stats: the pipeline's counters over the measured time (queues: since its start).
    """

    images: int
    seconds: float
    cpu_seconds: float
    stats: PipelineStats

    @property
    def images_per_second(self) -> float:
        """Throughput."""
        return self.images / self.seconds

    @property
    def cpu_seconds_per_1000_images(self) -> float:
        """Cost: what a thousand images take of one CPU."""
        return 1000 * self.cpu_seconds / self.images

    def as_dict(self) -> dict[str, Any]:
        """All numbers as plain data."""
        return {
            "images": self.images,
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
            "cpu_seconds": self.cpu_seconds,
            "cpu_seconds_per_1000_images": self.cpu_seconds_per_1000_images,
            **self.stats.as_dict(),
        }


def since(before: PipelineStats, after: PipelineStats) -> PipelineStats:
    """The counters between two snapshots; those of queues and memory are the later ones."""
    stages = [
        StageStats(
            name=b.name,
            iterations=b.iterations - a.iterations,
            busy_s=b.busy_s - a.busy_s,
            starved_s=b.starved_s - a.starved_s,
            blocked_s=b.blocked_s - a.blocked_s,
            failures=b.failures - a.failures,
        )
        for a, b in zip(before.stages, after.stages, strict=True)
    ]
    operators = [
        OperatorStats(b.name, b.operator, b.busy_s - a.busy_s, b.samples - a.samples)
        for a, b in zip(before.operators, after.operators, strict=True)
    ]
    return replace(
        after,
        iterations=after.iterations - before.iterations,
        delivered=after.delivered - before.delivered,
        consumer_wait_s=after.consumer_wait_s - before.consumer_wait_s,
        skipped=after.skipped - before.skipped,
        stages=stages,
        operators=operators,
    )


def measure(pipe: sync.Pipeline, images: int, warm_up: int = WARM_UP_IMAGES) -> Measurement:
    """Run a pipeline until it delivered so many images, after a warm-up that does not count."""
    done = 0
    while done < warm_up:
        done += len(pipe.run()[0])
    before = pipe.stats()
    cpu, start = time.process_time(), time.perf_counter()
    done = 0
    while done < images:
        done += len(pipe.run()[0])
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return Measurement(done, seconds, cpu, since(before, pipe.stats()))


def bench(options: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        CommandError: there is nothing to read, or no image can be decoded.
    """
    root, count = find_images(options.folder)
    batch_size = options.batch_size or 32
    num_threads = threads(options.num_threads)
    pipe = sync.Pipeline(batch_size=batch_size, num_threads=num_threads, seed=1, on_error="skip")
    define(pipe, root, training=options.pipeline == "training")
    if not options.json:
        where = "the package" if root == IMAGES else root
        print(
            f"{options.pipeline} pipeline: {count} images from {where}, batches of {batch_size}, "
            f"{num_threads} worker thread{'s' if num_threads > 1 else ''}\nwarming up ...",
            flush=True,
        )
    try:
        result = measure(pipe, options.images)
    except (OperatorError, StopIteration) as e:
        raise CommandError(f"the pipeline stopped: {e}") from e
    finally:
        pipe.close()
    if options.json:
        setting = {
            "pipeline": options.pipeline,
            "batch_size": batch_size,
            "num_threads": num_threads,
            "python": platform.python_version(),
            "machine": platform.machine(),
        }
        json.dump({**setting, **result.as_dict()}, sys.stdout, indent=2)
        print()
    else:
        print(report(result, num_threads))


def report(result: Measurement, num_threads: int) -> str:
    """The numbers as tables for a reader."""
    stats, seconds = result.stats, result.seconds
    lines = [
        f"{result.images} images in {seconds:.2f} s: {result.images_per_second:.0f} images/s, "
        f"{result.cpu_seconds_per_1000_images:.2f} CPU-seconds per 1000 images",
        "",
    ]
    rows = [
        [s.name, str(s.iterations), *(f"{100 * t / seconds:.0f} %" for t in (s.busy_s, s.starved_s, s.blocked_s))]
        for s in stats.stages
    ]
    lines += table(["stage", "batches", "working", "waits for input", "waits for room"], rows)
    lines.append("")
    total = sum(o.busy_s for o in stats.operators) or 1.0
    rows = [
        [
            o.name,
            o.operator,
            _time(o),
            f"{100 * o.busy_s / total:.1f} %",
        ]
        for o in stats.operators
    ]
    lines += table(["operator", "kind", "us/sample", "share"], rows, left=2)
    if any(_time(o) == IN_NEXT for o in stats.operators):
        lines.append(f"{IN_NEXT}: computed in one go with the operator that follows, and counted there")
    lines.append("")
    rows = [[q.name, str(q.depth), f"{q.mean:.2f}", str(q.peak)] for q in stats.queues]
    if rows:
        lines += [*table(["queue", "depth", "mean", "peak"], rows), ""]
    lines.append(advice(stats, num_threads))
    if stats.skipped:
        lines.append(f"{stats.skipped} samples could not be used and were left out")
    return "\n".join(lines)


def _time(operator: OperatorStats) -> str:
    if not operator.samples:
        return "-"
    # Every operator takes some time of its own, unless the chain computes it together with its successor.
    return f"{1e6 * operator.busy_s / operator.samples:.1f}" if operator.busy_s else IN_NEXT


def advice(stats: PipelineStats, num_threads: int) -> str:
    """The bottleneck in words."""
    name = stats.bottleneck
    if name == "consumer":
        return "bottleneck: the consumer; batches wait for it"
    text = f"bottleneck: the {name} stage"
    if name == "cpu" and stats.operators:
        most = max(stats.operators, key=lambda o: o.busy_s)
        text += f", above all {most.name} ({most.operator}), on {num_threads} thread{'s' if num_threads > 1 else ''}"
    return text


def table(header: list[str], rows: list[list[str]], left: int = 1) -> list[str]:
    """Columns of equal width; the first ``left`` are aligned to the left."""
    widths = [max(len(r[i]) for r in [header, *rows]) for i in range(len(header))]

    def line(cells: list[str]) -> str:
        aligned = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(aligned).rstrip()

    return [line(header), line(["-" * w for w in widths]), *(line(r) for r in rows)]
