"""What runs on a real GPU: the GPU tests, compute-sanitizer on every kernel, and the figures of docs/gpu-results.md.

    make gpu-check                             # with an NVIDIA GPU, CuPy and a CUDA toolkit; under 8 minutes
    python examples/benchmarks/gpu.py --page   # anywhere: the page without a device, operator by operator
    python examples/benchmarks/gpu.py --host-cost   # anywhere: what a launch costs in Python, without CuPy and driver

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
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
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
SAMPLES = ROOT / "adali" / "cli" / "images"
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


@dataclass(frozen=True)
class Effort:
    """How much is measured: a dry run on the emulated device does little.

    Attributes:
        batch: samples of a batch.
        photo: height and width of the images that the kernels get.
        side: of the images that pipelines make.
        repeat: launches of a kernel that is timed.
        copy_bytes: size of the copy that stands for the device's bandwidth.
        events: events that are awaited.
        iterations: of pipelines.
        threads: of pipelines.
        seconds: for the tests, and for those under compute-sanitizer; 0 to leave both out.
    """

    batch: int = 256
    photo: tuple[int, int] = (375, 500)
    side: int = 224
    repeat: int = 20
    copy_bytes: int = 1 << 28
    events: int = 500
    iterations: int = 100
    threads: int = 8
    seconds: tuple[float, float] = (150.0, 150.0)


DRY = Effort(4, (12, 16), 8, 4, 1 << 12, 6, 4, 2, (0.0, 0.0))

MEAN, STD = [123.7, 116.3, 103.5], [58.4, 57.1, 57.4]


def best(seconds: list[float]) -> float:
    """The median of the better half."""
    return statistics.median(sorted(seconds)[: max(1, len(seconds) // 2)])


def timed(xp: Any, stream: Any, launch: Any, repeat: int) -> float:
    """Seconds of what ``launch`` enqueues on a stream, by events."""
    results = []
    for _ in range(repeat):
        start, end = xp.cuda.Event(), xp.cuda.Event()
        start.record(stream)
        launch()
        end.record(stream)
        end.synchronize()
        results.append(xp.cuda.get_elapsed_time(start, end) / 1e3)
    return best(results[repeat // 5 :])


def copy_bandwidth(xp: Any, effort: Effort) -> float:
    """Bytes read and written a second by a copy on the device."""
    stream = xp.cuda.Stream(non_blocking=True)
    with stream:
        source, target = xp.zeros((effort.copy_bytes,), np.uint8), xp.empty((effort.copy_bytes,), np.uint8)

        def copy() -> None:
            xp.cuda.runtime.memcpyAsync(int(target.data.ptr), int(source.data.ptr), effort.copy_bytes, 3, stream.ptr)

        return 2 * effort.copy_bytes / timed(xp, stream, copy, effort.repeat)


def run_time(xp: Any, op: Any, stage: Any, batch: Any, repeat: int) -> float:
    """Seconds of an operator's launches on the device."""
    from adali.operators.gpu import GpuContext

    ledger: list[Any] = []

    def launch() -> None:
        ledger.append(op.run_gpu(GpuContext(op, 0, len(batch), {}, ("HWC",), None, stage.bench, ledger), batch))

    with stage.stream:
        seconds = timed(xp, stage.stream, launch, repeat)
        stage.stream.synchronize()
    return seconds


def kernel_bandwidths(xp: Any, effort: Effort) -> tuple[float, float]:
    """Bytes read and written a second by crop_mirror_normalize and by resize, on a batch of photos."""
    from adali.operators.gpu import memory_batch

    count, (height, width) = effort.batch, effort.photo
    size = effort.side
    found = []
    for call, moved in (
        (
            lambda x: fn.crop_mirror_normalize(x, crop=[size, size], mean=MEAN, std=STD),
            count * size * size * 3 * 5,
        ),
        (
            lambda x: fn.resize(x, size=[size, size]),
            count * 3 * (height * width + 2 * 4 * width * size + size * size),
        ),
    ):
        pipe = adali.sync.Pipeline(batch_size=count, num_threads=1, device_id=0)
        with pipe:
            images = fn.external_source(lambda: [np.zeros((height, width, 3), np.uint8)] * count, layout="HWC").gpu()
            pipe.set_outputs(call(images))
        pipe.build()
        op = pipe._executor.plan.gpu[0].op
        stage = pipe._executor.device._stages["gpu"]
        with xp.cuda.Device(0), stage.stream:
            batch = memory_batch(xp, [(height, width, 3)] * count, np.uint8, "HWC")
            batch._slab.fill(0)
        found.append(moved / run_time(xp, op, stage, batch, effort.repeat))
        pipe.close()
    return found[0], found[1]


