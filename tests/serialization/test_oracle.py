"""Round trips through the real DALI, both ways, operator by operator.

They run where the environment variable ADALI_ORACLE_PYTHON names a Python that has nvidia-dali. One process of it does
all jobs of a direction.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recipes import NOT_IN_DALI, RANDOM, RECIPES, build, code, feeds

from adali import sync
from adali.graph.schema import registry
from adali.serialization import message

PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali"),
    pytest.mark.timeout(300),
]

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


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators that write files write them here."""
    monkeypatch.chdir(tmp_path)


def bodies() -> dict[str, str]:
    """What is tested here: recipes of operators that are registered, and the pipelines."""
    here = {n: b for n, b in RECIPES.items() if n in registry and registry[n][0].serializable and n not in NOT_IN_DALI}
    return here | PIPELINES


def names() -> list[str]:
    """Operators of the registry and the pipelines; an operator that cannot be serialized shows as skipped."""
    return [*sorted(n for n in registry if not n.startswith("test__")), *PIPELINES]


def used(data: bytes) -> dict[str, Any]:
    """The inputs a serialized pipeline has."""
    have = {op.inst_name for op in message.parse(data).op}
    return {name: value for name, value in feeds().items() if name in have}


def do(folder: Path, jobs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Let the real DALI do the jobs."""
    for name, job in jobs.items():
        np.savez(folder / f"{name}.job.npz", **job)
    worker = Path(__file__).with_name("oracle_worker.py")
    assert PYTHON is not None
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [PYTHON, str(worker), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: dict(np.load(folder / f"{name}.out.npz")) for name in jobs}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Serialized by adali, deserialized and run by DALI; without those that fail here, which their tests show."""
    jobs = {}
    for name, body in bodies().items():
        with contextlib.suppress(Exception):
            data = build(body).serialize()
            jobs[name] = {"message": np.frombuffer(data, np.uint8), **{f"feed/{k}": v for k, v in used(data).items()}}
    return do(tmp_path_factory.mktemp("there"), jobs)


@pytest.fixture(scope="module")
def back(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Made, serialized and run by DALI."""
    jobs = {}
    for name, body in bodies().items():
        feed = {f"feed/{k}": v for k, v in feeds().items() if f"{k}()" in body or f"name='{k}'" in body}
        jobs[name] = {"code": np.asarray(code(body)), **feed}
    return do(tmp_path_factory.mktemp("back"), jobs)


def compare(name: str, pipe: sync.Pipeline, theirs: dict[str, Any]) -> None:
    """Run the pipeline here and compare with what DALI made of the same message."""
    tolerance = next((t for prefix, t in TOLERANCE.items() if name.startswith(prefix)), 0.0)
    loose = name in RANDOM or name in PIPELINES
    pipe.build()
    try:
        for iteration in range(2):
            for source, value in used(pipe.serialize()).items():
                pipe.feed_input(source, list(value[iteration]))
        for iteration in range(2):
            outputs = pipe.run()
            assert f"layout/{len(outputs)}" not in theirs
            for index, batch in enumerate(outputs):
                assert batch.layout() == str(theirs[f"layout/{index}"])
                assert f"out/{iteration}/{index}/{len(batch)}" not in theirs
                for sample in range(len(batch)):
                    got, want = np.asarray(batch[sample]), theirs[f"out/{iteration}/{index}/{sample}"]
                    assert (got.dtype, got.ndim) == (want.dtype, want.ndim)
                    if not loose:
                        np.testing.assert_allclose(
                            got.astype(np.float64), want.astype(np.float64), rtol=1e-6, atol=tolerance
                        )
    finally:
        pipe.close()


@pytest.mark.parametrize("name", names())
def test_written_here_and_read_there(name: str, there: dict[str, Any]) -> None:
    if name not in bodies():
        pytest.skip(NOT_IN_DALI.get(name, f"{name} has no message"))
    pipe = build(bodies()[name])
    pipe.serialize()
    assert "error" not in there[name], str(there[name].get("error"))
    compare(name, pipe, there[name])


@pytest.mark.parametrize("name", names())
def test_written_there_and_read_here(
    name: str, back: dict[str, Any], meaning: Callable[[bytes], dict[str, Any]]
) -> None:
    if name not in bodies():
        pytest.skip(NOT_IN_DALI.get(name, f"{name} has no message"))
    if name == "MakeContiguous":
        pytest.skip("the real DALI has no function for it: `.gpu()` makes it")
    assert "error" not in back[name], str(back[name].get("error"))
    pipe = sync.Pipeline.deserialize(back[name]["message"].tobytes())
    assert name in PIPELINES or any(s.schema.name == name for s in pipe._defined().specs) or name == "Copy"
    compare(name, pipe, back[name])


def test_damaged_messages_are_refused_by_both(tmp_path: Path) -> None:
    data = build("return image(),").serialize()
    jobs = {str(i): {"message": np.frombuffer(data[: len(data) * i // 7], np.uint8)} for i in range(1, 7)}
    theirs = do(tmp_path, jobs)
    for name, job in jobs.items():
        assert "error" in theirs[name]
        with pytest.raises(ValueError, match="serialized pipeline"):
            sync.Pipeline.deserialize(job["message"].tobytes())
