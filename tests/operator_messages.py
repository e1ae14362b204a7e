"""Messages of every operator for round trips through the real DALI, live and from golden files.

Run under adali's Python with ADALI_ORACLE_PYTHON set to one that has nvidia-dali, ``python tests/operator_messages.py``
writes golden/messages.json.gz anew, and with names of operators only those in it. For each operator it holds the
message that adali writes and what DALI makes of it, and the message that DALI writes and what DALI makes of that.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from recipes import NOT_IN_DALI, RANDOM, RECIPES, build, code, feeds

from adali import sync
from adali.graph.schema import registry
from adali.serialization import message

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden" / "messages.json.gz"
PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")
ROOT = str(TESTS.parent)
#: What stands for the folder of the project in golden messages.
ROOT_MARK = "{root}"
ITERATIONS = 2
#: Golden outputs have at most that many values of a sample, evenly spread.
VALUES = 48

#: Operators that a message cannot hold, which is what ``serialize`` says of them.
NO_MESSAGE = {
    **dict.fromkeys(
        ("PythonFunction", "DLTensorPythonFunction", "TorchPythonFunction", "JaxFunction"),
        "a Python function has no message",
    ),
    "experimental__NumbaFunction": "a compiled Python function has no message",
}
#: Operators that the real DALI has no function for, so that it can read them but not write them.
NOT_WRITTEN_THERE = {"MakeContiguous": "`.gpu()` makes it there"}

#: Operators whose recipes name files in a folder that differs from machine to machine, where nothing can stand for it.
NAMES_A_FILE = dict.fromkeys(
    ("io__file__Read", "readers__NemoAsr"), "the message names a file of the machine; compared live with DALI instead"
)

#: Largest difference, where results are not the same to the last bit.
TOLERANCE = {
    **dict.fromkeys(("Brightness", "Contrast", "ColorTwist", "Hsv", "Hue", "Saturation", "ColorSpace"), 1.0),
    **dict.fromkeys(("GaussianBlur", "WarpAffine", "Rotate"), 1.0),
    "Normalize": 1e-5,
    "reductions__": 1e-5,
    "decoders__": 1.0,
    **dict.fromkeys(("Resize", "FastResize"), 1.0),
    **dict.fromkeys(("AudioResample", "MFCC", "MelFilterBank", "PowerSpectrum", "Spectrogram", "TensorResize"), 1e-5),
    "CropMirrorNormalize": 1e-5,
    "validation": 0.25,  # a step of a pixel, after the standard deviation
}

#: Like the training pipelines of the project: more than one operator at a time.
PIPELINES = {
    "train": "j, l = fn.readers.file(file_root=images, random_shuffle=True, initial_fill=16, name='Reader'); "
    "i = fn.decoders.image_random_crop(j, random_area=[0.1, 1.0]); i = fn.resize(i, size=[24, 24]); "
    "return fn.crop_mirror_normalize(i, mirror=fn.random.coin_flip(), mean=[1.0, 2.0, 3.0], std=[4.0] * 3), l",
    "validation": "j, l = fn.readers.file(file_root=images, pad_last_batch=True, name='Reader'); "
    "i = fn.resize(fn.decoders.image(j), resize_shorter=64.0); "
    "return fn.crop_mirror_normalize(i, crop=(48, 48), mean=[1.0, 2.0, 3.0], std=[4.0] * 3, output_layout='CHW'), l",
}


def bodies() -> dict[str, str]:
    """What goes through DALI: recipes of the registry's operators, and the pipelines."""
    without = {*NOT_IN_DALI, *NO_MESSAGE}
    return {n: b for n, b in RECIPES.items() if n in registry and n not in without} | PIPELINES


def names() -> list[str]:
    """Operators of the registry, and the pipelines."""
    return [*sorted(n for n in registry if not n.startswith("test__")), *PIPELINES]


def reason(name: str) -> str | None:
    """Why an operator does not go through DALI."""
    return NO_MESSAGE.get(name) or NOT_IN_DALI.get(name)