def photos(folder: Path) -> list[Path]:
    """The JPEGs of a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))


def training_pipeline(files: list[Path], effort: Effort) -> Any:
    """ResNet-50's: read, decode a random part on the device, resize, mirror, normalise."""
    pipe = adali.sync.Pipeline(batch_size=effort.batch, num_threads=effort.threads, device_id=0, prefetch_queue_depth=3)
    with pipe:
        encoded, labels = fn.readers.file(files=[str(f) for f in files], random_shuffle=True, name="reader")
        images = fn.decoders.image_random_crop(encoded, device="mixed", random_area=[0.08, 1.0])
        images = fn.resize(images, size=[effort.side] * 2)
        mirror = fn.random.coin_flip()
        images = fn.crop_mirror_normalize(images, mirror=mirror, mean=MEAN, std=STD, dtype=types.FLOAT16)
        pipe.set_outputs(images, labels.gpu())
    return pipe


def training_rate(files: list[Path], effort: Effort) -> float:
    """Images a second of the whole pipeline."""
    pipe = training_pipeline(files, effort)
    for _ in range(max(3, effort.iterations // 10)):
        pipe.run()
    start = time.perf_counter()
    for _ in range(effort.iterations):
        pipe.run()
    seconds = time.perf_counter() - start
    pipe.close()
    return effort.iterations * effort.batch / seconds


def codec_rate(xp: Any, files: list[Path], effort: Effort) -> float:
    """Images a second of nvImageCodec alone: batches like the pipeline's, in memory already, windows drawn already."""
    from adali.kernels.devicecodec import DecoderOptions, DeviceCodec, Picture, codec_library
    from adali.kernels.imagecodec import probe

    data = [np.fromfile(f, np.uint8) for f in files]
    rng = np.random.default_rng(1)
    windows = []
    for k in range(effort.batch):
        info = probe(data[k % len(data)])
        h, w = (max(1, int(n * rng.uniform(0.08, 1.0) ** 0.5)) for n in (info.height, info.width))
        windows.append((int(rng.integers(info.height - h + 1)), int(rng.integers(info.width - w + 1)), h, w))
    starts = np.cumsum([0, *(-(-h * w * 3 // 256) * 256 for _, _, h, w in windows)]).tolist()
    stream = xp.cuda.Stream(non_blocking=True)
    with xp.cuda.Device(0), stream:
        block = xp.empty((starts[-1],), np.uint8)
        options = DecoderOptions(False, 0.65, 1000000, 1 << 24, 1 << 23, 0, 0, 0, 0)
        codec = DeviceCodec(xp, codec_library(xp), 0, effort.threads, effort.batch, options)

        def decode() -> None:
            pictures = [
                Picture(data[k % len(data)], window, int(block.data.ptr) + starts[k], (*window[2:], 3),
                        np.dtype(np.uint8), stream.ptr)
                for k, window in enumerate(windows)
            ]  # fmt: skip
            good, held = codec.decode(pictures, "RGB", False, True, stream.ptr)
            assert all(good)
            stream.synchronize()
            del held

        for _ in range(3):
            decode()
        start = time.perf_counter()
        for _ in range(effort.iterations):
            decode()
        return effort.iterations * effort.batch / (time.perf_counter() - start)


def torchvision_rate(files: list[Path], effort: Effort) -> float:
    """Images a second of torchvision: nvJPEG's batches, then the v2 transforms on the same device.

    Raises:
        ImportError: it is not installed.
        RuntimeError: it has no device.
    """
    import torch
    from torchvision.io import decode_jpeg
    from torchvision.transforms import v2

    if not torch.cuda.is_available():
        raise RuntimeError("PyTorch has no device")
    data = [torch.from_numpy(np.fromfile(f, np.uint8)) for f in files]
    change = v2.Compose(
        [
            v2.RandomResizedCrop(224, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float16, scale=False),
            v2.Normalize(MEAN, STD),
        ]
    )

    def step() -> Any:
        batch = [data[k % len(data)] for k in range(effort.batch)]
        return torch.stack([change(image) for image in decode_jpeg(batch, device="cuda")])

    for _ in range(3):
        step()
    torch.cuda.synchronize()
    count = max(1, effort.iterations // 5)
    start = time.perf_counter()
    for _ in range(count):
        step()
    torch.cuda.synchronize()
    return count * effort.batch / (time.perf_counter() - start)


async def latencies(xp: Any, effort: Effort) -> tuple[float, float]:
    """Microseconds from the end of a kernel to the awaiter behind it: median and 99th percentile."""
    from adali.engine.cuda_threads import Waiter

    waiter, stream = Waiter("adali-bench-waiter", lambda: xp.cuda.Device(0).use()), xp.cuda.Stream(non_blocking=True)
    with stream:
        array = xp.zeros((effort.copy_bytes // 4,), np.uint8)
    results = []
    for _ in range(effort.events):
        event = xp.cuda.Event(block=True, disable_timing=True)
        xp.cuda.runtime.memsetAsync(int(array.data.ptr), 1, array.nbytes, stream.ptr)
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


async def stage_cost_and_lag(effort: Effort) -> tuple[float, float]:
    """Host microseconds of the gpu stage for each launch, and the loop's lag (99th percentile, milliseconds)."""
    count = min(64, effort.batch)
    pipe = adali.Pipeline(batch_size=count, num_threads=effort.threads, device_id=0, prefetch_queue_depth=3)
    height, width = min(256, *effort.photo), min(256, *effort.photo)
    with pipe:
        x = fn.external_source(lambda: [np.zeros((height, width, 3), np.uint8)] * count, layout="HWC").gpu()
        for _ in range(10):
            x = fn.flip(x)
        pipe.set_outputs(fn.crop_mirror_normalize(x, crop=[height - 4, width - 4], dtype=types.FLOAT16))
    lags: list[float] = []

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            lags.append((time.perf_counter() - before - 0.001) * 1e3)

    async with pipe:
        for _ in range(max(2, effort.iterations // 10)):
            await pipe.run()
        ticking = asyncio.ensure_future(tick())
        before = next(s for s in pipe.stats().stages if s.name == "gpu")
        for _ in range(2 * effort.iterations):
            await pipe.run()
        after = next(s for s in pipe.stats().stages if s.name == "gpu")
        ticking.cancel()
    launches = 11 * (after.iterations - before.iterations)
    lags.sort()
    return (after.busy_s - before.busy_s) / launches * 1e6, lags[int(len(lags) * 0.99)]


class _NoMemory:
    """An address where device memory would be."""

    def __init__(self, address: int = 1 << 20) -> None:
        self.ptr = address

    def __add__(self, offset: int) -> _NoMemory:
        return _NoMemory(self.ptr + offset)


class _NoArray:
    """What the launch helper asks of a device array."""

    def __init__(self, shape: Any, dtype: Any, data: Any = None) -> None:
        self.shape, self.dtype, self.data = shape, np.dtype(dtype), data or _NoMemory()
        self.nbytes = int(np.prod(shape)) * self.dtype.itemsize


class _NoKernels:
    def __init__(self, **_: Any) -> None:
        pass

    def get_function(self, name: str) -> Any:
        return lambda grid, block, args, *, shared_mem=0: None


def host_cost(samples: int = 64, repeat: int = 2000) -> tuple[float, float]:
    """Microseconds of Python for a launch with its table's upload, and for an operator with output, table and launch.

    CuPy's own part (the copy, the launch) costs nothing here.
    """
    from adali.engine.memory import BufferPool
    from adali.operators.gpu import GpuContext, Workbench, addresses, memory_batch, struct

    xp = SimpleNamespace(ndarray=_NoArray, empty=_NoArray, RawModule=_NoKernels)
    xp.cuda = SimpleNamespace(runtime=SimpleNamespace(memcpyAsync=lambda *_: None))
    bench = Workbench(xp, 0, SimpleNamespace(ptr=1), BufferPool(bytearray, small=0).empty)
    rows = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("rest", "i4", 8))
    shapes = [(256, 256, 3)] * samples
    batch = memory_batch(xp, shapes, np.uint8, "HWC")
    table = np.zeros(samples, rows)

    def launch(ctx: Any, table: Any, out: Any) -> None:
        ctx.launch("cmn.cu", "any", table, np.int32(1), elements=1000, reads=[batch], writes=[out])

    def operator(ctx: Any) -> None:
        out = ctx.empty(shapes, np.uint8, "HWC")
        table = np.zeros(samples, rows)
        table["in"], table["out"], table["size"] = addresses(batch), addresses(out), 256 * 256 * 3
        launch(ctx, table, out)

    found = []
    for work in (lambda ctx: launch(ctx, table, batch), operator):
        times = []
        for _ in range(repeat // 10):
            ctx = GpuContext(None, 0, samples, {}, ("HWC",), None, bench, [])  # type: ignore[arg-type]
            start = time.perf_counter()
            for _ in range(10):
                work(ctx)
            times.append((time.perf_counter() - start) / 10 * 1e6)
        found.append(statistics.median(times))
    return found[0], found[1]


def on_device(command: list[str], timeout: float, few: int = 40) -> str:
    """Run tests against the real CuPy, with ``few`` golden cases of each operator; what became of them."""
    environment = {**os.environ, "ADALI_TEST_DEVICE": "real", "ADALI_GOLDEN_FEW": str(few)}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"not finished in {timeout:.0f} s"
    print(done.stdout[-4000:], done.stderr[-2000:], file=sys.stderr)
    return "pass" if done.returncode == 0 else f"FAILED (status {done.returncode})"


def measure(xp: Any, files: list[Path], effort: Effort) -> tuple[Rows, str]:
    """All figures, and what the operators' rows say."""
    copy = copy_bandwidth(xp, effort)
    cmn, resize = kernel_bandwidths(xp, effort)
    whole, alone = training_rate(files, effort), codec_rate(xp, files, effort)
    try:
        other = torchvision_rate(files, effort)
        compared = f"{whole / other:.2f} times {other:.0f} images/s"
    except (ImportError, RuntimeError) as e:
        compared = f"not measured: {e}"
    p50, p99 = asyncio.run(latencies(xp, effort))
    cost, lag = asyncio.run(stage_cost_and_lag(effort))
    passed = clean = "not asked for"
    if effort.seconds[0]:
        modules = ("golden_gpu", "transfers", "mixed", "device_data", "conformance")
        tests = [sys.executable, "-m", "pytest", "-q", *(f"tests/gpu/test_{name}.py" for name in modules)]
        passed = on_device(tests, effort.seconds[0])
        sanitizer = shutil.which("compute-sanitizer")
        clean = "compute-sanitizer not found"
        if sanitizer:  # each kernel by one or two cases of each operator
            clean = on_device([sanitizer, "--error-exitcode=9", *tests[:5]], effort.seconds[1], few=2)
    results = [
        f"{cmn / copy:.0%}",
        f"{resize / copy:.0%}",
        f"{whole / alone:.0%} of {alone:.0f} images/s",
        compared,
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
    parser.add_argument("--images", type=Path, default=SAMPLES, help="a folder of JPEGs to decode")
    parser.add_argument("--host-cost", action="store_true", help="measure what a launch costs in Python, and no more")
    arguments = parser.parse_args()
    if arguments.host_cost:
        launch, operator = host_cost()
        print(
            f"a launch {launch:.1f} us, an operator of one launch on 64 samples {operator:.1f} us, without CuPy's part"
        )
        return 0
    if arguments.page:
        PAGE.write_text(page(NOT_RUN, [(n, g, NOT_RUN) for n, g in FIGURES], NOT_RUN), encoding="utf-8")
        return 0
    try:
        xp = device_module()
    except adali.DeviceUnavailableError as e:
        print(e, file=sys.stderr)
        return 2
    name = xp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    rows, status = measure(xp, photos(arguments.images), Effort())
    text = page(f"{name}, {datetime.date.today()}", rows, status)
    PAGE.write_text(text, encoding="utf-8")
    print(text.split("## Operators")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
