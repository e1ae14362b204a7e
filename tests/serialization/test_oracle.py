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

from adali import fn, sync, types
from adali.graph.schema import registry
from adali.serialization import message

PYTHON = os.environ.get("ADALI_ORACLE_PYTHON")
IMAGES = Path(__file__).parents[3] / "shared" / "data" / "imagenet_sample"

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="ADALI_ORACLE_PYTHON names no Python that has nvidia-dali"),
    pytest.mark.timeout(300),
]

#: Operator -> the body of a function that returns a tuple of outputs; valid for both libraries. Sources are "image"
#: (uint8 HWC), "vector" (float32, 4 values), "matrix" (float32, 2x3) and "number" (int32).
RECIPES: dict[str, str] = {
    "Cast": "return fn.cast(vector(), dtype=types.INT16), fn.cast(image(), dtype=types.FLOAT16)",
    "CastLike": "return fn.cast_like(vector(), number()),",
    "Cat": "a = matrix(); return fn.cat(a, a + 1, axis=1), fn.cat(a, a, axis=0)",
    "Stack": "a = matrix(); return fn.stack(a, a + 1, axis=1), fn.stack(a, a, axis_name='N')",
    "Constant": "return types.Constant(np.int16([[1, 2], [3, 4]]), device='cpu'), types.Constant(0.1, device='cpu')",
    "Copy": "return fn.copy(image()),",
    "ElementExtract": "a, b = fn.element_extract(fn.reshape(image(), layout='FWC'), element_map=[0, 2]); return a, b",
    "Full": "return fn.full(7, shape=[2, 2]), fn.full(number(), shape=[3])",
    "Zeros": "return fn.zeros(shape=[2], dtype=types.FLOAT),",
    "Ones": "return fn.ones(shape=[2, 3], dtype=types.UINT8),",
    "FullLike": "return fn.full_like(matrix(), 5),",
    "ZerosLike": "return fn.zeros_like(matrix()), fn.zeros_like(matrix(), dtype=types.INT8)",
    "OnesLike": "return fn.ones_like(matrix(), dtype=types.INT64),",
    "GetProperty": "return fn.get_property(image(), key='layout'),",
    "LookupTable": "return fn.lookup_table(number(), keys=[0, 1, 2], values=[5, 6, 7.5], default_value=-1.0),",
    "OneHot": "return fn.one_hot(number(), num_classes=4, on_value=2.0, off_value=-1.0),",
    "Pad": "return fn.pad(matrix(), fill_value=-1.0, axes=[1], shape=[5]), fn.pad(vector(), align=[8])",
    "PermuteBatch": "return fn.permute_batch(matrix(), indices=[2, 0, 1]),",
    "BatchPermutation": "return fn.batch_permutation(),",
    "Reshape": "return fn.reshape(matrix(), shape=[3, -1]), fn.reshape(image(), rel_shape=[1.0, -1.0], layout='HW')",
    "Reinterpret": "return fn.reinterpret(vector(), dtype=types.INT32),",
    "Shapes": "return fn.shapes(image()), image().shape(dtype=types.INT32)",
    "Squeeze": "return fn.squeeze(fn.reshape(vector(), shape=[1, 4, 1]), axes=[0]),",
    "ExpandDims": "return fn.expand_dims(matrix(), axes=[0, 2]),",
    "Transpose": "return fn.transpose(image(), perm=[2, 0, 1]), fn.transpose(matrix(), perm=[1, 0])",
    "Crop": "return fn.crop(image(), crop=(8, 6), crop_pos_x=0.25, dtype=types.FLOAT),",
    "CropMirrorNormalize": "return fn.crop_mirror_normalize(image(), crop=(8, 6), mirror=fn.cast(number() > 0, "
    "dtype=types.INT32), mean=[10.0, 20.0, 30.0], std=[2.0, 4.0, 8.0], output_layout='CHW'),",
    "Flip": "return fn.flip(image(), horizontal=1, vertical=0), fn.flip(image(), vertical=number())",
    "Resize": "return fn.resize(image(), size=[7, 9], interp_type=types.INTERP_LINEAR, antialias=False),",
    "_ArithmeticGenericOp": "a = matrix(); return a * 2 + 1.5, -a, (a > 1) & (a <= 4), a // 2, 3 - a, a / 7, abs(a)",
    "reductions__Sum": "return fn.reductions.sum(matrix(), axes=[0]), fn.reductions.sum(image(), axis_names='HW')",
    "reductions__Mean": "return fn.reductions.mean(matrix(), axes=[1], keep_dims=True),",
    "reductions__MeanSquare": "return fn.reductions.mean_square(matrix()),",
    "reductions__RMS": "return fn.reductions.rms(matrix(), axes=[0]),",
    "reductions__Max": "return fn.reductions.max(matrix(), axes=[0, 1]),",
    "reductions__Min": "return fn.reductions.min(image(), axes=[2]),",
    "reductions__Variance": "m = matrix(); return fn.reductions.variance(m, fn.reductions.mean(m), ddof=1),",
    "reductions__StdDev": "m = matrix(); return fn.reductions.std_dev(m, fn.reductions.mean(m, axes=[0]), axes=[0]),",
    "_TensorSubscript": "m = matrix(); return m[1], m[:, 1:], m[0, ::2], m[number() // 3, -1], m[:, None]",
    "_SubscriptDimCheck": "return matrix()[:, :],",
    "BrightnessContrast": "return fn.brightness_contrast(image(), brightness=1.5, contrast=0.5),",
    "Brightness": "return fn.brightness(image(), brightness=1.5, brightness_shift=0.1),",
    "Contrast": "return fn.contrast(image(), contrast=0.5, contrast_center=100.0),",
    "ColorTwist": "return fn.color_twist(image(), hue=20.0, saturation=0.5),",
    "Hsv": "return fn.hsv(image(), hue=20.0, value=0.5),",
    "Hue": "return fn.hue(image(), hue=20.0),",
    "Saturation": "return fn.saturation(image(), saturation=0.5),",
    "ColorSpaceConversion": "return fn.color_space_conversion(image(), image_type=types.RGB, output_type=types.YCbCr),",
    "GaussianBlur": "return fn.gaussian_blur(image(), sigma=1.0, window_size=5),",
    "WarpAffine": "return fn.warp_affine(image(), matrix=np.float32([[1, 0, 1], [0, 1, 0]]), fill_value=0.0),",
    "Rotate": "return fn.rotate(image(), angle=30.0, keep_size=True),",
    "Erase": "return fn.erase(image(), anchor=[1.0, 2.0], shape=[3.0, 4.0], axes=[0, 1], fill_value=[7.0]),",
    "Normalize": "return fn.normalize(matrix(), axes=[0, 1], ddof=1, epsilon=0.01),",
    "CoordTransform": "return fn.coord_transform(fn.reshape(vector(), shape=[2, 2]), M=[1.0, 2.0, 3.0, 4.0]),",
    "random__Beta": "return fn.random.beta(alpha=2.0, beta=3.0, shape=[2]),",
    "random__Choice": "return fn.random.choice([1, 2, 3], p=[0.1, 0.2, 0.7], shape=[4]), fn.random.choice(5)",
    "random__CoinFlip": "return fn.random.coin_flip(probability=0.3, dtype=types.UINT8, seed=3),",
    "random__Normal": "return fn.random.normal(mean=1.0, stddev=2.0, shape=[2, 2]), fn.random.normal(matrix())",
    "random__Uniform": "return fn.random.uniform(range=[1, 2], shape=[3]), fn.random.uniform(values=[1.0, 5.0])",
    "ExternalSource": "return image(), fn.external_source(name='number', dtype=types.INT32, ndim=0)",
    "readers__File": "return fn.readers.file(file_root=images, shard_id=1, num_shards=3, pad_last_batch=True, "
    "file_filters=['*.JPEG', '*.jpg'], name='Reader')",
    "PeekImageShape": "return fn.peek_image_shape(encoded(), dtype=types.INT32),",
    "Slice": "return fn.slice(matrix(), 1, 2, axes=[1]), "
    "fn.slice(image(), rel_start=[0.25, 0.5], rel_shape=[0.5, 0.25])",
    "decoders__Image": "return fn.decoders.image(encoded(), output_type=types.GRAY),",
    "decoders__ImageCrop": "return fn.decoders.image_crop(encoded(), crop=(40, 50), crop_pos_x=0.1),",
    "decoders__ImageSlice": "return fn.decoders.image_slice(encoded(), start=[10, 20], shape=[40, 30], axes=[0, 1]),",
    "decoders__ImageRandomCrop": "return fn.decoders.image_random_crop(encoded(), random_area=[0.2, 0.9]),",
}
#: Their outputs (and the sizes of random crops) are random, so only types and numbers of axes are compared.
RANDOM = {name for name in RECIPES if name.startswith("random__")} | {"BatchPermutation", "decoders__ImageRandomCrop"}
#: Largest difference, where results are not the same to the last bit.
TOLERANCE = {
    **dict.fromkeys(("Brightness", "Contrast", "ColorTwist", "Hsv", "Hue", "Saturation", "ColorSpace"), 1.0),
    **dict.fromkeys(("GaussianBlur", "WarpAffine", "Rotate"), 1.0),
    "Normalize": 1e-5,
    "reductions__": 1e-5,
    "decoders__": 1.0,
    "Resize": 1.0,
    "CropMirrorNormalize": 1e-5,
}

