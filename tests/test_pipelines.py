"""DALI's old tutorial pipeline and its modern twin, through both APIs, against what the real DALI gives.

The golden file holds the outputs for the images that adali ships. With an interpreter that has DALI in
ADALI_ORACLE_PYTHON the same comparison runs on the 100 photos of ../shared, at full size.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
import adali.sync
from adali import fn, ops, types

HERE = Path(__file__).parent
IMAGES = HERE.parent / "adali" / "cli" / "images"
SHARED = HERE.parent.parent / "shared" / "data" / "imagenet_sample"
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def tutorial(cls: Any, folder: Path, batch_size: int, size: int) -> Any:
    class Tutorial(cls):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(batch_size, 2, None, seed=12)
            self.input = ops.FileReader(file_root=str(folder))
            self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
            self.resize = ops.Resize(device="cpu", resize_x=size, resize_y=size, interp_type=types.INTERP_TRIANGULAR)
            crop = size * 3 // 4
            self.cmn = ops.CropMirrorNormalize(
                device="cpu", dtype=types.FLOAT, output_layout=types.NCHW, crop=(crop, crop), mean=MEAN, std=STD
            )

        def define_graph(self) -> Any:
            jpegs, labels = self.input()
            images = self.decode(jpegs)
            resized = self.resize(images)
            return images, resized, self.cmn(resized), labels

    return Tutorial()


def modern(cls: Any, folder: Path, batch_size: int, size: int) -> Any:
    decorate = adali.pipeline_def if cls is adali.Pipeline else adali.sync.pipeline_def

    @decorate(batch_size=batch_size, num_threads=2, device_id=None)
    def define() -> Any:
        jpegs, labels = fn.readers.file(file_root=str(folder))
        images = fn.decoders.image(jpegs, device="cpu", output_type=types.RGB)
        resized = fn.resize(images, resize_shorter=size)
        crop = size * 3 // 4
        normalized = fn.crop_mirror_normalize(
            resized, dtype=types.FLOAT, output_layout="CHW", crop=(crop, crop), mean=MEAN, std=STD, mirror=1
        )
        return images, resized, normalized, labels

    pipe = define()
    assert isinstance(pipe, cls)
    return pipe


def outputs(pipe: Any) -> Any:
    """Build, run once and close, awaited or blocking."""
    if isinstance(pipe, adali.Pipeline):

        async def main() -> Any:
            await pipe.build()
            result = await pipe.run()
            await pipe.aclose()
            return result

        return asyncio.run(main())
    pipe.build()
    result = pipe.run()
    pipe.close()
    return result


def compare(result: Any, golden: Any, prefix: str) -> None:
    images, resized, normalized, labels = result
    assert labels.as_array().reshape(-1).tolist() == golden[f"{prefix}/labels"].tolist()
    checksums = [hashlib.sha256(images.at(i).tobytes()).hexdigest() for i in range(len(images))]
    assert checksums == golden[f"{prefix}/decoded"].tolist(), "decoded pixels must be exactly DALI's"
    differences = []
    for i in range(len(images)):
        expected = golden[f"{prefix}/resized/{i}"]
        got = resized.at(i)
        assert got.shape == expected.shape
        difference = np.abs(got.astype(int) - expected.astype(int))
        assert difference.max() <= 1
        differences.append(difference.mean())
        if f"{prefix}/normalized/{i}" in golden:
            # One step of the uint8 image, seen through the normalisation.
            step = 1.001 / np.array(STD, np.float32)[:, None, None]
            assert (np.abs(normalized.at(i) - golden[f"{prefix}/normalized/{i}"]) <= step).all()
    assert max(differences) < 0.3


@pytest.fixture(scope="module")
def shipped() -> Any:
    return dict(np.load(HERE / "golden" / "pipelines.npz"))


@pytest.mark.parametrize("style", [tutorial, modern])
@pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline])
def test_matches_dali_on_the_shipped_images(cls: Any, style: Any, shipped: Any) -> None:
    count = len(shipped[f"{style.__name__}/labels"])
    compare(outputs(style(cls, IMAGES, count, 40)), shipped, style.__name__)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Any:
    python = os.environ.get("ADALI_ORACLE_PYTHON")
    if not python:
        pytest.skip("ADALI_ORACLE_PYTHON names no interpreter with DALI")
    if not SHARED.is_dir():
        pytest.skip("the photos of ../shared are not in this checkout")
    out = tmp_path_factory.mktemp("oracle") / "photos.npz"
    script = HERE / "golden" / "make_pipelines.py"
    subprocess.run([python, "-W", "ignore", script, SHARED, out, "224"], check=True, capture_output=True)
    return dict(np.load(out))


@pytest.mark.parametrize("style", [tutorial, modern])
@pytest.mark.parametrize("cls", [adali.Pipeline, adali.sync.Pipeline])
def test_matches_the_live_dali_on_photos(cls: Any, style: Any, photos: Any) -> None:
    count = len(photos[f"{style.__name__}/labels"])
    compare(outputs(style(cls, SHARED, count, 224)), photos, style.__name__)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("depth", [1, 2, {"cpu_size": 2, "gpu_size": 2}])
def test_random_training_batches_depend_on_the_seed_alone(threads: int, depth: Any) -> None:
    def train(num_threads: int, prefetch: Any, seed: int) -> list[Any]:
        pipe = adali.sync.Pipeline(
            batch_size=7, num_threads=num_threads, device_id=None, seed=seed, prefetch_queue_depth=prefetch
        )
        with pipe:
            encoded, labels = fn.readers.file(file_root=str(IMAGES), random_shuffle=True, initial_fill=10)
            images = fn.decoders.image_random_crop(encoded)
            images = fn.resize(images, size=[24, 24])
            images = fn.crop_mirror_normalize(images, dtype=types.FLOAT, mirror=fn.random.coin_flip())
            pipe.set_outputs(images, labels)
        batches = [[o.as_array().copy() for o in pipe.run()] for _ in range(6)]
        pipe.close()
        return batches

    reference = train(2, 2, seed=5)
    for got, expected in zip(train(threads, depth, seed=5), reference, strict=True):
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(train(threads, depth, 6), reference, strict=True))
