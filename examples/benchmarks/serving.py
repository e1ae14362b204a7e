"""Load on `adali serve`: saturation, Poisson arrivals, and ten times more than it can do.

    python examples/benchmarks/serving.py [FOLDER] --server-cpus 0 --client-cpus 1

The server runs in a process of its own on ``--server-cpus``, with a worker thread for each; the client is this process.
The same pipeline is fed offline on the same CPUs, as fast as it goes, in turn with the server at saturation. FOLDER
holds JPEG files; without it photos are made, of ``--size`` pixels.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from grpc_load import LeanGrpc
from load_client import Grpc, Http, Load, closed_loop, open_loop, percentile

from adali import fn, pipeline_def, types

HERE = Path(__file__).resolve().parent


@pipeline_def(batch_size=16, num_threads=1)
def validation() -> Any:
    """Decode, shorter side to 256, centre crop of 224 as bytes."""
    images = fn.decoders.image(fn.external_source(name="images"))
    images = fn.resize(images, resize_shorter=256)
    return fn.crop_mirror_normalize(images, crop=(224, 224), dtype=types.UINT8, output_layout="HWC")


def photos(folder: str | None, width: int, height: int, limit: int = 64) -> list[bytes]:
    """JPEG files of a folder, or made ones: structure at every scale, as photos have it."""
    if folder is not None:
        files = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))[:limit]
        return [f.read_bytes() for f in files]
    import cv2

    made = []
    for seed in range(16):
        rng = np.random.default_rng(seed)
        image = np.zeros((height, width, 3), np.float32)
        for size, strength in ((4, 60), (16, 40), (64, 20), (width // 10, 8)):
            noise = rng.normal(0, strength, (size * 3 // 4 or 1, size, 3)).astype(np.float32)
            image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        pixels = np.clip(image + 128, 0, 255).astype(np.uint8)
        made.append(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return made


async def offline(images: list[bytes], batch: int, threads: int, seconds: float) -> tuple[float, float]:
    """Samples a second of the pipeline, fed as fast as it goes, and CPU seconds for a sample."""
    arrays = itertools.cycle([np.frombuffer(i, np.uint8) for i in images])
    async with validation(batch_size=batch, num_threads=threads) as pipe:

        def feed() -> None:
            pipe.feed_input("images", [next(arrays) for _ in range(batch)])

        for _ in range(2):
            feed()
        await pipe.schedule_run()
        count, start, cpu = 0, 0.0, 0.0
        for number in itertools.count():
            await pipe.outputs()
            feed()
            await pipe.schedule_run()
            if number == 3:
                start, cpu = time.perf_counter(), time.process_time()
            elif number > 3:
                count += batch
                if time.perf_counter() - start > seconds:
                    return count / (time.perf_counter() - start), (time.process_time() - cpu) / count
    raise AssertionError


class Served(NamedTuple):
    """A running server."""

    process: subprocess.Popen[str]
    http_port: int
    grpc_port: int

    @property
    def pid(self) -> int:
        """Of its process."""
        return self.process.pid


def start_server(options: argparse.Namespace, threads: int) -> Served:
    """`adali serve` with this file's pipeline."""
    command = [sys.executable, "-m", "adali", "serve", "serving:validation", "--http-port", "0", "--grpc-port", "0"]
    command += ["--max-batch", str(options.batch), "--max-wait-ms", str(options.max_wait_ms)]
    command += ["--max-queued", str(options.max_queued), "--arg", f"num_threads={threads}", "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, *options.serve],
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        preexec_fn=lambda: os.sched_setaffinity(0, options.server_cpus),
    )
    assert process.stdout is not None
    ports = []
    for _ in range(2):
        text = process.stdout.readline()
        match = re.search(r":(\d+)$", text.strip())
        if match is None:
            raise SystemExit(f"the server did not start: {text}")
        ports.append(int(match[1]))
    process.stdout.readline()
    return Served(process, *ports)


