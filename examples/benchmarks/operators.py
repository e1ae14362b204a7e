"""Single operators on adali and on the real DALI, the same lines on both, in interleaved rounds.

    python examples/benchmarks/operators.py [FOLDER] --dali-python PYTHON [--only NAME ...] [--readers] [--rounds N]

Each operator gets a batch of 64 decoded photos of 500x375 pixels (cut or tiled to that size), or of 64 seconds of
sound, from an external source that hands over the same memory each time; 2 worker threads. The two contenders are
processes that live as long as the benchmark and work one at a time. Printed are milliseconds for a batch (median), and
the median over the rounds of DALI's time divided by adali's.

``--readers`` measures readers instead: 256 photos in each container format, which both libraries read from the system's
cache. "read" delivers the encoded photos (and, for numpy, arrays), "train" decodes them and resizes to 224x224.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import container_files

BATCH, THREADS, HEIGHT, WIDTH = 64, 2, 375, 500
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "imagenet_sample"
IMAGES = Path(__file__).resolve().parents[2] / "adali" / "cli" / "images"


def operators(fn: Any, types: Any) -> dict[str, Any]:
    """Name -> function of the input node (photos, or sound for the audio operators)."""

    def spectrogram(x: Any) -> Any:
        return fn.spectrogram(x, nfft=512, window_length=400, window_step=160)

    return {
        "resize": lambda x: fn.resize(x, size=[224, 224], interp_type=types.INTERP_TRIANGULAR),
        "warp_affine": lambda x: fn.warp_affine(x, matrix=[0.9, 0.2, 10.0, -0.15, 1.1, 5.0], fill_value=0),
        "rotate": lambda x: fn.rotate(x, angle=17.0, keep_size=True, fill_value=0),
        "color_twist": lambda x: fn.color_twist(x, hue=20.0, saturation=1.2, brightness=0.9, contrast=1.1),
        "gaussian_blur": lambda x: fn.gaussian_blur(x, sigma=1.5),
        "crop_mirror_normalize": lambda x: fn.crop_mirror_normalize(
            x, dtype=types.FLOAT, output_layout="CHW", crop=(224, 224), mean=MEAN, std=STD, mirror=1
        ),
        "normalize": lambda x: fn.normalize(x, axes=[0, 1], dtype=types.FLOAT),
        "random_resized_crop": lambda x: fn.random_resized_crop(x, size=[224, 224], seed=5),
        "spectrogram": spectrogram,
        "mfcc": lambda x: fn.mfcc(fn.to_decibels(fn.mel_filter_bank(spectrogram(x))), n_mfcc=40),
    }


def more(fn: Any, types: Any) -> dict[str, Any]:
    """The same for operators that are measured when they are asked for (``--only``)."""
    return {
        "std_dev": lambda x: fn.reductions.std_dev(x, fn.reductions.mean(x, axes=[0, 1]), axes=[0, 1]),
        "std_dev_all": lambda x: fn.reductions.std_dev(x, 100.0),
        "water": lambda x: fn.water(x, fill_value=0),
        "water_linear": lambda x: fn.water(x, fill_value=0, interp_type=types.INTERP_LINEAR),
        "sphere": lambda x: fn.sphere(x, fill_value=0),
        "sphere_linear": lambda x: fn.sphere(x, fill_value=0, interp_type=types.INTERP_LINEAR),
        "preemphasis": lambda x: fn.preemphasis_filter(x),
        "wav": lambda x: fn.decoders.audio(x, dtype=types.FLOAT)[0],
        "wav_int16": lambda x: fn.decoders.audio(x, dtype=types.INT16)[0],
        "wav_downmix": lambda x: fn.decoders.audio(x, downmix=True)[0],
    }


AUDIO = ("spectrogram", "mfcc", "preemphasis")
FILES = ("wav", "wav_int16", "wav_downmix")


def readers(fn: Any, types: Any, tfrecord: Any, folder: str) -> dict[str, Any]:
    """Name -> function that makes a reader's nodes, of the containers in a folder: the encoded photo comes first."""

    def of_tfrecord() -> Any:
        features = {
            "image": tfrecord.FixedLenFeature([], tfrecord.string, ""),
            "label": tfrecord.FixedLenFeature([1], tfrecord.int64, -1),
        }
        path = f"{folder}/tfrecord"
        return list(fn.readers.tfrecord(path=path, index_path=f"{path}.idx", features=features).values())

    index = {name: f"{folder}/{name}.idx" for name in ("webdataset", "mxnet")}
    made = {
        "file": lambda: fn.readers.file(file_root=f"{folder}/file"),
        "tfrecord": of_tfrecord,
        "webdataset": lambda: fn.readers.webdataset(
            paths=[f"{folder}/webdataset"], index_paths=[index["webdataset"]], ext=["jpg", "cls"]
        ),
        "mxnet": lambda: fn.readers.mxnet(path=[f"{folder}/mxnet"], index_path=[index["mxnet"]]),
        "caffe": lambda: fn.readers.caffe(path=f"{folder}/caffe"),
        "numpy": lambda: [fn.readers.numpy(file_root=f"{folder}/numpy")],
    }

    def decoded(nodes: Any) -> Any:
        encoded, *others = nodes
        images = fn.decoders.image(encoded, device="cpu", output_type=types.RGB)
        return [fn.resize(images, size=[224, 224], interp_type=types.INTERP_TRIANGULAR), *others]

    found = {f"{name} read": make for name, make in made.items()}
    return found | {f"{name} train": lambda m=m: decoded(m()) for name, m in made.items() if name != "numpy"}


