"""adali, NVIDIA DALI and a PyTorch DataLoader on the same ImageNet pipelines, in one command.

    python examples/benchmarks/imagenet.py [FOLDER] [--dali-python PYTHON] [--torch-python PYTHON]
    python examples/benchmarks/imagenet.py --engine-cost

The contenders run in interleaved rounds, one at a time, each in a process of its own that lives as long as the
benchmark: whatever else the machine does meets all of them alike, and ratios are taken within a round. DALI and torch
may live in environments of their own: name their interpreters (or set ADALI_ORACLE_PYTHON and ADALI_TORCH_PYTHON).
A contender that is not installed is left out, and the table says so.

What is measured: images per second in a steady state (queues filled before the clock starts; a contender has gone
quiet before the next one starts), CPU seconds of all threads and processes of the contender, and the peak of its
resident memory (of several processes the sum, in which pages that they share count more than once).
This file needs nothing but the standard library and, in a worker, its contender.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
STD = [0.229 * 255, 0.224 * 255, 0.225 * 255]
SIZE = 224
DEPTH = 2
PIPELINES = ("training", "validation")
NAMES = {"adali": "adali", "dali": "DALI", "torch": "DataLoader + Pillow, torch"}


# ---- the contenders: each function returns one that makes the next batch and gives its size -----------------------


def graph(fn: Any, types: Any, folder: str, training: bool) -> tuple[Any, Any]:
    """The graph; adali and DALI build it from the very same lines."""
    files, labels = fn.readers.file(file_root=folder, random_shuffle=training, name="reader")
    if training:
        images = fn.decoders.image_random_crop(files, device="cpu", output_type=types.RGB)
        images = fn.resize(images, size=(SIZE, SIZE), interp_type=types.INTERP_TRIANGULAR, antialias=True)
        mirror = fn.random.coin_flip(probability=0.5)
    else:
        images = fn.decoders.image(files, device="cpu", output_type=types.RGB)
        images = fn.resize(images, resize_shorter=256, interp_type=types.INTERP_TRIANGULAR, antialias=True)
        mirror = 0
    images = fn.crop_mirror_normalize(
        images, dtype=types.FLOAT, output_layout="CHW", crop=(SIZE, SIZE), mean=MEAN, std=STD, mirror=mirror
    )
    return images, labels


def adali_contender(folder: str, training: bool, batch: int, threads: int) -> tuple[str, Callable[[], int]]:
    """adali through its blocking API."""
    import adali
    from adali import fn, sync, types

    pipe = sync.Pipeline(batch_size=batch, num_threads=threads, device_id=None, seed=1, prefetch_queue_depth=DEPTH)
    with pipe:
        pipe.set_outputs(*graph(fn, types, folder, training))
    pipe.build()
    return adali.__version__, lambda: len(pipe.run()[0])


def dali_contender(folder: str, training: bool, batch: int, threads: int) -> tuple[str, Callable[[], int]]:
    """The real DALI, on the CPU."""
    import nvidia.dali as dali
    from nvidia.dali import fn, types

    pipe = dali.Pipeline(batch_size=batch, num_threads=threads, device_id=None, seed=1, prefetch_queue_depth=DEPTH)
    with pipe:
        pipe.set_outputs(*graph(fn, types, folder, training))
    pipe.build()
    return dali.__version__, lambda: len(pipe.run()[0])


def torch_contender(folder: str, training: bool, batch: int, threads: int) -> tuple[str, Callable[[], int]]:
    """A DataLoader whose worker processes decode and resize with Pillow."""
    import math
    import random

    import numpy as np
    import torch
    from PIL import Image

    torch.set_num_threads(1)
    files = [(str(p), k) for k, d in enumerate(sorted(Path(folder).iterdir())) for p in sorted(d.glob("*"))]
    mean, std = np.asarray(MEAN, np.float32), np.asarray(STD, np.float32)

    def random_window(width: int, height: int) -> tuple[float, float, float, float]:
        # 8 % to 100 % of the area, aspect ratio from 3/4 to 4/3, ten attempts: what DALI's decoder does by default.
        for _ in range(10):
            area = width * height * random.uniform(0.08, 1.0)
            aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                x, y = random.randint(0, width - w), random.randint(0, height - h)
                return x, y, x + w, y + h
        side = min(width, height)
        x, y = (width - side) // 2, (height - side) // 2
        return x, y, x + side, y + side

    class Files(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        """Passes over the files without end, each worker a part of each pass."""

        def __iter__(self) -> Any:
            worker = torch.utils.data.get_worker_info()
            mine = files[worker.id :: worker.num_workers]
            while True:
                if training:
                    random.shuffle(mine)
                for path, label in mine:
                    image = Image.open(path).convert("RGB")
                    if training:
                        window = random_window(*image.size)
                        image = image.resize((SIZE, SIZE), Image.BILINEAR, box=window)
                    else:
                        scale = 256 / min(image.size)
                        image = image.resize(tuple(max(256, round(s * scale)) for s in image.size), Image.BILINEAR)
                        x, y = (image.size[0] - SIZE) // 2, (image.size[1] - SIZE) // 2
                        image = image.crop((x, y, x + SIZE, y + SIZE))
                    pixels = (np.asarray(image, np.float32) - mean) / std
                    if training and random.random() < 0.5:
                        pixels = pixels[:, ::-1]
                    yield torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1))), label

    loader = torch.utils.data.DataLoader(Files(), batch_size=batch, num_workers=threads, prefetch_factor=DEPTH)
    batches = iter(loader)
    return torch.__version__, lambda: len(next(batches)[0])


CONTENDERS = {"adali": adali_contender, "dali": dali_contender, "torch": torch_contender}


# ---- the worker process --------------------------------------------------------------------------------------------


def worker(options: argparse.Namespace) -> None:
    """Make one contender and measure it whenever a line on standard input says how many images to make."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get between the answers

    def answer(**fields: Any) -> None:
        out.write(json.dumps(fields) + "\n")
        out.flush()

    try:
        version, step = CONTENDERS[options.worker](
            options.folder, options.pipeline == "training", options.batch_size, options.threads
        )
        step()
    except Exception as e:
        answer(error=f"{type(e).__name__}: {e}".splitlines()[0])
        return
    answer(version=version)
    for line in sys.stdin:
        images = json.loads(line)["images"]
        for _ in range(DEPTH + 1):  # the head start that the queues give is used up before the clock starts
            step()
        cpu, start = cpu_seconds(), time.perf_counter()
        done = 0
        while done < images:
            done += step()
        seconds = time.perf_counter() - start
        cpu = cpu_seconds() - cpu
        settle()
        answer(images=done, seconds=seconds, cpu=cpu, peak=peak_memory())


