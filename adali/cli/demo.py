"""``adali demo``: the ResNet-50 training pipeline on a folder of images, with a picture of what it makes."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import adali
from adali.cli import IMAGES, CommandError
from adali.cli.progress import Progress
from adali.cli.training import MEAN, SIZE, STD, class_names, define, find_images, threads
from adali.engine.stats import PipelineStats

__all__ = ["demo"]

MAX_ON_SHEET = 24
MAX_LISTED = 5
#: The package's images are few: enough passes for a progress bar that one can watch.
OWN_EPOCHS, OWN_BATCH = 100, 15


@dataclass
class Result:
    """What a run made: the first batch as arrays, the pipeline's counters, images and seconds after that batch."""

    images: Any
    labels: Any
    stats: PipelineStats
    total: int
    rate: float


def demo(options: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        CommandError: there is nothing to read, no image can be decoded, or the output cannot be written.
    """
    root, count = find_images(options.folder)
    own = root == IMAGES
    epochs = options.epochs or (OWN_EPOCHS if own else 1)
    batch_size = options.batch_size or min(OWN_BATCH if own else 32, count)
    num_threads = threads(options.num_threads)
    names = class_names(root)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise CommandError(f"cannot write to {options.output}: {e.strerror}") from None
    print(
        f"{_plural(count, 'image')} in {_plural(len(names), 'class', 'classes')} "
        f"from {'the package' if own else root}: {_plural(epochs, 'epoch')} in batches of {batch_size}, "
        f"{_plural(num_threads, 'worker thread')}",
        flush=True,
    )

    pipe = adali.Pipeline(batch_size=batch_size, num_threads=num_threads, prefetch_queue_depth=3, on_error="skip")
    define(pipe, root)
    result = asyncio.run(_run(pipe, epochs, count))

    _report_errors(result.stats)
    sheet = options.output / "batch.png"
    _draw_batch(result, names, sheet)
    print(f"\n  one batch   {sheet}")
    graph = options.output / "graph.svg"
    _draw_graph(pipe, graph)
    print(f"  the graph   {graph}")


async def _run(pipe: adali.Pipeline, epochs: int, count: int) -> Result:
    first: tuple[Any, Any] | None = None
    done, start, rate = 0, 0.0, 0.0
    patience = asyncio.create_task(_explain_the_wait())
    progress = Progress(epochs * count)
    try:
        async with pipe:
            for epoch in range(epochs):
                async for images, labels in pipe:
                    now = perf_counter()
                    if first is None:
                        patience.cancel()
                        # The arrays are views of the engine's memory, which stays theirs as long as they live.
                        first, start = (images.as_array(), labels.as_array()), now
                    else:
                        rate = (done + len(images) - len(first[0])) / max(now - start, 1e-6)
                    done += len(images)
                    stats = pipe.stats()
                    progress.update(done + stats.skipped, _status(epoch + 1, epochs, rate, stats))
            stats = pipe.stats()
    finally:
        patience.cancel()
    if first is None:
        why = f"; the first error:\n{stats.errors[0]}" if stats.errors else ""
        raise CommandError(f"none of the {count} images could be decoded{why}")
    # Counted once more: what failed behind the last good image was not known when that was shown.
    progress.finish(epochs * count, _status(epochs, epochs, rate, stats))
    return Result(*first, stats, done, rate)


def _status(epoch: int, epochs: int, rate: float, stats: PipelineStats) -> str:
    errors = _plural(stats.skipped, "error")
    return f"epoch {epoch}/{epochs}  {rate:5.0f} images/s  {stats.ahead} ahead  {errors}"


async def _explain_the_wait() -> None:
    await asyncio.sleep(2)
    print("compiling kernels; later runs on this machine find them ready ...", flush=True)


def _report_errors(stats: PipelineStats) -> None:
    if not stats.errors:
        return
    print(f"\n{_plural(stats.skipped, 'sample')} could not be used and made room for others:")
    seen: dict[str, str] = {}
    for error in stats.errors:
        seen.setdefault(error.source or f"sample {error.sample}", error.message)
    for source, message in list(seen.items())[:MAX_LISTED]:
        print(f"  {source}: {message.splitlines()[0]}")
    if len(seen) > MAX_LISTED:
        print(f"  and {len(seen) - MAX_LISTED} more")


def _draw_batch(result: Result, names: list[str], path: Path) -> None:
    import cv2

    from adali.cli.sheet import contact_sheet, denormalize

    count = len(result.images)
    shown = min(count, MAX_ON_SHEET)
    labels = [names[int(label)] for label in result.labels.reshape(-1)[:shown]]
    part = f"{shown} of {count} images" if shown < count else _plural(count, "image")
    sheet = contact_sheet(
        denormalize(result.images[:shown], MEAN, STD),
        labels,
        "One training batch",
        f"{part}, float32, 3 x {SIZE} x {SIZE}: cropped and mirrored at random, normalised (undone for this picture)",
    )
    if not cv2.imwrite(str(path), sheet[..., ::-1]):
        raise CommandError(f"cannot write {path}")


def _draw_graph(pipe: adali.Pipeline, path: Path) -> None:
    from adali.graph.dot import to_svg

    path.write_text(to_svg(pipe._defined()), encoding="utf-8")


def _plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