def jpegs(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))


def photos(folder: Path) -> Any:
    """Decoded photos, each exactly HEIGHT x WIDTH."""
    import numpy as np

    files = jpegs(folder)[:BATCH]
    batch = np.empty((BATCH, HEIGHT, WIDTH, 3), np.uint8)
    import cv2

    images = [cv2.imread(str(f))[..., ::-1] for f in files]
    for k in range(BATCH):
        image = images[k % len(images)]
        tiles = (-(-HEIGHT // image.shape[0]), -(-WIDTH // image.shape[1]), 1)
        batch[k] = np.tile(image, tiles)[:HEIGHT, :WIDTH]
    return batch


def sound() -> Any:
    """64 seconds of something like speech at 16 kHz."""
    import numpy as np

    rng = np.random.default_rng(3)
    t = np.arange(16000, dtype=np.float32) / 16000
    tones = np.sin(2 * np.pi * t * rng.uniform(80, 3000, (BATCH, 1)).astype(np.float32))
    return (tones * 0.5 + rng.normal(0, 0.05, (BATCH, 16000))).astype(np.float32)


def files(waves: Any) -> list[Any]:
    """The sounds as WAV files of 16 bits and two channels."""
    import io
    import wave

    import numpy as np

    found = []
    for samples in waves:
        stream = io.BytesIO()
        with wave.open(stream, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(np.repeat((samples * 20000).astype(np.int16), 2).tobytes())
        found.append(np.frombuffer(stream.getvalue(), np.uint8))
    return found


def worker(side: str, folder: Path) -> None:
    """Time what each line on standard input names, as often as it says; the data lies in a folder."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if side == "adali":
        from adali import fn, tfrecord, types
        from adali.sync import Pipeline
    else:
        from nvidia.dali import fn, tfrecord, types
        from nvidia.dali.pipeline import Pipeline
    import numpy as np

    images, waves = np.load(folder / "photos.npy"), sound()
    pipes: dict[str, Any] = {}
    for line in sys.stdin:
        name, runs = json.loads(line)
        if name not in pipes and " " in name:
            pipe = Pipeline(batch_size=BATCH, num_threads=THREADS, device_id=None, seed=1)
            with pipe:
                pipe.set_outputs(*readers(fn, types, tfrecord, str(folder))[name]())
            pipe.build()
            pipes[name] = pipe
        elif name not in pipes:
            data, layout = list(images), "HWC"
            if name in AUDIO or name in FILES:
                data, layout = files(waves) if name in FILES else list(waves), None
            source = itertools.repeat(data)
            pipe = Pipeline(batch_size=BATCH, num_threads=THREADS, device_id=None, seed=1)
            with pipe:
                node = fn.external_source(source, layout=layout, no_copy=True)
                pipe.set_outputs({**operators(fn, types), **more(fn, types)}[name](node))
            pipe.build()
            pipes[name] = pipe
        pipe = pipes[name]
        for _ in range(3):  # use up what was computed before the clock starts
            pipe.run()
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(runs):
            pipe.run()
        times = [(time.perf_counter() - start) / runs, (time.process_time() - cpu) / runs]
        # Prefetching must not run into the other contender's measurement.
        before = -1.0
        while time.process_time() - before > 0.002:
            before = time.process_time()
            time.sleep(0.05)
        out.write(json.dumps(times) + "\n")
        out.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED if SHARED.is_dir() else IMAGES)
    parser.add_argument("--dali-python", default=os.environ.get("ADALI_ORACLE_PYTHON"))
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--readers", action="store_true", help="measure readers; --only chooses from their names, too")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=6, help="batches in a measurement")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.folder)
        return
    pythons = {"adali": sys.executable}
    if options.dali_python:
        pythons["dali"] = options.dali_python
    import numpy as np

    if options.only is None:
        anything = _Anything()
        names = readers(anything, anything, anything, "") if options.readers else operators(anything, anything)
    else:
        names = options.only
    with tempfile.TemporaryDirectory() as stored:
        images = photos(options.folder)
        np.save(f"{stored}/photos.npy", images)
        if any(" " in name for name in names):
            files = [path.read_bytes() for path in jpegs(options.folder)]
            container_files.write(Path(stored), list(itertools.islice(itertools.cycle(files), 256)), images)
        compare(options, pythons, stored, list(names))


def compare(options: argparse.Namespace, pythons: dict[str, str], stored: str, names: list[str]) -> None:
    """Measure with the data in the folder ``stored``, and print the table."""
    workers = {
        side: subprocess.Popen(
            [python, "-W", "ignore", __file__, stored, "--worker", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for side, python in pythons.items()
    }

    def measure(side: str, name: str) -> list[float]:
        process = workers[side]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([name, options.runs]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{side} died at {name}; run `{pythons[side]} {__file__} --worker {side}` to see why")
        times: list[float] = json.loads(line)
        return times

    print(f"{BATCH} samples a batch, {THREADS} threads, {options.rounds} interleaved rounds of {options.runs} batches")
    print(f"{'operator':24}{'adali ms':>10}{'DALI ms':>10}{'adali is':>10}{'CPU: adali':>12}{'DALI':>8}")
    for name in names:
        rounds = [{side: measure(side, name) for side in workers} for _ in range(options.rounds)]
        mine = statistics.median(r["adali"][0] for r in rounds) * 1e3
        mine_cpu = statistics.median(r["adali"][1] for r in rounds) * 1e3
        if "dali" not in workers:
            print(f"{name:24}{mine:10.1f}{'-':>10}{'-':>10}{mine_cpu:12.1f}")
            continue
        theirs = statistics.median(r["dali"][0] for r in rounds) * 1e3
        theirs_cpu = statistics.median(r["dali"][1] for r in rounds) * 1e3
        ratio = statistics.median(r["dali"][0] / r["adali"][0] for r in rounds)
        print(f"{name:24}{mine:10.1f}{theirs:10.1f}{ratio:9.2f}x{mine_cpu:12.1f}{theirs_cpu:8.1f}", flush=True)
    for process in workers.values():
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


class _Anything:
    """Stands for a module whose attributes nobody reads."""

    def __getattr__(self, name: str) -> Any:
        return self


if __name__ == "__main__":
    main()