def descendants() -> list[int]:
    """Process ids of this process and of its children, grandchildren, ... (Linux; elsewhere only this one)."""
    found = [os.getpid()]
    for pid in found:
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                found += [int(c) for c in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_seconds() -> float:
    """CPU time of this process and its descendants."""
    total = time.process_time()
    for pid in descendants()[1:]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def peak_memory() -> int:
    """Peak of the resident memory in bytes, summed over this process and its descendants."""
    total = 0
    for pid in descendants():
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    if not total:
        import resource

        scale = 1 if sys.platform == "darwin" else 1024
        total = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return total


def settle(limit: float = 5.0) -> None:
    """Wait until prefetching has filled the queues and nothing runs any more."""
    end = time.monotonic() + limit
    before = cpu_seconds()
    while time.monotonic() < end:
        time.sleep(0.05)
        now = cpu_seconds()
        if now - before < 0.004:
            return
        before = now


# ---- the referee ---------------------------------------------------------------------------------------------------


class Contender:
    """A worker process."""

    def __init__(self, kind: str, python: str, pipeline: str, threads: int, options: argparse.Namespace) -> None:
        self.kind, self.threads = kind, threads
        self.results: list[dict[str, float]] = []
        command = [python, __file__, str(options.folder), "--worker", kind, "--pipeline", pipeline]
        command += ["--threads", str(threads), "--batch-size", str(options.batch_size)]
        env = dict(os.environ)
        if kind != "adali":
            env.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if options.verbose else subprocess.DEVNULL,
            text=True,
            env=env,
        )
        first = self._read()
        self.error: str | None = first.get("error")
        self.version = first.get("version", "")

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return {"error": f"the process ended with status {self.process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def measure(self, images: int) -> None:
        """One round."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"images": images}) + "\n")
        self.process.stdin.flush()
        answer = self._read()
        if "error" in answer:
            raise SystemExit(f"{self.label}: {answer['error']}")
        self.results.append(answer)

    @property
    def label(self) -> str:
        """Name, version and threads."""
        unit = "process" if self.kind == "torch" else "thread"
        unit += "" if self.threads == 1 else "es" if unit == "process" else "s"
        return f"{NAMES[self.kind]} {self.version}, {self.threads} {unit}"

    @property
    def rates(self) -> list[float]:
        """Images per second of each round."""
        return [r["images"] / r["seconds"] for r in self.results]

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def race(pipeline: str, options: argparse.Namespace) -> dict[str, Any]:
    """All rounds of one pipeline; prints its table."""
    pythons = {"adali": sys.executable, "dali": options.dali_python, "torch": options.torch_python}
    wanted = [(kind, options.threads) for kind in options.contenders]
    if "adali" in options.contenders and options.threads > 1 and not options.no_scaling:
        wanted.append(("adali", 1))
    contenders: list[Contender] = []
    missing: list[str] = []
    try:
        for kind, threads in wanted:
            contender = Contender(kind, pythons[kind], pipeline, threads, options)
            contenders.append(contender)
            if contender.error:
                missing.append(f"{NAMES[kind]}, {threads} threads: not measured ({contender.error})")
        running = [c for c in contenders if not c.error]
        for round_ in range(options.rounds):
            turn = round_ % len(running) if running else 0
            for contender in running[turn:] + running[:turn]:
                contender.measure(options.images)
                if options.verbose:
                    print(f"  round {round_ + 1}: {contender.label}: {contender.rates[-1]:.0f} images/s", flush=True)
    finally:
        for contender in contenders:
            contender.close()
    return summary(pipeline, running, missing)


def summary(pipeline: str, contenders: list[Contender], missing: list[str]) -> dict[str, Any]:
    """The table of one pipeline, printed, and the same as data."""
    own = next((c for c in contenders if c.kind == "adali" and c.threads > 1), None) or next(
        (c for c in contenders if c.kind == "adali"), None
    )
    rows, data = [], []
    for c in contenders:
        rates = c.rates
        images = sum(r["images"] for r in c.results)
        cost = 1000 * sum(r["cpu"] for r in c.results) / images
        peak = max(r["peak"] for r in c.results) / 2**20
        ratio = median_ratio(own, c) if own is not None else None
        row = [c.label, f"{statistics.median(rates):.0f}", f"{min(rates):.0f}-{max(rates):.0f}"]
        row += ["" if ratio is None or c is own else f"{ratio:.2f}x", f"{cost:.2f}", f"{peak:.0f}"]
        rows.append(row)
        data.append(
            {
                "contender": c.kind,
                "version": c.version,
                "threads": c.threads,
                "images_per_second": statistics.median(rates),
                "rounds": rates,
                "adali_ratio": ratio,
                "cpu_seconds_per_1000_images": cost,
                "peak_mib": peak,
            }
        )
    print(f"\n{pipeline} pipeline")
    header = ["", "images/s", "lowest-highest", "adali is", "CPU-s per 1000", "peak MiB"]
    for line in table(header, rows):
        print("  " + line)
    single = next((c for c in contenders if c.kind == "adali" and c.threads == 1 and c is not own), None)
    result: dict[str, Any] = {"pipeline": pipeline, "contenders": data, "missing": missing}
    if own is not None and single is not None:
        result["scaling"] = median_ratio(own, single)
        print(f"  adali's scaling from 1 to {own.threads} threads: {result['scaling']:.2f}x")
    for line in missing:
        print("  " + line)
    return result


def median_ratio(a: Contender, b: Contender) -> float:
    """Median over the rounds of how much faster ``a`` was than ``b`` in the same round."""
    return statistics.median(x / y for x, y in zip(a.rates, b.rates, strict=True))


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Columns of equal width, the first aligned to the left."""
    widths = [max(len(r[i]) for r in [header, *rows]) for i in range(len(header))]
    return [
        "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))).rstrip()
        for r in [header, ["-" * w for w in widths], *rows]
    ]


# ---- the engine's own cost -----------------------------------------------------------------------------------------


def engine_cost(rounds: int) -> dict[str, Any]:
    """What the engine costs where the operators do nothing: a fit of time = batch + sample * N over batch sizes."""
    import numpy as np

    from adali import sync
    from adali.graph import call_operator
    from adali.operators.base import Array, Input, InputChunk, InputOperator, SampleContext, SampleOperator, operator

    @operator("bench__Source")
    class Source(InputOperator):
        """Gives the same tiny array for every sample."""

        def read(self, count: int, iteration: int) -> InputChunk:
            return InputChunk(columns=([array] * count,), layouts=("",))

    @operator("bench__Nothing", inputs=(Input("data"),))
    class Nothing(SampleOperator):
        """Makes an output and leaves it as it is."""

        def run(self, ctx: SampleContext, *inputs: Array) -> Array:
            return ctx.empty((1,), np.uint8)

    array = np.zeros(1, np.uint8)
    sizes = [1, 8, 32, 64, 128, 256]
    pipes = {}
    for size in sizes:
        pipes[size] = pipe = sync.Pipeline(batch_size=size, num_threads=1, device_id=None, prefetch_queue_depth=DEPTH)
        with pipe:
            node = call_operator("bench__Source", [], {})[0]
            pipe.set_outputs(call_operator("bench__Nothing", [node], {})[0])
        for _ in range(50):
            pipe.run()
    wall: dict[int, list[float]] = {s: [] for s in sizes}
    cpu: dict[int, list[float]] = {s: [] for s in sizes}
    for _ in range(rounds):
        for size, pipe in pipes.items():
            iterations = max(20, 2000 // (size + 10))
            start, busy = time.perf_counter(), time.process_time()
            for _ in range(iterations):
                pipe.run()
            wall[size].append((time.perf_counter() - start) / iterations * 1e6)
            cpu[size].append((time.process_time() - busy) / iterations * 1e6)
            time.sleep(0.01)  # its prefetching ends before the next one starts
    for pipe in pipes.values():
        pipe.close()
    result: dict[str, Any] = {}
    print("the engine's own cost, microseconds, on a chain that does nothing (1 thread, blocking run())")
    rows = [[str(s), *(f"{f(v[s]):.0f}" for v in (wall, cpu) for f in (min, statistics.median))] for s in sizes]
    for line in table(["batch size", "a batch, lowest", "median", "CPU time, lowest", "median"], rows):
        print("  " + line)
    for name, values in (("time", wall), ("cpu_time", cpu)):
        # The lowest of the rounds is the one that others on the machine disturbed least. Weighted by 1/y, so that
        # small batches count as much as large ones.
        y = np.asarray([min(values[s]) for s in sizes])
        slope, offset = np.polyfit(np.asarray(sizes, float), y, 1, w=1 / y)
        result[name] = {"per_batch_us": float(offset), "per_sample_us": float(slope)}
        print(f"  {name.replace('_', ' ')}, lowest: {offset:.0f} us a batch + {slope:.1f} us a sample")
    return result


def main() -> None:
    """The command."""
    here = Path(__file__).resolve().parents[2]
    photos = here.parent / "shared" / "data" / "imagenet_sample"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder",
        nargs="?",
        help="photos, one sub-folder for each class (default: 100 sample photos, or the package's images)",
    )
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each contender (default: 7)")
    parser.add_argument("--images", type=int, default=500, help="images in a measurement (default: 500)")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2, help="worker threads, or processes of the DataLoader")
    parser.add_argument("--pipelines", nargs="+", choices=PIPELINES, default=list(PIPELINES))
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--no-scaling", action="store_true", help="do not measure adali with one thread, too")
    parser.add_argument(
        "--dali-python",
        default=os.environ.get("ADALI_ORACLE_PYTHON", sys.executable),
        help="interpreter that has nvidia.dali",
    )
    parser.add_argument(
        "--torch-python",
        default=os.environ.get("ADALI_TORCH_PYTHON", sys.executable),
        help="interpreter that has torch and Pillow",
    )
    parser.add_argument("--engine-cost", action="store_true", help="measure the engine alone, and nothing else")
    parser.add_argument("--json", type=Path, help="also write all numbers to this file")
    parser.add_argument("--verbose", action="store_true", help="print each measurement, and what the contenders say")
    parser.add_argument("--worker", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--pipeline", choices=PIPELINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options)
        return
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }
    if options.engine_cost:
        result["engine"] = engine_cost(3 * options.rounds)
    else:
        if options.folder is None:
            options.folder = photos if photos.is_dir() else here / "adali" / "cli" / "images"
        if not Path(options.folder).is_dir():
            raise SystemExit(f"there is no folder {options.folder}")
        print(
            f"{options.folder}: batches of {options.batch_size}, {options.threads} threads, {options.rounds} "
            f"interleaved rounds of {options.images} images, {os.cpu_count()} CPUs"
        )
        result["pipelines"] = [race(p, options) for p in options.pipelines]
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
