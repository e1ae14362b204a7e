"""Throughput of a folder of JPEGs and of a WebDataset in an object store with latency, against the local disk.

python examples/benchmarks/storage.py [FOLDER] [--latency 0.05] [--faults 0.0] [--rounds 5] [--copies 1]

FOLDER holds JPEGs, at any depth (by default the images that come with adali). A real S3 server (moto's, from the extra
``dev``) runs in a process of its own, and before it a proxy that delays every request. "cold" is the first epoch, in
which everything is fetched; "warm" are the later ones, in which the cache on the disk has it. Local and warm epochs
alternate; the ratio is the median of the ratios of neighbours.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import statistics
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from object_store import ENVIRONMENT, Proxy, s3_server, upload  # noqa: E402

import adali.sync  # noqa: E402
from adali import fn, storage, types  # noqa: E402


def serve(latency: float, faults: float, folder: str, connection: Any) -> None:
    """The server and the proxy, in a process of their own."""
    with s3_server() as address:
        objects = {str(p.relative_to(folder)): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}
        upload(address, "bucket", objects)
        proxy = Proxy(address)
        proxy.latency, proxy.faults = latency, faults
        with proxy.running() as way:
            connection.send(way)
            connection.recv()
            connection.send(dict(proxy.count))


def prepare(source: Path, target: Path, copies: int) -> int:
    """The JPEGs in folders, and the same ones in tar files of 50 samples; returns their number."""
    photos = [p.read_bytes() for p in sorted(source.rglob("*")) if p.suffix.lower() in (".jpg", ".jpeg")] * copies
    for number, data in enumerate(photos):
        path = target / "photos" / str(number % 5) / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (target / "tars").mkdir()
    for first in range(0, len(photos), 50):
        with tarfile.open(target / "tars" / f"{first:05}.tar", "w") as tar:
            for number, data in enumerate(photos[first : first + 50], first):
                for name, content in ((f"{number:05}.jpg", data), (f"{number:05}.cls", str(number).encode())):
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))
    return len(photos)


def pipeline(kind: str, root: str, tars: list[str]) -> Any:
    """Decode, resize and crop, as for validation."""
    pipe = adali.sync.Pipeline(batch_size=32, num_threads=2, device_id=None, seed=1)
    with pipe:
        if kind == "folder":
            encoded, labels = fn.readers.file(file_root=f"{root}/photos", random_shuffle=True, name="reader")
        else:
            paths = [f"{root}/tars/{name}" for name in tars]
            encoded, labels = fn.readers.webdataset(paths=paths, ext=["jpg", "cls"], random_shuffle=True, name="reader")
        images = fn.resize(fn.decoders.image(encoded), resize_shorter=256.0)
        pipe.set_outputs(fn.crop_mirror_normalize(images, crop=(224, 224), dtype=types.FLOAT), labels)
    pipe.build()
    return pipe


def epoch(pipe: Any) -> tuple[float, int]:
    """Seconds, and samples delivered."""
    start, count = time.perf_counter(), 0
    for batch in pipe:
        count += len(batch[0])
    return time.perf_counter() - start, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "adali" / "cli" / "images")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds added to each request")
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that fail")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--copies", type=int, default=1, help="how often each image is in the data set")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        size = prepare(options.folder, Path(folder), options.copies)
        tars = sorted(p.name for p in (Path(folder) / "tars").iterdir())
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(options.latency, options.faults, folder, there))
        server.start()
        os.environ.update({**ENVIRONMENT, "AWS_ENDPOINT_URL": here.recv()})
        print(f"{size} images, {options.latency * 1000:.0f} ms a request, {options.faults:.0%} of the requests fail")
        print("            local img/s   cold img/s   warm img/s   warm/local (lowest-highest)")
        try:
            for kind in ("folder", "webdataset"):
                local = pipeline(kind, folder, tars)
                with storage.use(backoff=0.01):
                    remote = pipeline(kind, "s3://bucket", tars)
                epoch(local)
                cold, delivered = epoch(remote)
                assert delivered == size, f"{delivered} of {size} samples were delivered"
                pairs = [(epoch(local)[0], epoch(remote)[0]) for _ in range(options.rounds)]
                ratios = [here_s / there_s for here_s, there_s in pairs]
                speeds = [size / statistics.median(seconds) for seconds in zip(*pairs, strict=True)]
                print(
                    f"{kind:<12} {speeds[0]:>10.0f} {size / cold:>12.0f} {speeds[1]:>12.0f} "
                    f"{statistics.median(ratios):>12.3f} ({min(ratios):.3f}-{max(ratios):.3f})"
                )
                local.close()
                remote.close()
        finally:
            here.send("stop")
            print("requests:", here.recv())
            server.join()


if __name__ == "__main__":
    main()