def used(data: bytes) -> dict[str, Any]:
    """The inputs that a serialized pipeline has, and what they are fed."""
    have = {op.inst_name for op in message.parse(data).op}
    return {name: value for name, value in feeds().items() if name in have}


# ---- what DALI makes of it -------------------------------------------------------------------------------------------


def do(folder: Path, jobs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Let the real DALI do the jobs, in one process."""
    for name, job in jobs.items():
        np.savez(folder / f"{name}.job.npz", **job)
    worker = TESTS / "serialization" / "oracle_worker.py"
    assert PYTHON is not None
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [PYTHON, str(worker), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: dict(np.load(folder / f"{name}.out.npz")) for name in jobs}


def read_there(folder: Path, messages: dict[str, bytes]) -> dict[str, Any]:
    """Deserialized and run by DALI."""
    return do(
        folder,
        {
            name: {"message": np.frombuffer(data, np.uint8), **{f"feed/{k}": v for k, v in used(data).items()}}
            for name, data in messages.items()
        },
    )


def made_there(folder: Path, wanted: dict[str, str]) -> dict[str, Any]:
    """Made, serialized and run by DALI."""
    jobs = {}
    for name, body in wanted.items():
        feed = {f"feed/{k}": v for k, v in feeds().items() if f"{k}()" in body or f"name='{k}'" in body}
        jobs[name] = {"code": np.asarray(code(body)), **feed}
    return do(folder, jobs)


# ---- comparison ------------------------------------------------------------------------------------------------------


def outputs(pipe: sync.Pipeline) -> Iterator[tuple[int, int, str, list[Any]]]:
    """Run a pipeline on the regular data: iteration, number of the output, layout, samples."""
    pipe.build()
    try:
        for iteration in range(ITERATIONS):
            for source, value in used(pipe.serialize()).items():
                pipe.feed_input(source, list(value[iteration]))
        for iteration in range(ITERATIONS):
            for index, batch in enumerate(pipe.run()):
                yield iteration, index, batch.layout(), [np.asarray(sample) for sample in batch]
    finally:
        pipe.close()


def compare(name: str, pipe: sync.Pipeline, theirs: Callable[[int, int], tuple[str, list[Any], list[Any]]]) -> int:
    """Run a pipeline here and compare it with DALI's results.

    Args:
        name: the operator, or one of the pipelines.
        pipe: the pipeline.
        theirs: gives for iteration and output the layout, shapes and (some of the) values of the samples.

    Returns:
        The number of outputs compared.
    """
    tolerance = next((t for prefix, t in TOLERANCE.items() if name.startswith(prefix)), 0.0)
    loose = name in RANDOM or name == "train"
    count = 0
    for iteration, index, layout, samples in outputs(pipe):
        count += 1
        their_layout, shapes, values = theirs(iteration, index)
        assert layout == their_layout
        assert len(samples) == len(shapes)
        for got, shape, want in zip(samples, shapes, values, strict=True):
            assert (got.dtype, got.ndim) == (want.dtype, len(shape))
            if not loose:
                assert got.shape == tuple(shape)
                got = thin(got) if want.ndim == 1 and want.shape != got.shape else got
                np.testing.assert_allclose(got.astype(np.float64), want.astype(np.float64), rtol=1e-6, atol=tolerance)
    return count


def live(result: dict[str, Any]) -> Callable[[int, int], tuple[str, list[Any], list[Any]]]:
    """Results of the worker, for ``compare``."""

    def of(iteration: int, index: int) -> tuple[str, list[Any], list[Any]]:
        samples = []
        while f"out/{iteration}/{index}/{len(samples)}" in result:
            samples.append(result[f"out/{iteration}/{index}/{len(samples)}"])
        return str(result[f"layout/{index}"]), [s.shape for s in samples], samples

    return of


# ---- golden files ----------------------------------------------------------------------------------------------------


def thin(sample: Any) -> Any:
    """Some values of a sample, as one row."""
    flat = sample.ravel()
    return flat[:: max(1, -(-flat.size // VALUES))]


def portable(data: bytes) -> bytes:
    """A message without what belongs to this machine: the lines of code that made it, and the project's folder."""
    return _changed(data, lambda text: text.replace(ROOT.encode(), ROOT_MARK.encode()))


def usable(data: bytes) -> bytes:
    """A portable message on this machine."""
    return _changed(data, lambda text: text.replace(ROOT_MARK.encode(), ROOT.encode()))


def _changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    parsed = message.parse(data)
    for op in parsed.op:
        kept = [a for a in op.args if not a.name.startswith("_origin_stack_")]
        arguments = type(op)()
        arguments.args.extend(kept)
        del op.args[:]
        op.args.extend(arguments.args)
        for argument in op.args:
            for each in (argument, *argument.extra_args):
                each.strings[:] = [change(text) for text in each.strings]
    return message.to_bytes(parsed)


def pack(name: str, data: bytes, result: dict[str, Any]) -> dict[str, Any]:
    """A message and what DALI made of it, as a golden file has it."""
    assert "error" not in result, f"{name}: {result['error']}"
    of = live(result)
    count = sum(key.startswith("layout/") for key in result)
    outputs = []
    for iteration in range(ITERATIONS):
        outputs.append([])
        for index in range(count):
            layout, shapes, samples = of(iteration, index)
            values = b"".join(thin(s).tobytes() for s in samples)
            outputs[-1].append(
                {
                    "layout": layout,
                    "dtype": str(samples[0].dtype),
                    "shapes": [list(s) for s in shapes],
                    "values": base64.b64encode(values).decode(),
                }
            )
    return {"message": base64.b64encode(portable(data)).decode(), "outputs": outputs}


def read() -> dict[str, Any]:
    """The golden file: operator -> "here" or "there" -> message and outputs."""
    document: dict[str, Any] = json.loads(gzip.decompress(GOLDEN.read_bytes()))
    return document


def message_of(entry: dict[str, Any]) -> bytes:
    """The message of an entry of the golden file."""
    return base64.b64decode(entry["message"])


def golden_of(entry: dict[str, Any]) -> Callable[[int, int], tuple[str, list[Any], list[Any]]]:
    """Golden results, for ``compare``."""

    def of(iteration: int, index: int) -> tuple[str, list[Any], list[Any]]:
        output = entry["outputs"][iteration][index]
        shapes = [tuple(s) for s in output["shapes"]]
        values = np.frombuffer(base64.b64decode(output["values"]), output["dtype"])
        ends = np.cumsum([thin(np.empty(s, np.int8)).size for s in shapes])
        return output["layout"], shapes, np.split(values, ends[:-1]) if shapes else []

    return of


def write(wanted: Sequence[str]) -> None:
    """Write the golden file anew, for some operators or all."""
    chosen = {n: b for n, b in bodies().items() if not wanted or n in wanted}
    old = read() if wanted and GOLDEN.exists() else {}
    document = {name: entry for name, entry in old.items() if name not in chosen and name in bodies()}
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        with contextlib.chdir(here) if hasattr(contextlib, "chdir") else contextlib.nullcontext():
            ours = {n: build(b).serialize() for n, b in chosen.items()}  # some recipes write files, which DALI reads
        results = read_there(Path(here), {n: usable(portable(data)) for n, data in ours.items()})
        for name, result in results.items():
            document[name] = {"here": pack(name, ours[name], result)}
        results = made_there(Path(there), {n: b for n, b in chosen.items() if n not in NOT_WRITTEN_THERE})
        for name, result in results.items():
            document[name]["there"] = pack(name, result["message"].tobytes(), result)
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    GOLDEN.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(chosen)} operators and pipelines, {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    if PYTHON is None:
        raise SystemExit("set ADALI_ORACLE_PYTHON to a Python that has nvidia-dali")
    write(sys.argv[1:])
