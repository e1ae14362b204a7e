"""Videos on adali and on the real DALI's CPU operators, the same lines on both, in interleaved rounds.

    python examples/benchmarks/video.py --dali-python PYTHON [--only NAME ...] [--rounds N]

Videos of VP9 and MJPEG (DALI's CPU decoders read no H.264; with ``h264`` adali is measured alone) are made with PyAV:
four of 6 seconds at 640x360. 2 worker threads. The two contenders are processes that live as long as the benchmark and
work one at a time. Printed are frames per second (median), and the median over the rounds of DALI's time divided by
adali's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

THREADS, BATCH, LENGTH = 2, 8, 16
FRAMES, SIZE, VIDEOS = 150, (640, 360), 4
VP9 = {"b": "1500k", "cpu-used": "8", "deadline": "realtime", "lag-in-frames": "0"}
#: Name -> codec, container, options of the encoder.
CODECS = {
    "vp9": ("libvpx-vp9", "webm", VP9),
    "mjpeg": ("mjpeg", "avi", {"q": "5"}),
    "h264": ("libx264", "mp4", {"crf": "23", "preset": "veryfast"}),
}
#: What is measured: the codec, the operator, its arguments, frames in a batch.
WORK: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "sequences vp9": ("vp9", "reader", {"sequence_length": LENGTH}, BATCH * LENGTH),
    "shuffled vp9": ("vp9", "reader", {"sequence_length": LENGTH, "step": 5, "random_shuffle": True}, BATCH * LENGTH),
    "sparse vp9": (
        "vp9",
        "reader",
        {"sequence_length": 4, "stride": 30, "step": 17, "random_shuffle": True},
        BATCH * 4,
    ),
    "decoder vp9": ("vp9", "decoder", {"start_frame": 100, "sequence_length": LENGTH}, BATCH * LENGTH),
    "sequences mjpeg": ("mjpeg", "reader", {"sequence_length": LENGTH}, BATCH * LENGTH),
    "shuffled mjpeg": ("mjpeg", "reader", {"sequence_length": LENGTH, "random_shuffle": True}, BATCH * LENGTH),
    "sequences h264": ("h264", "reader", {"sequence_length": LENGTH}, BATCH * LENGTH),
    "shuffled h264": ("h264", "reader", {"sequence_length": LENGTH, "step": 5, "random_shuffle": True}, BATCH * LENGTH),
}


def pictures() -> list[Any]:
    """Frames: a drifting pattern with noise."""
    import numpy as np

    rng = np.random.default_rng(1)
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    noise = rng.integers(0, 30, (height, width, 3)).astype(np.float32)
    found = []
    for number in range(FRAMES):
        wave = np.sin((x + 3 * number) / 40) + np.cos((y - 2 * number) / 25)
        found.append((wave[..., None] * 45 + 110 + np.roll(noise, 2 * number, 1)).astype(np.uint8))
    return found


def write(folder: Path, codec: str, frames: list[Any]) -> None:
    """Write the videos of a codec, each of which begins with another frame."""
    import av

    encoder, ending, options = CODECS[codec]
    for video in range(VIDEOS):
        with av.open(str(folder / f"{codec}{video}.{ending}"), "w") as container:
            stream = container.add_stream(encoder, rate=25, options=options)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.codec_context.gop_size = 50
            for image in frames[video * 20 :] + frames[: video * 20]:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(stream.encode(None))


def worker(side: str, folder: Path) -> None:
    """Time a piece of work whenever a line on standard input says which and how many batches."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if side == "adali":
        from adali import fn, types
        from adali.sync import Pipeline
    else:
        from nvidia.dali import fn, types
        from nvidia.dali.pipeline import Pipeline
    import numpy as np

    pipes: dict[str, Any] = {}
    for line in sys.stdin:
        name, runs = json.loads(line)
        codec, operator, args, _ = WORK[name]
        if name not in pipes:
            names = sorted(str(p) for p in folder.glob(f"{codec}*"))
            pipe = Pipeline(batch_size=BATCH, num_threads=THREADS, device_id=None, seed=1)
            with pipe:
                if operator == "reader":
                    node = fn.experimental.readers.video(filenames=names, **args)
                else:
                    encoded = types.Constant(np.fromfile(names[0], np.uint8), device="cpu")
                    node = fn.decoders.video(encoded, **args)
                pipe.set_outputs(node)
            pipe.build()
            pipes[name] = pipe
        pipe = pipes[name]
        for _ in range(3):  # use up what was computed before the clock starts
            pipe.run()
        start = time.perf_counter()
        for _ in range(runs):
            pipe.run()
        taken = (time.perf_counter() - start) / runs
        # Prefetching must not run into the other contender's measurement.
        before = -1.0
        while time.process_time() - before > 0.002:
            before = time.process_time()
            time.sleep(0.05)
        out.write(json.dumps(taken) + "\n")
        out.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dali-python", default=os.environ.get("ADALI_ORACLE_PYTHON"))
    parser.add_argument("--only", nargs="+", choices=WORK)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=4, help="batches in a measurement")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.folder)
        return
    pythons = {"adali": sys.executable}
    if options.dali_python:
        pythons["dali"] = options.dali_python
    names = options.only or list(WORK)
    with tempfile.TemporaryDirectory() as folder:
        frames = pictures()
        for codec in sorted({WORK[name][0] for name in names}):
            write(Path(folder), codec, frames)
        compare(pythons, names, options, folder)


def compare(pythons: dict[str, str], names: list[str], options: Any, folder: str) -> None:
    """Let the contenders work, and print the figures."""
    workers = {
        side: subprocess.Popen(
            [python, "-W", "ignore", __file__, "--worker", side, "--folder", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for side, python in pythons.items()
    }

    def measure(side: str, name: str) -> float:
        process = workers[side]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([name, options.runs]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{side} died at {name}")
        return float(json.loads(line))

    shape = f"{SIZE[0]}x{SIZE[1]}, {BATCH} samples a batch, {THREADS} threads"
    print(f"{shape}, {options.rounds} interleaved rounds of {options.runs} batches")
    print(f"{'work':20}{'adali frames/s':>16}{'DALI':>10}{'adali is':>10}", flush=True)
    for name in names:
        frames = WORK[name][3]
        sides = [side for side in workers if side == "adali" or "h264" not in name]
        rounds = [{side: measure(side, name) for side in sides} for _ in range(options.rounds)]
        mine = frames / statistics.median(r["adali"] for r in rounds)
        if "dali" not in sides:
            print(f"{name:20}{mine:16.0f}{'-':>10}{'-':>10}", flush=True)
            continue
        theirs = frames / statistics.median(r["dali"] for r in rounds)
        ratio = statistics.median(r["dali"] / r["adali"] for r in rounds)
        print(f"{name:20}{mine:16.0f}{theirs:10.0f}{ratio:9.2f}x", flush=True)
    for process in workers.values():
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