def line(name: str, load: Load, status: int = 200, *, at_socket: bool = False) -> str:
    """Rate and percentiles of one kind of answer."""
    values = (load.at_socket if at_socket else load.latency).get(status)
    if not values:
        return f"{name}: none"
    times = ", ".join(f"p{p:g} {1e3 * percentile(values, p):.1f} ms" for p in (50, 95, 99))
    return f"{name}: {load.rate(status):.0f}/s, {times}"


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(options: argparse.Namespace, images: list[bytes], server: Served) -> dict[str, Any]:
    """The three loads, the first in rounds with the offline pipeline."""
    clients, seconds = 4 * options.batch, options.seconds
    # As many as wait and are computed at most, and those that are refused meanwhile.
    http = Http(server.http_port, images)
    await http.open(options.max_queued + 3 * options.batch + 64)
    rounds: list[tuple[float, float, float, float]] = []
    for _ in range(options.rounds):
        rate, cpu = await asyncio.to_thread(run_offline)
        before = cpu_seconds(server.pid)
        full = await closed_loop(http, clients, seconds, warm=0.7)
        rounds.append((full.rate() / rate, rate, full.rate(), (cpu_seconds(server.pid) - before) / full.total / cpu))
    share, rate, saturation, cost = (statistics.median(column) for column in zip(*rounds, strict=True))
    batch_ms = 1e3 * options.batch / rate
    print(f"offline: {rate:.0f} images/s, so that a batch of {options.batch} takes {batch_ms:.0f} ms")
    print(line(f"saturation, {clients} clients", full))
    shares = " ".join(f"{r[0]:.2f}" for r in rounds)
    print(f"  {saturation:.0f} images/s in the median; of offline, by round: {shares}; median {share:.2f}")
    print(f"  CPU time for an image: {cost:.2f} times that of offline")
    figures = {"offline": rate, "saturation": saturation, "share": share, "cpu_ratio": cost}
    if "poisson" in options.loads:
        calm = await open_loop(http, 0.6 * rate, seconds)
        figures["bound_ms"] = options.max_wait_ms + 3 * batch_ms
        figures["p99_ms"] = 1e3 * percentile(calm.latency[200], 99)
        print(line("60% of offline, Poisson", calm), f"- the bound is {figures['bound_ms']:.0f} ms")
    await http.aclose()
    for name, client, connections in (
        ("http", Http(server.http_port, images), options.max_queued + 3 * options.batch + 64),
        ("grpc", LeanGrpc(server.grpc_port, images), 8),
        ("grpcio", Grpc(server.grpc_port, images), 8),
    ):
        if name not in options.loads:
            continue
        await client.open(connections)
        full = await closed_loop(client, clients, seconds, warm=0.7)
        print(line(f"{name}: saturation once more", full))
        before, start = cpu_seconds(server.pid), time.perf_counter()
        flood = await open_loop(client, 10 * saturation, seconds)
        cpu = (cpu_seconds(server.pid) - before) / (time.perf_counter() - start)
        after = await closed_loop(client, clients, seconds, warm=0.7)
        print(line(f"{name}: and after it", after))
        await client.aclose()
        good = 2 * flood.rate() / (full.rate() + after.rate())
        print(
            f"{name}: 10 times saturation: {flood.offered / seconds:.0f} requests/s; answers: {dict(flood.answered)}; "
            f"the client was on a CPU {flood.busy:.0%} of the time, the server {cpu:.0%}"
        )
        print(line("  answered", flood), f"- {good:.2f} of saturation around it")
        print(line("  refused, from the request's writing to the answer", flood, 429, at_socket=True))
        print(line("  refused, from when it was due", flood, 429))
        figures[f"{name}_refused_p99_ms"] = 1e3 * percentile(flood.at_socket.get(429, [0.0]), 99)
        figures[f"{name}_refused_from_due_p99_ms"] = 1e3 * percentile(flood.latency.get(429, [0.0]), 99)
        figures[f"{name}_good_under_overload"] = good
    return figures


def run_offline() -> tuple[float, float]:
    """Measure the offline pipeline in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--offline"]
    # The mask of this process would be its child's.
    unpinned = functools.partial(os.sched_setaffinity, 0, range(os.cpu_count() or 1))
    result = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=unpinned)
    rate, cpu = result.stdout.split()
    return float(rate), float(cpu)


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """On uvloop where it is installed, so that the client is not what is measured."""
    try:
        import uvloop
    except ModuleNotFoundError:
        return asyncio.run(main)
    return uvloop.run(main)


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    every = sorted(os.sched_getaffinity(0))
    parser.add_argument("--server-cpus", type=lambda t: {int(c) for c in t.split(",")}, default=set(every))
    parser.add_argument("--client-cpus", type=lambda t: {int(c) for c in t.split(",")}, default=set(every))
    parser.add_argument("--size", type=_size, default=(1920, 1440), metavar="WxH", help="of made photos: %(default)s")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=5, help="of offline and saturation, in turn")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, help="worker threads (default: one for each of the server's CPUs)")
    parser.add_argument("--max-wait-ms", type=float, default=5.0)
    parser.add_argument("--max-queued", type=int, default=64)
    parser.add_argument(
        "--loads",
        default="poisson,http,grpc",
        help="after saturation: %(default)s, or some of them, or grpcio, which is grpc with grpcio's own client",
    )
    parser.add_argument("--serve", action="append", default=[], metavar="OPTION", help="for `adali serve`; repeatable")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--offline", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    images = photos(options.folder, *options.size)
    threads = options.threads or len(options.server_cpus)
    if options.offline:
        os.sched_setaffinity(0, options.server_cpus)
        print(*asyncio.run(offline(images, options.batch, threads, options.seconds)))
        return
    os.sched_setaffinity(0, options.client_cpus)
    sizes = [len(i) for i in images]
    print(
        f"{len(images)} photos of {sum(sizes) // len(sizes) >> 10} kB; the server has {threads} worker threads on CPUs "
        f"{options.server_cpus}, "
        f"the client CPUs {options.client_cpus}"
    )
    server = start_server(options, threads)
    try:
        figures = run(measure(options, images, server))
    finally:
        server.process.terminate()
        server.process.wait()
    print(f"the server ended with status {server.process.returncode}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
