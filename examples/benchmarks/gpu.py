"""What runs on a real GPU: the GPU tests, compute-sanitizer on every kernel, and the figures of docs/gpu-results.md.

    make gpu-check                             # with an NVIDIA GPU, CuPy and a CUDA toolkit; under 8 minutes
    python examples/benchmarks/gpu.py --page   # anywhere: the page without a device, operator by operator

The script prints one table and writes it to docs/gpu-results.md with date and device.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import adali
import adali.operators
import adali.sync
from adali import fn, types
from adali.data import device_module
from adali.graph.schema import registry
from adali.operators.gpu import has_gpu_kernel

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "gpu-results.md"
NOT_RUN = "not yet run on a device"

Rows = list[tuple[str, str, str]]


def operators() -> list[tuple[str, bool]]:
    """Every operator that DALI has on the GPU, and whether there is a kernel for it here."""
    return [
        (name, has_gpu_kernel(cls))
        for name, (schema, cls) in sorted(registry.items())
        if not {"gpu", "mixed"}.isdisjoint(schema.devices)
    ]


def page(device: str, figures: Rows, status: str) -> str:
    """The text of docs/gpu-results.md."""
    found = operators()
    there = sum(has for _, has in found)
    lines = [
        "# GPU results",
        "",
        f"Device: **{device}**. Written by `python examples/benchmarks/gpu.py`; do not edit.",
        "",
        "Every kernel is compiled by NVIDIA's compiler for sm_75, sm_80, sm_90 and sm_100 in CI, and passes the",
        "golden cases of its CPU operator on the emulated device of `tests/gpu`. That says nothing about speed, and",
        "little about what only a device does.",
        "",
        "| figure | goal | result |",
        "| --- | --- | --- |",
        *(f"| {name} | {goal} | {result} |" for name, goal, result in figures),
        "",
        "## Operators",
        "",
        f"{there} of the {len(found)} registered operators that DALI has on the GPU (the decoders as `mixed`) have a",
        "kernel here; the others say at `build()` that they have none.",
        "",
        "| operator | GPU kernel | on a device |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {'yes' if has else 'no'} | {status if has else ''} |" for name, has in found),
    ]
    return "\n".join(lines) + "\n"


FIGURES = [
    ("crop_mirror_normalize, part of a device-to-device copy's bandwidth", "80 %"),
    ("resize, part of a device-to-device copy's bandwidth", "50 %"),
    ("ResNet-50 training pipeline, part of nvImageCodec's own images/s", "95 %"),
    ("the same, against torchvision's v2 transforms", "faster"),
    ("from event to awaiter, p50 / p99", "50 / 200 us"),
    ("host cost of the GPU stage for each launch", "15 us"),
    ("event loop lag while it runs, p99", "2 ms"),
    ("GPU tests on the device", "pass"),
    ("compute-sanitizer on every kernel", "clean"),
]


def best(seconds: list[float]) -> float:
    return statistics.median(sorted(seconds)[: max(1, len(seconds) // 2)])


def timed(xp: Any, launch: Any, repeat: int = 20) -> float:
    """Seconds of what ``launch`` enqueues on the current stream, by events."""
    results = []
    for _ in range(repeat):
        start, end = xp.cuda.Event(), xp.cuda.Event()
        start.record()
        launch()
        end.record()
        end.synchronize()
        results.append(xp.cuda.get_elapsed_time(start, end) / 1e3)
    return best(results[3:])


def copy_bandwidth(xp: Any) -> float:
    """Bytes read and written a second by a copy on the device."""
    source = xp.zeros(1 << 28, np.uint8)
    target = xp.empty_like(source)
    return 2 * source.nbytes / timed(xp, lambda: xp.copyto(target, source))


def run_time(xp: Any, op: Any, stage: Any, batch: Any) -> float:
    """Seconds of an operator's launches on the device."""
    from adali.operators.gpu import GpuContext

    ledger: list[Any] = []
    with stage.stream:
        seconds = timed(xp, lambda: op.run_gpu(GpuContext(op, 0, 256, {}, ("HWC",), None, stage.bench, ledger), batch))
        stage.stream.synchronize()
    return seconds


def kernel_bandwidths(xp: Any) -> tuple[float, float]:
    """Bytes read and written a second by crop_mirror_normalize and by resize, on a batch of 256 photos."""
    from adali.operators.gpu import memory_batch

    found = []
    for call, moved in (
        (
            lambda x: fn.crop_mirror_normalize(x, crop=[224, 224], mean=[128.0] * 3, std=[64.0] * 3),
            256 * 224 * 224 * 3 * 5,
        ),
        (lambda x: fn.resize(x, size=[224, 224]), 256 * 3 * (500 * 375 + 2 * 4 * 500 * 224 + 224 * 224)),
    ):
        pipe = adali.sync.Pipeline(batch_size=256, num_threads=1, device_id=0)
        with pipe:
            images = fn.external_source(lambda: [np.zeros((375, 500, 3), np.uint8)] * 256, layout="HWC").gpu()
            pipe.set_outputs(call(images))
        pipe.build()
        op = pipe._executor.plan.gpu[0].op
        stage = pipe._executor.device._stages["gpu"]
        with stage.stream:
            batch = memory_batch(xp, [(375, 500, 3)] * 256, np.uint8, "HWC")
        seconds = run_time(xp, op, stage, batch)
        found.append(moved / seconds)
        pipe.close()
    return found[0], found[1]