PRELUDE = """
import functools
def image(): return fn.external_source(name="image", layout="HWC")
def vector(): return fn.external_source(name="vector")
def matrix(): return fn.external_source(name="matrix", layout="HW")
def number(): return fn.external_source(name="number")
def encoded(): return fn.readers.file(file_root=images)[0]
images = {images!r}
image, vector, matrix, number = (functools.cache(f) for f in (image, vector, matrix, number))
def define():
    {body}
"""

#: Like the training pipelines of the project: more than one operator at a time.
PIPELINES = {
    "train": "j, l = fn.readers.file(file_root=images, random_shuffle=True, initial_fill=16, name='Reader'); "
    "i = fn.decoders.image_random_crop(j, random_area=[0.1, 1.0]); i = fn.resize(i, size=[24, 24]); "
    "return fn.crop_mirror_normalize(i, mirror=fn.random.coin_flip(), mean=[1.0, 2.0, 3.0], std=[4.0] * 3), l",
    "validation": "j, l = fn.readers.file(file_root=images, pad_last_batch=True, name='Reader'); "
    "i = fn.resize(fn.decoders.image(j), resize_shorter=64.0); "
    "return fn.crop_mirror_normalize(i, crop=(48, 48), mean=[1.0, 2.0, 3.0], std=[4.0] * 3, output_layout='CHW'), l",
}


def feeds() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {
        "image": rng.integers(0, 256, (2, 3, 12, 10, 3), dtype=np.uint8),
        "vector": rng.normal(0, 10, (2, 3, 4)).astype(np.float32),
        "matrix": rng.integers(0, 9, (2, 3, 2, 3)).astype(np.float32),
        "number": np.array([[0, 1, 2], [3, 0, 1]], np.int32),
    }


def code(body: str) -> str:
    return PRELUDE.format(images=str(IMAGES), body=body)


def bodies() -> dict[str, str]:
    """What is tested here: recipes of operators that are registered, and the pipelines."""
    found = {name: body for name, body in RECIPES.items() if name in registry} | PIPELINES
    if not IMAGES.exists():
        found = {name: body for name, body in found.items() if "images" not in body and "encoded" not in body}
    return found


def names() -> list[str]:
    """Operators of the registry and the pipelines; an operator without a recipe shows as skipped."""
    return [*sorted(n for n in registry if not n.startswith("test__")), *PIPELINES]


def build(body: str) -> sync.Pipeline:
    scope: dict[str, Any] = {"fn": fn, "types": types, "np": np}
    exec(code(body), scope)
    pipe = sync.Pipeline(batch_size=3, num_threads=2, device_id=None, seed=1)
    with pipe:
        pipe.set_outputs(*scope["define"]())
    return pipe


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
    done = subprocess.run([PYTHON, str(worker), str(folder)], capture_output=True, text=True, env=environment)
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
        pytest.skip(f"no recipe for {name}, or its data is not there")
    pipe = build(bodies()[name])
    pipe.serialize()
    assert "error" not in there[name], str(there[name].get("error"))
    compare(name, pipe, there[name])


@pytest.mark.parametrize("name", names())
def test_written_there_and_read_here(
    name: str, back: dict[str, Any], meaning: Callable[[bytes], dict[str, Any]]
) -> None:
    if name not in bodies():
        pytest.skip(f"no recipe for {name}, or its data is not there")
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