async def latencies(xp: Any) -> tuple[float, float]:
    """Microseconds from the end of a kernel to the awaiter behind it: median and 99th percentile."""
    from adali.engine.cuda_threads import Waiter

    waiter, stream = Waiter("adali-bench-waiter", lambda: xp.cuda.Device(0).use()), xp.cuda.Stream(non_blocking=True)
    array, results = xp.zeros(1 << 26, np.uint8), []
    for _ in range(500):
        event = xp.cuda.Event(block=True, disable_timing=True)
        with stream:
            array.fill(1)
            event.record(stream)
        future = waiter.wait(event)
        while not event.done:
            pass
        ended = time.perf_counter()
        await future
        results.append((time.perf_counter() - ended) * 1e6)
    waiter.close()
    results.sort()
    return results[len(results) // 2], results[int(len(results) * 0.99)]


async def stage_cost_and_lag() -> tuple[float, float]:
    """Host microseconds of the gpu stage for each launch, and the loop's lag (99th percentile, milliseconds)."""
    pipe = adali.Pipeline(batch_size=64, num_threads=8, device_id=0, prefetch_queue_depth=3)
    with pipe:
        x = fn.external_source(lambda: [np.zeros((256, 256, 3), np.uint8)] * 64, layout="HWC").gpu()
        for _ in range(10):
            x = fn.flip(x)
        pipe.set_outputs(fn.crop_mirror_normalize(x, crop=[224, 224], dtype=types.FLOAT16))
    lags: list[float] = []

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append((time.perf_counter() - before - 0.001) * 1e3)

    async with pipe:
        for _ in range(10):
            await pipe.run()
        ticking = asyncio.ensure_future(tick())
        before = next(s for s in pipe.stats().stages if s.name == "gpu")
        for _ in range(200):
            await pipe.run()
        after = next(s for s in pipe.stats().stages if s.name == "gpu")
        ticking.cancel()
    launches = 11 * (after.iterations - before.iterations)
    lags.sort()
    return (after.busy_s - before.busy_s) / launches * 1e6, lags[int(len(lags) * 0.99)]


def on_device(command: list[str], timeout: float) -> str:
    """Run tests against the real CuPy; what became of them."""
    environment = {**os.environ, "ADALI_TEST_DEVICE": "real"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"not finished in {timeout:.0f} s"
    print(done.stdout[-4000:], done.stderr[-2000:], file=sys.stderr)
    return "pass" if done.returncode == 0 else f"FAILED (status {done.returncode})"


def measure(xp: Any) -> tuple[Rows, str]:
    copy = copy_bandwidth(xp)
    cmn, resize = kernel_bandwidths(xp)
    p50, p99 = asyncio.run(latencies(xp))
    cost, lag = asyncio.run(stage_cost_and_lag())
    tests = [sys.executable, "-m", "pytest", "tests/gpu/test_golden_gpu.py", "tests/gpu/test_transfers.py", "-q"]
    passed = on_device(tests, 180)
    sanitizer = shutil.which("compute-sanitizer")
    clean = on_device([sanitizer, "--error-exitcode=9", *tests], 240) if sanitizer else "compute-sanitizer not found"
    results = [
        f"{cmn / copy:.0%}",
        f"{resize / copy:.0%}",
        "no mixed decoder yet",
        "no mixed decoder yet",
        f"{p50:.0f} / {p99:.0f} us",
        f"{cost:.1f} us",
        f"{lag:.2f} ms",
        passed,
        clean,
    ]
    rows = [(name, goal, result) for (name, goal), result in zip(FIGURES, results, strict=True)]
    return rows, "golden cases pass" if passed == "pass" else "see the figures"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", action="store_true", help="write the page without running anything")
    arguments = parser.parse_args()
    if arguments.page:
        PAGE.write_text(page(NOT_RUN, [(n, g, NOT_RUN) for n, g in FIGURES], NOT_RUN), encoding="utf-8")
        return 0
    try:
        xp = device_module()
    except adali.DeviceUnavailableError as e:
        print(e, file=sys.stderr)
        return 2
    name = xp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    rows, status = measure(xp)
    text = page(f"{name}, {datetime.date.today()}", rows, status)
    PAGE.write_text(text, encoding="utf-8")
    print(text.split("## Operators")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
